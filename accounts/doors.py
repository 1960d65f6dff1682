"""The ways into an organization that other apps bring.

`accounts` owns the sign-in pages and may not know of SAML, so whoever can sign people in says so
here, in its `AppConfig.ready()`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import Organization


@dataclass(frozen=True, slots=True)
class Door:
    """One way in that leads away from here.

    `name` is what people call it ("Okta"); `url` is opened with GET and takes `?next=<path>`;
    `host` is the host of the page they see then.
    """

    name: str
    url: str
    host: str


SignInChoices = Callable[[Organization], list[Door]]

_sources: list[SignInChoices] = []


def register(sign_in_choices: SignInChoices) -> SignInChoices:
    """`sign_in_choices(organization)` answers the doors open to its people now, the default first.

    Registering twice is registering once. Works as a decorator.
    """
    if sign_in_choices not in _sources:
        _sources.append(sign_in_choices)
    return sign_in_choices


def doors_of(organization: Organization) -> list[Door]:
    return [door for source in _sources for door in source(organization)]
