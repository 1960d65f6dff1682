"""*Background work*: platform staff see what ran and stop what runs; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from jobs.errors import JobCancelled
from jobs.models import Progress, Schedule
from jobs.services import enqueue_due, report_alive

URL = "/console/background/"
STARTED = timezone.now() - timedelta(minutes=2)


@pytest.fixture
def console(client, sign_in, make_staff):
    return sign_in(client, make_staff("staff"))


@pytest.fixture
def run():
    """The last run of one of the portal's own jobs, in the state a test wants."""
    enqueue_due(timezone.now())
    row = Schedule.objects.get(name="sso.forget_expired")

    def set_to(status, **values):
        DBTaskResult.objects.filter(pk=row.last_task_id).update(
            status=status, started_at=STARTED, **values
        )
        return row.last_task_id

    return set_to


def text(response):
    return response.content.decode()


def test_administrators_of_an_organization_have_no_such_page(client, sign_in, admin):
    console = sign_in(client, admin)

    assert console.get(URL).status_code == 403
    assert console.post(URL, {"task": "x"}).status_code == 403
    assert URL not in text(console.get("/console/"))


def test_without_a_worker_it_says_how_to_start_one(console):
    page = text(console.get(URL))

    assert "No worker runs." in page
    assert "manage.py run_worker" in page
    report_alive(worker_id="w1")
    assert "1 worker is at it" in text(console.get(URL))


@pytest.mark.parametrize(
    ("status", "error", "word"),
    [
        (TaskResultStatus.READY, "", "Waits"),
        (TaskResultStatus.SUCCESSFUL, "", "Done"),
        (TaskResultStatus.FAILED, "builtins.ValueError", "ValueError"),
        (
            TaskResultStatus.FAILED,
            f"{JobCancelled.__module__}.{JobCancelled.__qualname__}",
            "Stopped",
        ),
        (TaskResultStatus.FAILED, "jobs.errors.FailedInPart", "Failed in part"),
    ],
)
def test_each_job_says_what_came_of_its_last_run(console, run, status, error, word):
    run(status, exception_class_path=error, finished_at=STARTED + timedelta(seconds=1.5))

    page = text(console.get(URL))

    assert word in page
    assert "1.5 s" in page
    assert "every hour" in page


def test_a_running_job_shows_how_far_it_is_and_can_be_stopped(console, run):
    task = run(TaskResultStatus.RUNNING)
    Progress.objects.create(task_id=task, done=30, total=120, updated_at=timezone.now())
    assert 'value="30" max="120"' in text(console.get(URL))

    page = text(console.post(URL, {"task": task}, follow=True))

    assert "It stops after the step it is at." in page
    assert Progress.objects.get().cancel_requested_at
    assert "It has ended in the meantime." in text(console.post(URL, {"task": task}, follow=True))


def test_nonsense_stops_nothing(console):
    assert "It has ended" in text(console.post(URL, {"task": "nonsense"}, follow=True))


def test_the_page_costs_few_statements_however_many_jobs(
    console, run, django_assert_max_num_queries
):
    with django_assert_max_num_queries(8):
        assert console.get(URL).status_code == 200
