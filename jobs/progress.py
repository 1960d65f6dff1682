"""How a long job says how far it is, and learns that it should stop."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar
from uuid import UUID

from django.utils import timezone
from django_tasks.base import TaskContext

from jobs.errors import JobCancelled
from jobs.models import Progress

# A write tells people something only where they can read it: not more often than that.
SECONDS_BETWEEN_WRITES = 1.0

T = TypeVar("T")


def steps(context: TaskContext, items: Iterable[T], *, total: int | None) -> Iterator[T]:
    """The items one by one, while what is done is counted where the console reads it.

    Raises `JobCancelled` between two items once somebody asked for it. Looks and writes once a
    second, and never inside the item's own transaction.
    """
    task_id = UUID(str(context.task_result.id))
    done = 0
    _write(task_id, done, total)
    written_at = time.monotonic()
    for item in items:
        yield item
        done += 1
        if time.monotonic() - written_at >= SECONDS_BETWEEN_WRITES:
            if Progress.objects.filter(task_id=task_id, cancel_requested_at__isnull=False).exists():
                raise JobCancelled
            _write(task_id, done, total)
            written_at = time.monotonic()
    _write(task_id, done, done)


def _write(task_id: UUID, done: int, total: int | None) -> None:
    # More may have come since they were counted.
    total = None if total is None else max(total, done)
    Progress.objects.update_or_create(
        task_id=task_id, defaults={"done": done, "total": total, "updated_at": timezone.now()}
    )
