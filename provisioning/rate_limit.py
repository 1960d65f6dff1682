"""How many calls an organization's directory may make: `SCIM_RATE_LIMIT` a second, with bursts."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from math import ceil

from django.conf import settings

from accounts.rate_limit import add_to_count
from provisioning.errors import RateExceeded

# Directories come in bursts: what counts is the mean of this many seconds.
WINDOW_SECONDS = 5
# So many calls beyond the limit have a line in the log each, in a minute.
REFUSED_LISTED = 100


def count_call(organization_id: uuid.UUID) -> None:
    """Count a call, and raise `RateExceeded` if there were too many in these seconds."""
    _count(organization_id, 1)


def count_operations(organization_id: uuid.UUID, number: int) -> None:
    """Count what one request does as so many calls.

    It goes through itself; what comes after it in these seconds waits. Otherwise a few Bulk
    requests at once would keep every worker from every other organization.
    """
    with suppress(RateExceeded):
        _count(organization_id, number)


def _count(organization_id: uuid.UUID, number: int) -> None:
    limit: int = settings.SCIM_RATE_LIMIT
    if not limit:
        return
    now = time.time()
    window = int(now // WINDOW_SECONDS)
    key = f"scim:{organization_id}:{window}"
    if add_to_count(key, number, timeout=2 * WINDOW_SECONDS) > limit * WINDOW_SECONDS:
        raise RateExceeded(ceil((window + 1) * WINDOW_SECONDS - now) or 1)


def count_ended_token(token_id: uuid.UUID) -> int:
    """How often a token that opens nothing any more was tried in this minute, now included; 0 for
    a call that needs no line of its own: nobody fills the log by calling in vain."""
    count = _in_this_minute(f"scim-ended:{token_id}")
    return count if _is_power_of_ten(count) else 0


def count_refused_call(organization_id: uuid.UUID) -> int:
    """The same of calls beyond the limit, of which the first hundred have lines."""
    count = _in_this_minute(f"scim-refused:{organization_id}")
    return count if count <= REFUSED_LISTED or _is_power_of_ten(count) else 0


def _in_this_minute(subject: str) -> int:
    return add_to_count(f"{subject}:{int(time.time() // 60)}", 1)


def _is_power_of_ten(count: int) -> bool:
    return str(count).strip("0") == "1"
