"""Keeping the schedule, picking up what a killed worker left, and stopping what runs too long.

Any number of workers may do each of these at the same time.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from jobs.errors import FailedForNow, WorkerLost
from jobs.models import Progress, Schedule, Worker
from jobs.schedules import scheduled_job, scheduled_jobs

logger = logging.getLogger(__name__)

# A worker that hasn't said for so long that it lives is taken for dead. It says so every few
# seconds from a thread of its own, whatever job it is at.
DEAD_AFTER = timedelta(minutes=1)
# Workers that may vanish over one task before it is taken for the cause.
MOST_ATTEMPTS = 3
# How long after each failure a job is done again that failed for now. What a mail says, and how
# long its link is good, is of the hour in which somebody asked for it.
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
RESULTS_KEPT_FOR = timedelta(days=30)

UNFINISHED = (TaskResultStatus.READY, TaskResultStatus.RUNNING)


def report_alive(*, worker_id: str) -> None:
    """Say that this worker lives."""
    now = timezone.now()
    Worker.objects.update_or_create(
        id=worker_id,
        defaults={"seen_at": now},
        create_defaults={"seen_at": now, "started_at": now},
    )


def report_gone(*, worker_id: str) -> None:
    """Say that this worker ends, so that nobody waits to find out."""
    Worker.objects.filter(id=worker_id).delete()


def living_workers(now: datetime) -> set[str]:
    return set(Worker.objects.filter(seen_at__gt=now - DEAD_AFTER).values_list("id", flat=True))


def enqueue_due(now: datetime) -> list[str]:
    """Enqueue what is due; answers the names. A job that still waits or runs is not doubled."""
    _keep_schedule(now)
    enqueued = []
    for row in Schedule.objects.filter(next_at__lte=now):
        job = scheduled_job(row.name)
        if job is None:  # of another version of the portal, which runs beside this one
            continue
        with transaction.atomic():
            mine = Schedule.objects.filter(pk=row.pk, next_at=row.next_at)
            if not mine.update(next_at=now + job.interval):
                continue  # another worker was faster
            if _is_unfinished(row):
                continue
            task = job.task.enqueue()
            Schedule.objects.filter(pk=row.pk).update(last_task_id=task.id)
        enqueued.append(row.name)
    return enqueued


def _keep_schedule(now: datetime) -> None:
    known = set(Schedule.objects.values_list("name", flat=True))
    missing = [job.name for job in scheduled_jobs() if job.name not in known]
    if missing:
        Schedule.objects.bulk_create(
            [Schedule(name=name, next_at=now) for name in missing], ignore_conflicts=True
        )


def _is_unfinished(row: Schedule) -> bool:
    if row.last_task_id is None:
        return False
    return DBTaskResult.objects.filter(pk=row.last_task_id, status__in=UNFINISHED).exists()


def requeue_abandoned(now: datetime) -> int:
    """Put tasks back whose worker has vanished; answers how many.

    After `MOST_ATTEMPTS` it is failed instead: whatever kills each worker must not kill them all.
    """
    alive = living_workers(now)
    abandoned = [
        row
        for row in DBTaskResult.objects.running()
        if not row.worker_ids or row.worker_ids[-1] not in alive
    ]
    requeued = sum(_pick_up(row) for row in abandoned)
    Worker.objects.filter(seen_at__lte=now - 10 * DEAD_AFTER).delete()
    return requeued


def _pick_up(row: DBTaskResult[Any, Any]) -> bool:
    """Whether it is in the queue again, and by this worker: another may have been faster."""
    facts = {"job": row.task_path, "task": str(row.pk)}
    if len(row.worker_ids) >= MOST_ATTEMPTS:
        if _give_up(row):
            logger.error("job given up", extra=facts)
        return False
    is_mine = bool(_as_it_was(row).update(status=TaskResultStatus.READY, started_at=None))
    if is_mine:
        logger.warning("job requeued", extra=facts)
    return is_mine


@transaction.atomic
def _give_up(row: DBTaskResult[Any, Any]) -> bool:
    # Held while it is failed: what ends in this moment is not overwritten.
    held = _as_it_was(row).select_for_update().first()
    if held is None:
        return False
    held.set_failed(WorkerLost(f"{len(held.worker_ids)} workers vanished"))
    return True


def _as_it_was(row: DBTaskResult[Any, Any]) -> QuerySet[DBTaskResult[Any, Any]]:
    """Nothing, once it has ended or somebody else has it: the state or the beginning is another."""
    return DBTaskResult.objects.filter(
        pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at
    )


def do_again(row: DBTaskResult[Any, Any]) -> bool:
    """Put a job that has just failed for now (`FailedForNow`) back in the queue, for later.

    Whether it is there again: it isn't once it was done as often as `AGAIN_AFTER` says, or where
    what it raised is a failure for good.
    """
    attempts = len(row.worker_ids)
    if row.status != TaskResultStatus.FAILED or not 0 < attempts <= len(AGAIN_AFTER):
        return False
    if not _is_for_now(row.exception_class_path):
        return False
    again_at = timezone.now() + AGAIN_AFTER[attempts - 1]
    mine = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.FAILED)
    if not mine.update(
        status=TaskResultStatus.READY, started_at=None, finished_at=None, run_after=again_at
    ):
        return False
    logger.warning(
        "job is done again later",
        extra={"job": row.task_path, "task": str(row.pk), "attempts": attempts},
    )
    return True


def _is_for_now(exception_path: str) -> bool:
    try:
        raised = import_string(exception_path)
    except ImportError:  # a class of some function's, or of a version before
        return False
    return isinstance(raised, type) and issubclass(raised, FailedForNow)


def request_cancel(*, task_id: UUID) -> bool:
    """Ask a running job to stop after the item it is at. False where it keeps no progress."""
    asked = Progress.objects.filter(task_id=task_id, cancel_requested_at=None)
    return bool(asked.update(cancel_requested_at=timezone.now()))


def forget_finished() -> int:
    """Drop results after 30 days; answers how many. The last of each schedule stays."""
    kept = Schedule.objects.exclude(last_task_id=None).values("last_task_id")
    old = (
        DBTaskResult.objects.finished()
        .filter(finished_at__lte=timezone.now() - RESULTS_KEPT_FOR)
        .exclude(pk__in=kept)
    )
    gone: int = old.delete()[0]
    Progress.objects.filter(updated_at__lte=timezone.now() - RESULTS_KEPT_FOR).delete()
    return gone
