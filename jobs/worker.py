"""A worker: django-tasks-db's own, with a timekeeper beside it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import UUID

from django.db import close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker as TaskRunner
from django_tasks_db.models import DBTaskResult

from jobs.services import do_again, enqueue_due, report_alive, report_gone, requeue_abandoned

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_TICKS = 5.0
SECONDS_BETWEEN_LOOKS = 1.0


class Timekeeper(threading.Thread):
    """Says that the worker lives, enqueues what is due, picks up what others left."""

    def __init__(self, worker_id: str) -> None:
        super().__init__(name="timekeeper", daemon=True)
        self._worker_id = worker_id
        self._ended = threading.Event()

    def tick(self) -> None:
        now = timezone.now()
        report_alive(worker_id=self._worker_id)
        requeue_abandoned(now)
        enqueue_due(now)

    def run(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_TICKS):
            try:
                close_old_connections()
                self.tick()
            except Exception:
                # Whatever it was, the next tick tries again. Without a timekeeper this worker would
                # go on working, look dead, and have its jobs done a second time by others.
                logger.exception("the schedule can't be kept")
        connection.close()

    def end(self) -> None:
        self._ended.set()
        self.join(timeout=2 * SECONDS_BETWEEN_TICKS)


# What a job is done within, by the id of its task.
Around = Callable[[UUID], AbstractContextManager[object]]


class _Runner(TaskRunner):
    def __init__(self, *, around: Around, **options: Any) -> None:
        super().__init__(**options)
        self._around = around

    def run_task(self, db_task_result: DBTaskResult[Any, Any]) -> None:
        with self._around(db_task_result.pk):
            super().run_task(db_task_result)
            do_again(db_task_result)


def work(*, is_once: bool = False, around: Around = nullcontext) -> None:
    """Do what is due and what is queued: until a signal ends it, or only once.

    A first SIGTERM or SIGINT lets the job under way end, a second one doesn't wait for it. `around`
    is for what `jobs` may not know of: whose name a job's events and log lines carry.
    """
    worker_id = get_random_string(32)
    timekeeper = Timekeeper(worker_id)
    runner = _Runner(
        around=around,
        queue_names=["*"],
        excluded_queue_names=[],
        interval=SECONDS_BETWEEN_LOOKS,
        batch=is_once,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id=worker_id,
    )
    timekeeper.tick()
    timekeeper.start()
    try:
        if not is_once:
            runner.configure_signals()
        runner.run()
    finally:
        timekeeper.end()
        report_gone(worker_id=worker_id)
