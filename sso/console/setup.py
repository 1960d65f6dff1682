"""The steps by which an administrator sets a connection up, each at an address of its own.

Everything is saved with the step it belongs to: a draft is a connection nobody signs in through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sso.console.pages import GUEST_PAGES, Visit
from sso.console.words import state_badge
from sso.models import SamlConnection
from sso.presets import PRODUCTS
from sso.services import change_or_stage
from sso.services.testing import has_green_test

# In this order, each by the name of its address.
STEPS: dict[str, Promise] = {
    "sso_basics": gettext_lazy("Basics"),
    "sso_identity_provider": gettext_lazy("Identity provider settings"),
    "sso_settings": gettext_lazy("SSO settings"),
    "sso_attributes": gettext_lazy("Attributes"),
    "sso_access": gettext_lazy("Access rules"),
    "sso_tests": gettext_lazy("Test sign-in"),
    "sso_samlconnection_activate": gettext_lazy("Activate"),
}


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    url: str
    is_current: bool
    is_done: bool


def _is_done(connection: SamlConnection, name: str) -> bool:
    match name:
        case "sso_basics":
            return True
        case "sso_tests":
            return has_green_test(connection)
        case "sso_samlconnection_activate":
            return connection.is_active
        case _:  # what has defaults is ready as soon as there is a provider to use them with
            return connection.knows_its_provider


def steps_of(visit: Visit, current: str) -> list[Step]:
    return [
        Step(str(label), visit.address(name), name == current, _is_done(visit.connection, name))
        for name, label in STEPS.items()
        if not visit.guest or name in GUEST_PAGES
    ]


def neighbor(name: str, distance: int) -> str:
    names = [*STEPS]
    return names[names.index(name) + distance]


def step_page(visit: Visit, name: str, template: str, **context: Any) -> HttpResponse:
    connection = visit.connection
    is_first = name == next(iter(STEPS))
    return visit.page(
        f"setup/{template}",
        title=_("Set up %(name)s") % {"name": connection},
        step=str(STEPS[name]),
        steps=steps_of(visit, name),
        state_badge=state_badge(connection),
        product=PRODUCTS[connection.preset],
        back_url="" if is_first else visit.address(neighbor(name, -1)),
        next_url=visit.address(neighbor(name, 1)),
        **context,
    )


def save(visit: Visit, changes: Mapping[str, Any]) -> HttpResponse | None:
    """Change the connection. Answers a page that leads elsewhere where the change has to wait.

    Raises `SsoError`.
    """
    staged = change_or_stage(connection=visit.connection, changes=changes, actor=visit.actor)
    if staged is None:
        return None
    messages.warning(
        visit.request,
        _(
            "This is not changed yet, since a mistake could shut every full admin out. Try it "
            "first: once a full admin would have come in with it, apply it."
        ),
    )
    return visit.to("sso_staged_change", staged.pk)


def go_on(visit: Visit, name: str) -> HttpResponse:
    """To the step after this one."""
    return visit.to(neighbor(name, 1))
