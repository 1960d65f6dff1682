"""How a directory stands, and when its token's end is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.endings import days_left, notice_due
from accounts.models import User
from provisioning.console.outlooks import WORDS
from provisioning.policies import Outlook, Standing, outlook, standing

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def stands(**known: Any) -> Standing:
    """A directory in step, but for what the test says."""
    return standing(
        **{
            "now": NOW,
            "has_token": True,
            "has_live_token": True,
            "paused_at": None,
            "last_call_at": NOW - HOUR,
            "last_dialect": "okta",
            "last_trouble_at": None,
            **known,
        }
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, Standing.IN_STEP),
        ({"has_token": False, "has_live_token": False}, Standing.NO_TOKEN),
        ({"has_live_token": False}, Standing.TOKEN_ENDED),
        ({"last_call_at": None}, Standing.WAITING),
        ({"paused_at": NOW}, Standing.PAUSED),
        # Somebody has to decide, whatever else is wrong.
        ({"paused_at": NOW, "has_live_token": False}, Standing.PAUSED),
        ({"last_call_at": NOW - 7 * DAY}, Standing.IN_STEP),
        ({"last_call_at": NOW - 7 * DAY - HOUR}, Standing.QUIET),
        ({"last_call_at": NOW - 7 * HOUR, "last_dialect": "entra"}, Standing.QUIET),
        ({"last_call_at": NOW - 5 * HOUR, "last_dialect": "entra_optscim"}, Standing.IN_STEP),
        ({"last_trouble_at": NOW - DAY}, Standing.REFUSED),
        ({"last_trouble_at": NOW - DAY - HOUR}, Standing.IN_STEP),
    ],
)
def test_what_weighs_most_is_what_is_said(known: dict[str, Any], expected: Standing) -> None:
    assert stands(**known) is expected


@pytest.mark.parametrize(
    ("life", "left", "due"),
    [
        (365, 61, None),
        (365, 60, 60),
        (365, 31, 60),
        (365, 30, 30),
        (365, 8, 30),
        (365, 7, 7),
        (365, 1.5, 7),
        (365, 1, 1),
        (365, 0.1, 1),
        (365, 0, None),
        (365, -3, None),
        # Made for 30 days: whoever made it knows that.
        (30, 29, None),
        (30, 7, 7),
        (7, 6, None),
        (7, 1, 1),
        (1, 0.5, None),
    ],
)
def test_a_token_s_end_is_told_in_steps(life: float, left: float, due: int | None) -> None:
    expires_at = NOW + left * DAY

    assert notice_due(now=NOW, created_at=expires_at - life * DAY, expires_at=expires_at) == due


@pytest.mark.parametrize(("left", "days"), [(DAY, 1), (DAY + HOUR, 2), (HOUR, 1), (-HOUR, 0)])
def test_a_begun_day_is_a_day(left: timedelta, days: int) -> None:
    assert days_left(NOW, NOW + left) == days


def comes_next(**known: Any) -> Outlook:
    """Of somebody in step, but for what the test says."""
    return outlook(
        **{
            "standing": Standing.IN_STEP,
            "state": User.State.ACTIVE,
            "is_looked_after": True,
            "adopts_people": False,
            "is_undoable": False,
            "is_refused": False,
            "switched_here": False,
            "differs": False,
            **known,
        }
    )


DELETED, DEACTIVATED = {"state": User.State.DELETED}, {"state": User.State.DEACTIVATED}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, Outlook.IN_STEP),
        ({"standing": Standing.WAITING}, Outlook.IN_STEP),
        ({"standing": Standing.QUIET, "differs": True}, Outlook.DIFFERENT),
        ({"standing": Standing.NO_TOKEN, **DELETED}, Outlook.NOT_CONNECTED),
        # Whoever is deleted can come back whatever else holds the directory.
        ({"standing": Standing.PAUSED, "is_undoable": True, **DELETED}, Outlook.UNDOABLE),
        (DELETED, Outlook.DELETED),
        ({"standing": Standing.PAUSED, "is_refused": True}, Outlook.HELD),
        ({"standing": Standing.TOKEN_ENDED, "is_refused": True}, Outlook.SHUT_OUT),
        ({"standing": Standing.REFUSED}, Outlook.IN_STEP),
        ({"is_refused": True, "is_looked_after": False}, Outlook.REFUSED),
        ({"is_looked_after": False, "adopts_people": True}, Outlook.TO_BE_TAKEN_OVER),
        ({"is_looked_after": False, **DEACTIVATED}, Outlook.NAME_IN_THE_WAY),
        (DEACTIVATED, Outlook.CLOSED),
        ({"switched_here": True, **DEACTIVATED}, Outlook.CLOSED_HERE),
        ({"switched_here": True, "differs": True}, Outlook.OPENED_HERE),
    ],
)
def test_what_comes_next_of_a_person_is_the_first_that_is_true(
    known: dict[str, Any], expected: Outlook
) -> None:
    assert comes_next(**known) is expected


def test_there_are_words_for_everything_that_can_come_next() -> None:
    assert WORDS.keys() == set(Outlook)
