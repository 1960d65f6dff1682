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
from sso.console.words import NOT_CHANGED_YET, state_badge
from sso.green_tests import has_green_test
from sso.models import SamlConnection
from sso.presets import PRODUCTS
from sso.services import change_or_stage

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


def _is_done(connection: SamlConnection, name: str, *, current: str, is_tested: bool) -> bool:
    match name:
        case "sso_basics":
            return True
        case "sso_tests":
            return is_tested
        case "sso_samlconnection_activate":
            return connection.is_active
        case "sso_attributes" | "sso_access":  # good as they are, once somebody has been there
            names = [*STEPS]
            is_behind = names.index(name) < names.index(current)
            is_proved = is_tested or connection.is_active
            return connection.knows_its_provider and (is_behind or is_proved)
        case _:
            return connection.knows_its_provider


def steps_of(visit: Visit, current: str) -> list[Step]:
    connection = visit.connection
    is_tested = has_green_test(connection)
    return [
        Step(
            str(label),
            visit.address(name),
            name == current,
            _is_done(connection, name, current=current, is_tested=is_tested),
        )
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
    messages.warning(visit.request, NOT_CHANGED_YET)
    return visit.to("sso_staged_change", staged.pk)


def go_on(visit: Visit, name: str) -> HttpResponse:
    """To the step after this one, with a word about what saving has done."""
    following = neighbor(name, 1)
    if visit.connection.is_active:
        messages.success(visit.request, _("Saved. People sign in with it like this from now on."))
    elif visit.guest and following not in GUEST_PAGES and visit.connection.knows_its_provider:
        who = visit.guest.link.made_by
        said = _("Saved. That was your part: tell %(who)s, who tests and activates it.")
        messages.success(visit.request, said % {"who": who})
    return visit.to(following)
