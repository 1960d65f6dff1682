"""What ends by itself, a token or a certificate, and when administrators are told ahead of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

# Days ahead of an end at which administrators are told.
NOTICE_DAYS = (60, 30, 7, 1)


def days_left(now: datetime, moment: datetime) -> int:
    """Days until then, a begun one as a whole."""
    return ceil((moment - now) / timedelta(days=1))


def notice_due(*, now: datetime, created_at: datetime, expires_at: datetime) -> int | None:
    """The last of `NOTICE_DAYS` that is reached, for what ends then; None before the first.

    What was made for a shorter time than a notice's is something of which it says nothing new.
    """
    left = expires_at - now
    if left <= timedelta(0):
        return None
    life = expires_at - created_at
    reached = [
        days for days in NOTICE_DAYS if left <= timedelta(days=days) and life > timedelta(days=days)
    ]
    return min(reached, default=None)
