"""A schedule of the test's own, beside which the portal's jobs don't exist."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_tasks import task

from jobs import schedules
from jobs.errors import FailedForNow

HOUR = timedelta(hours=1)
RAN: list[str] = []


@task()
def note(word: str = "due") -> str:
    RAN.append(word)
    return word


@task()
def fail() -> None:
    raise ValueError("as told")


class Away(FailedForNow):
    """Something outside, for now."""


@task()
def fail_for_now() -> None:
    RAN.append("tried")
    raise Away


@pytest.fixture(autouse=True)
def ran():
    RAN.clear()
    return RAN


@pytest.fixture
def job(monkeypatch):
    monkeypatch.setattr(schedules, "_jobs", {})
    schedules.every(HOUR, label="Take a note")(note)
    return schedules.scheduled_job("tests.note")
