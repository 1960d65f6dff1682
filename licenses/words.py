"""How pages of the console say where somebody stands with their license."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.templatetags.portal import status_badge
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source

BADGES = {
    LicenseState.NONE: ("", "none"),
    LicenseState.WAITING: ("warn", "clock"),
    LicenseState.ACTIVE: ("ok", "seat"),
    LicenseState.REVOKED: ("", "x-circle"),
    LicenseState.EXPIRED: ("warn", "clock"),
}


def license_badge(state: LicenseState, ended_by: str) -> SafeString:
    """The state in a word. Nobody took it away where the account was closed: that is said apart.

    `ended_by` is a `Source`, empty for what has not ended.
    """
    if state == LicenseState.REVOKED and ended_by == Source.DEACTIVATION:
        # Beside the state and not in it: a table as wide as its longest badge leaves the page.
        badge = status_badge(*BADGES[state], _("Ended"))
        return format_html("{} <small>{}</small>", badge, _("account deactivated"))
    return status_badge(*BADGES[state], str(state.label))


def why_licensed(license: LicenseAssignment | None, standing: LicenseState) -> str:
    """*Why does this person have a seat*, or none, in a sentence."""
    if license is None:
        return _("Never had a license.")
    by = Source(license.source).label
    match standing:
        case LicenseState.ACTIVE:
            reason = _("A seat of %(pool)s, by %(by)s.") % {"pool": license.pool, "by": by.lower()}
        case LicenseState.WAITING:
            reason = _("No seat was free. Asked by %(by)s.") % {"by": by.lower()}
        case LicenseState.EXPIRED:
            reason = _("%(pool)s has ended.") % {"pool": license.pool}
        case _ if license.withheld_at:
            reason = _("Taken away by %(by)s. Signing in gives none until you allow it again.") % {
                "by": str(Source(license.ended_source).label).lower()
            }
        case _ if license.ended_source == Source.DEACTIVATION:
            reason = _("Ended when the account was deactivated.")
        case _:
            reason = _("Ended by %(by)s.") % {"by": str(Source(license.ended_source).label).lower()}
    return f"{reason} {license.reason}".strip()


class LicenseFilter(admin.SimpleListFilter):
    """By where people stand today: what has lapsed is found under *Expired*, ended or not."""

    title = gettext_lazy("license")
    parameter_name = "license"
    # What the list's rows are annotated with.
    annotation = "license_state"
    choices_offered = tuple(LicenseState)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, self._label(state)) for state in self.choices_offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(Q((self.annotation, self.value()))) if self.value() else queryset

    @staticmethod
    def _label(state: LicenseState) -> Any:
        return gettext_lazy("Revoked or ended") if state == LicenseState.REVOKED else state.label
