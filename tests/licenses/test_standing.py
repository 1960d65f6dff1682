"""Where people and organizations stand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from licenses.models import LicensePool
from licenses.policies import LicenseState, Source
from licenses.services import assign_license, assign_on_first_sso, change_pool, revoke_license
from licenses.standing import (
    PersonsLicense,
    SeatsSummary,
    license_state,
    persons_license,
    seats_summary,
    with_license_state,
)
from tests.licenses.places import queue_place


@pytest.fixture
def people(generous, make_pool, make_user, idp, actor):
    """One person in each state."""
    old = make_pool(seats=5, ends_at=timezone.now() + timedelta(seconds=60), name="Old")
    pool = make_pool(seats=2, priority=200, name="Main")
    people = {state: make_user(str(state)) for state in LicenseState}
    assign_license(user=people["expired"], source=Source.ADMIN, actor=actor, pool=old)
    assign_license(user=people["active"], source=Source.ADMIN, actor=actor, pool=pool)
    assign_license(user=people["revoked"], source=Source.ADMIN, actor=actor, pool=pool)
    revoke_license(user=people["revoked"], actor=actor)
    type(old).objects.filter(pk=old.pk).update(ends_at=timezone.now() - timedelta(days=30))
    assign_license(user=make_user(), source=Source.ADMIN, actor=actor)
    assign_on_first_sso(user=people["waiting"], actor=idp)
    return people


def test_each_person_stands_somewhere(people):
    for state, user in people.items():
        assert license_state(user) == state


def test_the_list_of_people_agrees_in_one_statement(people, django_assert_num_queries):
    rows = with_license_state(User.objects.get_queryset())

    with django_assert_num_queries(1):
        found = {user.user_name: user.license_state for user in rows}

    for state in people:
        assert found[str(state)] == state


def test_the_list_of_people_can_be_filtered_by_it(people):
    rows = with_license_state(User.objects.get_queryset())

    assert rows.filter(license_state="waiting").get() == people["waiting"]


def test_what_is_told_about_a_person_is_the_latest(people, actor):
    assert persons_license(people["none"]) == PersonsLicense(LicenseState.NONE)
    assert persons_license(people["active"]).row.pool.name == "Main"

    revoke_license(user=people["active"], actor=actor, source=Source.RULE)
    assert persons_license(people["active"]).state == LicenseState.REVOKED

    change_pool(pool=LicensePool.objects.get(name="Main"), changes={"seats": 3}, actor=actor)
    assign_license(user=people["active"], source=Source.ADMIN, actor=actor)
    assert persons_license(people["active"]).state == LicenseState.ACTIVE


def test_only_people_in_line_have_a_place(people):
    assert queue_place(people["waiting"]) == 1
    assert queue_place(people["active"]) is None


def test_a_license_tells_when_it_will_end(acme, make_pool, make_user, actor):
    ends_at = timezone.now() + timedelta(days=3)
    make_pool(ends_at=ends_at, grace_days=4)
    ana = make_user("ana")
    assert persons_license(ana).ends_at is None

    assign_license(user=ana, source=Source.ADMIN, actor=actor)

    assert persons_license(ana).ends_at == ends_at + timedelta(days=4)


def test_places_are_counted_within_the_organization(generous, globex, make_user, idp):
    strangers = [make_user(organization=globex) for _ in range(2)]
    for user in strangers:
        assign_on_first_sso(user=user, actor=idp, auto_assign=True)
    ana = make_user("ana")
    assign_on_first_sso(user=ana, actor=idp)

    assert queue_place(ana) == 1


def test_seats_are_summed_up_in_two_statements(people, acme, django_assert_num_queries):
    with django_assert_num_queries(2):
        summary = seats_summary(acme)

    # Those of Main. What was held of the old pool has lapsed, though nobody ended it yet.
    assert summary == SeatsSummary(seats=2, taken=2, waiting=1)
    assert summary.free == 0


def test_an_organization_without_pools_has_no_seats(acme):
    assert seats_summary(acme) == SeatsSummary(seats=0, taken=0, waiting=0)


def test_the_other_organizations_seats_are_not_summed_up(people, globex):
    assert seats_summary(globex) == SeatsSummary(seats=0, taken=0, waiting=0)
