"""The seat gate, and the line in front of it.

Whoever gives a seat, takes one back or puts somebody in line holds the organization's line first.
Locks are always taken in this order: organization, pool, assignment.
`docs/decisions/0004-the-seat-gate.md` says why.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Organization, User
from accounts.services import hold_organization
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from audit.services import event_for, keep
from database.compiled import Blank, CompiledUpdate
from jobs.each import each
from licenses.models import LEARNING, LicenseAssignment, LicensePool
from licenses.policies import LicenseState, Source

BATCH = 500

# Somebody before the gate, with their place in line if they have one.
Candidate = tuple[User, LicenseAssignment | None]


GIVE_BACK = CompiledUpdate(
    lambda: LicensePool.objects.filter(pk=Blank("pool")),
    seats_taken=F("seats_taken") - Blank("number"),
)


def hold_line(organization_id: uuid.UUID) -> Organization:
    """One change of licenses at a time in each organization, until the transaction ends."""
    return hold_organization(organization_id)


def take_seats(pool: LicensePool, number: int, now: datetime) -> bool:
    """The one seat gate: whether the pool is open and had as many seats free. They are taken."""
    taken = (
        LicensePool.objects.open(now)
        .filter(pk=pool.pk, seats__gte=F("seats_taken") + number)
        .update(seats_taken=F("seats_taken") + number)
    )
    return taken == 1


def give_back_seats(pool_id: uuid.UUID, number: int) -> None:
    GIVE_BACK.run(pool=pool_id, number=number)


def pools_with_room(organization: Organization, product: str, now: datetime) -> list[LicensePool]:
    """Where seats may be had, in the order in which they are used up."""
    pools = LicensePool.objects.in_organization(organization).filter(product=product)
    return list(pools.open(now).with_room().by_priority())


class Room:
    """Free seats, shared out in memory so that the gate is asked once a pool."""

    def __init__(self, pools: Sequence[LicensePool]) -> None:
        self._pools = {pool.pk: pool for pool in pools}
        self._free = {pool.pk: pool.seats_free for pool in pools}

    @property
    def total(self) -> int:
        return sum(self._free.values())

    def pools(self) -> list[uuid.UUID]:
        return [pk for pk, free in self._free.items() if free]

    def reserve(self, wanted: uuid.UUID | None) -> LicensePool | None:
        """A seat of the wanted pool, else of the first that has one. None: there is no such."""
        for pk, free in self._free.items():
            if free and wanted in {None, pk}:
                self._free[pk] -= 1
                return self._pools[pk]
        return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for, through which door, and on whose word."""

    organization: Organization
    product: str
    source: Source
    actor: Actor
    reason: str = ""
    # The only pool a seat may come from; None means any.
    pool: LicensePool | None = None

    def event(self, action: Action, user: User, pool: LicensePool | None) -> AuditEvent:
        return license_event(
            action,
            user,
            organization=self.organization,
            actor=self.actor,
            pool=pool,
            source=self.source,
            reason=self.reason,
        )

    def new_row(self, user: User, **fields: Any) -> LicenseAssignment:
        return LicenseAssignment(
            organization=self.organization,
            user=user,
            product=self.product,
            source=self.source,
            reason=self.reason,
            **fields,
        )

    def room(self, now: datetime) -> Room:
        pools = pools_with_room(self.organization, self.product, now)
        return Room([pool for pool in pools if self.pool in {None, pool}])


@transaction.atomic
def serve_queue(*, organization: Organization, actor: Actor, product: str = LEARNING) -> int:
    """Give free seats to the people in line, in order. Answers how many got one."""
    return serve_line(hold_line(organization.pk), product=product, actor=actor)


def serve_all_queues(*, actor: Actor) -> int:
    """`serve_queue` wherever somebody waits, for seats that came with the calendar.

    A pool's start date comes without anybody doing anything. Answers how many people got a seat.
    """
    lines = LicenseAssignment.objects.waiting().order_by().values_list("organization", "product")

    def serve(line: tuple[uuid.UUID, str]) -> int:
        organization_id, product = line
        with transaction.atomic():
            return serve_line(hold_line(organization_id), product=product, actor=actor)

    return sum(each(lines.distinct(), serve))


def serve_line(organization: Organization, *, product: str, actor: Actor) -> int:
    """`serve_queue` for callers that hold the line already."""
    line = LicenseAssignment.objects.in_organization(organization).filter(product=product).waiting()
    if not line.exists():
        return 0
    terms = Terms(organization, product, Source.QUEUE, actor)
    room = terms.room(timezone.now())
    served = 0
    while room.total:
        # Whoever may not act keeps the place and is passed over.
        ahead = line.in_line().filter(
            Q(pool=None) | Q(pool__in=room.pools()), user__state=User.State.ACTIVE
        )
        batch = list(ahead.select_related("user")[: min(room.total, BATCH)])
        left = seat([(assignment.user, assignment) for assignment in batch], terms, room)
        if len(left) == len(batch):
            break
        served += len(batch) - len(left)
    return served


def seat(candidates: Sequence[Candidate], terms: Terms, room: Room) -> list[Candidate]:
    """Through the gate in the order given, as far as there is room. Answers who is left.

    The caller holds the line and vouches for the candidates: active people of the organization
    who hold no license. It takes a few statements, whatever their number.
    """
    now = timezone.now()
    wishes: dict[LicensePool, list[Candidate]] = {}
    left: list[Candidate] = []
    for user, place in candidates:
        wanted = terms.pool.pk if terms.pool else None
        if place and terms.source is Source.QUEUE:
            wanted = place.pool_id  # the line keeps what was asked for at its end
        pool = room.reserve(wanted)
        (left if pool is None else wishes.setdefault(pool, [])).append((user, place))
    events: list[AuditEvent] = []
    for pool, lucky in wishes.items():
        if not take_seats(pool, len(lucky), now):
            left += lucky
            continue
        seated = {"state": LicenseState.ACTIVE, "pool": pool, "assigned_at": now}
        if places := [place.pk for _user, place in lucky if place]:
            LicenseAssignment.objects.waiting().filter(pk__in=places).update(
                source=terms.source, reason=terms.reason or F("reason"), **seated
            )
        LicenseAssignment.objects.bulk_create(
            terms.new_row(user, requested_at=now, **seated) for user, place in lucky if not place
        )
        events += [terms.event(Action.LICENSE_ASSIGNED, user, pool) for user, _place in lucky]
    keep(events)
    return left


def put_in_line(candidates: Sequence[Candidate], terms: Terms) -> int:
    """A place at the end of the line, in the order given. Whoever has one keeps it."""
    now = timezone.now()
    joining = [user for user, place in candidates if place is None]
    LicenseAssignment.objects.bulk_create(
        # A microsecond apart, so that the line remembers the order.
        terms.new_row(
            user,
            state=LicenseState.WAITING,
            pool=terms.pool,
            requested_at=now + timedelta(microseconds=number),
        )
        for number, user in enumerate(joining)
    )
    keep(terms.event(Action.LICENSE_WAITING, user, terms.pool) for user in joining)
    return len(joining)


def license_event(
    action: Action, user: User, *, organization: Organization, actor: Actor, **facts: object
) -> AuditEvent:
    """An event about a person's license, not stored yet. Facts that say nothing are left out."""
    return event_for(
        action,
        organization=organization,
        actor=actor,
        target=user,
        changes={name: str(fact) for name, fact in facts.items() if fact},
    )
