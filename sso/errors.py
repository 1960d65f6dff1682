"""The ways `sso` says no."""

from __future__ import annotations

from django.utils.translation import gettext as _

from sso.causes import Cause


class SsoError(Exception):
    """Something about connections that can't be done. The message is fit for a page."""


class NotReadyToActivate(SsoError):
    def __init__(self) -> None:
        super().__init__(_("Import the identity provider’s metadata first."))


class ConnectionNameTaken(SsoError):
    def __init__(self) -> None:
        super().__init__(_("A connection has this name already."))


class InvalidOption(SsoError):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class ClaimDecided(SsoError):
    def __init__(self) -> None:
        super().__init__(_("Somebody has decided this already."))


class SignInRefused(Exception):
    """Nobody is signed in, and `cause` says why. `seen` and `expected` hold no personal data."""

    def __init__(self, cause: Cause, *, seen: str = "", expected: str = "") -> None:
        super().__init__(cause.value)
        self.cause = cause
        self.seen = seen
        self.expected = expected
