"""Decisions about domains and doors. Values in, value out."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

from accounts.models import DnsOutcome, Organization, Session, User
from accounts.roles import may_enter_console

# A record that is gone for a day is worth a mail; whoever moves their DNS has a week.
WARNED_AFTER = timedelta(days=1)
LOST_AFTER = timedelta(days=7)
# However late the mail went out, it left so much time.
TIME_TO_MEND = timedelta(days=3)
# So many times somebody who answers for the domain must have said that it is gone.
WARNED_AFTER_MISSES, LOST_AFTER_MISSES = 2, 3


class DomainNews(enum.Enum):
    """What an answer of DNS means for a domain."""

    NONE = enum.auto()
    PROVED = enum.auto()
    MISSING = enum.auto()
    LOST = enum.auto()


def news_of_domain(
    *,
    is_proved: bool,
    outcome: DnsOutcome,
    missing_since: datetime | None,
    misses: int,
    warned_at: datetime | None,
    now: datetime,
) -> DomainNews:
    """`misses` and `missing_since` are of the definite answers before this one.

    A proved domain outlives every failure of DNS. Only definite answers count against it, several
    of them over a week, and nobody loses one without having been told in time.
    """
    if outcome is DnsOutcome.SEEN:
        return DomainNews.NONE if is_proved else DomainNews.PROVED
    if not is_proved or not outcome.is_definite or missing_since is None:
        return DomainNews.NONE
    said = misses + 1
    if warned_at is None:
        is_due = now >= missing_since + WARNED_AFTER and said >= WARNED_AFTER_MISSES
        return DomainNews.MISSING if is_due else DomainNews.NONE
    is_due = now >= lost_at(missing_since, warned_at) and said >= LOST_AFTER_MISSES
    return DomainNews.LOST if is_due else DomainNews.NONE


def lost_at(missing_since: datetime, warned_at: datetime) -> datetime:
    """When a domain whose record stays away is given up, at the earliest."""
    return max(missing_since + LOST_AFTER, warned_at + TIME_TO_MEND)


# What a requirement of single sign-on closes. A recovery code is the way back in, and stays one.
CLOSABLE_DOORS = frozenset(
    {Session.Door.PASSWORD.value, Session.Door.LINKEDIN.value, Session.Door.PASSKEY.value}
)


def is_door_closed(organization: Organization | None, door: str) -> bool:
    """Whether this door is closed to an organization's people. Platform staff have no organization,
    and no identity provider either."""
    return organization is not None and organization.requires_sso and door in CLOSABLE_DOORS


def is_open_to(user: User, door: str) -> bool:
    """Whether somebody who has proved who they are at this door may come in."""
    return user.is_active and not is_door_closed(user.organization, door)


# Where one proof is all that is asked for. A passkey is two, an identity provider asks for as many
# as its organization wants, and a recovery code is the way back in.
SINGLE_PROOF_DOORS = frozenset({Session.Door.PASSWORD.value, Session.Door.LINKEDIN.value})


def needs_second_factor(*, door: str, role: str, has_authenticator: bool) -> bool:
    """Whether a session through this door wants a second factor: everybody's who set an app up,
    and an administrator's in any case."""
    return door in SINGLE_PROOF_DOORS and (has_authenticator or may_enter_console(role))
