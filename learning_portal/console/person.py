"""What a person's page tells beside the form: access and why, profile, sessions, what happened."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Invitation, Session, User
from accounts.receipts import latest_closing
from audit.models import AuditEvent
from licenses.standing import persons_license
from licenses.words import why_licensed
from profiles.standing import current_binding
from sso.models import SamlIdentity

EVENTS = 20
SESSIONS = 20


def person_context(user: User, *, events: QuerySet[AuditEvent]) -> dict[str, Any]:
    mine = persons_license(user)
    sessions = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    is_invited = user.state == User.State.INVITED
    return {
        "invitation": Invitation.objects.filter(user=user).first() if is_invited else None,
        "now": timezone.now(),
        "license_reason": why_licensed(mine.row, mine.state),
        "queue_place": mine.place,
        "binding": current_binding(user),
        "sessions": sessions.order_by("-created_at")[:SESSIONS],
        "identities": SamlIdentity.objects.filter(user=user)
        .select_related("connection")
        .order_by("-last_used_at"),
        "groups": user.directory_groups.order_by("display_name")[:SESSIONS],
        "events": events[:EVENTS],
        "closing": latest_closing(user),
    }
