"""Real threads, real commits: what holds when many come at once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.services import create_user, deactivate_user, set_policies
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from licenses.errors import NoSeatLeft, SeatsInUse
from licenses.models import LicenseAssignment, LicensePool
from licenses.policies import LicenseState, SeatOutcome, Source
from licenses.services import (
    assign_license,
    assign_on_first_sso,
    assign_to_everyone,
    change_pool,
    create_pool,
    revoke_license,
)
from licenses.standing import license_state
from tests.licenses.places import queue_place

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

ACTOR = Actor.system("races")


def race(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the calls at once, a thread each; answers results, or the refusals they raised."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        ready.wait(timeout=30)
        try:
            return call()
        except (NoSeatLeft, SeatsInUse) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(calls)) as threads:
        return list(threads.map(run, calls))


def first_sign_in(user: User, **options: Any) -> Callable[[], SeatOutcome]:
    def call() -> SeatOutcome:
        # As single sign-on does it: the person is read and the license decided in one transaction.
        with transaction.atomic():
            person = User.objects.get_queryset().select_related("organization").get(pk=user.pk)
            return assign_on_first_sso(user=person, actor=ACTOR, **options)

    return call


def assignment(user: User) -> Callable[[], LicenseAssignment]:
    return lambda: assign_license(user=user, source=Source.ADMIN, actor=ACTOR)


def revocation(user: User) -> Callable[[], bool]:
    return lambda: revoke_license(user=user, actor=ACTOR, source=Source.RULE)


@pytest.mark.parametrize("seats", [0, 7, 50])
def test_fifty_first_sign_ins_share_the_seats_exactly(
    generous, make_pool, make_user, seats_are_counted_right, seats
):
    pool = make_pool(seats=seats)
    people = [make_user() for _ in range(50)]

    outcomes = Counter(race([first_sign_in(user) for user in people]))

    assert outcomes[SeatOutcome.GRANTED] == seats
    assert outcomes[SeatOutcome.WAITING] == 50 - seats
    assert LicenseAssignment.objects.active().count() == seats
    assert LicenseAssignment.objects.waiting().count() == 50 - seats
    places = [queue_place(user) for user in people]
    assert sorted(place for place in places if place) == list(range(1, 51 - seats))
    assert AuditEvent.objects.filter(action=Action.LICENSE_ASSIGNED).count() == seats
    pool.refresh_from_db()
    assert pool.seats_taken == seats
    seats_are_counted_right()


def test_sign_ins_that_create_their_person_share_the_seats_exactly_too(
    generous, make_pool, seats_are_counted_right
):
    """Each has referred to the organization before it comes to the gate."""
    make_pool(seats=7)

    def sign_in(number: int) -> Callable[[], SeatOutcome]:
        def call() -> SeatOutcome:
            with transaction.atomic():
                person = create_user(
                    organization=generous,
                    user_name=f"new-{number}",
                    source=User.Source.SSO,
                    actor=ACTOR,
                )
                return assign_on_first_sso(user=person, actor=ACTOR)

        return call

    outcomes = Counter(race([sign_in(number) for number in range(30)]))

    assert outcomes == {SeatOutcome.GRANTED: 7, SeatOutcome.WAITING: 23}
    seats_are_counted_right()


def test_several_pools_are_shared_exactly_too(
    generous, make_pool, make_user, seats_are_counted_right
):
    for seats in (3, 4, 5):
        make_pool(seats=seats)

    outcomes = Counter(race([first_sign_in(make_user()) for _ in range(20)]))

    assert outcomes == {SeatOutcome.GRANTED: 12, SeatOutcome.WAITING: 8}
    seats_are_counted_right()


def test_one_person_signing_in_many_times_at_once_takes_one_seat(
    generous, make_pool, make_user, seats_are_counted_right
):
    make_pool(seats=5)
    ana = make_user("ana")

    outcomes = Counter(race([first_sign_in(ana)] * 16))

    assert outcomes == {SeatOutcome.GRANTED: 1, SeatOutcome.HELD: 15}
    seats_are_counted_right()


def test_a_grant_and_a_revocation_of_the_same_person_end_in_one_of_both(
    generous, make_pool, make_user, seats_are_counted_right
):
    make_pool(seats=1)
    ana = make_user("ana")

    race([first_sign_in(ana), revocation(ana)] * 12)

    assert license_state(ana) in {LicenseState.ACTIVE, LicenseState.REVOKED}
    assert LicenseAssignment.objects.current().count() <= 1
    seats_are_counted_right()


def test_seats_freed_while_others_come_are_never_left_empty(
    generous, make_pool, make_user, seats_are_counted_right
):
    pool = make_pool(seats=10)
    holders = [make_user() for _ in range(10)]
    newcomers = [make_user() for _ in range(15)]
    for user in holders:
        first_sign_in(user)()

    calls = [
        call
        for pair in zip(holders, newcomers[:10], strict=True)
        for call in (
            revocation(pair[0]),
            first_sign_in(pair[1]),
        )
    ]
    race([*calls, *(first_sign_in(user) for user in newcomers[10:])])

    pool.refresh_from_db()
    assert pool.seats_taken == 10
    assert LicenseAssignment.objects.waiting().count() == 5
    seats_are_counted_right()


def test_changing_the_number_of_seats_while_people_come_leaves_nobody_without_one(
    generous, make_pool, make_user, seats_are_counted_right
):
    pool = make_pool(seats=5)
    people = [make_user() for _ in range(24)]

    def resize(seats: int) -> Callable[[], Any]:
        return lambda: change_pool(
            pool=LicensePool.objects.get(pk=pool.pk), changes={"seats": seats}, actor=ACTOR
        )

    results = race(
        [
            *(first_sign_in(user) for user in people[:8]),
            *(resize(seats) for seats in (6, 2, 9, 3)),
            *(first_sign_in(user) for user in people[8:]),
            *(resize(seats) for seats in (8, 4, 12)),
        ]
    )

    assert not [result for result in results if isinstance(result, NoSeatLeft)]
    pool.refresh_from_db()
    assert pool.seats_taken == pool.seats
    assert LicenseAssignment.objects.waiting().count() == 24 - pool.seats
    seats_are_counted_right()


def test_of_two_people_and_one_freed_seat_the_first_in_line_gets_it(
    generous, make_pool, make_user, seats_are_counted_right
):
    make_pool(seats=1)
    holder, first, second = make_user(), make_user(), make_user()
    for user in (holder, first, second):
        first_sign_in(user)()

    race([first_sign_in(second), revocation(holder), first_sign_in(first), first_sign_in(second)])

    assert license_state(first) == LicenseState.ACTIVE
    assert queue_place(second) == 1
    seats_are_counted_right()


def test_two_administrators_and_one_seat(acme, make_pool, make_user, seats_are_counted_right):
    make_pool(seats=1)

    results = race([assignment(make_user()), assignment(make_user())])

    assert sorted(type(result).__name__ for result in results) == [
        "LicenseAssignment",
        "NoSeatLeft",
    ]
    seats_are_counted_right()


def test_nobody_waits_beside_a_pool_that_was_created_meanwhile(
    generous, make_user, seats_are_counted_right
):
    people = [make_user() for _ in range(15)]

    def create() -> None:
        create_pool(organization=generous, name="Main", seats=20, actor=ACTOR)

    race(
        [
            *(first_sign_in(user) for user in people[:8]),
            create,
            *(first_sign_in(user) for user in people[8:]),
        ]
    )

    assert LicenseAssignment.objects.active().count() == 15
    seats_are_counted_right()


def test_whoever_is_deactivated_while_signing_in_keeps_no_seat(
    generous, make_pool, make_user, admin, seats_are_counted_right
):
    """Deactivating an administrator locks person and organization; sign-ins refer to both."""
    make_pool(seats=30)
    people = [make_user(role="full_admin") for _ in range(12)]
    calls: list[Callable[[], Any]] = []
    for user in people:
        calls += [
            first_sign_in(user),
            lambda user=user: deactivate_user(
                user=User.objects.get_queryset().get(pk=user.pk), actor=ACTOR
            ),
        ]

    race(calls)

    assert not LicenseAssignment.objects.current().exists()
    seats_are_counted_right()


def test_policies_bulk_assignment_and_sign_ins_do_not_block_each_other(
    generous, make_pool, make_user, seats_are_counted_right
):
    make_pool(seats=20)
    people = [make_user() for _ in range(30)]

    def toggle(on: bool) -> Callable[[], Any]:
        return lambda: set_policies(organization=generous, changes={"auto_assign": on}, actor=ACTOR)

    race(
        [
            *(first_sign_in(user) for user in people[:10]),
            toggle(False),
            lambda: assign_to_everyone(organization=generous, actor=ACTOR),
            toggle(True),
            *(first_sign_in(user) for user in people[10:]),
        ]
    )

    assert LicenseAssignment.objects.active().count() == 20
    assert LicenseAssignment.objects.waiting().count() == 10
    seats_are_counted_right()
