"""Decisions about trust in an identity provider. Values in, value out."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.roles import has_every_ability
from sso.differences import CertificateDifference

# How often an address is read, and how soon again after a failure.
READ_EVERY = timedelta(days=1)
TRY_AGAIN_AFTER = timedelta(hours=1)
# From so many failures in a row on, a host that is gone is asked no more than once a day.
PATIENT_FAILURES = 24


class RefreshVerdict(enum.Enum):
    """What to do about metadata that was read."""

    SAME = enum.auto()
    ACCEPT = enum.auto()
    CONFIRM = enum.auto()


def judge_refresh(
    *, changed: Collection[str], certificates: CertificateDifference
) -> RefreshVerdict:
    """`changed` names the fields that are other than what is trusted, certificates aside.

    Accepted by itself is a key that comes or goes while one that is trusted, and hasn't expired,
    stays: so identity providers exchange their keys. All else is for somebody to look at, the
    first metadata of a connection too.
    """
    if not changed and certificates.is_empty:
        return RefreshVerdict.SAME
    overlaps = any(not facts.is_expired for facts in certificates.kept)
    is_sound = not any(facts.is_weak_key or facts.is_expired for facts in certificates.added)
    if not changed and overlaps and is_sound:
        return RefreshVerdict.ACCEPT
    return RefreshVerdict.CONFIRM


def next_read(*, now: datetime, failures: int) -> datetime:
    """When an address is read next, after so many failures in a row."""
    if 0 < failures < PATIENT_FAILURES:
        return now + TRY_AGAIN_AFTER
    return now + READ_EVERY


def may_skip_test(role: str) -> bool:
    """Whether somebody of this role may activate a connection that nobody has tested."""
    return has_every_ability(role)


# What may change on a connection without anybody being let in or recognized otherwise.
_FREE_FIELDS = frozenset(
    {
        "name",
        "preset",
        "auto_assign",
        "pool",
        "session_hours",
        "single_logout",
        "idp_slo_redirect_url",
        "idp_slo_post_url",
        "idp_slo_redirect_response_url",
        "idp_slo_post_response_url",
        # What is read there counts by itself only beside a key that is trusted already.
        "idp_metadata_url",
        "metadata_imported_at",
    }
)
_CERTIFICATES = "idp_certificates"


def keeps_the_way_in(changes: Mapping[str, tuple[Any, Any]], *, by_itself: bool) -> bool:
    """Whether people who come in through a connection still do after these `changes`, for certain.

    Field by field, what was and what will be; of certificates the PEM texts as sets. A certificate
    that comes beside the others shuts nobody out. One that goes while another stays may be the one
    in use: that is left to the identity provider, whose metadata said so (`by_itself`), and
    not to a person.
    """
    for field, (before, after) in changes.items():
        if field in _FREE_FIELDS or before == after:
            continue
        if field != _CERTIFICATES:
            return False
        if not (before & after if by_itself else before <= after):
            return False
    return True


@dataclass(frozen=True, slots=True)
class AccessRule:
    """People who have one of `values` in `attribute`. Compared ignoring case and blanks around."""

    attribute: str
    values: tuple[str, ...]

    def fits(self, said: Iterable[str]) -> bool:
        wanted = {_folded(value) for value in self.values}
        return any(_folded(value) in wanted for value in said)


class AccessVerdict(enum.Enum):
    ALLOWED = enum.auto()
    BLOCKED = enum.auto()
    NOT_ALLOWED = enum.auto()


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Whether somebody may come in; `number` is the rule of the block list that fits, from 1."""

    verdict: AccessVerdict
    number: int = 0

    @property
    def is_allowed(self) -> bool:
        return self.verdict is AccessVerdict.ALLOWED


def decide_access(
    *,
    allow: Sequence[AccessRule],
    block: Sequence[AccessRule],
    said: Callable[[str], Iterable[str]],
) -> AccessDecision:
    """The block list has the last word. An empty allow list lets everybody in, any other only those
    whom one of its rules fits. `said` answers what is known of somebody under an attribute's name;
    what is not known fits no rule.
    """
    for number, rule in enumerate(block, start=1):
        if rule.fits(said(rule.attribute)):
            return AccessDecision(AccessVerdict.BLOCKED, number)
    if allow and not any(rule.fits(said(rule.attribute)) for rule in allow):
        return AccessDecision(AccessVerdict.NOT_ALLOWED)
    return AccessDecision(AccessVerdict.ALLOWED)


def _folded(value: str) -> str:
    return value.strip().casefold()
