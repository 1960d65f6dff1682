"""A job that a test can catch in the act."""

from __future__ import annotations

import time
from pathlib import Path

from django_tasks import task


@task()
def sleep_once(begun: str, seconds: float = 60.0) -> None:
    """Sleep the first time; done again, end at once."""
    path = Path(begun)
    if not path.exists():
        path.touch()
        time.sleep(seconds)
