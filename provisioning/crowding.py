"""How many threads of a process one organization's directory may keep for long.

Most calls take milliseconds. A Bulk request may take a minute, and some changes of very large
groups take seconds: as many of them as there are threads would keep everybody else waiting, however
few they are a second.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count

from django.conf import settings

from provisioning.errors import RateExceeded
from provisioning.limits import LONG_CALL_SECONDS, LONG_CALLS_AT_ONCE

# By organization: its calls that are being answered, by number, with the moment of their beginning.
_running: dict[uuid.UUID, dict[int, float]] = {}
_lock = threading.Lock()
_numbers = count()
_this_one: ContextVar[tuple[uuid.UUID, int] | None] = ContextVar("this_call", default=None)


@contextmanager
def taking_a_thread(organization_id: uuid.UUID) -> Iterator[None]:
    """While a call is answered. Raises `RateExceeded` where `LONG_CALLS_AT_ONCE` of the
    organization's take long already. Without `SCIM_RATE_LIMIT` nobody is refused for it either."""
    if not settings.SCIM_RATE_LIMIT:
        yield
        return
    with _lock:
        calls = _running.setdefault(organization_id, {})
        if _long_ones(calls) >= LONG_CALLS_AT_ONCE:
            raise RateExceeded(retry_after=1)
        number = next(_numbers)
        calls[number] = time.monotonic()
    token = _this_one.set((organization_id, number))
    try:
        yield
    finally:
        _this_one.reset(token)
        with _lock:
            del calls[number]
            if not calls:
                del _running[organization_id]


def require_room() -> None:
    """For what a long call does next. Raises `RateExceeded` where so many that began before take
    long as well: of those that came at once some end."""
    this = _this_one.get()
    if this is None:
        return
    organization_id, number = this
    with _lock:
        calls = _running[organization_id]
        is_long = time.monotonic() - calls[number] >= LONG_CALL_SECONDS
        if is_long and _long_ones(calls, before=number) >= LONG_CALLS_AT_ONCE:
            raise RateExceeded(retry_after=1)


def _long_ones(calls: dict[int, float], before: int | None = None) -> int:
    began = time.monotonic() - LONG_CALL_SECONDS
    return sum(
        started <= began and (before is None or number < before)
        for number, started in calls.items()
    )
