"""Licenses given: at sign-in, by hand, in bulk."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, User
from audit.actions import Action
from audit.actors import Actor
from database.compiled import Blank, CompiledQuery
from licenses.errors import (
    LicenseWithheld,
    NoPool,
    NoSeatLeft,
    UserNotActive,
    WrongOrganization,
)
from licenses.models import LEARNING, LicenseAssignment, LicensePool, without_license
from licenses.policies import LicenseState, SeatOutcome, Source, at_sign_in, is_deliberate
from licenses.services.endings import expire
from licenses.services.gate import (
    BATCH,
    Candidate,
    Terms,
    hold_line,
    pools_with_room,
    put_in_line,
    seat,
    serve_line,
)


def assign_on_first_sso(
    *,
    user: User,
    actor: Actor,
    pool: LicensePool | None = None,
    auto_assign: bool | None = None,
    source: Source = Source.SSO,
) -> SeatOutcome:
    """What single sign-on does about a license; call it at every sign-in, in its transaction.

    An accepted invitation does the same, once, and names itself as the `source`. One query for
    whoever holds a license. `auto_assign` is the connection's own switch, None follows the
    organization's; `pool` is the only pool to try, None tries all. Whoever waits since an earlier
    sign-in waits for today's `pool` from now on, in the same place.
    """
    organization = _organization_of(user, pool)
    product = _product_of(pool)
    before = _standing(user, product)
    match _at_sign_in(before, organization, auto_assign):
        case (SeatOutcome.HELD | SeatOutcome.NOT_OFFERED) as outcome:
            return outcome
        case SeatOutcome.WAITING as outcome:
            if not (
                _wishes_otherwise(before, pool, organization, auto_assign)
                or pools_with_room(organization, product, timezone.now())
            ):
                return outcome
    # No savepoint: nothing below fails in a way that the sign-in could survive.
    with transaction.atomic(savepoint=False):
        terms = Terms(hold_line(organization.pk), product, source, actor, pool=pool)
        if not _is_active(user):
            return SeatOutcome.NOT_OFFERED
        if _wishes_otherwise(before, pool, terms.organization, auto_assign):
            _change_wish(user, terms)
        now = _settled(user, terms)
        match _at_sign_in(now, terms.organization, auto_assign):
            case SeatOutcome.GRANTED:
                left = seat([(user, None)], terms, terms.room(timezone.now()))
                put_in_line(left, terms)
                return SeatOutcome.WAITING if left else SeatOutcome.GRANTED
            case SeatOutcome.HELD if before is not None and before.is_waiting:
                return SeatOutcome.GRANTED  # the line has just served them
            case outcome:
                return outcome


@transaction.atomic
def assign_license(
    *,
    user: User,
    source: Source,
    actor: Actor,
    pool: LicensePool | None = None,
    reason: str = "",
) -> LicenseAssignment:
    """Give a person a license now. Whoever holds one keeps it: doing it twice is doing it once.

    For callers that need a yes or a no; `assign_licenses` puts in line whoever finds no seat.
    Nobody overtakes the line: free seats go there first. Raises `NoSeatLeft`, `NoPool`,
    `UserNotActive`, `WrongOrganization`, and `LicenseWithheld` for automatic sources.
    """
    organization = _organization_of(user, pool)
    terms = Terms(
        hold_line(organization.pk), _product_of(pool), source, actor, reason=reason, pool=pool
    )
    if not _is_active(user):
        raise UserNotActive
    before = _settled(user, terms)
    if before is not None and before.state == LicenseState.ACTIVE:
        return before
    if before is not None and before.withheld_at:
        if not is_deliberate(source):
            raise LicenseWithheld
        _stop_withholding([user.pk], terms)
        before = None
    if seat([(user, before)], terms, terms.room(timezone.now())):
        pools = LicensePool.objects.in_organization(terms.organization).filter(
            product=terms.product
        )
        raise NoSeatLeft if pools.open().exists() else NoPool
    return LicenseAssignment.objects.of(user, terms.product).active().get()


@dataclass(frozen=True, slots=True)
class BulkResult:
    """Of the people named: how many got a seat, joined the line, or were left as they are."""

    assigned: int = 0
    waiting: int = 0
    unchanged: int = 0

    def __add__(self, other: BulkResult) -> BulkResult:
        return BulkResult(
            self.assigned + other.assigned,
            self.waiting + other.waiting,
            self.unchanged + other.unchanged,
        )


def assign_licenses(
    *,
    organization: Organization,
    users: Collection[UUID],
    source: Source,
    actor: Actor,
    pool: LicensePool | None = None,
    reason: str = "",
) -> BulkResult:
    """Give many people of one organization a license, in the order in which they were added.

    When the seats run out, the others join the line. People who hold or await a license, who are
    not active, or who are of other organizations are left as they are. One transaction for each
    batch of people.
    """
    result = BulkResult(unchanged=len(set(users)))
    for batch in _batches(sorted(users)):
        given = _assign_batch(organization, batch, source, actor, pool, reason)
        result += BulkResult(given.assigned, given.waiting, -(given.assigned + given.waiting))
    return result


def assign_to_everyone(
    *, organization: Organization, actor: Actor, source: Source = Source.ADMIN
) -> BulkResult:
    """Give every active person without a license one; when the seats run out, the others wait.

    Whoever had a license taken away by an administrator is left out, as at sign-in.
    """
    everyone = without_license(User.objects.in_organization(organization))
    result = BulkResult()
    for batch in _batches(list(everyone.order_by("created_at", "pk").values_list("pk", flat=True))):
        result += _assign_batch(organization, batch, source, actor, None, "", withheld_too=False)
    return result


def _assign_batch(
    organization: Organization,
    users: Collection[UUID],
    source: Source,
    actor: Actor,
    pool: LicensePool | None,
    reason: str,
    *,
    withheld_too: bool = True,
) -> BulkResult:
    if pool is not None and pool.organization_id != organization.pk:
        raise WrongOrganization
    with transaction.atomic():
        locked = hold_line(organization.pk)
        terms = Terms(locked, _product_of(pool), source, actor, reason=reason, pool=pool)
        _expire_lapsed(users, terms)
        serve_line(locked, product=terms.product, actor=actor)
        people = User.objects.in_organization(locked).filter(pk__in=users)
        if withheld_too and is_deliberate(source):
            _stop_withholding(people.active().values("pk"), terms)
        reached = without_license(people, terms.product).order_by("created_at", "pk")
        candidates: list[Candidate] = [(user, None) for user in reached]
        left = seat(candidates, terms, terms.room(timezone.now()))
        waiting = put_in_line(left, terms)
    return BulkResult(assigned=len(candidates) - len(left), waiting=waiting)


def _expire_lapsed(users: Collection[UUID], terms: Terms) -> None:
    """What `_settled` does for one person: a lapsed license stands in nobody's way."""
    now = timezone.now()
    held = LicenseAssignment.objects.in_organization(terms.organization)
    lapsed = held.lapsed(now).filter(user__in=users, product=terms.product)
    rows = list(lapsed.select_related("user", "pool"))
    expire(rows, terms.organization, actor=terms.actor, now=now)


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def _organization_of(user: User, pool: LicensePool | None) -> Organization:
    # Platform staff belong to none.
    if user.organization is None:
        raise WrongOrganization
    if pool is not None and pool.organization_id != user.organization_id:
        raise WrongOrganization
    return user.organization


def _product_of(pool: LicensePool | None) -> str:
    return LEARNING if pool is None else pool.product


def _decisive(user: User, product: str) -> LicenseAssignment | None:
    """The license held or awaited, else the one withheld."""
    rows = LicenseAssignment.objects.of(user, product).decisive()
    # A constraint leaves one at most, so there is nothing to put in order.
    return next(iter(rows.select_related("pool")[:1]), None)


# `_decisive`, to look at and not to act on: with what tells the standing and nothing else.
_STANDING = CompiledQuery(
    lambda: (
        LicenseAssignment.objects.decisive()
        .filter(organization=Blank("organization"), user=Blank("user"), product=Blank("product"))
        .select_related("pool")
        .only("state", "source", "withheld_at", "pool__ends_at", "pool__grace_days")
        .order_by()
    )
)


def _standing(user: User, product: str) -> LicenseAssignment | None:
    """What every sign-in asks."""
    return _STANDING.first(organization=user.organization_id, user=user.pk, product=product)


def _settled(user: User, terms: Terms) -> LicenseAssignment | None:
    """`_decisive` under the lock, after ending their license if it lapsed and serving the line."""
    decisive = _decisive(user, terms.product)
    now = timezone.now()
    has_lapsed = decisive is not None and decisive.standing_at(now) == LicenseState.EXPIRED
    if decisive is not None and has_lapsed:
        expire([decisive], terms.organization, actor=terms.actor, now=now)
    was_served = serve_line(terms.organization, product=terms.product, actor=terms.actor)
    return _decisive(user, terms.product) if has_lapsed or was_served else decisive


def _at_sign_in(
    decisive: LicenseAssignment | None, organization: Organization, auto_assign: bool | None
) -> SeatOutcome:
    return at_sign_in(
        state=decisive.standing_at(timezone.now()) if decisive else LicenseState.NONE,
        is_withheld=decisive is not None and decisive.withheld_at is not None,
        auto_assign=organization.auto_assign if auto_assign is None else auto_assign,
    )


def _wishes_otherwise(
    before: LicenseAssignment | None,
    pool: LicensePool | None,
    organization: Organization,
    auto_assign: bool | None,
) -> bool:
    """Whether a sign-in put them in line for another pool than the one it would today.

    What somebody else asked for stands, and a door that gives no licenses has no say.
    """
    is_offered = organization.auto_assign if auto_assign is None else auto_assign
    return (
        before is not None
        and before.is_waiting
        and before.source == Source.SSO
        and before.pool_id != (None if pool is None else pool.pk)
        and is_offered
    )


def _change_wish(user: User, terms: Terms) -> None:
    """Wait for today's pool, in the same place: else a pool that is full, or closed, keeps them."""
    waits = LicenseAssignment.objects.of(user, terms.product).waiting().filter(source=Source.SSO)
    if waits.exclude(pool=terms.pool).update(pool=terms.pool):
        terms.event(Action.LICENSE_WAITING, user, terms.pool).save()


def _is_active(user: User) -> bool:
    """As the database has it. Whoever deactivates the person meanwhile waits for the line."""
    return User.objects.active().filter(pk=user.pk).exists()


def _stop_withholding(users: Collection[UUID] | Any, terms: Terms) -> None:
    LicenseAssignment.objects.in_organization(terms.organization).withheld().filter(
        product=terms.product, user__in=users
    ).update(withheld_at=None)
