"""Licenses taken back, and what follows."""

import pytest
from django.db import connection

from accounts.services import deactivate_user
from audit.actions import Action
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import (
    allow_again,
    allow_all_again,
    assign_license,
    assign_on_first_sso,
    revoke_license,
    revoke_licenses,
)
from licenses.standing import license_state
from tests.licenses.places import queue_place


@pytest.fixture
def ana(generous, make_pool, make_user, idp):
    """Holds the only seat."""
    make_pool(seats=1, name="Main")
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    return ana


@pytest.fixture
def ben(ana, make_user, idp):
    """Waits behind Ana."""
    ben = make_user("ben")
    assign_on_first_sso(user=ben, actor=idp)
    return ben


def test_revoking_frees_the_seat(ana, actor, history, seats_are_counted_right):
    assert revoke_license(user=ana, actor=actor, reason="Left the course")

    assert license_state(ana) == LicenseState.REVOKED
    row = LicenseAssignment.objects.get()
    assert (row.ended_source, row.withheld_at) == (Source.ADMIN, row.ended_at)
    assert history(ana)[-1] == (
        Action.LICENSE_REVOKED,
        {"pool": "Main", "source": "admin", "reason": "Left the course"},
    )
    seats_are_counted_right()


def test_revoking_twice_is_revoking_once(ana, actor, history, seats_are_counted_right):
    revoke_license(user=ana, actor=actor)

    assert not revoke_license(user=ana, actor=actor)

    assert len(history(ana)) == 2
    seats_are_counted_right()


def test_without_a_license_there_is_nothing_to_revoke(make_user, make_staff, actor, history):
    nobody = make_user()

    assert not revoke_license(user=nobody, actor=actor)
    assert not revoke_license(user=make_staff(), actor=actor)
    assert history(nobody) == []


def test_a_freed_seat_goes_to_whoever_waits_in_the_same_transaction(
    ana, ben, actor, history, seats_are_counted_right
):
    revoke_license(user=ana, actor=actor)

    assert license_state(ben) == LicenseState.ACTIVE
    assert history(ben)[-1] == (Action.LICENSE_ASSIGNED, {"pool": "Main", "source": "queue"})
    seats_are_counted_right()


def test_an_administrator_can_end_somebodys_wait(ana, ben, actor, idp, history):
    assert revoke_license(user=ben, actor=actor)

    assert license_state(ben) == LicenseState.REVOKED
    assert queue_place(ben) is None
    assert history(ben)[-1][0] == Action.LICENSE_WAIT_ENDED
    assert assign_on_first_sso(user=ben, actor=idp).value == "not_offered"


def test_deactivating_somebody_frees_the_seat_and_serves_the_line(
    ana, ben, actor, seats_are_counted_right
):
    deactivate_user(user=ana, actor=actor, reason="Left")

    row = LicenseAssignment.objects.get(user=ana)
    assert (row.state, row.ended_source, row.withheld_at) == ("revoked", "deactivation", None)
    assert license_state(ben) == LicenseState.ACTIVE
    seats_are_counted_right()


def test_deactivating_somebody_in_line_ends_the_wait_without_a_trace_on_the_person(
    ana, ben, actor, history
):
    deactivate_user(user=ben, actor=actor)

    assert license_state(ben) == LicenseState.NONE
    assert history(ben)[-1][0] == Action.LICENSE_WAIT_ENDED


def test_taking_a_seat_back_costs_four_statements_and_six_more_if_somebody_waits(
    ana, ben, actor, django_assert_num_queries
):
    """Lock, license, pool with license, event; then: line, pools, who, gate, license, event."""
    apart = 0 if connection.vendor == "postgresql" else 1  # SQLite writes the pool by itself
    with django_assert_num_queries(10 + apart):
        revoke_license(user=ana, actor=actor, source=Source.DEACTIVATION)
    with django_assert_num_queries(4 + apart):
        revoke_license(user=ben, actor=actor, source=Source.DEACTIVATION)


def test_a_rule_that_takes_a_license_away_does_not_withhold_it(ana, actor, idp):
    revoke_license(user=ana, actor=actor, source=Source.RULE)

    assert assign_on_first_sso(user=ana, actor=idp).value == "granted"


def test_many_are_revoked_at_once_and_only_at_home(
    generous, globex, make_pool, make_user, idp, actor, seats_are_counted_right
):
    pool = make_pool(seats=2, priority=1)
    make_pool(seats=1, priority=2)
    foreign_pool = make_pool(organization=globex)
    people = [make_user() for _ in range(5)]
    for user in people:
        assign_on_first_sso(user=user, actor=idp)
    gus = make_user("gus", organization=globex)
    assign_license(user=gus, source=Source.ADMIN, actor=actor)

    ended = revoke_licenses(
        organization=generous,
        users=[people[0].pk, people[1].pk, people[2].pk, people[4].pk, gus.pk],
        actor=actor,
    )

    assert ended == 4
    assert license_state(people[3]) == LicenseState.ACTIVE
    assert LicenseAssignment.objects.get(user=people[3]).pool == pool
    assert license_state(gus) == LicenseState.ACTIVE
    foreign_pool.refresh_from_db()
    assert foreign_pool.seats_taken == 1
    seats_are_counted_right()


def test_the_number_of_people_does_not_change_the_number_of_statements(
    acme, make_pool, make_user, actor, django_assert_num_queries
):
    make_pool(seats=30)
    for size in (2, 20):
        people = [make_user() for _ in range(size)]
        for user in people:
            assign_license(user=user, source=Source.ADMIN, actor=actor)
        with django_assert_num_queries(5):
            revoke_licenses(organization=acme, users=[user.pk for user in people], actor=actor)


def test_allowing_again_needs_something_to_allow(ana, make_staff, actor, history):
    assert not allow_again(user=ana, actor=actor)
    assert not allow_again(user=make_staff(), actor=actor)
    assert len(history(ana)) == 1


def test_allowing_again_twice_is_allowing_once(ana, actor, history):
    revoke_license(user=ana, actor=actor)

    assert allow_again(user=ana, actor=actor)
    assert not allow_again(user=ana, actor=actor)

    assert history(ana)[-1] == (Action.LICENSE_ALLOWED_AGAIN, {})


def test_nobody_is_allowed_again_by_another_organization(ana, globex, actor):
    revoke_license(user=ana, actor=actor)

    assert allow_all_again(organization=globex, users=[ana.pk], actor=actor) == 0
    assert LicenseAssignment.objects.withheld().exists()
