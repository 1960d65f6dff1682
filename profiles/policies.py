"""Whether somebody must, may or may not connect. Decisions only: values in, value out."""

from __future__ import annotations

from enum import Enum

from accounts.models import BindingPolicy


class BindingStep(Enum):
    """What stands between a person who signed in and their home page."""

    NONE = "none"
    OFFER = "offer"
    DEMAND = "demand"


def next_step(*, policy: BindingPolicy, is_bound: bool, was_offered: bool) -> BindingStep:
    match policy:
        case BindingPolicy.REQUIRED if not is_bound:
            return BindingStep.DEMAND
        case BindingPolicy.OPTIONAL if not is_bound and not was_offered:
            return BindingStep.OFFER
        case _:
            return BindingStep.NONE
