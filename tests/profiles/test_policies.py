from __future__ import annotations

from itertools import product

import pytest

from accounts.models import BindingPolicy
from profiles.policies import BindingStep, next_step

TABLE = {
    # policy, is_bound, was_offered
    (BindingPolicy.REQUIRED, False, False): BindingStep.DEMAND,
    (BindingPolicy.REQUIRED, False, True): BindingStep.DEMAND,
    (BindingPolicy.REQUIRED, True, False): BindingStep.NONE,
    (BindingPolicy.REQUIRED, True, True): BindingStep.NONE,
    (BindingPolicy.OPTIONAL, False, False): BindingStep.OFFER,
    (BindingPolicy.OPTIONAL, False, True): BindingStep.NONE,
    (BindingPolicy.OPTIONAL, True, False): BindingStep.NONE,
    (BindingPolicy.OPTIONAL, True, True): BindingStep.NONE,
    (BindingPolicy.OFF, False, False): BindingStep.NONE,
    (BindingPolicy.OFF, False, True): BindingStep.NONE,
    (BindingPolicy.OFF, True, False): BindingStep.NONE,
    (BindingPolicy.OFF, True, True): BindingStep.NONE,
}


def test_the_table_below_leaves_no_case_out():
    assert set(TABLE) == set(product(BindingPolicy, [True, False], [True, False]))


@pytest.mark.parametrize(("case", "step"), TABLE.items())
def test_next_step_follows_the_table(case, step):
    policy, is_bound, was_offered = case

    assert next_step(policy=policy, is_bound=is_bound, was_offered=was_offered) is step
