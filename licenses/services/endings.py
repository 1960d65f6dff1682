"""Licenses taken back, lapsed, and allowed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, QuerySet
from django.utils import timezone

from accounts.models import Organization, User
from audit.actions import Action
from audit.actors import Actor
from audit.services import keep
from database.compiled import Blank, CompiledQuery, CompiledUpdate, Together
from jobs.each import each
from licenses.models import LEARNING, LicenseAssignment, LicensePool
from licenses.policies import LicenseState, Source, is_deliberate
from licenses.services.gate import (
    BATCH,
    GIVE_BACK,
    give_back_seats,
    hold_line,
    license_event,
    serve_line,
)


def revoke_license(
    *,
    user: User,
    actor: Actor,
    source: Source = Source.ADMIN,
    reason: str = "",
    product: str = LEARNING,
) -> bool:
    """Take a license back, or end the wait for one; the seat goes to the line at once.

    What a deliberate source takes away (`policies.DELIBERATE_SOURCES`), signing in does not give
    back until it is allowed again. Answers whether there was anything to end.
    """
    if user.organization is None:
        return False
    ended = revoke_licenses(
        organization=user.organization,
        users=[user.pk],
        actor=actor,
        source=source,
        reason=reason,
        product=product,
    )
    return ended == 1


def _unended(
    organization: Organization | Blank, product: str | Blank
) -> QuerySet[LicenseAssignment]:
    of_product = LicenseAssignment.objects.filter(organization=organization, product=product)
    # Whether somebody waits is asked with them, since mostly nobody does.
    rows = of_product.unended().annotate(somebody_waits=Exists(of_product.waiting()))
    return rows.select_related("user", "pool")


# Directories switch people off one by one.
_UNENDED_OF_ONE = CompiledQuery(
    lambda: _unended(Blank("organization"), Blank("product")).filter(user=Blank("user"))
)


def _unended_of(
    organization: Organization, users: Sequence[UUID], product: str
) -> list[LicenseAssignment]:
    if len(users) == 1:
        return _UNENDED_OF_ONE.all(organization=organization.pk, product=product, user=users[0])
    return list(_unended(organization, product).filter(user__in=users))


def revoke_licenses(
    *,
    organization: Organization,
    users: Collection[UUID],
    actor: Actor,
    source: Source = Source.ADMIN,
    reason: str = "",
    product: str = LEARNING,
) -> int:
    """`revoke_license` for many people of one organization. Answers for how many it did something.

    People of other organizations are not there.
    """
    ids = list(users)
    ended = 0
    for start in range(0, len(ids), BATCH):
        # No savepoint: whoever announces a deactivation wants it whole or not at all.
        with transaction.atomic(savepoint=False):
            # Held before looking, even if there turns out to be nothing: somebody may be
            # granting a seat to one of these people right now.
            locked = hold_line(organization.pk)
            rows = _unended_of(locked, ids[start : start + BATCH], product)
            ended += _end(
                rows, locked, source=source, reason=reason, actor=actor, now=timezone.now()
            )
            if any(getattr(row, "somebody_waits", False) for row in rows):
                serve_line(locked, product=product, actor=actor)
    return ended


def expire_licenses(*, actor: Actor, organization: Organization | None = None) -> int:
    """End the licenses of pools past their grace days. Answers how many ended.

    One transaction for each batch; running it again finds what is left.
    """
    pools = LicensePool.objects.lapsed().filter(seats_taken__gt=0)
    if organization is not None:
        pools = pools.in_organization(organization)
    return sum(each(pools, partial(_expire_pool, actor=actor)))


def _expire_pool(pool: LicensePool, *, actor: Actor) -> int:
    expired = 0
    while True:
        with transaction.atomic():
            locked = hold_line(pool.organization_id)
            # The pool's end may have been moved while we waited.
            now = timezone.now()
            if not LicensePool.objects.lapsed(now).filter(pk=pool.pk).exists():
                return expired
            active = LicenseAssignment.objects.active().filter(pool=pool)
            rows = list(active.select_related("user", "pool").order_by("pk")[:BATCH])
            expired += expire(rows, locked, actor=actor, now=now)
        if len(rows) < BATCH:
            return expired


def expire(
    rows: Sequence[LicenseAssignment], organization: Organization, *, actor: Actor, now: datetime
) -> int:
    """End these licenses because their pool has ended. The line is held."""
    return _end(
        rows,
        organization,
        source=Source.EXPIRY,
        reason="",
        actor=actor,
        now=now,
        state=LicenseState.EXPIRED,
    )


def _end(
    rows: Sequence[LicenseAssignment],
    organization: Organization,
    *,
    source: Source,
    reason: str,
    actor: Actor,
    now: datetime,
    state: LicenseState = LicenseState.REVOKED,
) -> int:
    """End unended rows, read while the line is held, and give their seats back to the pools."""
    if not rows:
        return 0
    _mark_ended(
        rows,
        state=state,
        ended_at=now,
        ended_source=source,
        withheld_at=now if is_deliberate(source) else None,
    )
    keep(
        license_event(
            _action(row, state),
            row.user,
            organization=organization,
            actor=actor,
            pool=row.pool,
            source=source,
            reason=reason,
        )
        for row in rows
    )
    return len(rows)


_MARK_ONE = CompiledUpdate(
    lambda: LicenseAssignment.objects.unended().filter(pk=Blank("id")),
    **{name: Blank(name) for name in ("state", "ended_at", "ended_source", "withheld_at")},
)


_END_ONE = Together(GIVE_BACK, _MARK_ONE)


def _mark_ended(rows: Sequence[LicenseAssignment], **columns: Any) -> None:
    """Write it on the rows, and on the pools that have their seats back."""
    seats = Counter(row.pool_id for row in rows if row.pool_id and not row.is_waiting)
    if len(rows) == 1:
        pool, number = next(iter(seats.items()), (None, 0))
        _END_ONE.run(id=rows[0].pk, pool=pool, number=number, **columns)
        return
    for pool_id, number in sorted(seats.items()):
        give_back_seats(pool_id, number)
    ids = [row.pk for row in rows]
    LicenseAssignment.objects.unended().filter(pk__in=ids).update(**columns)


def _action(row: LicenseAssignment, state: LicenseState) -> Action:
    if row.is_waiting:
        return Action.LICENSE_WAIT_ENDED
    return Action.LICENSE_EXPIRED if state == LicenseState.EXPIRED else Action.LICENSE_REVOKED


def allow_again(*, user: User, actor: Actor, product: str = LEARNING) -> bool:
    """Let the next sign-in give a license to somebody from whom one was taken away.

    It gives nothing by itself. Answers whether there was anything to allow.
    """
    if user.organization is None:
        return False
    return (
        allow_all_again(
            organization=user.organization, users=[user.pk], actor=actor, product=product
        )
        == 1
    )


@transaction.atomic
def allow_all_again(
    *,
    organization: Organization,
    users: Collection[UUID],
    actor: Actor,
    product: str = LEARNING,
) -> int:
    """`allow_again` for many people of one organization. Answers for how many it did something."""
    locked = hold_line(organization.pk)
    withheld = LicenseAssignment.objects.in_organization(locked).withheld()
    rows = list(withheld.filter(user__in=users, product=product).select_related("user"))
    withheld.filter(pk__in=[row.pk for row in rows]).update(withheld_at=None)
    keep(
        license_event(Action.LICENSE_ALLOWED_AGAIN, row.user, organization=locked, actor=actor)
        for row in rows
    )
    return len(rows)
