"""*Activity*. Here because `audit` may not know of organizations and abilities."""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.record_admin import RecordAdmin
from accounts.roles import Ability
from accounts.templatetags.activity import change_sentence
from accounts.templatetags.portal import ago, time_and_ago
from audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(RecordAdmin):
    """*Activity*. Registered here because `audit` may not know of organizations and abilities."""

    ability = Ability.ACTIVITY
    icon = "list"
    list_display = ["what", "on_what", "changed", "actor_name", "when", "address", "organization"]
    list_filter = [
        "action",
        "actor_kind",
        ("created_at", admin.DateFieldListFilter),
        ("organization", admin.RelatedOnlyFieldListFilter),
    ]
    allowed_lookups = ["target_id"]
    search_fields = ["actor_name", "target_name", "request_id"]
    search_help_text = _(
        "By person, by what it happened to, or by request. "
        "Look for a sign-in’s reference in Sign-ins."
    )
    change_form_template = "accounts/console/event.html"
    rows_label = _("events")

    def get_object(self, request, object_id, from_field=None):
        try:
            return self.get_queryset(request).filter(public_id=UUID(object_id)).first()
        except ValueError:
            return None

    def get_fieldsets(self, request, obj=None):
        fields = ["organization", "what", "on_what", "actor", "full_time", "address", "request_id"]
        return [(None, {"fields": self._hide_organization(request, fields)})]

    def get_readonly_fields(self, request, obj=None):
        return ["organization", "what", "on_what", "actor", "full_time", "address", "request_id"]

    @admin.display(description=_("what happened"))
    def what(self, obj: AuditEvent) -> str:
        return obj.get_action_display()

    @admin.display(description=_("about"))
    def on_what(self, obj: AuditEvent) -> str:
        return obj.target_name or "—"

    @admin.display(description=_("what changed"))
    def changed(self, obj: AuditEvent) -> str:
        return change_sentence(obj) or "—"

    @admin.display(description=_("who"))
    def actor(self, obj: AuditEvent) -> str:
        return f"{obj.actor_name} ({obj.get_actor_kind_display().lower()})"

    @admin.display(description=_("when"))
    def when(self, obj: AuditEvent) -> str:
        return ago(obj.created_at)

    @admin.display(description=_("when"))
    def full_time(self, obj: AuditEvent) -> str:
        return time_and_ago(obj.created_at)
