"""What whoever opened an invitation may choose from.

`accounts` owns the page and knows nothing of LinkedIn, so whoever can let people in says so here,
in its `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.models import BindingPolicy, Invitation


@dataclass(frozen=True, slots=True)
class Way:
    """One way to accept: a button `label`, a sentence `text`, and the address it leads to with GET.

    What is there finds the invitation by `accounts.invitations.held_invitation`.
    """

    label: str
    text: str
    url: str
    # Whose profile is connected by it, as people call them: the only kind where the organization
    # demands one. Empty for every other way.
    profile_of: str = ""

    @property
    def connects_profile(self) -> bool:
        return bool(self.profile_of)


Ways = Callable[[Invitation], Sequence[Way]]

_sources: list[Ways] = []


def register(ways: Ways) -> Ways:
    """`ways(invitation)` answers what is open to its person now, the first choice first.

    Registering twice is registering once. Works as a decorator.
    """
    if ways not in _sources:
        _sources.append(ways)
    return ways


def registered_ways(invitation: Invitation) -> list[Way]:
    return [way for source in _sources for way in source(invitation)]


def offered(ways: Sequence[Way], *, policy: str, account: Way | None) -> list[Way]:
    """Which of these ways the organization's policy leaves, `account` being one without a profile.

    Where a profile is demanded there is no way around it; where profiles are off, none is shown
    that has to do with one.
    """
    match policy:
        case BindingPolicy.REQUIRED:
            return [way for way in ways if way.connects_profile]
        case BindingPolicy.OFF:
            ways = [way for way in ways if not way.connects_profile]
    return [*ways, *([account] if account else [])]
