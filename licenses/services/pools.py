"""Pools created and changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.errors import InvalidValue
from accounts.models import Organization
from accounts.names import name_key
from accounts.services import set_changed
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from licenses.errors import PoolNameTaken, SeatsInUse
from licenses.models import LEARNING, LicensePool
from licenses.services.gate import hold_line, serve_line

# What an organization buys; the platform's staff write it. What it decides itself is the rest.
BOUGHT_FIELDS = ("seats", "starts_at", "ends_at", "grace_days")
# What may be changed on a pool. Its product may not: licenses of that product hang on it.
POOL_FIELDS = ("name", "priority", *BOUGHT_FIELDS)


@transaction.atomic
def create_pool(
    *,
    organization: Organization,
    name: str,
    seats: int,
    actor: Actor,
    product: str = LEARNING,
    priority: int = 100,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    grace_days: int = 10,
) -> LicensePool:
    """Seats an organization has bought. Whoever waits gets them at once, in order.

    Raises `PoolNameTaken` and `InvalidValue`.
    """
    locked = hold_line(organization.pk)
    pool = LicensePool(
        organization=locked,
        name=name.strip(),
        seats=seats,
        product=product,
        priority=priority,
        starts_at=starts_at,
        ends_at=ends_at,
        grace_days=grace_days,
    )
    _validate(pool)
    pool.save(force_insert=True)
    record(
        Action.POOL_CREATED,
        organization=locked,
        actor=actor,
        target=pool,
        changes={"seats": seats, "product": product},
    )
    serve_line(locked, product=product, actor=actor)
    pool.refresh_from_db(fields=["seats_taken"])
    return pool


@transaction.atomic
def change_pool(
    *, pool: LicensePool, changes: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Write some of `POOL_FIELDS`; answers what changed, as `{field: [before, after]}`.

    New seats go to whoever waits. Raises `SeatsInUse`, `PoolNameTaken` and `InvalidValue`.
    """
    locked = hold_line(pool.organization_id)
    row = LicensePool.objects.get(pk=pool.pk)
    values = {name: each.strip() if name == "name" else each for name, each in changes.items()}
    changed = set_changed(row, values, among=POOL_FIELDS, otherwise="not to be changed on a pool")
    if not changed:
        return changed
    _validate(row)
    row.save(update_fields=[*changed, "name_key", "updated_at"])
    record(Action.POOL_CHANGED, organization=locked, actor=actor, target=row, changes=changed)
    serve_line(locked, product=row.product, actor=actor)
    pool.refresh_from_db()
    return changed


def _validate(pool: LicensePool) -> None:
    """Say no in words. The line is held, so nothing changes between this and the constraints."""
    try:
        pool.clean_fields(exclude={"name_key", "organization"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidValue(field, messages[0]) from error
    if pool.seats < pool.seats_taken:
        raise SeatsInUse(pool.seats_taken)
    if pool.starts_at and pool.ends_at and pool.starts_at >= pool.ends_at:
        raise InvalidValue("ends_at", "A pool ends after it starts.")
    others = LicensePool.objects.in_organization(pool.organization_id).exclude(pk=pool.pk)
    if others.filter(name_key=name_key(pool.name)).exists():
        raise PoolNameTaken(pool.name)
