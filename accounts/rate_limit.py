"""How often somebody may try to sign in: a count per minute in the cache, shared by all workers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac

WINDOW = 60
HOUR = 3600
STARTS_FOR_AN_ATTEMPT = 30


class RateLimited(Exception):
    """Too many attempts in this minute; the next one begins in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many sign-in attempts.")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that has been counted."""

    keys: tuple[str, ...] = ()

    def forgive(self) -> None:
        """Take it out of the count, because it succeeded.

        A whole office signs in from one address at nine; what is limited is guessing.
        """
        for key in self.keys:
            with suppress(ValueError):  # evicted: there is nothing to take out
                cache.decr(key)


def count_attempt(*, address: str | None, account: str = "") -> Attempt:
    """Count an attempt, and raise `RateLimited` if there have been too many.

    It counts against the address (IPv6: the /64 that one customer line has) and against `account`:
    any text that names whom the attempt is about. Neither is stored; the keys are digests. Without
    an address, behind a socket that no proxy explains, only the account is limited.
    """
    subjects = []
    if address:
        subjects.append(f"address {_line(address)}")
    if account:
        subjects.append(f"account {account}")
    return _count(subjects, settings.SIGN_IN_RATE_LIMIT)


def count_start(*, address: str | None, door: str) -> None:
    """Count somebody who sets out for an identity provider; raises `RateLimited` if too many did.

    It counts against the address at this `door` alone, and `STARTS_FOR_AN_ATTEMPT` times as many
    are let through: setting out guesses nothing, and a whole office does it from one address.
    """
    subjects = [f"start {_line(address)} {door}"] if address else []
    _count(subjects, STARTS_FOR_AN_ATTEMPT * settings.SIGN_IN_RATE_LIMIT)


def count_answer(*, address: str | None, door: str, person: str = "") -> Attempt:
    """Count an identity provider's answer; raises `RateLimited` if there were too many.

    Against the address, or against the `person` it names, at this `door` alone: what one
    organization's identity provider gets wrong must not lock out the next one's people behind the
    same gateway. As many as may set out: only whoever has the provider's key could guess here.
    """
    subjects = [f"answer {_line(address)} {door}"] if address else []
    if person:
        subjects.append(f"answer for {person} {door}")
    return _count(subjects, STARTS_FOR_AN_ATTEMPT * settings.SIGN_IN_RATE_LIMIT)


def said_first(value: str, *, address: str | None, about: str) -> str:
    """What was first said `about` something from this address in this minute: `value`, if nothing.

    For what is kept once, however many are turned away: the first one's row stands for all.
    """
    return str(cache.get_or_set(_said_key("said", address, about), value, timeout=2 * WINDOW))


def count_said(*, address: str | None, about: str) -> int:
    """How often something was said `about` that from this address in this minute, now included."""
    return add_to_count(_said_key("count", address, about), 1)


def _said_key(kind: str, address: str | None, about: str) -> str:
    window = int(time.time() // WINDOW)
    return _key(window, f"{kind} {_line(address) if address else ''} {about}")


def _count(subjects: Sequence[str], limit: int) -> Attempt:
    if not limit:
        return Attempt()
    now = time.time()
    keys = tuple(_key(int(now // WINDOW), subject) for subject in subjects)
    # Counted before it is judged, and each key whatever the others say: two attempts at the same
    # moment can't both be the last one allowed.
    counts = [add_to_count(key, 1) for key in keys]
    if max(counts, default=0) > limit:
        raise RateLimited(max(1, WINDOW - int(now % WINDOW)))
    return Attempt(keys)


def _key(window: int, subject: str) -> str:
    digest = blake2b(subject.encode(), key=_secret(settings.SECRET_KEY), digest_size=20)
    return f"sign-in:{window}:{digest.hexdigest()}"


@lru_cache(maxsize=1)
def _secret(secret_key: str) -> bytes:
    """What keeps digests from being guessed: derived once, and the same in all workers."""
    return salted_hmac("accounts.rate_limit", "", secret=secret_key, algorithm="sha256").digest()


def _line(address: str) -> str:
    if ip_address(address).version == 6:
        return str(ip_network((address, 64), strict=False))
    return address


def add_to_count(key: str, delta: int, *, timeout: int = 2 * WINDOW) -> int:
    """Add to a count shared by all workers, and answer what it is then.

    The window that is counted belongs into the key: `timeout`, in seconds, only sweeps up.
    """
    with suppress(ValueError):  # the first one
        return cache.incr(key, delta)
    if cache.add(key, delta, timeout=timeout):
        return delta
    try:
        return cache.incr(key, delta)  # somebody was first in between
    except ValueError:  # evicted since: the cache is under pressure
        cache.set(key, delta, timeout=timeout)
        return delta


def count_in_hour(subject: str) -> int:
    """Count something of `subject`; answers how often it was in this hour of the clock."""
    return add_to_count(_in_this_hour(subject), 1, timeout=2 * HOUR)


def take_back_in_hour(subject: str) -> None:
    """What was counted last didn't happen."""
    with suppress(ValueError):  # evicted, or the hour is another: there is nothing to take out
        cache.decr(_in_this_hour(subject))


def forget_hour(subject: str) -> None:
    """Begin `count_in_hour` of this subject anew."""
    cache.delete(_in_this_hour(subject))


def _in_this_hour(subject: str) -> str:
    return f"{subject}:{int(time.time() // HOUR)}"


def minutes_left_in_hour() -> int:
    """Until the next hour is counted, a begun minute as a whole."""
    return int((HOUR - time.time() % HOUR) // 60) + 1
