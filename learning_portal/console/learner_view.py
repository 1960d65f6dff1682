"""*View as learner*: what each kind of person meets under each policy.

Drawn by the function that decides at the real sign-in, so the picture can't differ from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import BindingPolicy, Organization
from profiles.policies import BindingStep, next_step

# As the cards to choose from, which stand above.
COLUMNS = tuple(BindingPolicy)


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    is_now: bool
    steps: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    who: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Matrix:
    columns: list[Column]
    rows: list[Row]


def learner_view(organization: Organization, *, door: str) -> Matrix:
    today = BindingPolicy(organization.binding_policy)
    # who, has a profile, was asked before, finds a seat
    people = (
        (_("Signs in for the first time"), False, False, True),
        (_("Was asked before, said “Not now”"), False, True, True),
        (_("Already connected"), True, True, True),
        (_("No seat left"), False, False, False),
    )
    return Matrix(
        columns=[Column(str(policy.label), policy is today) for policy in COLUMNS],
        rows=[
            Row(
                who,
                [
                    Cell(
                        str(policy.label),
                        policy is today,
                        [door, *_path(policy, is_bound, was_offered, has_seat)],
                    )
                    for policy in COLUMNS
                ],
            )
            for who, is_bound, was_offered, has_seat in people
        ],
    )


def _path(policy: BindingPolicy, is_bound: bool, was_offered: bool, has_seat: bool) -> list[str]:
    step = next_step(policy=policy, is_bound=is_bound, was_offered=was_offered)
    if not has_seat:
        # A sign-in ends in the line, which no requirement closes: `BindingGateMiddleware`.
        return [_("Waiting page with the place in line"), *_asked_later(step)]
    landing = _("Home")
    match step:
        case BindingStep.DEMAND:
            return [_("Must connect LinkedIn"), landing]
        case BindingStep.OFFER:
            return [_("Asked: Connect, Not now or Don’t ask again"), landing]
        case _ if policy is BindingPolicy.OFF and is_bound:
            return [_("Home. Profile hidden, nothing sent")]
        case _:
            return [landing]


def _asked_later(step: BindingStep) -> list[str]:
    match step:
        case BindingStep.DEMAND:
            return [_("Must connect LinkedIn when a seat comes")]
        case BindingStep.OFFER:
            return [_("Asked to connect at the first sign-in with a seat")]
        case _:
            return []
