"""Real worker processes: killed with no chance to say so, and asked to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from jobs.models import Worker
from jobs.services import requeue_abandoned
from jobs.worker import work
from tests.jobs.sleeping import sleep_once
from tests.waiting import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]


@pytest.fixture
def start_worker():
    """`run_worker` as a process, on the test's database."""
    database = connection.settings_dict
    url = (
        f"sqlite:///{database['NAME']}"
        if connection.vendor == "sqlite"
        else f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}"
        f":{database['PORT'] or 5432}/{database['NAME']}"
    )
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_worker"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def status_of(result):
    return DBTaskResult.objects.get(pk=result.id).status


def test_a_killed_workers_job_is_done_by_the_next_one(start_worker, tmp_path):
    begun = tmp_path / "begun"
    result = sleep_once.enqueue(str(begun))
    worker = start_worker()
    assert eventually(begun.exists, seconds=60)

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    assert status_of(result) == TaskResultStatus.RUNNING
    Worker.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    assert requeue_abandoned(timezone.now()) == 1
    work(is_once=True)
    assert status_of(result) == TaskResultStatus.SUCCESSFUL


def test_a_worker_that_is_asked_to_end_ends_its_job_first(start_worker, tmp_path):
    begun = tmp_path / "begun"
    result = sleep_once.enqueue(str(begun), 1.0)
    worker = start_worker()
    assert eventually(begun.exists, seconds=60)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(timeout=30) == 0
    assert status_of(result) == TaskResultStatus.SUCCESSFUL
    assert not Worker.objects.exists()
