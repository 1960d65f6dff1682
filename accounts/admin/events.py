"""*Activity*. Here because `audit` may not know of organizations and abilities."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Ability
from accounts.templatetags.activity import change_sentence
from accounts.templatetags.portal import ago, time_and_ago
from accounts.tenant_admin import Section, TenantAdmin
from audit.models import AuditEvent


class EventList(ChangeList):
    def url_for_result(self, result: Any) -> str:
        """By the public id: a running number would tell how busy other organizations are."""
        return reverse("admin:audit_auditevent_change", args=[result.public_id])


@admin.register(AuditEvent)
class AuditEventAdmin(TenantAdmin):
    """*Activity*. Registered here because `audit` may not know of organizations and abilities."""

    ability = Ability.ACTIVITY
    is_read_only = True
    section = Section.RECORD
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
    ordering = ["-id"]
    # The order is the index; any other would sort the whole history.
    sortable_by = ()
    list_select_related = ["organization"]
    change_form_template = "accounts/console/event.html"
    rows_label = _("events")

    def get_changelist(self, request, **kwargs):
        return EventList

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
