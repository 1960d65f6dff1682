"""The console's list of connected profiles: who has one, since when, and the way to end it."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.columns import moment_field
from accounts.models import User
from accounts.roles import Ability
from accounts.templatetags.portal import ago, status_badge
from accounts.tenant_admin import Section, restrict
from accounts.verb_admin import VerbAdmin, as_action
from audit.models import AuditEvent
from profiles.models import ProfileBinding
from profiles.verbs import DISCONNECT

STATES = {
    ProfileBinding.State.ACTIVE: ("ok", "check-circle"),
    ProfileBinding.State.SUSPENDED: ("warn", "pause"),
    ProfileBinding.State.REVOKED: ("", "none"),
}


@admin.register(ProfileBinding)
class ProfileBindingAdmin(VerbAdmin):
    ability = Ability.PEOPLE
    is_read_only = True
    section = Section.PEOPLE
    icon = "card"
    menu_order = 30
    empty_text = _("Nobody has connected a LinkedIn profile yet.")
    empty_link = ("admin:accounts_user_changelist", _("See people"))
    guide = "policies"
    list_display = ["user", "profile", "state_shown", "via", "connected", "organization"]
    list_filter = [("organization", admin.RelatedOnlyFieldListFilter), "state", "via"]
    search_fields = ["name", "user__first_name", "user__last_name", "user__user_name"]
    ordering = ["-bound_at", "-id"]
    list_select_related = ["user", "organization"]
    verbs = {DISCONNECT.name: DISCONNECT}
    actions = [as_action(DISCONNECT)]
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
        "agreed",
        "disconnected",
    ]
    readonly_fields = ["profile", "state_shown", "why", "connected", "agreed", "disconnected"]

    agreed = moment_field("consented_at", _("agreed"))
    disconnected = moment_field("ended_at", _("disconnected"))

    @admin.display(description=_("name on the profile"), ordering="name")
    def profile(self, obj: ProfileBinding) -> str:
        if obj.forgotten_at is not None:
            return gettext("Forgotten")
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
