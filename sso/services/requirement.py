"""Single sign-on is required, or no longer."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Organization, User
from accounts.services import close_other_doors, hold_organization, open_other_doors
from audit.actors import Actor
from sso.errors import NotReadyToRequire
from sso.requirement import readiness


@transaction.atomic
def require_sso(*, organization: Organization, admin: User) -> int:
    """Close every other door; answers how many sessions ended with it.

    It takes a full admin who has come in through an active connection themselves, and recovery
    codes. Raises `NotReadyToRequire`.
    """
    # Held until the end, as `rows.locked` holds it: no connection changes or closes meanwhile.
    row = hold_organization(organization.pk)
    if not readiness(organization=row, admin=admin).is_ready:
        raise NotReadyToRequire
    ended = close_other_doors(organization=row, actor=Actor.from_user(admin))
    organization.sso_required_at = row.sso_required_at
    return ended


@transaction.atomic
def stop_requiring_sso(*, organization: Organization, actor: Actor) -> bool:
    """Open the other doors again; whether that is new. There is no other way in which it ends."""
    hold_organization(organization.pk)
    return open_other_doors(organization=organization, actor=actor)
