"""The provisioning log in the console: every call of the directory, to search and to read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.console_pages import address_of, person_at
from accounts.record_admin import RecordAdmin
from accounts.roles import Ability
from accounts.templatetags.portal import ago
from provisioning.causes import WORDS, Cause, calls_with, cause_of
from provisioning.console.words import (
    changes_of,
    directory_name,
    kind_of,
    outcome_words,
    result_badge,
    subject_of,
)
from provisioning.dialects import Dialect
from provisioning.models import KEPT_DAYS, ProvisioningLogEntry
from provisioning.standing import facts_of


class ResultFilter(admin.SimpleListFilter):
    title = _("result")
    parameter_name = "result"

    def lookups(self, request, model_admin):
        return [("changes", _("Changes")), ("refused", _("Refused")), ("troubles", _("Needs you"))]

    def queryset(self, request, queryset):
        match self.value():
            case "changes":
                return queryset.changes_made()
            case "refused":
                return queryset.refused()
            case "troubles":
                return queryset.troubles()
        return queryset


class CauseFilter(admin.SimpleListFilter):
    title = _("cause")
    parameter_name = "cause"

    def lookups(self, request, model_admin):
        return Cause.choices

    def queryset(self, request, queryset):
        wanted = self.value()
        if wanted not in Cause.values:
            return queryset
        return queryset.refused().filter(calls_with(Cause(wanted)))


@admin.register(ProvisioningLogEntry)
class ProvisioningLogEntryAdmin(RecordAdmin):
    ability = Ability.DIRECTORY
    icon = "sync"
    menu_label = _("Directory calls")
    menu_order = 110
    change_form_template = "provisioning/console/call.html"
    list_display = ("who", "call", "result", "changed", "took", "when", "organization")
    list_filter = (
        ResultFilter,
        CauseFilter,
        "operation",
        ("at", admin.DateFieldListFilter),
        ("organization", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("subject", "detail", "request_id", "client")
    search_help_text = _("Person or group, id, request id, or words of the refusal")
    empty_text = _("No call yet. Calls of your directory show up here as they come.")
    empty_link = ("admin:directory", _("Open Directory sync"))
    guide = "directory"
    fields = ("who",)
    readonly_fields = ("who",)

    def get_search_results(self, request, queryset, search_term):
        """An id finds its resource; anything else is looked for in words."""
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        # A request id has no hyphens.
        if "-" in search_term:
            return queryset.filter(resource_id=wanted), False
        return queryset.filter(request_id=wanted.hex), False

    def get_object(self, request, object_id, from_field=None):
        moment = ProvisioningLogEntry.moment_of(object_id)
        if moment is None:
            return None
        rows = self.get_queryset(request).select_related("organization", "token")
        return rows.filter(at=moment).first()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        call = self.get_object(request, object_id)
        context = extra_context or {}
        if call is not None:
            cause = cause_of(call.status, call.scim_type) if call.is_refused else None
            dialect = self._dialect_of(call)
            context |= {
                "call": call,
                "title": subject_of(call),
                "subtitle": None,
                "result": result_badge(call),
                "changes": [*changes_of(call)],
                "directory": directory_name(dialect),
                "cause": cause,
                "meaning": WORDS[cause].meaning if cause else "",
                "remedy": WORDS[cause].for_dialect(dialect) if cause else "",
                "person_url": self._person_url(request, call),
                "recheck_url": self._recheck_url(request, call),
                "kept_days": KEPT_DAYS,
            }
        return super().change_view(request, object_id, form_url, context)

    def _dialect_of(self, call: ProvisioningLogEntry) -> str:
        """How it speaks; where a call does not tell, how the organization's directory does."""
        if call.dialect not in {"", Dialect.OTHER}:
            return call.dialect
        return facts_of(call.organization, timezone.now()).last_dialect

    def _person_url(self, request: HttpRequest, call: ProvisioningLogEntry) -> str:
        may_see = self._is_able(request, Ability.PEOPLE, Ability.LICENSES)
        if call.resource_type != "User" or call.resource_id is None or not may_see:
            return ""
        return reverse("admin:accounts_user_change", args=[call.resource_id])

    def _recheck_url(self, request: HttpRequest, call: ProvisioningLogEntry) -> str:
        if call.resource_type != "User" or call.resource_id is None:
            return ""
        user = person_at(request)
        return address_of(user, call.organization, "admin:directory_person", call.resource_id)

    @admin.display(description=_("who"))
    def who(self, obj: ProvisioningLogEntry) -> SafeString:
        return format_html("{} <small>{}</small>", subject_of(obj), kind_of(obj))

    @admin.display(description=_("call"))
    def call(self, obj: ProvisioningLogEntry) -> SafeString:
        return format_html('<code class="nowrap">{}</code>', obj.method)

    @admin.display(description=_("result"))
    def result(self, obj: ProvisioningLogEntry) -> SafeString:
        return result_badge(obj)

    @admin.display(description=_("changed"))
    def changed(self, obj: ProvisioningLogEntry) -> str:
        return outcome_words(obj)[:200] or "–"

    @admin.display(description=_("took"))
    def took(self, obj: ProvisioningLogEntry) -> SafeString:
        return format_html('<span class="num nowrap">{} ms</span>', f"{obj.milliseconds:,}")

    @admin.display(description=_("when"))
    def when(self, obj: ProvisioningLogEntry) -> Any:
        return ago(obj.at)
