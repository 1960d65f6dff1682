"""Switched off for good: when profiles are forgotten, and what stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.services import deactivate_user, set_policies
from audit.actions import Action
from audit.actors import Actor
from profiles.errors import ProfilesInUse
from profiles.forgetting import forget_profiles, forget_switched_off
from profiles.jobs import forget_switched_off as forget_job
from profiles.models import ProfileBinding
from tests.profiles.conftest import events

DAYS = timedelta(days=90)
INSTANT = timedelta(seconds=1)


def set_to(organization, policy):
    set_policies(
        organization=organization,
        changes={"binding_policy": policy},
        actor=Actor.system("tests"),
    )


@pytest.fixture
def off(acme, ana, bind):
    """Acme switches profiles off; Ana had one."""
    bind(ana, subject="member-1", name="Ana on LinkedIn")
    set_to(acme, "off")
    return acme


def only():
    return ProfileBinding.objects.get()


def test_nothing_is_forgotten_a_moment_before_ninety_days(off):
    with time_machine.travel(off.binding_policy_at + DAYS - INSTANT, tick=False):
        assert forget_job.call() == 0

    assert (only().subject, only().state) == ("member-1", "suspended")


def test_after_ninety_days_which_profile_it_was_is_gone_and_that_there_was_one_stays(off, ana):
    before = only()
    with time_machine.travel(off.binding_policy_at + DAYS, tick=False):
        assert forget_job.call() == 1
        now = timezone.now()

    row = only()
    assert (row.subject, row.name, row.last_used_at) == ("", "", None)
    assert (row.state, row.end_reason, row.ended_at, row.forgotten_at) == (
        "revoked",
        "forgotten",
        now,
        now,
    )
    kept = ("user_id", "consent_version", "consented_at", "bound_at", "via")
    assert [getattr(row, name) for name in kept] == [getattr(before, name) for name in kept]


def test_it_is_done_once_and_on_record_with_the_number_alone(off):
    with time_machine.travel(off.binding_policy_at + DAYS):
        assert forget_job.call() == 1
        assert forget_job.call() == 0

    (event,) = events(Action.PROFILE_FORGOTTEN)
    assert event.changes == {"people": 1, "ended_before": 0}
    assert event.organization == off
    assert "Ana" not in str(event.__dict__)


def test_a_policy_that_returns_on_the_last_day_finds_its_profiles(off, ana):
    with time_machine.travel(off.binding_policy_at + DAYS - INSTANT, tick=False):
        set_to(off, "optional")
    with time_machine.travel(off.binding_policy_at + DAYS, tick=False):
        assert forget_job.call() == 0

    assert (only().subject, only().state) == ("member-1", "active")


def test_the_days_begin_anew_each_time_it_is_switched_off(off):
    first = off.binding_policy_at
    with time_machine.travel(first + DAYS - INSTANT):
        set_to(off, "optional")
        set_to(off, "off")
    with time_machine.travel(first + DAYS + INSTANT):
        assert forget_job.call() == 0


def test_a_policy_that_returns_later_finds_nothing_and_people_connect_anew(off, ana, bind):
    with time_machine.travel(off.binding_policy_at + DAYS):
        forget_job.call()
        set_to(off, "required")

    assert only().state == "revoked"
    assert bind(ana, subject="member-1").state == "active"


def test_profiles_that_had_ended_before_are_forgotten_with_the_others_and_keep_their_reason(
    acme, ana, bind
):
    bind(ana, state="revoked", ended_at=timezone.now(), end_reason="learner")
    set_to(acme, "off")

    with time_machine.travel(acme.binding_policy_at + DAYS - INSTANT):
        assert forget_job.call() == 0
    with time_machine.travel(acme.binding_policy_at + DAYS):
        assert forget_job.call() == 1

    row = only()
    assert (row.subject, row.name, row.end_reason) == ("", "", "learner")
    assert events(Action.PROFILE_FORGOTTEN)[0].changes == {"people": 0, "ended_before": 1}


def test_a_deactivated_persons_profile_is_forgotten_too(off, ana, actor):
    deactivate_user(user=ana, actor=actor)

    with time_machine.travel(off.binding_policy_at + DAYS):
        assert forget_job.call() == 1


def test_what_was_switched_off_before_the_day_was_kept_goes_by_its_own_day(off):
    since = off.binding_policy_at
    Organization.objects.filter(pk=off.pk).update(binding_policy_at=None)

    with time_machine.travel(since + DAYS + INSTANT):
        assert forget_job.call() == 1


def test_no_other_organization_loses_anything(off, globex, make_user, bind):
    bind(make_user("ana", organization=globex), subject="member-1")

    with time_machine.travel(off.binding_policy_at + DAYS):
        assert forget_job.call() == 1

    assert ProfileBinding.objects.active().get().organization == globex


def test_an_administrator_need_not_wait(off, actor):
    assert forget_profiles(organization=off, actor=actor) == 1
    assert forget_profiles(organization=off, actor=actor) == 0

    (event,) = events(Action.PROFILE_FORGOTTEN)
    assert event.actor_id == actor.id


@pytest.mark.parametrize("policy", ["optional", "required"])
def test_what_is_in_use_is_not_forgotten(off, actor, policy):
    set_to(off, policy)

    with pytest.raises(ProfilesInUse):
        forget_profiles(organization=off, actor=actor)
    with time_machine.travel(off.binding_policy_at + 2 * DAYS):
        assert forget_switched_off(off) == 0
    assert only().subject == "member-1"


def test_the_database_keeps_no_nameless_profile_that_was_not_forgotten(off):
    rows = ProfileBinding.objects.all()

    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(subject="")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(forgotten_at=timezone.now())


def test_the_console_says_that_a_profile_is_forgotten(off, console, ana):
    with time_machine.travel(off.binding_policy_at + DAYS):
        forget_job.call()

    page = console.get(f"/console/profiles/profilebinding/{only().pk}/change/").content.decode()
    assert "Forgotten" in page
    assert "Ana on LinkedIn" not in page
