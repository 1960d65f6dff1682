"""Decisions about trust in an identity provider. Values in, value out."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime, timedelta

from accounts.roles import Role
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
    return role in {Role.FULL_ADMIN, Role.STAFF}
