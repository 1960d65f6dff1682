"""The set-up of an organization on the console's first page: what is done, and the way to the rest.

Each way leads to where the next thing is done, not to an empty list with one more button.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import BindingPolicy, Organization
from accounts.roles import Ability
from learning_portal.console.facts import OrganizationFacts
from provisioning.console.words import directory_name
from provisioning.standing import DirectoryFacts
from sso.models import SamlConnection

# What is to be known of the organization besides its directory, by name.
SET_UP = (
    "proved_domain",
    "waiting_domain",
    "waiting_domain_id",
    "draft",
    "draft_id",
    "has_invited",
    "chose",
)


@dataclass(frozen=True, slots=True)
class Step:
    ability: Ability
    title: str
    fact: str
    is_done: bool
    url: str
    verb: str


def set_up_steps(
    organization: Organization,
    facts: OrganizationFacts,
    connections: list[SamlConnection],
    known: dict[str, Any],
    directory: DirectoryFacts,
) -> list[Step]:
    policy = BindingPolicy(organization.binding_policy).label
    seats = facts.seats
    return [
        _domain(known),
        _connection(connections, known),
        # Whoever has no identity provider lets people in by mail.
        *([] if connections else [_invitations(known)]),
        Step(
            Ability.POLICIES,
            _("Choose your policies"),
            _("LinkedIn profile: %(policy)s") % {"policy": str(policy).lower()},
            known["chose"],
            reverse("admin:policies"),
            _("Choose policies"),
        ),
        Step(
            Ability.DIRECTORY,
            _("Connect your directory"),
            _directory_fact(directory),
            directory.last_call_at is not None,
            reverse("admin:directory"),
            _("Connect directory"),
        ),
        Step(
            Ability.LICENSES,
            _("Get licenses"),
            ngettext("%(count)d seat", "%(count)d seats", seats.seats) % {"count": seats.seats}
            if seats.seats
            else _("No seats yet"),
            bool(seats.seats),
            reverse("admin:licenses_licensepool_changelist"),
            _("See licenses"),
        ),
    ]


def _domain(known: dict[str, Any]) -> Step:
    if known["waiting_domain"] and not known["proved_domain"]:
        fact = _("%(name)s waits for its proof") % {"name": known["waiting_domain"]}
        url = reverse("admin:accounts_domain_change", args=[known["waiting_domain_id"]])
        verb = _("Prove domain")
    else:
        fact = known["proved_domain"] or _("So that an e-mail address leads to your sign-in")
        url = reverse("admin:accounts_domain_add")
        verb = _("Add domain")
    is_done = bool(known["proved_domain"])
    return Step(Ability.SSO, _("Prove your domain"), fact, is_done, url, verb)


def _connection(connections: list[SamlConnection], known: dict[str, Any]) -> Step:
    if known["draft"] and not connections:
        fact = _("%(name)s is a draft: nobody signs in through it yet") % {"name": known["draft"]}
        url = reverse("admin:sso_samlconnection_change", args=[known["draft_id"]])
        verb = _("Go on")
    else:
        fact = ", ".join(connection.name for connection in connections) or _(
            "Nobody can sign in through single sign-on yet"
        )
        url = reverse("admin:sso_connect")
        verb = _("Add SSO connection")
    title = _("Connect your identity provider")
    return Step(Ability.SSO, title, fact, bool(connections), url, verb)


def _invitations(known: dict[str, Any]) -> Step:
    fact = (
        _("People were asked by mail")
        if known["has_invited"]
        else _("The way in without an identity provider: a mail with a link")
    )
    url = reverse("admin:invitations")
    title, verb = _("Invite people"), _("Invite people")
    return Step(Ability.PEOPLE, title, fact, known["has_invited"], url, verb)


def _directory_fact(directory: DirectoryFacts) -> str:
    if directory.last_call_at is not None:
        return directory_name(directory.last_dialect)
    if directory.has_live_token:
        return str(directory.standing.label)
    return _("People are invited, added by hand or come at their first sign-in")
