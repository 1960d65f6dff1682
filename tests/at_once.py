"""Several things at the same moment: real threads, each with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.db import connection

THREADS = 16


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; answers what each returned, or raised."""
    start = threading.Barrier(min(THREADS, len(calls)))

    def run(call: Callable[[], Any]) -> Any:
        # Those beyond the first batch run while it is under way.
        with suppress(threading.BrokenBarrierError):
            start.wait(timeout=2)
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, calls))


def refusals(answers: list[Any]) -> list[str]:
    """The names of what was raised, in alphabetical order."""
    return sorted(type(answer).__name__ for answer in answers if isinstance(answer, Exception))
