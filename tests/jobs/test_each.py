"""One thing that goes wrong doesn't cost the others their turn, and isn't kept quiet about."""

from __future__ import annotations

import pytest

from jobs.each import each
from jobs.errors import FailedInPart, JobCancelled


def halve(number):
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def test_what_comes_of_each_is_answered():
    assert each([2, 4], halve) == [1, 2]
    assert each([], halve) == []


def test_the_others_have_their_turn_and_the_run_is_not_done(caplog):
    taken = []

    def take(number):
        taken.append(number)
        return halve(number)

    with pytest.raises(FailedInPart) as failed:
        each([1, 2, 3, 4], take)

    assert taken == [1, 2, 3, 4]
    assert (failed.value.failed, failed.value.done) == (2, 2)
    assert "ValueError: 1 is odd" in caplog.text
    assert "Traceback" in caplog.text


def test_parts_within_parts_are_counted_and_written_down_once(caplog):
    with pytest.raises(FailedInPart) as failed:
        each([[1, 3], [2]], lambda numbers: each(numbers, halve))

    assert (failed.value.failed, failed.value.done) == (2, 1)
    assert len(caplog.records) == 2


def test_a_job_that_is_stopped_stops():
    def items():
        yield 2
        raise JobCancelled

    with pytest.raises(JobCancelled):
        each(items(), halve)
