"""What is not well, or soon will not be: a line on the console's first page for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.endings import NOTICE_DAYS, days_left
from accounts.roles import Ability
from learning_portal.console.facts import OrganizationFacts
from licenses.policies import are_few_free
from provisioning.console.words import directory_name
from provisioning.policies import Standing
from provisioning.standing import DirectoryFacts
from sso.console.rules import FEW_CODES
from sso.endings import FAILING_FOR, last_trusted, our_certificate
from sso.models import SamlConnection, StagedChange

# From so many days before its end, a token is a matter of today.
LAST_DAYS_OF_A_TOKEN = 7


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


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """What stands beside a connection: changes that wait, and since when it can't be read."""

    now: datetime
    waiting: Mapping[StagedChange.Source, UUID]
    failing_since: datetime | None

    @classmethod
    def of(cls, connection: SamlConnection, now: datetime) -> ConnectionFacts:
        """Of a row of `with_facts`."""
        waiting = {
            source: staged
            for source in StagedChange.Source
            if (staged := getattr(connection, _column(source))) is not None
        }
        return cls(now, waiting, connection.failing_since)  # type: ignore[attr-defined]  # annotated there


def with_facts(rows: QuerySet[SamlConnection]) -> QuerySet[SamlConnection]:
    """With what `ConnectionFacts` says of them, in the statement that reads them."""
    open_ones = StagedChange.objects.open().filter(connection=OuterRef("pk")).values("pk")
    # Of each source one waits at most.
    waiting = {
        _column(source): Subquery(open_ones.filter(source=source)[:1])
        for source in StagedChange.Source
    }
    return rows.annotate(failing_since=F("refresh__failing_since"), **waiting)


def _column(source: StagedChange.Source) -> str:
    return f"waiting_{source.value}"


def alerts(
    facts: OrganizationFacts,
    connections: list[SamlConnection],
    directory: DirectoryFacts,
    sees: dict[str, bool],
    links: dict[str, str],
    *,
    codes: int | None,
) -> Iterator[Alert]:
    """Everything there is to say; the caller shows each line to whom it concerns.

    `codes`: unused recovery codes where single sign-on is required, None elsewhere.
    """
    if codes is not None and codes <= FEW_CODES:
        yield _about_recovery_codes(codes)
    yield from _about_directory(directory, links)
    yield from _about_seats(facts, sees, links)
    for connection in connections:
        yield from _about_connection(connection, ConnectionFacts.of(connection, directory.now))


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


def _about_connection(connection: SamlConnection, facts: ConnectionFacts) -> Iterator[Alert]:
    for source, staged in facts.waiting.items():
        finding, advice = _about_waiting(source)
        yield _connection_alert(
            connection,
            "warn",
            "warn",
            finding % {"name": connection.name},
            advice,
            _("See what differs"),
            page=("admin:sso_staged_change", connection.pk, staged),
        )
    if facts.failing_since is not None and facts.now - facts.failing_since >= FAILING_FOR:
        yield _connection_alert(
            connection,
            "warn",
            "sync",
            _("%(name)s’s metadata can’t be read since %(when)s.")
            % {"name": connection.name, "when": date_format(localtime(facts.failing_since), "j M")},
            _("What was read before stays trusted; the next certificate would be missed."),
        )
    yield from _about_certificates(connection)


def _about_waiting(source: StagedChange.Source) -> tuple[str, str]:
    """What waits, with a place for the connection's name, and what to know about it."""
    match source:
        case StagedChange.Source.METADATA:
            return (
                _("%(name)s has new metadata that waits for you."),
                _("Nothing changes before you have looked at what differs."),
            )
        case StagedChange.Source.CONSOLE:
            return (
                _("A change of %(name)s waits for you."),
                _("It could shut full admins out: try it first, then apply it or dismiss it."),
            )
        case StagedChange.Source.ROLL_BACK:
            return (
                _("An earlier version of %(name)s waits for you."),
                _("Going back was prepared: apply it or dismiss it."),
            )
        case StagedChange.Source.KEY:
            return (
                _("Another key of ours waits to sign for %(name)s."),
                _("Try it first, then apply it or dismiss it."),
            )


def _about_recovery_codes(codes: int) -> Alert:
    return Alert(
        Ability.SSO,
        "warn",
        "key",
        ngettext("%(count)d recovery code is left.", "%(count)d recovery codes are left.", codes)
        % {"count": codes},
        _("They are the way back in when single sign-on breaks. A full admin makes new ones."),
        reverse("admin:sign_in_rules"),
        _("See sign-in rules"),
    )


def _about_certificates(connection: SamlConnection) -> Iterator[Alert]:
    theirs, ours = last_trusted(connection), our_certificate(connection)
    if theirs is not None and theirs.days_left <= max(NOTICE_DAYS):
        yield _certificate_alert(
            connection,
            theirs.days_left,
            "clock",
            _("%(name)s’s signing certificate has ended."),
            ngettext(
                "%(name)s’s signing certificate ends in %(days)d day.",
                "%(name)s’s signing certificate ends in %(days)d days.",
                theirs.days_left,
            ),
            _("Import its metadata again once the next certificate is published."),
        )
    if ours.days_left <= max(NOTICE_DAYS):
        yield _certificate_alert(
            connection,
            ours.days_left,
            "key",
            _("Our certificate for %(name)s has ended."),
            ngettext(
                "Our certificate for %(name)s ends in %(days)d day.",
                "Our certificate for %(name)s ends in %(days)d days.",
                ours.days_left,
            ),
            _("Make the next key and give its certificate to the identity provider."),
        )


def _certificate_alert(
    connection: SamlConnection, days: int, icon: str, has_ended: str, ends: str, advice: str
) -> Alert:
    is_over = days < 0
    finding = (has_ended if is_over else ends) % {"name": connection.name, "days": days}
    return _connection_alert(connection, "bad" if is_over else "warn", icon, finding, advice)


def _connection_alert(
    connection: SamlConnection,
    kind: str,
    icon: str,
    finding: str,
    advice: str,
    verb: str | None = None,
    *,
    page: tuple[Any, ...] = (),
) -> Alert:
    name, *arguments = page or ("admin:sso_samlconnection_change", connection.pk)
    return Alert(
        Ability.SSO,
        kind,
        icon,
        finding,
        advice,
        reverse(name, args=arguments),
        verb or _("See the connection"),
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
