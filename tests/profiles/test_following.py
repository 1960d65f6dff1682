"""Bindings follow the policy and the person, and the two causes are told apart."""

from __future__ import annotations

import pytest

from accounts.models import BindingPolicy, User
from accounts.services import deactivate_user, reactivate_user, set_policies
from audit.actions import Action
from profiles.models import ProfileBinding
from tests.profiles.conftest import events

OFF, OPTIONAL, REQUIRED = BindingPolicy.OFF, BindingPolicy.OPTIONAL, BindingPolicy.REQUIRED


@pytest.fixture
def change_policy(actor):
    def change(organization, policy):
        set_policies(organization=organization, changes={"binding_policy": policy}, actor=actor)

    return change


def state_of(user):
    return ProfileBinding.objects.get(user=user).state


def test_switching_off_suspends_every_binding_of_the_organization_alone(
    acme, globex, make_user, bind, change_policy
):
    ana, twin = make_user("ana"), make_user("ana", organization=globex)
    bind(ana)
    bind(twin)

    change_policy(acme, OFF)

    assert state_of(ana) == "suspended"
    assert state_of(twin) == "active"


def test_switching_off_leaves_one_event_with_the_number_of_people(
    acme, make_user, bind, change_policy
):
    for name in ("a", "b", "c"):
        bind(make_user(name))

    change_policy(acme, OFF)

    (event,) = events(Action.PROFILE_SUSPENDED)
    assert event.changes == {"people": 3, "reason": "policy"}
    assert event.organization == acme


def test_switching_off_costs_the_same_for_one_and_for_many(
    acme, make_user, bind, change_policy, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    bind(make_user("first"))
    with CaptureQueriesContext(connection) as for_one:
        change_policy(acme, OFF)
    change_policy(acme, OPTIONAL)
    for number in range(5):
        bind(make_user(f"person-{number}"))

    with CaptureQueriesContext(connection) as for_many:
        change_policy(acme, OFF)

    assert len(for_many) == len(for_one)


@pytest.mark.parametrize("back_to", [OPTIONAL, REQUIRED])
def test_bindings_return_with_the_policy(acme, ana, bind, change_policy, back_to):
    bind(ana)
    change_policy(acme, OFF)

    change_policy(acme, back_to)

    assert state_of(ana) == "active"
    (event,) = events(Action.PROFILE_RESUMED)
    assert event.changes == {"people": 1, "reason": "policy"}


def test_a_policy_that_returns_resumes_no_other_organizations_bindings(
    acme, globex, make_user, bind, change_policy
):
    twin = make_user("ana", organization=globex)
    bind(twin)
    change_policy(globex, OFF)
    change_policy(acme, OFF)

    change_policy(acme, OPTIONAL)

    assert state_of(twin) == "suspended"


@pytest.mark.parametrize(("before", "after"), [(OPTIONAL, REQUIRED), (REQUIRED, OPTIONAL)])
def test_changing_between_required_and_optional_touches_no_binding(
    acme, ana, bind, change_policy, before, after
):
    change_policy(acme, before)
    bind(ana)

    change_policy(acme, after)

    assert state_of(ana) == "active"
    assert events(Action.PROFILE_SUSPENDED) == events(Action.PROFILE_RESUMED) == []


def test_another_policy_touches_no_binding(acme, ana, bind, actor):
    bind(ana)

    set_policies(organization=acme, changes={"auto_assign": True}, actor=actor)

    assert state_of(ana) == "active"


def test_switching_off_where_nobody_is_bound_records_nothing(acme, change_policy):
    change_policy(acme, OFF)
    change_policy(acme, OPTIONAL)

    assert events(Action.PROFILE_SUSPENDED) == events(Action.PROFILE_RESUMED) == []


def test_an_ended_binding_stays_ended_through_every_change(acme, ana, bind, change_policy, actor):
    from django.utils import timezone

    bind(ana, state="revoked", ended_at=timezone.now(), end_reason="learner")

    change_policy(acme, OFF)
    change_policy(acme, OPTIONAL)
    deactivate_user(user=ana, actor=actor)
    reactivate_user(user=ana, actor=actor)

    assert state_of(ana) == "revoked"


def test_a_deactivated_persons_binding_is_dormant_and_wakes_with_them(ana, bind, actor):
    bind(ana)

    deactivate_user(user=ana, actor=actor)
    assert state_of(ana) == "suspended"
    reactivate_user(user=ana, actor=actor)

    assert state_of(ana) == "active"
    assert events(Action.PROFILE_SUSPENDED)[0].changes == {"reason": "person"}
    assert events(Action.PROFILE_RESUMED)[0].changes == {"reason": "person"}


def test_a_colleagues_binding_does_not_sleep_with_somebody_else(ana, make_user, bind, actor):
    ben = make_user("ben")
    bind(ben)
    bind(ana)

    deactivate_user(user=ana, actor=actor)

    assert state_of(ben) == "active"


def test_a_deleted_accounts_binding_ends(ana, bind, actor):
    bind(ana)

    deactivate_user(user=ana, actor=actor, state=User.State.DELETED)

    row = ProfileBinding.objects.get()
    assert (row.state, row.end_reason) == ("revoked", "deleted")


def test_a_policy_that_returns_does_not_wake_a_deactivated_persons_binding(
    acme, ana, bind, actor, change_policy
):
    bind(ana)
    deactivate_user(user=ana, actor=actor)
    change_policy(acme, OFF)

    change_policy(acme, OPTIONAL)

    assert state_of(ana) == "suspended"
    assert events(Action.PROFILE_RESUMED) == []
    reactivate_user(user=ana, actor=actor)
    assert state_of(ana) == "active"


def test_a_person_deactivated_before_the_policy_went_off_returns_to_a_suspended_binding(
    acme, ana, bind, actor, change_policy
):
    bind(ana)
    deactivate_user(user=ana, actor=actor)
    change_policy(acme, OFF)

    reactivate_user(user=ana, actor=actor)

    assert state_of(ana) == "suspended"
    change_policy(acme, OPTIONAL)
    assert state_of(ana) == "active"


def test_a_person_who_returns_does_not_wake_a_binding_that_the_policy_suspended(
    acme, ana, bind, actor, change_policy
):
    bind(ana)
    change_policy(acme, OFF)
    deactivate_user(user=ana, actor=actor)

    reactivate_user(user=ana, actor=actor)

    assert state_of(ana) == "suspended"
    assert events(Action.PROFILE_RESUMED) == []
    change_policy(acme, REQUIRED)
    assert state_of(ana) == "active"


def test_a_profile_held_through_suspension_comes_back_to_whom_it_was(
    acme, ana, make_user, bind, change_policy
):
    bind(ana, subject="member-1")
    change_policy(acme, OFF)
    change_policy(acme, OPTIONAL)

    assert ProfileBinding.objects.active().get(subject="member-1").user == ana
