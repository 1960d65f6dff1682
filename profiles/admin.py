"""The console's list of connected profiles: who has one, since when, and the way to end it."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Ability, may_grant
from accounts.templatetags.portal import ago, status_badge
from accounts.tenant_admin import Section, TenantAdmin, restrict
from audit.actors import Actor
from audit.models import AuditEvent
from profiles.models import ProfileBinding
from profiles.services import unbind_profile

# Each one is a transaction and a mail; more than this would outlast the request.
AT_ONCE = 200
STATES = {
    ProfileBinding.State.ACTIVE: ("ok", "check-circle"),
    ProfileBinding.State.SUSPENDED: ("warn", "pause"),
    ProfileBinding.State.REVOKED: ("", "none"),
}


@admin.register(ProfileBinding)
class ProfileBindingAdmin(TenantAdmin):
    ability = Ability.PEOPLE
    is_read_only = True
    section = Section.PEOPLE
    icon = "card"
    menu_order = 30
    empty_text = _("Nobody has connected a LinkedIn profile yet.")
    list_display = ["user", "profile", "state_shown", "via", "connected", "organization"]
    list_filter = [("organization", admin.RelatedOnlyFieldListFilter), "state", "via"]
    search_fields = ["name", "user__first_name", "user__last_name", "user__user_name"]
    ordering = ["-bound_at", "-id"]
    list_select_related = ["user", "organization"]
    actions = ["disconnect"]
    # The profile's id is LinkedIn's business and says nothing to an administrator.
    fields = [
        "user",
        "organization",
        "profile",
        "state_shown",
        "why",
        "via",
        "connected",
        "consent_version",
        "consented_at",
        "ended_at",
    ]
    readonly_fields = ["profile", "state_shown", "why", "connected"]

    def has_disconnect_permission(self, request: HttpRequest) -> bool:
        return self._is_able(request, self.ability)

    @admin.display(description=_("name on the profile"), ordering="name")
    def profile(self, obj: ProfileBinding) -> str:
        return obj.name or gettext("Without a name")

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, obj: ProfileBinding) -> SafeString:
        kind, icon = STATES[ProfileBinding.State(obj.state)]
        return status_badge(kind, icon, obj.get_state_display())

    @admin.display(description=_("why"))
    def why(self, obj: ProfileBinding) -> str:
        if obj.end_reason:
            return obj.get_end_reason_display()
        causes = []
        if obj.policy_off_at:
            causes.append(gettext("The profile policy is off"))
        if obj.dormant_at:
            causes.append(gettext("The person is deactivated"))
        return ", ".join(causes) or "—"

    @admin.display(description=_("connected"), ordering="bound_at")
    def connected(self, obj: ProfileBinding) -> str | SafeString:
        return ago(obj.bound_at)

    def events_about(self, request, obj):
        """What happened to the person's profiles: bindings themselves are no target of events."""
        events = restrict(AuditEvent.objects.all(), request, "organization")
        return events.filter(
            target_type=User._meta.label_lower,
            target_id=str(obj.user_id),
            action__startswith="profiles.",
        )

    @admin.action(description=_("Disconnect"), permissions=["disconnect"])
    def disconnect(
        self, request: HttpRequest, bindings: QuerySet[ProfileBinding]
    ) -> HttpResponse | None:
        """Asks first; what has ended already among the chosen is left as it is."""
        found = bindings.exclude(state=ProfileBinding.State.REVOKED)
        # Nobody changes a person whose role they could not give.
        role = _person(request).role
        current = [
            binding
            for binding in found.select_related("user__organization")[: AT_ONCE + 1]
            if may_grant(role, binding.user.role)
        ]
        if not current:
            self.message_user(request, _("Nothing to disconnect."), messages.WARNING)
            return None
        if len(current) > AT_ONCE:
            message = gettext("Choose at most %(number)s profiles at once.") % {"number": AT_ONCE}
            self.message_user(request, message, messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            return self._ask(request, current)
        actor = Actor.from_user(_person(request))
        number = sum(
            unbind_profile(user=binding.user, actor=actor, reason=ProfileBinding.EndReason.ADMIN)
            for binding in current
        )
        message = ngettext(
            "Disconnected %(number)s profile.", "Disconnected %(number)s profiles.", number
        )
        self.message_user(request, message % {"number": number}, messages.SUCCESS)
        return None

    def _ask(self, request: HttpRequest, bindings: list[ProfileBinding]) -> HttpResponse:
        organizations = [binding.user.organization for binding in bindings]
        return TemplateResponse(
            request,
            "profiles/console/disconnect.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": gettext("Disconnect profiles"),
                "bindings": bindings,
                "checkbox_name": ACTION_CHECKBOX_NAME,
                "is_required": any(
                    organization and organization.binding_policy == "required"
                    for organization in organizations
                ),
            },
        )


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the console lets nobody else in
    return request.user
