"""*Organizations*: the customers, for platform staff and for themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.columns import moment_column
from accounts.models import (
    Organization,
    User,
)
from accounts.services import (
    create_organization,
    update_organization,
)
from accounts.templatetags.portal import status_badge
from accounts.tenant_admin import Section, TenantAdmin
from audit.actors import Actor

STATE_OF_ORGANIZATION = {
    Organization.Status.ACTIVE: ("ok", "check-circle"),
    Organization.Status.SUSPENDED: ("bad", "pause"),
}


@admin.register(Organization)
class OrganizationAdmin(TenantAdmin):
    """The customers. Platform staff alone; an organization's own settings are its policies."""

    ability = None
    organization_lookup = "pk"
    section = Section.PEOPLE
    icon = "building"
    menu_order = 1
    list_display = ["name", "slug", "status_shown", "people", "time_zone", "added"]
    list_filter = ["status"]
    search_fields = ["name", "slug"]
    ordering = ["name"]
    list_select_related = False
    fields = ["name", "slug", "time_zone", "contact_email", "status"]

    def get_queryset(self, request):
        people = User.objects.active().filter(organization=OuterRef("pk")).order_by()
        counted = people.values("organization").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(active_people=Subquery(counted))

    def get_fields(self, request, obj=None):
        return self.fields if obj else [name for name in self.fields if name != "status"]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj else []

    added = moment_column("created_at", _("added"))

    @admin.display(description=_("status"), ordering="status")
    def status_shown(self, obj: Organization) -> SafeString:
        kind, icon = STATE_OF_ORGANIZATION[Organization.Status(obj.status)]
        return status_badge(kind, icon, obj.get_status_display())

    @admin.display(description=_("active people"))
    def people(self, obj: Any) -> int:
        return obj.active_people or 0

    def save_model(self, request, obj, form, change):
        actor = Actor.from_user(request.user)
        values = form.cleaned_data
        if change:
            update_organization(organization=obj, values=values, actor=actor)
        else:
            self.become(obj, create_organization(**values, actor=actor))
