"""Licenses given by hand and in bulk."""

import pytest

from accounts.models import User
from audit.actions import Action
from licenses.errors import (
    LicenseWithheld,
    NoPool,
    NoSeatLeft,
    UserNotActive,
    WrongOrganization,
)
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import (
    BulkResult,
    assign_license,
    assign_licenses,
    assign_on_first_sso,
    assign_to_everyone,
    gate,
    revoke_license,
)
from licenses.standing import count_without_license, license_state
from tests.licenses.places import queue_place


def test_an_administrator_assigns_a_license(acme, make_pool, make_user, actor, history):
    pool = make_pool(name="Main")
    ana = make_user("ana")

    assignment = assign_license(user=ana, source=Source.ADMIN, actor=actor, reason="New in sales")

    assert assignment.pool == pool
    assert assignment.state == LicenseState.ACTIVE
    assert (assignment.source, assignment.reason) == ("admin", "New in sales")
    assert history(ana) == [
        (
            Action.LICENSE_ASSIGNED,
            {"pool": "Main", "source": "admin", "reason": "New in sales"},
        )
    ]


def test_assigning_twice_is_assigning_once(acme, make_pool, make_user, actor, history):
    pool = make_pool(seats=2)
    ana = make_user("ana")
    first = assign_license(user=ana, source=Source.ADMIN, actor=actor)

    second = assign_license(user=ana, source=Source.ADMIN, actor=actor)

    assert second == first
    pool.refresh_from_db()
    assert pool.seats_taken == 1
    assert len(history(ana)) == 1


def test_pools_are_used_up_by_priority(acme, make_pool, make_user, actor):
    second = make_pool(seats=1, priority=2)
    first = make_pool(seats=1, priority=1)

    pools = [
        assign_license(user=make_user(), source=Source.ADMIN, actor=actor).pool for _ in range(2)
    ]

    assert pools == [first, second]


def test_a_named_pool_is_the_only_one_tried(acme, make_pool, make_user, actor):
    make_pool(seats=1)
    full = make_pool(seats=0)

    with pytest.raises(NoSeatLeft):
        assign_license(user=make_user(), source=Source.ADMIN, actor=actor, pool=full)


def test_a_full_pool_says_so_and_nothing_is_written(acme, make_pool, make_user, actor, history):
    make_pool(seats=0)
    ana = make_user("ana")

    with pytest.raises(NoSeatLeft, match="No seat is left"):
        assign_license(user=ana, source=Source.ADMIN, actor=actor)

    assert license_state(ana) == LicenseState.NONE
    assert history(ana) == []


def test_without_an_open_pool_it_says_so(acme, make_user, actor):
    with pytest.raises(NoPool, match="no open license pool"):
        assign_license(user=make_user(), source=Source.ADMIN, actor=actor)


def test_the_other_organizations_pool_gives_nothing(acme, globex, make_pool, make_user, actor):
    foreign = make_pool(organization=globex)
    ana = make_user("ana")

    with pytest.raises(NoPool):
        assign_license(user=ana, source=Source.ADMIN, actor=actor)
    with pytest.raises(WrongOrganization):
        assign_license(user=ana, source=Source.ADMIN, actor=actor, pool=foreign)


def test_staff_hold_no_license(make_staff, actor):
    with pytest.raises(WrongOrganization):
        assign_license(user=make_staff(), source=Source.ADMIN, actor=actor)


@pytest.mark.parametrize("state", [User.State.INVITED, User.State.DEACTIVATED, User.State.DELETED])
def test_only_active_people_hold_licenses(acme, make_pool, make_user, actor, state):
    make_pool()

    with pytest.raises(UserNotActive):
        assign_license(user=make_user(state=state), source=Source.ADMIN, actor=actor)


@pytest.mark.parametrize("source", [Source.SSO, Source.SCIM, Source.RULE])
def test_an_automatic_door_does_not_give_back_what_was_taken_away(
    acme, make_pool, make_user, actor, source
):
    make_pool()
    ana = make_user("ana")
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    revoke_license(user=ana, actor=actor)

    with pytest.raises(LicenseWithheld):
        assign_license(user=ana, source=source, actor=actor)


def test_a_deliberate_door_does(acme, make_pool, make_user, actor, seats_are_counted_right):
    make_pool()
    ana = make_user("ana")
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    revoke_license(user=ana, actor=actor)

    assign_license(user=ana, source=Source.API, actor=actor)

    assert license_state(ana) == LicenseState.ACTIVE
    assert not LicenseAssignment.objects.withheld().exists()
    seats_are_counted_right()


def test_somebody_in_line_is_seated_in_their_place(
    generous, make_pool, make_user, idp, actor, seats_are_counted_right
):
    pool = make_pool(seats=0)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    pool.seats = 1
    pool.save()

    assignment = assign_license(user=ana, source=Source.ADMIN, actor=actor)

    assert LicenseAssignment.objects.get() == assignment
    assert assignment.source == Source.QUEUE
    seats_are_counted_right()


def test_somebody_who_waits_for_one_pool_can_be_given_another(
    generous, make_pool, make_user, idp, actor, seats_are_counted_right
):
    full, other = make_pool(seats=0), make_pool(seats=1)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp, pool=full)

    assignment = assign_license(user=ana, source=Source.ADMIN, actor=actor, reason="Urgent")

    assert assignment.pool == other
    assert (assignment.source, assignment.reason) == ("admin", "Urgent")
    assert LicenseAssignment.objects.count() == 1
    seats_are_counted_right()


def test_an_administrator_does_not_overtake_the_line_either(
    generous, make_pool, make_user, idp, actor
):
    pool = make_pool(seats=0)
    ana, ben = make_user("ana"), make_user("ben")
    assign_on_first_sso(user=ana, actor=idp)
    pool.seats = 1
    pool.save()

    with pytest.raises(NoSeatLeft):
        assign_license(user=ben, source=Source.ADMIN, actor=actor)


def test_bulk_gives_seats_in_order_and_the_others_wait(
    acme, make_pool, make_user, actor, seats_are_counted_right
):
    make_pool(seats=1, priority=1)
    make_pool(seats=1, priority=2)
    people = [make_user() for _ in range(4)]

    result = assign_licenses(
        organization=acme,
        users=[user.pk for user in reversed(people)],
        source=Source.ADMIN,
        actor=actor,
    )

    assert result == BulkResult(assigned=2, waiting=2, unchanged=0)
    assert [license_state(user) for user in people] == ["active", "active", "waiting", "waiting"]
    assert [queue_place(user) for user in people[2:]] == [1, 2]
    seats_are_counted_right()


def test_bulk_leaves_alone_who_has_one_is_away_or_is_someone_elses(
    generous, globex, make_pool, make_user, idp, actor
):
    make_pool(seats=5)
    holder = make_user()
    assign_on_first_sso(user=holder, actor=idp)
    away = make_user(state=User.State.DEACTIVATED)
    foreign = make_user(organization=globex)
    fresh = make_user()

    result = assign_licenses(
        organization=generous,
        users=[holder.pk, away.pk, foreign.pk, fresh.pk],
        source=Source.ADMIN,
        actor=actor,
    )

    assert result == BulkResult(assigned=1, waiting=0, unchanged=3)
    assert license_state(foreign) == license_state(away) == LicenseState.NONE


def test_bulk_by_hand_forgives_and_bulk_by_rule_does_not(acme, make_pool, make_user, actor):
    make_pool(seats=5)
    ana = make_user()
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    revoke_license(user=ana, actor=actor)
    named = {"organization": acme, "users": [ana.pk], "actor": actor}

    assert assign_licenses(source=Source.RULE, **named).assigned == 0
    assert assign_licenses(source=Source.CSV, **named).assigned == 1


def test_bulk_from_the_other_organizations_pool_is_refused(
    acme, globex, make_pool, make_user, actor
):
    foreign = make_pool(organization=globex)

    with pytest.raises(WrongOrganization):
        assign_licenses(
            organization=acme,
            users=[make_user().pk],
            source=Source.ADMIN,
            actor=actor,
            pool=foreign,
        )


def test_the_number_of_people_does_not_change_the_number_of_statements(
    acme, make_pool, make_user, actor, django_assert_num_queries
):
    make_pool(seats=30)

    for size in (2, 20):
        users = [make_user().pk for _ in range(size)]
        with django_assert_num_queries(11):
            assign_licenses(organization=acme, users=users, source=Source.ADMIN, actor=actor)


def test_everyone_means_active_people_without_a_license_and_not_refused_one(
    generous, globex, make_pool, make_user, admin, idp, actor
):
    make_pool(seats=10)
    make_pool(organization=globex, seats=10)
    holder, refused = make_user(), make_user()
    for user in (holder, refused):
        assign_on_first_sso(user=user, actor=idp)
    revoke_license(user=refused, actor=actor)
    make_user(state=User.State.INVITED)
    stranger = make_user(organization=globex)
    fresh = make_user()

    assert count_without_license(generous) == 2  # the administrator is a person too
    result = assign_to_everyone(organization=generous, actor=actor)

    assert result == BulkResult(assigned=2)
    assert license_state(fresh) == license_state(admin) == LicenseState.ACTIVE
    assert license_state(refused) == LicenseState.REVOKED
    assert license_state(stranger) == LicenseState.NONE
    assert count_without_license(generous) == 0
    assert count_without_license(globex) == 1


def test_everyone_comes_in_batches_and_the_rest_wait(
    acme, make_pool, make_user, actor, monkeypatch, seats_are_counted_right
):
    monkeypatch.setattr("licenses.services.assignments.BATCH", 2)
    make_pool(seats=3)
    people = [User.objects.get(role="full_admin"), *(make_user() for _ in range(5))]

    result = assign_to_everyone(organization=acme, actor=actor)

    assert result == BulkResult(assigned=3, waiting=3)
    assert [queue_place(user) for user in people] == [None, None, None, 1, 2, 3]
    seats_are_counted_right()


def test_a_seat_that_vanished_outside_the_services_is_not_given(
    acme, make_pool, make_user, actor, seats_are_counted_right
):
    """The gate has the last word, whatever was read before."""
    pool = make_pool(seats=1)
    ana = make_user()
    terms = gate.Terms(acme, "learning", Source.ADMIN, actor)
    stale = gate.Room([pool])
    type(pool).objects.update(seats=0)

    left = gate.seat([(ana, None)], terms, stale)

    assert left == [(ana, None)]
    assert license_state(ana) == LicenseState.NONE
    seats_are_counted_right()
