"""What runs by itself, and how often: each app's `jobs.py` says it with `@every`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django_tasks.base import Task


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """`name` is the app and the function, as in `sso.forget_expired`; `label` is for people."""

    name: str
    task: Task[Any, Any]
    interval: timedelta
    label: str | Promise


_jobs: dict[str, ScheduledJob] = {}


def every(
    interval: timedelta, *, label: str | Promise
) -> Callable[[Task[Any, Any]], Task[Any, Any]]:
    """Run this task once in each `interval`. It may be killed and run again: see docs/decisions."""

    def schedule(task: Task[Any, Any]) -> Task[Any, Any]:
        app = task.module_path.partition(".")[0]
        name = f"{app}.{task.name}"
        _jobs[name] = ScheduledJob(name, task, interval, label)
        return task

    return schedule


def scheduled_jobs() -> Iterator[ScheduledJob]:
    yield from _jobs.values()


def scheduled_job(name: str) -> ScheduledJob | None:
    return _jobs.get(name)
