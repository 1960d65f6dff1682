"""The one way an event comes to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import models

from audit.actions import Action
from audit.actors import Actor
from audit.context import current_context
from audit.models import AuditEvent
from database.inserts import insert

if TYPE_CHECKING:
    from accounts.models import Organization


# So many at once are added by a statement that is compiled once for their number.
FEW = 4

_collected: ContextVar[list[AuditEvent] | None] = ContextVar("collected_events", default=None)


@contextmanager
def one_statement() -> Iterator[None]:
    """What is recorded meanwhile is stored together at the end, by one statement.

    Open it inside the transaction. Where an error leaves it, nothing is stored: the transaction
    that the events belong to is lost as well.
    """
    if _collected.get() is not None:  # somebody further out collects already
        yield
        return
    events: list[AuditEvent] = []
    token = _collected.set(events)
    try:
        yield
    finally:
        _collected.reset(token)
    _store(events)


def keep(events: Iterable[AuditEvent]) -> None:
    """Store events made by `event_for`."""
    collected = _collected.get()
    if collected is None:
        _store(list(events))
    else:
        collected.extend(events)


def event_for(
    action: Action,
    *,
    organization: Organization | None,
    actor: Actor,
    target: models.Model | None = None,
    changes: dict[str, Any] | None = None,
) -> AuditEvent:
    """An event that is not stored yet, for callers that store many with one statement."""
    context = current_context()
    return AuditEvent(
        organization=organization,
        action=action,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:255],
        target_type=target._meta.label_lower if target else "",
        target_id=str(target.pk) if target else "",
        target_name=str(target)[:255] if target else "",
        changes=changes or {},
        source=context.source,
        address=context.address,
        request_id=context.request_id,
    )


def record(
    action: Action,
    *,
    organization: Organization | None,
    actor: Actor,
    target: models.Model | None = None,
    changes: dict[str, Any] | None = None,
) -> AuditEvent:
    """Keep what happened. Call it inside the transaction that makes it happen.

    `changes` maps a field's name to `[before, after]`, or to a value where there is no before.
    It must hold no secret, no assertion and no request body.
    """
    event = event_for(
        action, organization=organization, actor=actor, target=target, changes=changes
    )
    keep([event])
    return event


def _store(events: Sequence[AuditEvent]) -> None:
    if len(events) > FEW:
        AuditEvent.objects.bulk_create(events)
    elif events:
        insert(*events)
