"""Policies that change by themselves on a day that somebody chose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import ChangeWaits, InvalidDay, NobodyGetsIn
from accounts.models import Organization, PolicyChange
from accounts.services.holding import hold_organization
from accounts.services.organizations import changed_policies, set_policies
from accounts.services.telling import have_told
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

# Whoever looks further ahead looks again by then.
FARTHEST = timedelta(days=366)


@transaction.atomic
def schedule_policies(
    *, organization: Organization, changes: Mapping[str, Any], due_at: datetime, actor: Actor
) -> PolicyChange | None:
    """Let policies change at `due_at`, as `set_policies` would; None where nothing would change.

    Raises `InvalidValue`, `InvalidDay` for one that is past or more than a year away, and
    `ChangeWaits` where another one waits already.
    """
    now = timezone.now()
    if not now < due_at <= now + FARTHEST:
        raise InvalidDay
    row = hold_organization(organization.pk)
    changed = changed_policies(row, changes)
    if not changed:
        return None
    try:
        with transaction.atomic():
            change = PolicyChange.objects.create(
                organization=row,
                changes={field: after for field, (_before, after) in changed.items()},
                due_at=due_at,
                actor_kind=actor.kind,
                actor_id=actor.id,
                actor_name=actor.name[:255],
            )
    except IntegrityError as error:
        raise ChangeWaits from error
    record(
        Action.POLICIES_SCHEDULED,
        organization=row,
        actor=actor,
        target=row,
        changes={**changed, "due_at": due_at},
    )
    return change


@transaction.atomic
def cancel_scheduled(*, organization: Organization, change_id: UUID, actor: Actor) -> bool:
    """Let a change not happen; False where it has, was canceled, or is somebody else's."""
    mine = PolicyChange.objects.in_organization(organization).filter(pk=change_id)
    if not mine.waiting().update(canceled_at=timezone.now()):
        return False
    change = mine.get()
    record(
        Action.POLICIES_UNSCHEDULED,
        organization=organization,
        actor=actor,
        target=organization,
        changes={**change.changes, "due_at": change.due_at},
    )
    return True


@transaction.atomic
def apply_scheduled(change: PolicyChange) -> bool:
    """Make a change whose day has come, in the name of whoever scheduled it; whether it was made.

    Claimed by one statement in the transaction that makes it: of two workers one does, one that is
    killed has done nothing, and what was canceled in the same moment is either canceled or made.
    Where no full admin would get in any more it is canceled, and all of them are told.
    """
    # In the order in which every change of an organization locks.
    organization = hold_organization(change.organization_id)
    try:
        return _apply(change, organization)
    except NobodyGetsIn:
        _give_up(change, organization)
        return False


@transaction.atomic
def _apply(change: PolicyChange, organization: Organization) -> bool:
    now = timezone.now()
    if not PolicyChange.objects.due(now).filter(pk=change.pk).update(applied_at=now):
        return False
    set_policies(
        organization=organization,
        changes=change.changes,
        actor=change.actor,
        scheduled_at=change.created_at,
    )
    return True


def _give_up(change: PolicyChange, organization: Organization) -> None:
    PolicyChange.objects.waiting().filter(pk=change.pk).update(canceled_at=timezone.now())
    event = record(
        Action.POLICIES_UNSCHEDULED,
        organization=organization,
        actor=Actor.system(),
        target=organization,
        changes={**change.changes, "due_at": change.due_at, "reason": "lock_out"},
    )
    have_told(event)
