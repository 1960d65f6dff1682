"""Jobs that failed for now are done again, some times, and others are not."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from audit.context import current_context
from jobs.services import AGAIN_AFTER, do_again
from jobs.worker import work
from tests.jobs.conftest import RAN, fail, fail_for_now, note

# A worker closes its connections, so that nothing of it may be part of a test's transaction.
pytestmark = pytest.mark.django_db(transaction=True)


@task()
def remember_context() -> None:
    context = current_context()
    RAN.append((context.source, context.request_id))


def row_of(result):
    return DBTaskResult.objects.get(pk=result.id)


def test_what_failed_for_now_is_done_again_later_and_at_last_has_failed(job):
    result = fail_for_now.enqueue()
    now = timezone.now()

    for times, wait in enumerate(AGAIN_AFTER, start=1):
        with time_machine.travel(now, tick=False):
            work(is_once=True)
        assert RAN.count("tried") == times
        row = row_of(result)
        assert (row.status, row.run_after) == (TaskResultStatus.READY, now + wait)
        with time_machine.travel(now + wait - timedelta(seconds=1)):
            work(is_once=True)
        assert RAN.count("tried") == times
        now += wait
    with time_machine.travel(now):
        work(is_once=True)

    assert RAN.count("tried") == len(AGAIN_AFTER) + 1
    assert row_of(result).status == TaskResultStatus.FAILED
    assert "Away" in row_of(result).traceback


@pytest.mark.parametrize(
    ("job_", "status"),
    [(fail, TaskResultStatus.FAILED), (note, TaskResultStatus.SUCCESSFUL)],
)
def test_what_failed_for_good_or_not_at_all_is_done_once(job, job_, status):
    result = job_.enqueue()

    work(is_once=True)

    row = row_of(result)
    assert (row.status, len(row.worker_ids)) == (status, 1)


@pytest.mark.parametrize(
    "path", ["", "gone.Error", "jobs.errors.SinceRenamed", "jobs.errors.annotations"]
)
def test_an_error_of_which_nothing_is_known_is_for_good(job, path):
    result = fail_for_now.enqueue()
    DBTaskResult.objects.update(
        status=TaskResultStatus.FAILED, worker_ids=["w1"], exception_class_path=path
    )

    assert not do_again(row_of(result))


def test_what_somebody_put_back_meanwhile_is_left_alone(job):
    result = fail_for_now.enqueue()
    DBTaskResult.objects.update(
        status=TaskResultStatus.FAILED,
        worker_ids=["w1"],
        exception_class_path="tests.jobs.conftest.Away",
    )
    row = row_of(result)
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING)

    assert not do_again(row)
    assert row_of(result).status == TaskResultStatus.RUNNING


def test_a_job_is_done_within_what_the_caller_puts_around_it(job):
    result = note.enqueue("inside")

    @contextmanager
    def around(task_id):
        RAN.append(task_id)
        yield
        RAN.append("after")

    work(is_once=True, around=around)

    inside = RAN.index("inside")
    assert [str(RAN[inside - 1]), RAN[inside + 1]] == [str(row_of(result).pk), "after"]


def test_each_job_of_a_worker_has_an_id_of_its_own(job):
    results = [remember_context.enqueue(), remember_context.enqueue()]

    call_command("run_worker", "--once")

    kept = [each for each in RAN if isinstance(each, tuple)]
    assert sorted(kept) == sorted(("worker", row_of(result).pk.hex) for result in results)
