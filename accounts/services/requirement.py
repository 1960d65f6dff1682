"""Single sign-on as the only door, and the other doors open again.

Whether that is wise is decided above, by whoever knows the connections: `sso.services`.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, Session
from accounts.policies import CLOSABLE_DOORS
from accounts.services.telling import have_told
from audit.actions import Action
from audit.actors import Actor
from audit.services import record


@transaction.atomic
def close_other_doors(*, organization: Organization, actor: Actor) -> int:
    """Let people in through single sign-on alone; answers how many sessions ended with it.

    Every full admin is told by mail. Doing it twice is doing it once.
    """
    now = timezone.now()
    is_open = Organization.objects.filter(pk=organization.pk, sso_required_at=None)
    if not is_open.update(sso_required_at=now):
        return 0
    organization.sso_required_at = now
    through_them = Session.objects.filter(
        user__organization=organization, door__in=sorted(CLOSABLE_DOORS)
    )
    ended, _per_model = through_them.delete()
    event = record(
        Action.SSO_REQUIRED,
        organization=organization,
        actor=actor,
        target=organization,
        changes={"requires_sso": [False, True], "sessions_ended": ended},
    )
    have_told(event)
    return ended


@transaction.atomic
def open_other_doors(*, organization: Organization, actor: Actor) -> bool:
    """Let people in by password again; whether that is new. Every full admin is told by mail."""
    is_closed = Organization.objects.filter(pk=organization.pk, sso_required_at__isnull=False)
    if not is_closed.update(sso_required_at=None):
        return False
    organization.sso_required_at = None
    event = record(
        Action.SSO_NOT_REQUIRED,
        organization=organization,
        actor=actor,
        target=organization,
        changes={"requires_sso": [True, False]},
    )
    have_told(event)
    return True
