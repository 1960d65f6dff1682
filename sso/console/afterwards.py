"""Where a set-up leads besides its own steps: to who else may do it, and to what comes after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.console_pages import address_of
from accounts.models import Organization, SetupLink, User
from accounts.roles import Ability
from accounts.services import may_make_setup_links
from sso.models import SamlConnection


@dataclass(frozen=True, slots=True)
class NextStep:
    title: str
    why: str
    url: str


def next_steps(user: User, organization: Organization) -> Iterator[NextStep]:
    """What an active connection is good for, as far as it is this person's to do."""
    yield NextStep(
        _("Prove your domains"),
        _("so that an e-mail address leads to this sign-in"),
        reverse("admin:accounts_domain_changelist"),
    )
    yield NextStep(
        _("Require single sign-on"),
        _("once a full admin has come in through it: passwords then open nothing"),
        address_of(user, organization, "admin:sign_in_rules"),
    )
    if user.is_able(Ability.DIRECTORY):
        yield NextStep(
            _("Connect your directory"),
            _("so that people come and go by themselves"),
            address_of(user, organization, "admin:directory"),
        )
    if may_make_setup_links(user.role):
        yield NextStep(
            _("Hand the directory to IT with a set-up link"),
            _("for whoever runs it and has no account here"),
            _set_up_link(user, organization, scope=SetupLink.Scope.DIRECTORY.value),
        )


def hand_over_address(user: User, organization: Organization, connection: SamlConnection) -> str:
    """Where a set-up link for this connection is made; empty where none may be, or not by them."""
    if not may_make_setup_links(user.role):
        return ""
    if not SamlConnection.objects.open_to_guests().filter(pk=connection.pk).exists():
        return ""
    return _set_up_link(
        user, organization, scope=SetupLink.Scope.SSO.value, connection=str(connection.pk)
    )


def hand_over_address_of_new(user: User, organization: Organization) -> str:
    """As `hand_over_address`, where there is no connection yet: the link brings a draft."""
    if not may_make_setup_links(user.role):
        return ""
    return _set_up_link(user, organization, scope=SetupLink.Scope.SSO.value, connection="new")


def _set_up_link(user: User, organization: Organization, **chosen: str) -> str:
    address = address_of(user, organization, "admin:setup_links")
    separator = "&" if "?" in address else "?"
    return f"{address}{separator}{urlencode(chosen)}"
