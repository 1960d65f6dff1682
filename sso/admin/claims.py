"""*Identities to confirm*: names that point at somebody whom another identity owns."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.console_pages import person_at
from accounts.errors import AccountsError
from accounts.roles import Ability
from accounts.templatetags.portal import ago
from accounts.tenant_admin import Section, TenantAdmin
from audit.actors import Actor
from sso.errors import SsoError
from sso.models import IdentityClaim
from sso.services import confirm_identity, dismiss_identity


@admin.register(IdentityClaim)
class IdentityClaimAdmin(TenantAdmin):
    """*Confirm who this is*: names that point at somebody whom another identity owns."""

    ability = Ability.SSO
    section = Section.ACCESS
    icon = "person"
    menu_label = gettext_lazy("Identities to confirm")
    menu_order = 110
    empty_text = gettext_lazy(
        "Nobody to confirm. A sign-in that fits an account known by another name waits here."
    )
    empty_link = ("admin:sso_signintrace_changelist", gettext_lazy("See sign-ins"))
    guide = "sso-generic"
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
            known_as = claim.user.saml_identities.select_related("connection")
            context |= {
                "claim": claim,
                "title": _("Is this %(name)s?") % {"name": claim.user},
                "subtitle": None,
                "known_as": known_as,
                "replaces_a_name": any(
                    identity.connection_id == claim.connection_id for identity in known_as
                ),
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
            return self.not_here(request, object_id)
        if not self.has_change_permission(request, claim):
            raise PermissionDenied
        is_same = request.POST.get("answer") == "same"
        user = person_at(request)
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
        words = {"name_id": claim.name_id, "person": claim.user}
        self.message_user(request, said % words, messages.SUCCESS)
        return HttpResponseRedirect(back)
