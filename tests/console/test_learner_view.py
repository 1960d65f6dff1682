"""*View as learner* is drawn by the function that decides at the real sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import BindingPolicy, Organization
from learning_portal.console import learner_view as drawing
from learning_portal.console.learner_view import learner_view
from profiles.policies import BindingStep


def paths(policy: BindingPolicy) -> dict[str, dict[str, list[str]]]:
    matrix = learner_view(Organization(binding_policy=policy), door="Okta")
    return {row.who: {cell.label: cell.steps for cell in row.cells} for row in matrix.rows}


FIRST = "Signs in for the first time"


def test_each_policy_asks_what_it_says() -> None:
    found = paths(BindingPolicy.OPTIONAL)[FIRST]

    assert found == {
        "They may not": ["Okta", "Home"],
        "They may": ["Okta", "Asked: Connect, Not now or Don’t ask again", "Home"],
        "They must": ["Okta", "Must connect LinkedIn", "Home"],
    }


def test_whoever_is_connected_goes_straight_in() -> None:
    found = paths(BindingPolicy.REQUIRED)["Already connected"]

    assert found["They must"] == found["They may"] == ["Okta", "Home"]


def test_without_a_seat_everybody_comes_to_the_waiting_page_first() -> None:
    found = paths(BindingPolicy.OPTIONAL)["No seat left"]

    waiting = "Waiting page with the place in line"
    assert found == {
        "They may not": ["Okta", waiting],
        "They may": ["Okta", waiting, "Asked to connect at the first sign-in with a seat"],
        "They must": ["Okta", waiting, "Must connect LinkedIn when a seat comes"],
    }


@pytest.mark.parametrize("policy", BindingPolicy)
def test_today_s_policy_is_the_marked_column(policy: BindingPolicy) -> None:
    matrix = learner_view(Organization(binding_policy=policy), door="Okta")

    assert [column.label for column in matrix.columns if column.is_now] == [policy.label]
    assert all(
        cell.is_now == (cell.label == policy.label) for row in matrix.rows for cell in row.cells
    )


def test_the_picture_follows_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def always_demand(**kwargs: Any) -> BindingStep:
        return BindingStep.DEMAND

    monkeypatch.setattr(drawing, "next_step", always_demand)

    assert all(
        any(step.startswith("Must connect LinkedIn") for step in steps)
        for row in paths(BindingPolicy.OFF).values()
        for steps in row.values()
    )
