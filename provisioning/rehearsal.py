"""Calls that are answered as ever and of which nothing stays.

All of them happen in one transaction that is rolled back, so nobody else ever sees what they write.
What lies beside the database is left out: they have no line in the log and count for no limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

_is_on: ContextVar[bool] = ContextVar("is_rehearsal", default=False)


def is_rehearsal() -> bool:
    """Whether the call that is being answered will not have been."""
    return _is_on.get()


@contextmanager
def rehearsal() -> Iterator[None]:
    """Undo in the end whatever is written meanwhile, by this thread."""
    with transaction.atomic():
        token = _is_on.set(True)
        try:
            yield
        finally:
            _is_on.reset(token)
            transaction.set_rollback(True)
