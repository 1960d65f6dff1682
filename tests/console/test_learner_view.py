"""*View as learner* is drawn by the functions that decide at the real sign-in."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import BindingPolicy, Organization
from learning_portal.console import learner_view as drawing
from learning_portal.console.learner_view import learner_view
from profiles.policies import BindingStep

FIRST = "Signs in for the first time"
PASSWORD = "Has a password, not connected"


def paths(
    policy: BindingPolicy = BindingPolicy.OPTIONAL, door: str | None = "Okta", **fields: Any
) -> dict[str, dict[str, list[str]]]:
    matrix = learner_view(Organization(binding_policy=policy, **fields), door=door)
    return {row.who: {cell.label: cell.steps for cell in row.cells} for row in matrix.rows}


def test_each_policy_asks_what_it_says() -> None:
    assert paths()[FIRST] == {
        "They may not": ["Okta", "Home"],
        "They may": ["Okta", "Asked: Connect, Not now or Don’t ask again", "Home"],
        "They must": ["Okta", "Must connect LinkedIn", "Home"],
    }


def test_whoever_is_connected_goes_straight_in() -> None:
    found = paths(BindingPolicy.REQUIRED)["Already connected"]

    assert found["They must"] == found["They may"] == ["Okta", "Home"]
    assert found["They may not"] == ["Okta", "Home. Profile hidden, nothing sent"]


def test_without_a_seat_everybody_comes_to_the_waiting_page_first() -> None:
    waiting = "Waiting page with the place in line"
    assert paths()["No seat left"] == {
        "They may not": ["Okta", waiting],
        "They may": ["Okta", waiting, "Asked to connect at the first sign-in with a seat"],
        "They must": ["Okta", waiting, "Must connect LinkedIn when a seat comes"],
    }


def test_a_password_beside_single_sign_on_is_asked_nothing_but_held_all_the_same() -> None:
    assert paths()[PASSWORD] == {
        "They may not": ["Password", "Home"],
        "They may": ["Password", "Home"],
        "They must": ["Password", "Must connect LinkedIn", "Home"],
    }


def test_where_single_sign_on_is_required_nobody_comes_with_a_password() -> None:
    assert PASSWORD not in paths(sso_required_at=timezone.now())


def test_without_single_sign_on_the_invitation_asks_and_linkedin_opens_to_the_connected() -> None:
    found = paths(door=None)

    assert FIRST not in found
    assert found["Was invited"] == {
        "They may not": ["Invitation: create an account", "Home"],
        "They may": ["Invitation: connect LinkedIn or create an account", "Home"],
        "They must": ["Invitation: connect LinkedIn", "Home"],
    }
    assert found["Already connected"] == {
        "They may not": ["Password", "Home. Profile hidden, nothing sent"],
        "They may": ["LinkedIn or password", "Home"],
        "They must": ["LinkedIn or password", "Home"],
    }


GRACE = "Here before they must, not connected"


@pytest.mark.parametrize(("days", "words"), [(1, "1 day"), (30, "30 days")])
def test_whoever_is_here_has_days_where_they_must(days: int, words: str) -> None:
    found = paths(binding_grace_days=days)[GRACE]

    assert found == {
        "They may not": ["Okta", "Home"],
        "They may": ["Okta", "Home"],
        "They must": ["Okta", f"Home, past a banner, for {words}; then must connect LinkedIn"],
    }


def test_without_days_whoever_is_here_must_connect_at_once() -> None:
    assert paths(binding_grace_days=0)[GRACE]["They must"] == [
        "Okta",
        "Must connect LinkedIn",
        "Home",
    ]


def test_new_words_are_shown_to_the_connected_unless_profiles_are_off() -> None:
    shown = "Shown the new words once: Agree, Disconnect or Decide later"
    assert paths()["Connected, and the words have changed"] == {
        "They may not": ["Okta", "Home. Profile hidden, nothing sent"],
        "They may": ["Okta", shown, "Home"],
        "They must": ["Okta", shown, "Home"],
    }


@pytest.mark.parametrize("door", ["Okta", None])
def test_a_deactivated_person_gets_in_nowhere_and_may_leave_everywhere(door: str | None) -> None:
    found = paths(door=door)

    may = ["Doesn’t get in", "May disconnect under “I don’t work here anymore”"]
    assert list(found["Deactivated, connected"].values()) == [may] * 3
    assert list(found["Deactivated, not connected"].values()) == [["Doesn’t get in"]] * 3


@pytest.mark.parametrize("policy", BindingPolicy)
def test_today_s_policy_is_the_marked_column(policy: BindingPolicy) -> None:
    matrix = learner_view(Organization(binding_policy=policy), door="Okta")

    assert [column.label for column in matrix.columns if column.is_now] == [policy.label]
    assert all(
        cell.is_now == (cell.label == policy.label) for row in matrix.rows for cell in row.cells
    )


@pytest.mark.parametrize("door", ["Okta", None])
def test_the_picture_follows_the_rule(monkeypatch: pytest.MonkeyPatch, door: str | None) -> None:
    def always_demand(**kwargs: Any) -> BindingStep:
        return BindingStep.DEMAND

    monkeypatch.setattr(drawing, "next_step", always_demand)

    assert all(
        any(step.startswith("Must connect LinkedIn") for step in steps)
        for row in paths(BindingPolicy.OFF, door).values()
        for steps in row.values()
    )
