"""What is in the console's menu without being a list of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.tenant_admin import Section
from learning_portal.console import background, invitations, policies, receipts, setup_links
from learning_portal.console.menu import MenuEntry
from provisioning.console import pages as directory
from sso.console import rules


def everybody(user: User) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class MenuPage:
    """`name` is that of its address; `object_name` stands for it where a list has its model's."""

    name: str
    label: Promise
    icon: str
    section: Section
    order: int
    object_name: str
    may_look: Callable[[User], bool] = everybody


PAGES = (
    MenuPage("index", _("Overview"), "home", Section.OVERVIEW, 0, "Index"),
    MenuPage("guides", _("Guides"), "book", Section.OVERVIEW, 5, "Guide"),
    MenuPage(
        "invitations",
        _("Invitations"),
        "mail",
        Section.PEOPLE,
        12,
        "Invitation",
        may_look=invitations.may_look,
    ),
    MenuPage(
        "sign_in_rules",
        _("Sign-in rules"),
        "door",
        Section.ACCESS,
        22,
        "SignInRules",
        may_look=rules.may_look,
    ),
    MenuPage(
        "directory",
        _("Directory sync"),
        "sync",
        Section.ACCESS,
        25,
        "Directory",
        may_look=directory.may_look,
    ),
    MenuPage(
        "setup_links",
        _("Set-up links"),
        "key",
        Section.ACCESS,
        27,
        "SetupLink",
        may_look=setup_links.may_look,
    ),
    MenuPage(
        "policies",
        _("Policies"),
        "policy",
        Section.ACCESS,
        30,
        "Policy",
        may_look=policies.may_look,
    ),
    MenuPage(
        "receipts",
        _("Off-boarding"),
        "out",
        Section.RECORD,
        85,
        "Receipt",
        may_look=receipts.is_in_menu,
    ),
    MenuPage(
        "background",
        _("Background work"),
        "clock",
        Section.RECORD,
        90,
        "Schedule",
        may_look=background.may_look,
    ),
)


def menu_pages(user: User) -> Iterator[MenuEntry]:
    """Those that this person may look at."""
    for page in PAGES:
        if page.may_look(user):
            yield MenuEntry(
                section=page.section,
                order=page.order,
                label=str(page.label),
                icon=page.icon,
                url=reverse(f"admin:{page.name}"),
                object_name=page.object_name,
            )
