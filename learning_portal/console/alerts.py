"""What is not well, or soon will not be: a line on the console's first page for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.roles import Ability
from learning_portal.console.facts import OrganizationFacts
from licenses.policies import are_few_free
from provisioning.console.words import directory_name
from provisioning.policies import NOTICE_DAYS, Standing, days_left
from provisioning.standing import DirectoryFacts
from sso.models import SamlConnection
from sso.saml import describe_certificate

# From so many days before its end, a token is a matter of today.
LAST_DAYS_OF_A_TOKEN = 7
# The first of the warnings that an administrator gets ahead of a certificate's end.
CERTIFICATE_WARNING_DAYS = 60


@dataclass(frozen=True, slots=True)
class Alert:
    """`ability`: who may do something about it."""

    ability: Ability
    kind: str
    icon: str
    finding: str
    advice: str
    url: str
    verb: str


def alerts(
    facts: OrganizationFacts,
    connections: list[SamlConnection],
    directory: DirectoryFacts,
    sees: dict[str, bool],
    links: dict[str, str],
) -> Iterator[Alert]:
    """Everything there is to say; the caller shows each line to whom it concerns."""
    yield from _about_directory(directory, links)
    yield from _about_seats(facts, sees, links)
    for connection in connections:
        days = _days_of_trust(connection)
        if days is not None and days <= CERTIFICATE_WARNING_DAYS:
            yield _about_certificate(connection, days)


# ---------------------------------------------------------------------- seats


def _about_seats(
    facts: OrganizationFacts, sees: dict[str, bool], links: dict[str, str]
) -> Iterator[Alert]:
    seats = facts.seats
    if seats.waiting:
        yield Alert(
            Ability.PEOPLE,
            "warn",
            "warn",
            ngettext(
                "%(count)d person waits for a license.",
                "%(count)d people wait for a license.",
                seats.waiting,
            )
            % {"count": seats.waiting},
            _("A freed seat goes to the first in line by itself."),
            links["waiting"],
            _("See who waits"),
        )
    # To whom the line is shown, it says already that no seat is free.
    is_said = seats.waiting and sees[Ability.PEOPLE.value]
    if not is_said and seats.seats and are_few_free(free=seats.free, seats=seats.seats):
        yield Alert(
            Ability.LICENSES,
            "warn",
            "seat",
            _("%(free)d of %(seats)d seats are free.") % {"free": seats.free, "seats": seats.seats},
            _("When they are taken, whoever signs in next waits in line."),
            links["pools"],
            _("See licenses"),
        )


# ---------------------------------------------------------------------- single sign-on


def _days_of_trust(connection: SamlConnection) -> int | None:
    """Until the last of its certificates ends: one good one is enough to sign people in."""
    ends = [describe_certificate(pem).days_left for pem in connection.certificates]
    return max(ends, default=None)


def _about_certificate(connection: SamlConnection, days: int) -> Alert:
    if days < 0:
        finding = _("%(name)s’s signing certificate has ended.") % {"name": connection.name}
    else:
        finding = ngettext(
            "%(name)s’s signing certificate ends in %(days)d day.",
            "%(name)s’s signing certificate ends in %(days)d days.",
            days,
        ) % {"name": connection.name, "days": days}
    return Alert(
        Ability.SSO,
        "bad" if days < 0 else "warn",
        "clock",
        finding,
        _("Import its metadata again once the next certificate is published."),
        reverse("admin:sso_samlconnection_change", args=[connection.pk]),
        _("See the connection"),
    )


# ---------------------------------------------------------------------- directory


def _about_directory(directory: DirectoryFacts, links: dict[str, str]) -> Iterator[Alert]:
    name = directory_name(directory.last_dialect)
    match directory.standing:
        case Standing.PAUSED:
            yield _directory_alert(
                "bad",
                "pause",
                _("%(name)s is paused: it was about to remove very many people.") % {"name": name},
                _("Its changes wait until you undo them or let it go on."),
                links,
            )
        case Standing.TOKEN_ENDED if directory.last_call_at is not None:
            yield _directory_alert(
                "bad",
                "key",
                _("%(name)s has no valid token any more.") % {"name": name},
                _("Its calls are refused until you make a new one and paste it there."),
                links,
            )
        case Standing.QUIET:
            yield _directory_alert(
                "warn",
                "clock",
                _("%(name)s has been quiet for too long.") % {"name": name},
                _("Look there whether provisioning is switched on."),
                links,
            )
    if directory.ending_at is not None:
        days = days_left(directory.now, directory.ending_at)
        if days <= max(NOTICE_DAYS):
            yield _directory_alert(
                "bad" if days <= LAST_DAYS_OF_A_TOKEN else "warn",
                "key",
                ngettext(
                    "The directory token %(token)s ends in %(days)d day.",
                    "The directory token %(token)s ends in %(days)d days.",
                    days,
                )
                % {"token": directory.ending_token, "days": days},
                _("Replace it: both are valid while you paste the new one."),
                links,
            )


def _directory_alert(
    kind: str, icon: str, finding: str, advice: str, links: dict[str, str]
) -> Alert:
    return Alert(
        Ability.DIRECTORY, kind, icon, finding, advice, links["directory"], _("See the directory")
    )
