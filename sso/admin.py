"""The console's pages about single sign-on: connections, sign-ins, identities to confirm."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.errors import AccountsError
from accounts.models import User
from accounts.roles import Ability
from accounts.templatetags.portal import ago, status_badge
from accounts.tenant_admin import Section, TenantAdmin
from audit.actors import Actor
from sso.admin_forms import ConnectionForm, NewConnectionForm
from sso.causes import Cause, words_for
from sso.errors import SsoError
from sso.models import REFERENCE_ALPHABET, IdentityClaim, SamlConnection, SignInTrace
from sso.saml import CheckName, describe_certificate
from sso.services import (
    OPTION_FIELDS,
    activate_connection,
    change_connection,
    confirm_identity,
    create_connection,
    deactivate_connection,
    dismiss_identity,
    import_metadata,
)

STATE_BADGES = {
    SamlConnection.State.DRAFT: ("", "none"),
    SamlConnection.State.TESTING: ("info", "clock"),
    SamlConnection.State.ACTIVE: ("ok", "check-circle"),
    SamlConnection.State.INACTIVE: ("warn", "pause"),
}
FEW_DAYS = 30
# Letters that a reference number doesn't have, and what they are mistaken for.
HEARD_AS = str.maketrans("ILOU", "110V")
CHECK_LABELS: dict[str, Promise] = {
    CheckName.FORMAT: gettext_lazy("Message can be read"),
    CheckName.ISSUER: gettext_lazy("Issuer"),
    CheckName.SIGNATURE: gettext_lazy("Signature"),
    CheckName.STATUS: gettext_lazy("The identity provider’s answer"),
    CheckName.DESTINATION: gettext_lazy("Destination"),
    CheckName.REQUEST: gettext_lazy("Request it answers"),
    CheckName.CONFIRMATION: gettext_lazy("Confirmation"),
    CheckName.RECIPIENT: gettext_lazy("Recipient"),
    CheckName.AUDIENCE: gettext_lazy("Audience"),
    CheckName.TIME: gettext_lazy("Time window"),
    CheckName.SUBJECT: gettext_lazy("Person is named"),
    CheckName.STATEMENT: gettext_lazy("Statement of the sign-in"),
    CheckName.PROOF: gettext_lazy("Asked again"),
    CheckName.LIBRARY: gettext_lazy("Second opinion of the SAML library"),
}


def state_badge(connection: SamlConnection) -> SafeString:
    kind, icon = STATE_BADGES[SamlConnection.State(connection.state)]
    return status_badge(kind, icon, connection.get_state_display())


@admin.register(SamlConnection)
class SamlConnectionAdmin(TenantAdmin):
    ability = Ability.SSO
    section = Section.ACCESS
    icon = "shield"
    menu_label = gettext_lazy("SSO connections")
    refusals = (AccountsError, SsoError)
    form = ConnectionForm
    change_form_template = "admin/sso/samlconnection/change_form.html"
    list_display = ("name", "organization", "preset", "state_shown", "last_sign_in")
    list_select_related = ("organization",)
    list_filter = ("state", "preset", ("organization", admin.RelatedOnlyFieldListFilter))
    search_fields = ("name", "idp_entity_id")
    ordering = ("name", "id")
    fieldsets = (
        (gettext_lazy("Basics"), {"fields": ("organization", "name", "preset")}),
        (
            gettext_lazy("What the identity provider gives you"),
            {
                "fields": ("metadata_file", "metadata_text"),
                "description": gettext_lazy(
                    "One file says everything about its side. Reading it again replaces what was "
                    "read before, certificates included."
                ),
            },
        ),
        (
            gettext_lazy("Requests"),
            {
                "fields": (
                    "request_binding",
                    "sign_requests",
                    "include_acs_url",
                    "name_id_format",
                    "requested_authn_context",
                )
            },
        ),
        (
            gettext_lazy("Answers"),
            {
                "fields": (
                    "idp_initiated",
                    "clock_skew_seconds",
                    "subject_attribute",
                    "attribute_map",
                )
            },
        ),
        (gettext_lazy("Licenses"), {"fields": ("auto_assign", "pool")}),
    )
    add_fieldsets = ((None, {"fields": ("organization", "name", "preset")}),)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [
                (name, {**options, "fields": self._hide_organization(request, options["fields"])})
                for name, options in self.add_fieldsets
            ]
        return super().get_fieldsets(request, obj)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None:
            kwargs["form"] = NewConnectionForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_queryset(self, request):
        rows: QuerySet[SamlConnection] = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name.endswith("_changelist"):
            accepted = Q(traces__outcome=SignInTrace.Outcome.ACCEPTED)
            rows = rows.annotate(last_sign_in_at=Max("traces__created_at", filter=accepted))
        return rows

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, connection: SamlConnection) -> SafeString:
        return state_badge(connection)

    @admin.display(description=gettext_lazy("last sign-in"))
    def last_sign_in(self, connection: SamlConnection) -> str:
        return ago(connection.last_sign_in_at)  # type: ignore[attr-defined]  # annotated above

    # ------------------------------------------------------------------ saving

    def save_model(self, request, obj, form, change):
        actor = Actor.from_user(request.user)
        if not change:
            saved = create_connection(
                organization=self.organization_of(request, form),
                name=form.cleaned_data["name"],
                preset=form.cleaned_data["preset"],
                actor=actor,
            )
            self.become(obj, saved)
            return
        connection = SamlConnection.objects.get(pk=obj.pk)
        changes = {name: form.cleaned_data[name] for name in OPTION_FIELDS if name in form.fields}
        change_connection(connection=connection, changes=changes, actor=actor)
        if form.metadata_xml:
            import_metadata(connection=connection, xml=form.metadata_xml, actor=actor)
            for warning in form.metadata.warnings:
                self.message_user(request, warning, messages.WARNING)
        self.become(obj, connection)

    def response_add(self, request, obj, post_url_continue=None):
        self.message_user(
            request, _("Draft saved. Next: give the identity provider our values, read its own.")
        )
        return HttpResponseRedirect(reverse("admin:sso_samlconnection_change", args=[obj.pk]))

    # ------------------------------------------------------------------ the page

    def change_view(self, request, object_id, form_url="", extra_context=None):
        connection = self.get_object(request, unquote(object_id))
        context = extra_context or {}
        if connection is not None:
            context |= {
                "connection": connection,
                "title": connection.name,
                "subtitle": None,
                "certificates": [describe_certificate(pem) for pem in connection.certificates],
                "state_badge": state_badge(connection),
                "can_activate": not connection.is_active and connection.idp_certificates,
                "few_days": FEW_DAYS,
                "traces_url": reverse("admin:sso_signintrace_changelist")
                + f"?connection__id__exact={connection.pk}",
            }
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/activate/",
                view(require_POST(self.activate_view)),
                name="sso_samlconnection_activate",
            ),
            path(
                "<path:object_id>/deactivate/",
                view(self.deactivate_view),
                name="sso_samlconnection_deactivate",
            ),
            *super().get_urls(),
        ]

    def _changeable(self, request: HttpRequest, object_id: str) -> SamlConnection | HttpResponse:
        connection: SamlConnection | None = self.get_object(request, unquote(object_id))
        if connection is None:
            answer: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]  # Django's, untyped
                request, self.opts, object_id
            )
            return answer
        if not self.has_change_permission(request, connection):
            raise PermissionDenied
        return connection

    def activate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        connection = self._changeable(request, object_id)
        if isinstance(connection, HttpResponse):
            return connection
        page = reverse("admin:sso_samlconnection_change", args=[connection.pk])
        try:
            activate_connection(connection=connection, actor=Actor.from_user(request.user))  # type: ignore[arg-type]
        except SsoError as refusal:
            return self.say_no(request, refusal, to=page)
        self.message_user(
            request,
            _("%(name)s is active. Try it in a private window: %(url)s")
            % {"name": connection, "url": connection.login_url},
        )
        return HttpResponseRedirect(page)

    def deactivate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows how many people it touches; a POST does it."""
        connection = self._changeable(request, object_id)
        if isinstance(connection, HttpResponse):
            return connection
        page = reverse("admin:sso_samlconnection_change", args=[connection.pk])
        if request.method == "POST":
            deactivate_connection(connection=connection, actor=Actor.from_user(request.user))  # type: ignore[arg-type]
            self.message_user(
                request,
                _("%(name)s is off. Nobody signs in through it until you activate it.")
                % {"name": connection},
            )
            return HttpResponseRedirect(page)
        counted = connection.identities.aggregate(people=Count("pk"))
        return TemplateResponse(
            request,
            "admin/sso/samlconnection/deactivate.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Deactivate %(name)s") % {"name": connection},
                "connection": connection,
                "opts": self.opts,
                "back": page,
                **counted,
            },
        )


@admin.register(SignInTrace)
class SignInTraceAdmin(TenantAdmin):
    """Every attempt through single sign-on, as the checklist it was."""

    ability = Ability.SSO
    view_abilities = (Ability.ACTIVITY,)
    is_read_only = True
    section = Section.RECORD
    icon = "door"
    menu_label = gettext_lazy("Sign-ins")
    change_form_template = "admin/sso/signintrace/change_form.html"
    list_display = (
        "reference",
        "outcome_shown",
        "cause_shown",
        "person",
        "connection",
        "organization",
        "when",
    )
    list_select_related = ("connection", "user", "organization")
    list_filter = (
        "outcome",
        "cause",
        ("connection", admin.RelatedOnlyFieldListFilter),
        "created_at",
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("reference__istartswith", "user__email__istartswith", "user__user_name")
    search_help_text = gettext_lazy("A reference number such as K7QF-4M2X, or a person")
    ordering = ("-created_at", "-id")
    fields = ("reference",)

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, as_reference(search_term))

    @admin.display(description=gettext_lazy("outcome"), ordering="outcome")
    def outcome_shown(self, trace: SignInTrace) -> SafeString:
        return outcome_badge(trace)

    @admin.display(description=gettext_lazy("cause"), ordering="cause", empty_value="–")
    def cause_shown(self, trace: SignInTrace) -> str:
        return trace.get_cause_display() if trace.cause else ""

    @admin.display(description=gettext_lazy("person"), empty_value="–")
    def person(self, trace: SignInTrace) -> str:
        return str(trace.user) if trace.user else trace.subject_hint

    @admin.display(description=gettext_lazy("when"), ordering="created_at")
    def when(self, trace: SignInTrace) -> str:
        return ago(trace.created_at)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        trace = self.get_object(request, unquote(object_id))
        context = extra_context or {}
        if trace is not None:
            trace.connection.organization = trace.organization  # loaded with the trace
            idp = trace.connection.spoken_name
            context |= {
                "trace": trace,
                "title": _("Sign-in %(reference)s") % {"reference": trace.reference},
                "subtitle": None,
                "outcome_badge": outcome_badge(trace),
                "checks": [{**row, "label": check_label(row["name"])} for row in trace.checks],
                "is_conflict": trace.cause == Cause.PERSON_CONFLICT,
                "words": words_for(Cause(trace.cause), idp=idp) if trace.cause else None,
            }
        return super().change_view(request, object_id, form_url, context)


def as_reference(text: str) -> str:
    """What somebody typed who heard a reference number on the telephone, as it is stored."""
    heard = "".join(letter for letter in text.upper() if letter.isalnum())
    heard = heard.translate(HEARD_AS)
    is_reference = len(heard) == 8 and set(heard) <= set(REFERENCE_ALPHABET)
    return f"{heard[:4]}-{heard[4:]}" if is_reference and "@" not in text else text


def check_label(name: str) -> str:
    """A check in an administrator's words; a cause of the portal's own where no check has it."""
    if name in Cause.values:
        return str(Cause(name).label)
    return str(CHECK_LABELS.get(name, name.capitalize()))


def outcome_badge(trace: SignInTrace) -> SafeString:
    accepted = trace.outcome == SignInTrace.Outcome.ACCEPTED
    return status_badge(
        "ok" if accepted else "bad",
        "check-circle" if accepted else "x-circle",
        trace.get_outcome_display(),
    )


@admin.register(IdentityClaim)
class IdentityClaimAdmin(TenantAdmin):
    """*Confirm who this is*: names that point at somebody whom another identity owns."""

    ability = Ability.SSO
    section = Section.ACCESS
    icon = "person"
    menu_label = gettext_lazy("Identities to confirm")
    menu_order = 110
    refusals = (AccountsError, SsoError)
    change_form_template = "admin/sso/identityclaim/change_form.html"
    list_display = ("name_id", "may_be", "connection", "organization", "last_tried")
    fields = ("name_id",)
    readonly_fields = ("name_id",)
    list_select_related = ("connection", "user", "organization")
    list_filter = (
        ("connection", admin.RelatedOnlyFieldListFilter),
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("name_id", "user__email", "user__user_name")
    ordering = ("-last_seen_at", "id")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(decided_at=None)

    def has_add_permission(self, request):
        return False

    def save_model(self, request, obj, form, change):
        raise PermissionDenied  # decided by the list's actions alone

    @admin.display(description=gettext_lazy("may be"))
    def may_be(self, claim: IdentityClaim) -> SafeString:
        return format_html("{} <small>{}</small>", claim.user, claim.user.email)

    @admin.display(description=gettext_lazy("last tried"), ordering="last_seen_at")
    def last_tried(self, claim: IdentityClaim) -> str:
        return ago(claim.last_seen_at)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Both sides beside each other, and the two answers."""
        claim = self.get_object(request, unquote(object_id))
        context = extra_context or {}
        if claim is not None:
            context |= {
                "claim": claim,
                "title": _("Is this %(name)s?") % {"name": claim.user},
                "subtitle": None,
                "known_as": claim.user.saml_identities.select_related("connection"),
            }
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<path:object_id>/decide/",
                self.admin_site.admin_view(require_POST(self.decide_view)),
                name="sso_identityclaim_decide",
            ),
            *super().get_urls(),
        ]

    def decide_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        claim: IdentityClaim | None = self.get_object(request, unquote(object_id))
        if claim is None:
            answer: HttpResponse = self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]  # Django's, untyped
                request, self.opts, object_id
            )
            return answer
        if not self.has_change_permission(request, claim):
            raise PermissionDenied
        is_same = request.POST.get("answer") == "same"
        user = request.user
        assert isinstance(user, User)  # `ConsoleSite.has_permission` lets nobody else in
        actor = Actor.from_user(user)
        back = reverse("admin:sso_identityclaim_changelist")
        try:
            if is_same:
                confirm_identity(claim=claim, actor=actor, granter_role=user.role)
            else:
                dismiss_identity(claim=claim, actor=actor)
        except self.refusals as refusal:  # a colleague was faster, the name is taken, an admin's
            return self.say_no(request, refusal, to=back)
        said = (
            _("Linked. %(name_id)s now signs in as %(person)s.")
            if is_same
            else _("Kept apart. %(name_id)s does not sign in as %(person)s.")
        )
        self.message_user(request, said % {"name_id": claim.name_id, "person": claim.user})
        return HttpResponseRedirect(back)
