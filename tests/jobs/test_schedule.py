"""When scheduled jobs run, and what becomes of those whose worker vanished."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from jobs import schedules
from jobs.models import Progress, Schedule, Worker
from jobs.services import (
    DEAD_AFTER,
    MOST_ATTEMPTS,
    RESULTS_KEPT_FOR,
    enqueue_due,
    forget_finished,
    living_workers,
    report_alive,
    report_gone,
    requeue_abandoned,
)
from jobs.worker import Timekeeper, work
from tests.jobs.conftest import HOUR, fail, note
from tests.waiting import eventually

pytestmark = pytest.mark.django_db


def running(worker="w1", attempts=1):
    result = note.enqueue()
    DBTaskResult.objects.filter(pk=result.id).update(
        status=TaskResultStatus.RUNNING,
        started_at=timezone.now(),
        worker_ids=[f"gone{n}" for n in range(attempts - 1)] + [worker],
    )
    return DBTaskResult.objects.get(pk=result.id)


def test_a_job_runs_at_once_and_then_once_in_each_interval(job):
    now = timezone.now()

    assert enqueue_due(now) == ["tests.note"]
    work_off(now)
    assert enqueue_due(now + HOUR - timedelta(seconds=1)) == []
    assert enqueue_due(now + HOUR) == ["tests.note"]


def work_off(now):
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL, finished_at=now)


def test_a_run_that_is_not_over_is_not_doubled(job):
    now = timezone.now()
    enqueue_due(now)

    assert enqueue_due(now + HOUR) == []
    work_off(now)
    assert enqueue_due(now + 2 * HOUR) == ["tests.note"]


def test_a_job_of_another_version_waits_for_its_own_workers(job):
    Schedule.objects.create(name="sso.of_tomorrow", next_at=timezone.now())

    assert enqueue_due(timezone.now()) == ["tests.note"]
    assert Schedule.objects.filter(name="sso.of_tomorrow").exists()


def test_a_task_whose_worker_lives_is_left_to_it(job):
    report_alive(worker_id="w1")
    running()

    assert requeue_abandoned(timezone.now()) == 0


def test_a_task_whose_worker_vanished_is_done_by_the_next(job):
    report_alive(worker_id="w1")
    row = running()

    assert requeue_abandoned(timezone.now() + DEAD_AFTER) == 1

    row.refresh_from_db()
    assert row.status == TaskResultStatus.READY


def test_whatever_kills_each_worker_is_given_up(job):
    row = running(attempts=MOST_ATTEMPTS)

    assert requeue_abandoned(timezone.now()) == 0

    row.refresh_from_db()
    assert row.status == TaskResultStatus.FAILED
    assert row.exception_class_path == "jobs.errors.WorkerLost"


def test_a_worker_that_ends_says_so(job):
    report_alive(worker_id="w1")
    report_alive(worker_id="w1")
    assert living_workers(timezone.now()) == {"w1"}

    report_gone(worker_id="w1")

    assert not Worker.objects.exists()


def test_a_worker_does_what_is_due_and_what_waits(job, ran, transactional_db):
    note.enqueue("asked for")

    work(is_once=True)

    assert sorted(ran) == ["asked for", "due"]
    assert not Worker.objects.exists()


def test_a_failing_job_keeps_its_error_and_no_other_job_from_running(job, ran, transactional_db):
    failed = fail.enqueue()
    note.enqueue("after")

    work(is_once=True)

    assert "after" in ran
    assert DBTaskResult.objects.get(pk=failed.id).exception_class_path == "builtins.ValueError"


def test_what_is_asked_for_in_a_transaction_that_fails_is_not_done(job, transactional_db):
    with transaction.atomic():
        note.enqueue("never")
        transaction.set_rollback(True)

    assert not DBTaskResult.objects.exists()


def test_results_are_kept_a_month_and_the_last_of_each_schedule_for_good(job):
    now = timezone.now()
    enqueue_due(now)
    other = note.enqueue()
    old = now - RESULTS_KEPT_FOR
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL, finished_at=old)

    assert forget_finished() == 1

    assert not DBTaskResult.objects.filter(pk=other.id).exists()
    assert DBTaskResult.objects.count() == 1


def test_a_job_that_another_worker_took_in_the_same_moment_is_left_to_it(job, monkeypatch):
    now = timezone.now()

    class AnotherWorkerIsFaster:
        """Enqueued first; meanwhile somebody else takes the second."""

        name, module_path = "first", "tests.first"

        def enqueue(self):
            Schedule.objects.filter(name="tests.note").update(next_at=now + HOUR)
            return note.enqueue("first")

    schedules.every(HOUR, label="First")(AnotherWorkerIsFaster())

    assert enqueue_due(now) == ["tests.first"]


@pytest.mark.parametrize("attempts", [1, MOST_ATTEMPTS])
def test_a_task_that_ended_in_the_same_moment_is_left_alone(job, monkeypatch, attempts):
    row = running(attempts=attempts)
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL)
    stale = SimpleNamespace(running=lambda: [row], filter=DBTaskResult.objects.filter)
    monkeypatch.setattr("jobs.services.DBTaskResult", SimpleNamespace(objects=stale))

    assert requeue_abandoned(timezone.now()) == 0

    row.refresh_from_db()
    assert row.status == TaskResultStatus.SUCCESSFUL


@pytest.mark.parametrize(
    "error", [OperationalError("gone"), InterfaceError("closed"), ValueError("no such queue")]
)
def test_whatever_fails_for_a_moment_does_not_end_the_timekeeper(monkeypatch, caplog, error):
    monkeypatch.setattr("jobs.worker.SECONDS_BETWEEN_TICKS", 0.01)
    ticks = []

    class Tested(Timekeeper):
        def tick(self):
            ticks.append(1)
            if len(ticks) == 1:
                raise error

    timekeeper = Tested("w1")
    timekeeper.start()
    assert eventually(lambda: len(ticks) > 2)
    timekeeper.end()

    assert not timekeeper.is_alive()
    assert "the schedule can't be kept" in caplog.text


def test_rows_say_what_they_are(job):
    now = timezone.now()
    task = running().pk

    assert str(Schedule(name="sso.refresh")) == "sso.refresh"
    assert str(Worker(id="w1")) == "w1"
    assert str(Progress(task_id=task, updated_at=now)) == str(task)
