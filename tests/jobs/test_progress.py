"""How far a job is, and how it is stopped."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest

from jobs import progress
from jobs.errors import JobCancelled
from jobs.models import Progress
from jobs.progress import steps
from jobs.services import request_cancel

pytestmark = pytest.mark.django_db


@pytest.fixture
def context(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_WRITES", 0)
    return SimpleNamespace(task_result=SimpleNamespace(id=str(uuid4())))


def kept(context):
    row = Progress.objects.get(pk=context.task_result.id)
    return row.done, row.total


def test_what_is_done_is_counted_while_it_is_done(context):
    seen = []

    for _item in steps(context, "abc", total=3):
        seen.append(kept(context))

    assert seen == [(0, 3), (1, 3), (2, 3)]
    assert kept(context) == (3, 3)


def test_more_may_come_than_was_counted(context):
    assert list(steps(context, "abc", total=1)) == ["a", "b", "c"]
    assert kept(context) == (3, 3)


def test_a_job_that_is_asked_to_stop_ends_after_the_item_it_is_at(context):
    under_way = steps(context, "abc", total=None)
    assert next(under_way) == "a"

    assert request_cancel(task_id=context.task_result.id)

    with pytest.raises(JobCancelled):
        next(under_way)
    assert not request_cancel(task_id=context.task_result.id)


def test_what_keeps_no_progress_can_not_be_stopped():
    assert not request_cancel(task_id=uuid4())
