"""Calls that are made again before anybody notices."""

import pytest
from django.db import OperationalError

from database.statements import PlanUseless
from provisioning.calls import ATTEMPTS, Answer, Method
from provisioning.models import Operation


class Failing:
    """A handler that fails so many times."""

    def __init__(self, error: type[Exception], times: int) -> None:
        self.error, self.times = error, times

    def __call__(self, call):
        if self.times == 0:
            return Answer(204)
        self.times -= 1
        raise self.error


def run(error, times):
    return Method(Operation.MODIFY, Failing(error, times)).run(None)


def test_whoever_met_a_useless_plan_tries_again_and_not_for_ever():
    assert run(PlanUseless, ATTEMPTS - 1).status == 204
    with pytest.raises(PlanUseless):
        run(PlanUseless, ATTEMPTS)


def test_a_database_that_is_away_is_not_asked_again():
    with pytest.raises(OperationalError):
        run(OperationalError, 1)
