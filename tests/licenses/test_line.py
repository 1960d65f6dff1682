"""The line: who is served, in which order."""

from uuid import uuid4

import pytest

from accounts.models import Organization, User
from audit.actions import Action
from audit.actors import Actor
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, SeatOutcome, Source
from licenses.services import (
    assign_licenses,
    assign_on_first_sso,
    change_pool,
    create_pool,
    gate,
    serve_queue,
)
from licenses.services.gate import hold_line
from licenses.standing import license_state
from tests.licenses.places import queue_place


@pytest.fixture
def line(generous, make_user, idp):
    """Five people who asked one after the other, before there was any pool."""
    people = [make_user() for _ in range(5)]
    for user in people:
        assign_on_first_sso(user=user, actor=idp)
    return people


def states(people):
    return "".join(license_state(user)[0] for user in people)


def test_free_seats_go_to_the_line_in_order(
    generous, line, make_pool, actor, seats_are_counted_right
):
    make_pool(seats=2)

    assert serve_queue(organization=generous, actor=actor) == 2

    assert states(line) == "aawww"
    assert [queue_place(user) for user in line] == [None, None, 1, 2, 3]
    seats_are_counted_right()


def test_serving_again_serves_nobody_twice(generous, line, make_pool, actor):
    make_pool(seats=2)
    serve_queue(organization=generous, actor=actor)

    assert serve_queue(organization=generous, actor=actor) == 0
    assert states(line) == "aawww"


def test_an_empty_line_takes_no_seat(acme, make_pool, actor):
    pool = make_pool(seats=2)

    assert serve_queue(organization=acme, actor=actor) == 0
    pool.refresh_from_db()
    assert pool.seats_taken == 0


def test_the_other_organizations_line_is_not_served(generous, globex, line, make_pool, actor):
    make_pool(seats=5)
    make_pool(organization=globex, seats=5)

    assert serve_queue(organization=globex, actor=actor) == 0
    assert states(line) == "wwwww"


def test_people_who_may_not_act_are_passed_over_and_keep_their_place(
    generous, line, make_pool, actor
):
    make_pool(seats=2)
    User.objects.filter(pk=line[0].pk).update(state=User.State.INVITED)

    serve_queue(organization=generous, actor=actor)

    assert states(line) == "waaww"
    assert queue_place(line[0]) == 1


def test_the_line_is_served_from_several_pools_by_priority(
    generous, line, make_pool, actor, seats_are_counted_right
):
    last = make_pool(seats=9, priority=3)
    first = make_pool(seats=2, priority=1)
    middle = make_pool(seats=1, priority=2)

    serve_queue(organization=generous, actor=actor)

    pools = [LicenseAssignment.objects.get(user=user).pool for user in line]
    assert pools == [first, first, middle, last, last]
    seats_are_counted_right()


def test_the_line_is_served_in_batches(
    generous, line, make_pool, actor, monkeypatch, seats_are_counted_right
):
    monkeypatch.setattr(gate, "BATCH", 2)
    make_pool(seats=5)

    assert serve_queue(organization=generous, actor=actor) == 5
    assert states(line) == "aaaaa"
    seats_are_counted_right()


def test_whoever_waits_for_one_pool_holds_nobody_up(
    generous, make_pool, make_user, idp, actor, seats_are_counted_right
):
    wanted, other = make_pool(seats=0), make_pool(seats=0)
    choosy, easy = make_user(), make_user()
    assign_on_first_sso(user=choosy, actor=idp, pool=wanted)
    assign_on_first_sso(user=easy, actor=idp)
    type(other).objects.filter(pk=other.pk).update(seats=2)

    assert serve_queue(organization=generous, actor=actor) == 1

    assert states([choosy, easy]) == "wa"
    seats_are_counted_right()


@pytest.fixture
def waiting_for_a_pool(generous, make_pool, make_user, idp):
    """Ana, then Ben, put in line by a connection that names a pool without a free seat."""
    pool = make_pool(seats=0, name="A")
    people = [make_user("ana"), make_user("ben")]
    for user in people:
        assert assign_on_first_sso(user=user, actor=idp, pool=pool) is SeatOutcome.WAITING
    return pool, people


def test_a_connection_that_names_another_pool_now_gives_a_seat_of_it(
    waiting_for_a_pool, make_pool, idp, history, seats_are_counted_right
):
    _full, (ana, ben) = waiting_for_a_pool
    other = make_pool(seats=1, name="B")

    assert assign_on_first_sso(user=ana, actor=idp, pool=other) is SeatOutcome.GRANTED

    assert LicenseAssignment.objects.get(user=ana).pool == other
    assert states([ana, ben]) == "aw"
    assert history(ana) == [
        (Action.LICENSE_WAITING, {"pool": "A", "source": "sso"}),
        (Action.LICENSE_WAITING, {"pool": "B", "source": "sso"}),
        (Action.LICENSE_ASSIGNED, {"pool": "B", "source": "queue"}),
    ]
    seats_are_counted_right()


def test_a_connection_that_names_no_pool_any_more_gives_any_seat(
    waiting_for_a_pool, make_pool, idp
):
    _full, (ana, _ben) = waiting_for_a_pool
    other = make_pool(seats=1)

    assert assign_on_first_sso(user=ana, actor=idp) is SeatOutcome.GRANTED
    assert LicenseAssignment.objects.get(user=ana).pool == other


def test_whoever_waits_for_another_pool_now_keeps_the_place(
    waiting_for_a_pool, make_pool, idp, actor
):
    _full, (ana, ben) = waiting_for_a_pool
    other = make_pool(seats=0, name="B")
    asked = LicenseAssignment.objects.get(user=ana).requested_at

    for user in (ben, ana):
        assert assign_on_first_sso(user=user, actor=idp, pool=other) is SeatOutcome.WAITING

    wish = LicenseAssignment.objects.get(user=ana)
    assert (wish.pool, wish.requested_at) == (other, asked)
    change_pool(pool=other, changes={"seats": 1}, actor=actor)
    assert states([ana, ben]) == "aw"


def test_whoever_is_served_while_their_sign_in_waits_its_turn_keeps_that_seat(
    waiting_for_a_pool, make_pool, idp, actor, monkeypatch, history
):
    full, (ana, _ben) = waiting_for_a_pool
    other = make_pool(seats=1, name="B")

    def hold_line_after_another(organization_id):
        monkeypatch.undo()
        change_pool(pool=full, changes={"seats": full.seats + 1}, actor=actor)
        return gate.hold_line(organization_id)

    monkeypatch.setattr("licenses.services.assignments.hold_line", hold_line_after_another)

    assert assign_on_first_sso(user=ana, actor=idp, pool=other) is SeatOutcome.GRANTED
    assert LicenseAssignment.objects.get(user=ana).pool == full
    assert [action for action, _changes in history(ana)] == [
        Action.LICENSE_WAITING,
        Action.LICENSE_ASSIGNED,
    ]


def test_whoever_moves_to_another_pool_does_not_overtake_those_who_asked_before(
    waiting_for_a_pool, make_pool, idp
):
    _full, (ana, ben) = waiting_for_a_pool
    other = make_pool(seats=0, name="B")
    assign_on_first_sso(user=ana, actor=idp, pool=other)
    type(other).objects.filter(pk=other.pk).update(seats=1)

    assert assign_on_first_sso(user=ben, actor=idp, pool=other) is SeatOutcome.WAITING
    assert states([ana, ben]) == "aw"


def test_with_the_same_pool_the_wish_stays_and_costs_two_queries(
    waiting_for_a_pool, idp, history, django_assert_num_queries
):
    full, (ana, _ben) = waiting_for_a_pool
    before = LicenseAssignment.objects.filter(user=ana).values().get()

    with django_assert_num_queries(2):
        assert assign_on_first_sso(user=ana, actor=idp, pool=full) is SeatOutcome.WAITING

    assert LicenseAssignment.objects.filter(user=ana).values().get() == before
    assert len(history(ana)) == 1


def test_a_connection_that_gives_no_licenses_does_not_change_the_wish(
    waiting_for_a_pool, make_pool, idp
):
    full, (ana, _ben) = waiting_for_a_pool
    other = make_pool(seats=1)

    for pool in (other, None):
        outcome = assign_on_first_sso(user=ana, actor=idp, pool=pool, auto_assign=False)
        assert outcome is SeatOutcome.WAITING

    assert LicenseAssignment.objects.get(user=ana).pool == full


def test_a_wait_by_hand_is_not_changed_by_signing_in(
    generous, make_pool, make_user, idp, actor, django_assert_num_queries
):
    ana = make_user("ana")
    assign_licenses(organization=generous, users=[ana.pk], source=Source.ADMIN, actor=actor)
    named = make_pool(seats=0)

    with django_assert_num_queries(2):
        assert assign_on_first_sso(user=ana, actor=idp, pool=named) is SeatOutcome.WAITING
    assert LicenseAssignment.objects.get(user=ana).pool is None


def test_the_other_organizations_wishes_stay(waiting_for_a_pool, globex, make_pool, make_user, idp):
    full, (ana, ben) = waiting_for_a_pool
    theirs, others = (make_pool(organization=globex, seats=0) for _ in range(2))
    gus = make_user("gus", organization=globex)
    for pool in (theirs, others):
        assign_on_first_sso(user=gus, actor=idp, pool=pool, auto_assign=True)

    assert LicenseAssignment.objects.get(user=gus).pool == others
    assert {row.pool for row in LicenseAssignment.objects.filter(user__in=[ana, ben])} == {full}


def test_people_who_want_the_same_pool_share_it_in_order(
    generous, make_pool, make_user, idp, actor, seats_are_counted_right
):
    wanted, other = make_pool(seats=0, priority=2), make_pool(seats=0, priority=1)
    choosy = [make_user() for _ in range(3)]
    for user in choosy:
        assign_on_first_sso(user=user, actor=idp, pool=wanted)
    type(other).objects.filter(pk=other.pk).update(seats=2)
    type(wanted).objects.filter(pk=wanted.pk).update(seats=1)

    assert serve_queue(organization=generous, actor=actor) == 1

    assert states(choosy) == "aww"
    seats_are_counted_right()


def test_each_product_has_its_own_line(generous, line, actor):
    create_pool(organization=generous, name="Languages", product="languages", seats=9, actor=actor)

    assert states(line) == "wwwww"


def test_the_number_of_people_does_not_change_the_number_of_statements(
    generous, make_pool, make_user, idp, django_assert_num_queries
):
    pool = make_pool(seats=0)
    for size in (2, 20):
        for _ in range(size):
            assign_on_first_sso(user=make_user(), actor=idp)
        type(pool).objects.filter(pk=pool.pk).update(seats=22)
        pool.refresh_from_db()
        type(pool).objects.filter(pk=pool.pk).update(seats=pool.seats_taken + size)
        with django_assert_num_queries(9):
            assert serve_queue(organization=generous, actor=Actor.system()) == size


def test_a_person_served_stands_where_the_license_says(generous, line, make_pool, actor):
    make_pool(seats=1)
    serve_queue(organization=generous, actor=actor)

    row = LicenseAssignment.objects.get(user=line[0])
    assert row.state == LicenseState.ACTIVE
    assert row.source == "queue"
    assert row.assigned_at > row.requested_at


def test_there_is_no_line_where_there_is_no_organization(db):
    with pytest.raises(Organization.DoesNotExist):
        hold_line(uuid4())
