"""What a browser is asked to sign with a passkey: for one purpose, once, in one session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts.relying_party import new_challenge

KEY = "passkey_challenge"
SECONDS = 5 * 60
SIGN_IN = "sign-in"
# The session of somebody who is nobody yet, with whatever else is in it.
STRANGERS_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Challenge:
    value: bytes
    made_at: datetime


def make_challenge(request: HttpRequest, purpose: str) -> bytes:
    """In place of the one before. `purpose` is `SIGN_IN` or the id of who registers a passkey."""
    value = new_challenge()
    request.session[KEY] = {
        "value": value.hex(),
        "made_at": timezone.now().isoformat(),
        "purpose": purpose,
    }
    if not request.user.is_authenticated:
        request.session.set_expiry(STRANGERS_SECONDS)
    return value


def take_challenge(request: HttpRequest, purpose: str) -> Challenge | None:
    """What this browser was asked, if it was for this purpose and lately; it is asked no more."""
    kept: dict[str, Any] | None = request.session.pop(KEY, None)
    if kept is None or kept["purpose"] != purpose:
        return None
    made_at = datetime.fromisoformat(kept["made_at"])
    if timezone.now() - made_at > timedelta(seconds=SECONDS):
        return None
    return Challenge(bytes.fromhex(kept["value"]), made_at)
