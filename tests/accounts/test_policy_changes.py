"""A change of policies on a day to come: made once, by whoever scheduled it, or canceled."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import ChangeWaits, InvalidDay, InvalidValue
from accounts.jobs import apply_policy_changes
from accounts.models import BindingPolicy, PolicyChange
from accounts.services import (
    apply_scheduled,
    cancel_scheduled,
    deactivate_user,
    schedule_policies,
    set_policies,
)
from audit.actions import Action
from audit.models import AuditEvent

WEEK = timedelta(days=7)


@pytest.fixture
def schedule(acme, actor):
    def make(organization=acme, after=WEEK, **changes):
        return schedule_policies(
            organization=organization,
            changes=changes or {"binding_policy": "required"},
            due_at=timezone.now() + after,
            actor=actor,
        )

    return make


def events(action):
    return list(AuditEvent.objects.filter(action=action))


def policy_of(organization):
    organization.refresh_from_db()
    return organization.binding_policy


def test_it_is_made_when_its_day_comes_and_not_before(acme, schedule):
    change = schedule()

    with time_machine.travel(change.due_at - timedelta(seconds=1), tick=False):
        assert apply_policy_changes.call() == 0
        assert policy_of(acme) == BindingPolicy.OPTIONAL
    with time_machine.travel(change.due_at, tick=False):
        assert apply_policy_changes.call() == 1
        assert policy_of(acme) == BindingPolicy.REQUIRED
        assert acme.binding_policy_at == timezone.now()


def test_it_is_made_once(acme, schedule, actor):
    change = schedule()
    with time_machine.travel(change.due_at):
        apply_policy_changes.call()
        set_policies(organization=acme, changes={"binding_policy": "off"}, actor=actor)

        assert apply_policy_changes.call() == 0
        assert apply_scheduled(change) is False

    assert policy_of(acme) == BindingPolicy.OFF


def test_it_is_on_record_as_whoever_scheduled_it_even_if_they_have_left(
    acme, schedule, admin, actor, make_admin
):
    change = schedule()
    make_admin("other")
    deactivate_user(user=admin, actor=actor)

    with time_machine.travel(change.due_at):
        apply_policy_changes.call()

    (event,) = events(Action.POLICIES_CHANGED)
    assert (event.actor_id, event.actor_name) == (str(admin.pk), admin.display_name)
    assert event.changes["binding_policy"] == ["optional", "required"]
    said = datetime.fromisoformat(event.changes["scheduled_at"])
    assert abs(said - change.created_at) < timedelta(milliseconds=1)


def test_scheduling_changes_nothing_and_is_on_record(acme, schedule):
    change = schedule(binding_policy="off", session_hours=8)

    assert policy_of(acme) == BindingPolicy.OPTIONAL
    (event,) = events(Action.POLICIES_SCHEDULED)
    assert event.organization == acme
    assert event.changes["session_hours"] == [12, 8]
    assert event.changes["due_at"].startswith(f"{change.due_at:%Y-%m-%dT%H:%M}")
    assert events(Action.POLICIES_CHANGED) == []


def test_one_waits_at_a_time_and_another_organization_has_its_own(schedule, globex):
    schedule()

    with pytest.raises(ChangeWaits):
        schedule(session_hours=8)
    assert schedule(globex).organization == globex


def test_the_database_lets_one_wait_and_none_end_twice(acme, schedule):
    change = schedule()
    rows = PolicyChange.objects.filter(pk=change.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyChange.objects.create(
            organization=acme, changes={}, due_at=timezone.now(), actor_kind="system"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(applied_at=timezone.now(), canceled_at=timezone.now())


@pytest.mark.parametrize(
    "after", [timedelta(0), -timedelta(seconds=1), timedelta(days=366, seconds=5)]
)
def test_a_day_that_is_past_or_far_away_is_refused(schedule, after):
    with pytest.raises(InvalidDay):
        schedule(after=after)


@pytest.mark.parametrize(
    "changes",
    [{"session_hours": 0}, {"binding_grace_days": 91}, {"binding_policy": "x"}, {"slug": "b"}],
)
def test_what_could_not_be_saved_can_not_be_scheduled(schedule, changes):
    with pytest.raises(InvalidValue):
        schedule(**changes)
    assert not PolicyChange.objects.exists()


def test_what_changes_nothing_is_not_scheduled(schedule):
    assert schedule(binding_policy="optional") is None
    assert not PolicyChange.objects.exists()


def test_what_was_set_by_hand_meanwhile_is_not_changed_again(acme, schedule, actor):
    change = schedule()
    set_policies(organization=acme, changes={"binding_policy": "required"}, actor=actor)
    since = acme.binding_policy_at

    with time_machine.travel(change.due_at):
        assert apply_policy_changes.call() == 1

    acme.refresh_from_db()
    assert acme.binding_policy_at == since
    assert len(events(Action.POLICIES_CHANGED)) == 1


def test_a_canceled_change_never_happens(acme, schedule, actor):
    change = schedule()

    assert cancel_scheduled(organization=acme, change_id=change.pk, actor=actor)
    assert not cancel_scheduled(organization=acme, change_id=change.pk, actor=actor)

    with time_machine.travel(change.due_at):
        assert apply_policy_changes.call() == 0
    assert policy_of(acme) == BindingPolicy.OPTIONAL
    assert len(events(Action.POLICIES_UNSCHEDULED)) == 1
    assert schedule()  # another may wait now


def test_another_organizations_change_can_not_be_canceled(schedule, globex, actor):
    change = schedule()

    assert not cancel_scheduled(organization=globex, change_id=change.pk, actor=actor)
    assert PolicyChange.objects.waiting().exists()


def test_what_was_made_can_not_be_canceled(acme, schedule, actor):
    change = schedule()
    with time_machine.travel(change.due_at):
        apply_policy_changes.call()

    assert not cancel_scheduled(organization=acme, change_id=change.pk, actor=actor)


def test_a_worker_killed_in_the_middle_has_done_nothing_and_the_next_does_it(
    acme, schedule, monkeypatch
):
    change = schedule()

    def die(**_arguments):
        raise KeyboardInterrupt

    with time_machine.travel(change.due_at):
        with monkeypatch.context() as patch:
            patch.setattr("accounts.services.organizations.policies_changed.send", die)
            with pytest.raises(KeyboardInterrupt):
                apply_policy_changes.call()
        assert policy_of(acme) == BindingPolicy.OPTIONAL

        assert apply_policy_changes.call() == 1
    assert policy_of(acme) == BindingPolicy.REQUIRED
    assert len(events(Action.POLICIES_CHANGED)) == 1
