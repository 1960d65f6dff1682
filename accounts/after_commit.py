"""What waits until a change is certain, and can't undo it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction


def after_commit(act: Callable[..., None], *args: Any) -> None:
    """Call `act` once the transaction is committed. What it raises is logged, and undoes nothing.

    Django logs the callback's name, which a `partial` has none of: then the logging itself would
    fail, and with it the answer to whoever made the change.
    """

    @wraps(act)
    def named() -> None:
        act(*args)

    transaction.on_commit(named, robust=True)
