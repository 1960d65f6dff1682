"""What every sign-in through single sign-on does about a license."""

import pytest

from accounts.services import deactivate_user, reactivate_user, set_policies
from audit.actions import Action
from licenses.errors import WrongOrganization
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, SeatOutcome, Source
from licenses.services import allow_again, assign_license, assign_on_first_sso, revoke_license
from licenses.standing import license_state
from tests.licenses.places import queue_place

GRANTED, HELD, WAITING, NOT_OFFERED = (
    SeatOutcome.GRANTED,
    SeatOutcome.HELD,
    SeatOutcome.WAITING,
    SeatOutcome.NOT_OFFERED,
)


def test_the_first_sign_in_grants_a_seat(generous, make_pool, make_user, idp, history):
    pool = make_pool(seats=1, name="Main")
    ana = make_user("ana")

    outcome = assign_on_first_sso(user=ana, actor=idp)

    assert outcome is GRANTED
    assert license_state(ana) == LicenseState.ACTIVE
    pool.refresh_from_db()
    assert pool.seats_taken == 1
    assert history(ana) == [(Action.LICENSE_ASSIGNED, {"pool": "Main", "source": "sso"})]


def test_the_second_sign_in_finds_the_seat_held(generous, make_pool, make_user, idp, history):
    pool = make_pool(seats=2)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    outcome = assign_on_first_sso(user=ana, actor=idp)

    assert outcome is HELD
    pool.refresh_from_db()
    assert pool.seats_taken == 1
    assert len(history(ana)) == 1


def test_whoever_holds_a_license_costs_one_query(
    generous, make_pool, make_user, idp, django_assert_num_queries
):
    make_pool()
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    with django_assert_num_queries(1):
        assign_on_first_sso(user=ana, actor=idp)


def test_whoever_waits_for_a_full_pool_costs_two_queries(
    generous, make_pool, make_user, idp, django_assert_num_queries
):
    make_pool(seats=0)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    with django_assert_num_queries(2):
        assert assign_on_first_sso(user=ana, actor=idp) is WAITING


def test_a_first_sign_in_costs_nine_queries(
    generous, make_pool, make_user, idp, django_assert_num_queries
):
    """Look, lock, still active, look again, line, pools, gate, license, event."""
    make_pool()
    ana = make_user("ana")

    with django_assert_num_queries(9):
        assert assign_on_first_sso(user=ana, actor=idp) is GRANTED


def test_with_the_switch_off_nobody_is_offered_a_license(acme, make_pool, make_user, idp):
    make_pool()
    ana = make_user("ana")

    assert assign_on_first_sso(user=ana, actor=idp) is NOT_OFFERED
    assert license_state(ana) == LicenseState.NONE


def test_the_other_organizations_switch_is_its_own(generous, globex, make_pool, make_user, idp):
    make_pool(organization=globex)
    gus = make_user("gus", organization=globex)

    assert assign_on_first_sso(user=gus, actor=idp) is NOT_OFFERED


def test_the_other_organizations_seats_are_its_own(generous, globex, make_pool, make_user, idp):
    foreign = make_pool(organization=globex, seats=5)
    ana = make_user("ana")

    assert assign_on_first_sso(user=ana, actor=idp) is WAITING
    foreign.refresh_from_db()
    assert foreign.seats_taken == 0


def test_a_connection_may_switch_it_on_against_the_policy(acme, make_pool, make_user, idp):
    make_pool()

    assert assign_on_first_sso(user=make_user(), actor=idp, auto_assign=True) is GRANTED


def test_a_connection_may_switch_it_off_against_the_policy(generous, make_pool, make_user, idp):
    make_pool()

    assert assign_on_first_sso(user=make_user(), actor=idp, auto_assign=False) is NOT_OFFERED


def test_a_connections_pool_is_the_only_one_tried(generous, make_pool, make_user, idp):
    make_pool(seats=5, priority=1)
    named = make_pool(seats=1, priority=2)

    first = make_user()
    second = make_user()

    assert assign_on_first_sso(user=first, actor=idp, pool=named) is GRANTED
    assert LicenseAssignment.objects.get(user=first).pool == named
    assert assign_on_first_sso(user=second, actor=idp, pool=named) is WAITING


def test_a_pool_of_the_other_organization_is_refused(generous, globex, make_pool, make_user, idp):
    foreign = make_pool(organization=globex)

    with pytest.raises(WrongOrganization):
        assign_on_first_sso(user=make_user(), actor=idp, pool=foreign)


def test_staff_have_no_seat_anywhere(make_staff, idp):
    with pytest.raises(WrongOrganization):
        assign_on_first_sso(user=make_staff(), actor=idp)


def test_without_a_seat_the_person_waits_and_keeps_the_place(
    generous, make_pool, make_user, idp, history
):
    make_pool(seats=0)
    ana, ben = make_user("ana"), make_user("ben")

    assert assign_on_first_sso(user=ana, actor=idp) is WAITING
    assert assign_on_first_sso(user=ben, actor=idp) is WAITING
    assert assign_on_first_sso(user=ana, actor=idp) is WAITING

    assert (queue_place(ana), queue_place(ben)) == (1, 2)
    assert history(ana) == [(Action.LICENSE_WAITING, {"source": "sso"})]


def test_without_any_pool_the_person_waits(generous, make_user, idp):
    assert assign_on_first_sso(user=make_user(), actor=idp) is WAITING


def test_a_newcomer_does_not_overtake_the_line(generous, make_pool, make_user, idp):
    pool = make_pool(seats=0)
    ana, ben = make_user("ana"), make_user("ben")
    assign_on_first_sso(user=ana, actor=idp)
    # A seat appears without anybody serving the line, as when a pool's start date comes.
    pool.seats = 1
    pool.save()

    assert assign_on_first_sso(user=ben, actor=idp) is WAITING
    assert license_state(ana) == LicenseState.ACTIVE


def test_whoever_waits_gets_a_free_seat_at_the_next_sign_in(generous, make_pool, make_user, idp):
    pool = make_pool(seats=0)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    pool.seats = 1
    pool.save()

    assert assign_on_first_sso(user=ana, actor=idp) is GRANTED
    assert assign_on_first_sso(user=ana, actor=idp) is HELD


def test_whoever_waits_behind_others_does_not_get_their_seat(generous, make_pool, make_user, idp):
    pool = make_pool(seats=0)
    ana, ben = make_user("ana"), make_user("ben")
    assign_on_first_sso(user=ana, actor=idp)
    assign_on_first_sso(user=ben, actor=idp)
    pool.seats = 1
    pool.save()

    assert assign_on_first_sso(user=ben, actor=idp) is WAITING
    assert queue_place(ben) == 1
    assert license_state(ana) == LicenseState.ACTIVE


def test_switching_it_off_takes_nothing_away(generous, make_pool, make_user, idp, actor):
    make_pool(seats=1)
    ana, ben = make_user("ana"), make_user("ben")
    assign_on_first_sso(user=ana, actor=idp)
    assign_on_first_sso(user=ben, actor=idp)

    set_policies(organization=generous, changes={"auto_assign": False}, actor=actor)

    ana.refresh_from_db()
    ben.refresh_from_db()
    assert assign_on_first_sso(user=ana, actor=idp) is HELD
    assert assign_on_first_sso(user=ben, actor=idp) is WAITING
    revoke_license(user=ana, actor=actor)
    assert license_state(ben) == LicenseState.ACTIVE


def test_a_switch_turned_off_during_the_sign_in_counts(generous, make_pool, make_user, idp):
    make_pool()
    ana = make_user("ana")  # her organization was read before the switch was turned
    assert ana.organization.auto_assign
    type(generous).objects.filter(pk=generous.pk).update(auto_assign=False)

    assert assign_on_first_sso(user=ana, actor=idp) is NOT_OFFERED


def test_an_administrators_revocation_is_not_undone_by_signing_in(
    generous, make_pool, make_user, idp, actor
):
    make_pool(seats=2)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    revoke_license(user=ana, actor=actor)

    assert assign_on_first_sso(user=ana, actor=idp) is NOT_OFFERED
    assert license_state(ana) == LicenseState.REVOKED


def test_allowed_again_the_next_sign_in_grants(generous, make_pool, make_user, idp, actor, history):
    make_pool(seats=1)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    revoke_license(user=ana, actor=actor)

    assert allow_again(user=ana, actor=actor)

    assert assign_on_first_sso(user=ana, actor=idp) is GRANTED
    assert [action for action, _changes in history(ana)] == [
        Action.LICENSE_ASSIGNED,
        Action.LICENSE_REVOKED,
        Action.LICENSE_ALLOWED_AGAIN,
        Action.LICENSE_ASSIGNED,
    ]


def test_the_revocation_outlives_a_deactivation(generous, make_pool, make_user, idp, actor):
    make_pool(seats=1)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    revoke_license(user=ana, actor=actor)
    deactivate_user(user=ana, actor=actor)
    reactivate_user(user=ana, actor=actor)

    assert assign_on_first_sso(user=ana, actor=idp) is NOT_OFFERED


def test_a_person_who_was_away_gets_a_license_again(generous, make_pool, make_user, idp, actor):
    make_pool(seats=1)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    deactivate_user(user=ana, actor=actor)
    reactivate_user(user=ana, actor=actor)

    assert license_state(ana) == LicenseState.REVOKED
    assert assign_on_first_sso(user=ana, actor=idp) is GRANTED


def test_coming_back_alone_gives_nothing(generous, make_pool, make_user, idp, actor):
    pool = make_pool(seats=1)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    deactivate_user(user=ana, actor=actor)

    reactivate_user(user=ana, actor=actor)

    pool.refresh_from_db()
    assert pool.seats_taken == 0


def test_whoever_was_given_one_by_hand_after_a_revocation_is_forgiven(
    generous, make_pool, make_user, idp, actor
):
    make_pool(seats=1)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)
    revoke_license(user=ana, actor=actor)
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    deactivate_user(user=ana, actor=actor)
    reactivate_user(user=ana, actor=actor)

    assert assign_on_first_sso(user=ana, actor=idp) is GRANTED


def test_somebody_deactivated_meanwhile_gets_nothing(generous, make_pool, make_user, idp, actor):
    pool = make_pool(seats=1)
    ana = make_user("ana")
    deactivate_user(user=type(ana).objects.get(pk=ana.pk), actor=actor)
    assert ana.is_active  # as this sign-in has read her

    assert assign_on_first_sso(user=ana, actor=idp) is NOT_OFFERED
    pool.refresh_from_db()
    assert pool.seats_taken == 0
