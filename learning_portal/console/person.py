"""What a person's page tells beside the form: access and why, profile, sessions, what happened."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Session, User
from audit.models import AuditEvent
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.standing import persons_license
from profiles.services import current_binding
from sso.models import SamlIdentity

EVENTS = 20
SESSIONS = 20


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


def person_context(user: User, *, events: QuerySet[AuditEvent]) -> dict[str, Any]:
    mine = persons_license(user)
    sessions = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    return {
        "license_reason": why_licensed(mine.row, mine.state),
        "queue_place": mine.place,
        "binding": current_binding(user),
        "sessions": sessions.order_by("-created_at")[:SESSIONS],
        "identities": SamlIdentity.objects.filter(user=user)
        .select_related("connection")
        .order_by("-last_used_at"),
        "groups": user.directory_groups.order_by("display_name")[:SESSIONS],
        "events": events[:EVENTS],
    }
