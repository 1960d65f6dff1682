"""Decisions about licenses. Values in, value out."""

from __future__ import annotations

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _


class LicenseState(models.TextChoices):
    """Where a person stands. It says nothing about the person's own state."""

    NONE = "none", _("None")
    WAITING = "waiting", _("Waiting")
    ACTIVE = "active", _("Active")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")


# A license that is held today, or a wait for one. Whoever has neither may be given one.
CURRENT_STATES = frozenset({LicenseState.ACTIVE, LicenseState.WAITING})


class Source(models.TextChoices):
    """Through which door a license came, or went."""

    SSO = "sso", _("Single sign-on")
    SCIM = "scim", _("Directory")
    INVITATION = "invitation", _("Invitation")
    RULE = "rule", _("Rule")
    CSV = "csv", _("CSV import")
    ADMIN = "admin", _("Administrator")
    API = "api", _("API")
    QUEUE = "queue", _("Waiting line")
    COMMAND = "command", _("Command line")
    # These two only end licenses.
    DEACTIVATION = "deactivation", _("Deactivation")
    EXPIRY = "expiry", _("End of the pool")


# Somebody decided about this very person. What they take away, no automatic door gives back.
DELIBERATE_SOURCES = frozenset({Source.ADMIN, Source.API, Source.CSV, Source.COMMAND})
ENDING_SOURCES = frozenset({Source.DEACTIVATION, Source.EXPIRY})


def is_deliberate(source: str) -> bool:
    return source in DELIBERATE_SOURCES


# Of a hundred seats.
FEW = 5


def are_few_free(*, free: int, seats: int) -> bool:
    """Whether so few seats are left that an administrator should know."""
    return 100 * free <= FEW * seats


class SeatOutcome(Enum):
    """What became of somebody who came to the gate."""

    HELD = "held"
    GRANTED = "granted"
    WAITING = "waiting"
    NOT_OFFERED = "not_offered"


def at_sign_in(*, state: LicenseState, is_withheld: bool, auto_assign: bool) -> SeatOutcome:
    """What a first sign-in does about a person's license, through whichever automatic door.

    `GRANTED` stands for "try the gate": whether there is a seat, only the gate knows. Whoever
    waits keeps the place, whatever the switch says today.
    """
    match state:
        case LicenseState.ACTIVE:
            return SeatOutcome.HELD
        case LicenseState.WAITING:
            return SeatOutcome.WAITING
        case _ if is_withheld or not auto_assign:
            return SeatOutcome.NOT_OFFERED
        case _:
            return SeatOutcome.GRANTED
