"""How many calls an organization's directory may make: `SCIM_RATE_LIMIT` a second, with bursts."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from math import ceil

from django.conf import settings

from accounts.rate_limit import add_to_count
from provisioning.errors import TooManyRequests

# Directories come in bursts: what counts is the mean of this many seconds.
WINDOW_SECONDS = 5


def count_call(organization_id: uuid.UUID) -> None:
    """Count a call, and raise `TooManyRequests` if there were too many in these seconds."""
    _count(organization_id, 1)


def count_operations(organization_id: uuid.UUID, number: int) -> None:
    """Count what one request does as so many calls.

    It goes through itself; what comes after it in these seconds waits. Otherwise a few Bulk
    requests at once would keep every worker from every other organization.
    """
    with suppress(TooManyRequests):
        _count(organization_id, number)


def _count(organization_id: uuid.UUID, number: int) -> None:
    limit: int = settings.SCIM_RATE_LIMIT
    if not limit:
        return
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    key = f"scim:{organization_id}:{window}"
    if add_to_count(key, number, timeout=2 * WINDOW_SECONDS) > limit * WINDOW_SECONDS:
        raise TooManyRequests(ceil((window + 1) * WINDOW_SECONDS - now) or 1)


def count_ended_token(token_id: uuid.UUID) -> int:
    """How often a token that opens nothing any more was tried in this minute, now included; 0 for
    a call that needs no line of its own: nobody fills the log by calling in vain."""
    key = f"scim-ended:{token_id}:{int(time.time() // 60)}"
    count = add_to_count(key, 1)
    return count if _is_power_of_ten(count) else 0


def _is_power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1"
