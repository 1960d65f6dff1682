"""How a directory stands, and when its token's end is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisioning.policies import Standing, days_left, notice_due, standing

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
