from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import Organization, User
from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.models import AuditEvent
from licenses.models import LicenseAssignment, LicensePool


@pytest.fixture
def idp() -> Actor:
    return Actor(ActorKind.DIRECTORY, "okta", "Okta")


@pytest.fixture
def generous(acme: Organization) -> Organization:
    """Acme, with *Automatically assign licenses* on."""
    acme.auto_assign = True
    acme.save()
    return acme


@pytest.fixture
def seats_are_counted_right(db: None) -> Callable[[], None]:
    """Fails if any pool's count differs from the licenses that are held of it."""

    def check() -> None:
        for pool in LicensePool.objects.all():
            assert pool.seats_taken == LicenseAssignment.objects.active().filter(pool=pool).count()

    return check


@pytest.fixture
def history() -> Callable[[User], list[tuple[Action, dict[str, str]]]]:
    """What is on record about a person's license, oldest first."""

    def of(user: User) -> list[tuple[Action, dict[str, str]]]:
        events = AuditEvent.objects.filter(
            target_id=str(user.pk), action__startswith="licenses."
        ).order_by("pk")
        return [(Action(event.action), event.changes) for event in events]

    return of
