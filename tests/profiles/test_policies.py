"""Every case there is, against sentences written down from the promises and not from the code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from accounts.models import BindingPolicy
from profiles.policies import (
    BindingStep,
    Way,
    grace_ends,
    is_silent,
    is_told,
    next_step,
    ways_in,
)

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
BOTH = (True, False)
REQUIRED, OPTIONAL, OFF = BindingPolicy.REQUIRED, BindingPolicy.OPTIONAL, BindingPolicy.OFF


@dataclass(frozen=True)
class Case:
    policy: BindingPolicy
    by_sso: bool
    is_bound: bool
    was_offered: bool
    grace_until: datetime | None
    is_deactivated: bool
    consent_is_current: bool
    is_available: bool

    @property
    def step(self) -> BindingStep:
        return next_step(now=NOW, **self.__dict__)

    def but(self, **changes: object) -> Case:
        return replace(self, **changes)  # type: ignore[arg-type]


CASES = [
    Case(*values)
    for values in product(
        BindingPolicy,
        BOTH,
        BOTH,
        BOTH,
        (None, NOW - INSTANT, NOW, NOW + INSTANT, NOW + timedelta(days=90)),
        BOTH,
        BOTH,
        BOTH,
    )
]
HERE = [case for case in CASES if not case.is_deactivated]


def told(case: Case) -> BindingStep:
    """The promises, each as the one condition under which it holds. Exactly one may."""
    wants_one = case.policy == "required"
    has_time = bool(case.grace_until) and case.grace_until > NOW
    goes_without = not case.is_bound and not case.is_deactivated
    promises = {
        BindingStep.CLOSED: case.is_deactivated and not case.is_bound,
        BindingStep.LEAVE: case.is_deactivated and case.is_bound,
        BindingStep.DEMAND: goes_without and wants_one and not has_time,
        BindingStep.REMIND: goes_without and wants_one and has_time,
        BindingStep.OFFER: goes_without
        and case.policy == "optional"
        and all((case.by_sso, case.is_available, not case.was_offered)),
        BindingStep.AGREE: case.is_bound
        and not case.is_deactivated
        and case.policy in ("required", "optional")
        and not case.consent_is_current,
    }
    kept = [step for step, holds in promises.items() if holds]
    assert len(kept) <= 1, case
    return kept[0] if kept else BindingStep.NONE


def test_no_case_is_left_out():
    assert len(CASES) == len(set(CASES)) == 3 * 5 * 2**6


def test_each_case_is_decided_as_promised():
    assert [case for case in CASES if case.step is not told(case)] == []


def test_each_answer_is_somebody_s():
    assert {case.step for case in CASES} == set(BindingStep)


# The promises again, as sentences


def test_where_the_policy_is_off_nobody_who_is_here_meets_anything():
    assert {case.step for case in HERE if case.policy is OFF} == {BindingStep.NONE}


def test_a_policy_is_silent_exactly_where_nobody_who_is_here_meets_anything():
    for policy in BindingPolicy:
        steps = {case.step for case in HERE if case.policy is policy}
        assert is_silent(policy) is (steps == {BindingStep.NONE})


def test_nobody_is_demanded_a_profile_unless_it_is_required():
    assert {case.policy for case in CASES if case.step is BindingStep.DEMAND} == {REQUIRED}


def test_no_door_no_answer_and_no_outage_spares_anybody_a_requirement():
    for case in HERE:
        if case.policy is REQUIRED and not case.is_bound:
            others = product(BOTH, BOTH, BOTH, BOTH)
            assert {
                case.but(
                    by_sso=by_sso,
                    was_offered=was_offered,
                    is_available=is_available,
                    consent_is_current=consent_is_current,
                ).step
                for by_sso, was_offered, is_available, consent_is_current in others
            } == {case.step}


def test_whoever_is_connected_is_never_held():
    held = {BindingStep.DEMAND, BindingStep.REMIND, BindingStep.OFFER}

    assert [case for case in CASES if case.is_bound and case.step in held] == []


def test_whoever_is_not_held_without_a_profile_is_not_held_with_one():
    """The gate asks about somebody unbound first, and looks nothing up where that opens."""
    for case in HERE:
        if case.but(is_bound=False).step is not BindingStep.DEMAND:
            assert case.step is not BindingStep.DEMAND


def test_the_grace_ends_at_its_very_moment():
    case = next(case for case in HERE if case.policy is REQUIRED and not case.is_bound)

    assert case.but(grace_until=NOW + INSTANT).step is BindingStep.REMIND
    assert case.but(grace_until=NOW).step is BindingStep.DEMAND
    assert case.but(grace_until=None).step is BindingStep.DEMAND


def test_new_words_are_shown_to_nobody_but_the_connected():
    assert all(case.is_bound for case in CASES if case.step is BindingStep.AGREE)


def test_new_words_change_nothing_for_whoever_is_not_connected():
    for case in CASES:
        if not case.is_bound:
            assert case.step is case.but(consent_is_current=not case.consent_is_current).step


def test_whoever_answered_the_offer_is_not_offered_again():
    offered = [case for case in CASES if case.step is BindingStep.OFFER]

    assert not any(case.was_offered for case in offered)
    assert {case.but(was_offered=True).step for case in offered} == {BindingStep.NONE}


def test_whoever_comes_without_single_sign_on_was_asked_at_the_door():
    assert all(case.by_sso for case in CASES if case.step is BindingStep.OFFER)


def test_a_deactivated_person_may_disconnect_and_nothing_else_whatever_the_policy():
    gone = [case for case in CASES if case.is_deactivated]

    assert {case.step for case in gone if case.is_bound} == {BindingStep.LEAVE}
    assert {case.step for case in gone if not case.is_bound} == {BindingStep.CLOSED}


# Until when


@pytest.mark.parametrize("days", [0, 1, 14, 90])
def test_the_grace_is_counted_from_the_change(days):
    ends = grace_ends(policy=REQUIRED, since=NOW, days=days, joined_at=NOW)

    assert ends == NOW + timedelta(days=days)


def test_whoever_joins_after_the_change_has_none():
    late = NOW + INSTANT

    assert grace_ends(policy=REQUIRED, since=NOW, days=14, joined_at=late) is None


@pytest.mark.parametrize("policy", [OPTIONAL, OFF])
def test_nothing_ends_where_nothing_is_required(policy):
    assert grace_ends(policy=policy, since=NOW, days=14, joined_at=NOW) is None


def test_a_requirement_older_than_the_grace_has_none():
    assert grace_ends(policy=REQUIRED, since=None, days=14, joined_at=NOW) is None


# The mail ahead


@pytest.mark.parametrize(("days", "begins"), [(90, 87), (14, 11), (4, 1), (3, 0), (1, 0)])
def test_the_mail_goes_out_in_the_last_three_days_of_the_grace(days, begins):
    def told(moment: datetime) -> bool:
        return is_told(now=moment, since=NOW, days=days)

    first, end = NOW + timedelta(days=begins), NOW + timedelta(days=days)
    assert not told(first - INSTANT)
    assert told(first)
    assert told(end - INSTANT)
    assert not told(end)


def test_a_grace_of_no_days_is_told_of_by_nobody():
    assert not any(is_told(now=NOW + gap, since=NOW, days=0) for gap in (-INSTANT, INSTANT * 0))


# The doors

IN = {
    # by_sso, policy, is_bound
    (False, REQUIRED, True): (Way.LINKEDIN, Way.ACCOUNT),
    (False, OPTIONAL, True): (Way.LINKEDIN, Way.ACCOUNT),
    (False, OFF, True): (Way.ACCOUNT,),
    (False, REQUIRED, False): (Way.ACCOUNT,),
    (False, OPTIONAL, False): (Way.ACCOUNT,),
    (False, OFF, False): (Way.ACCOUNT,),
    **{(True, policy, is_bound): (Way.SSO,) for policy in BindingPolicy for is_bound in BOTH},
}


def test_the_doors_follow_the_table():
    assert {
        case: ways_in(by_sso=case[0], policy=case[1], is_bound=case[2])
        for case in product(BOTH, BindingPolicy, BOTH)
    } == IN
