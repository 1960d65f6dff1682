"""*SSO connections*: an organization's trust in its identity providers."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.console_pages import person_at
from accounts.errors import AccountsError
from accounts.roles import Ability
from accounts.templatetags.portal import ago
from accounts.tenant_admin import Section, TenantAdmin
from audit.actors import Actor
from sso.admin_forms import ConnectionForm, DeactivationForm, NewConnectionForm
from sso.console.words import (
    BEING_READ,
    FEW_DAYS,
    METADATA_WAITS,
    NOT_CHANGED_YET,
    NOTHING_DIFFERS,
    state_badge,
)
from sso.endings import our_certificate
from sso.errors import SsoError
from sso.green_tests import has_green_test
from sso.models import (
    MetadataRefresh,
    SamlConnection,
    SignInTrace,
    StagedChange,
    StandbyKey,
)
from sso.presets import PRODUCTS
from sso.saml import describe_certificate
from sso.services import (
    OPTION_FIELDS,
    change_or_stage,
    create_connection,
    deactivate_connection,
    trust_or_stage,
)


@admin.register(SamlConnection)
class SamlConnectionAdmin(TenantAdmin):
    ability = Ability.SSO
    section = Section.ACCESS
    icon = "shield"
    menu_label = gettext_lazy("SSO connections")
    refusals = (AccountsError, SsoError)
    empty_text = gettext_lazy(
        "No connection yet. With one, people sign in with the account they have at work."
    )
    guide = "sso-generic"
    opens_what_was_added = True
    form = ConnectionForm
    change_form_template = "admin/sso/samlconnection/change_form.html"
    list_display = ("name", "organization", "preset", "state_shown", "last_sign_in")
    list_select_related = ("organization",)
    list_filter = ("state", "preset", ("organization", admin.RelatedOnlyFieldListFilter))
    search_fields = ("name", "idp_entity_id")
    ordering = ("name", "id")
    fieldsets = (
        (
            gettext_lazy("What the identity provider gives you"),
            {
                "fields": ("idp_metadata_url", "metadata_file", "metadata_text"),
                "description": gettext_lazy(
                    "One file says everything about its side. With its address, the portal reads "
                    "it anew every day. A file replaces what was read before, certificates "
                    "included; where people sign in, it waits until you have looked at it."
                ),
            },
        ),
        (gettext_lazy("Basics"), {"fields": ("organization", "name", "preset")}),
        (
            gettext_lazy("Requests"),
            {
                "classes": ("collapse",),
                "description": gettext_lazy("What we send. As it stands, every provider takes it."),
                "fields": (
                    "request_binding",
                    "sign_requests",
                    "include_acs_url",
                    "name_id_format",
                    "requested_authn_context",
                ),
            },
        ),
        (
            gettext_lazy("Answers"),
            {
                "classes": ("collapse",),
                "description": gettext_lazy("What we accept, and how we read it."),
                "fields": (
                    "idp_initiated",
                    "clock_skew_seconds",
                    "subject_attribute",
                    "attribute_map",
                ),
            },
        ),
        (gettext_lazy("Sessions"), {"fields": ("session_hours", "single_logout")}),
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
            accepted = SignInTrace.objects.filter(
                connection=OuterRef("pk"), outcome=SignInTrace.Outcome.ACCEPTED
            )
            latest = accepted.order_by("-created_at").values("created_at")[:1]
            rows = rows.annotate(last_sign_in_at=Subquery(latest))
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
        before = connection.idp_metadata_url
        waiting = [change_or_stage(connection=connection, changes=changes, actor=actor)]
        if form.metadata is not None:
            waiting.append(
                trust_or_stage(connection=connection, metadata=form.metadata, actor=actor)
            )
            for warning in form.metadata.warnings:
                self.message_user(request, warning, messages.WARNING)
        self.become(obj, connection)
        obj.has_new_address = obj.idp_metadata_url not in {"", before}
        obj.waits = next((staged for staged in waiting if staged is not None), None)

    def response_add(self, request, obj, post_url_continue=None):
        said = _("Draft saved. Nobody’s sign-in changes before you activate it.")
        self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:sso_identity_provider", args=[obj.pk]))

    def response_change(self, request, obj):
        """Metadata is read back on the same page, before anything else."""
        page = HttpResponseRedirect(reverse("admin:sso_samlconnection_change", args=[obj.pk]))
        if obj.waits is not None:
            is_read = obj.waits.source == StagedChange.Source.METADATA
            why = METADATA_WAITS if is_read else NOT_CHANGED_YET
            self.message_user(request, why, messages.WARNING)
            return HttpResponseRedirect(
                reverse("admin:sso_staged_change", args=[obj.pk, obj.waits.pk])
            )
        if obj.has_new_address:
            if MetadataRefresh.objects.filter(connection=obj, asked_at=None).exists():
                said = _(
                    "Your organization has had too much metadata read in this hour. This address "
                    "is read later; “Next” says when."
                )
                self.message_user(request, said, messages.WARNING)
                return page
            self.message_user(request, BEING_READ, messages.SUCCESS)
            return page
        if not (request.FILES.get("metadata_file") or request.POST.get("metadata_text")):
            return super().response_change(request, obj)
        if obj.is_active:
            self.message_user(request, NOTHING_DIFFERS, messages.INFO)
            return page
        said = _("Metadata read. Compare it under “What we read”, then test it.")
        self.message_user(request, said, messages.SUCCESS)
        return page

    # ------------------------------------------------------------------ the page

    def add_view(self, request, form_url="", extra_context=None):
        """An administrator begins at the cards. Staff, who have none, first say for whom."""
        if request.user.organization_id and self.has_add_permission(request):
            return HttpResponseRedirect(reverse("admin:sso_connect"))
        return super().add_view(request, form_url, extra_context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        connection = self.get_object(request, unquote(object_id))
        context = extra_context or {}
        if connection is not None and self.has_view_permission(request, connection):
            reads = MetadataRefresh.objects.defer("document")
            refresh = reads.filter(connection=connection).first()
            can_activate = not connection.is_active and connection.knows_its_provider
            context |= {
                "connection": connection,
                "title": connection.name,
                "subtitle": None,
                "certificates": [describe_certificate(pem) for pem in connection.certificates],
                "state_badge": state_badge(connection),
                "can_activate": can_activate,
                "is_tested": can_activate and has_green_test(connection),
                "few_days": FEW_DAYS,
                "guide": PRODUCTS[connection.preset].how_to,
                "our_certificate": our_certificate(connection),
                "standby_key": StandbyKey.objects.filter(connection=connection).exists(),
                "refresh": refresh,
                "is_being_read": refresh is not None and refresh.is_under_way(timezone.now()),
                "staged_changes": StagedChange.objects.open().filter(connection=connection),
                "traces_url": reverse("admin:sso_signintrace_changelist")
                + f"?connection__id__exact={connection.pk}",
            }
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
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
            return self.not_here(request, object_id)
        if not self.has_change_permission(request, connection):
            raise PermissionDenied
        return connection

    def deactivate_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Shows how many people it touches, and wants the name typed where it touches any."""
        connection = self._changeable(request, object_id)
        if isinstance(connection, HttpResponse):
            return connection
        page = reverse("admin:sso_samlconnection_change", args=[connection.pk])
        people = connection.identities.count()
        sent = request.POST if request.method == "POST" else None
        form = DeactivationForm(sent, name=connection.name) if people else None
        others = SamlConnection.objects.in_organization(connection.organization).active()
        if request.method == "POST" and (form is None or form.is_valid()):
            actor = Actor.from_user(person_at(request))
            try:
                deactivate_connection(connection=connection, actor=actor)
            except SsoError as refusal:
                return self.say_no(request, refusal, to=page)
            said = _("%(name)s is off. Nobody signs in through it until you activate it.")
            self.message_user(request, said % {"name": connection}, messages.SUCCESS)
            return HttpResponseRedirect(page)
        return TemplateResponse(
            request,
            "admin/sso/samlconnection/deactivate.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Deactivate %(name)s?") % {"name": connection},
                "connection": connection,
                "opts": self.opts,
                "back": page,
                "people": people,
                "is_last": not others.exclude(pk=connection.pk).exists(),
                "form": form,
            },
        )
