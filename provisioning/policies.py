"""Decisions about directories. Values in, value out."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum, auto

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import has_every_ability

# How long a directory may say nothing. Entra ID comes by itself about every 40 minutes; the others
# call when something changes, and a quiet week is not unusual there.
ENTRA_QUIET_AFTER = timedelta(hours=6)
QUIET_AFTER = timedelta(days=7)
# What was refused longer ago than this is history.
REFUSED_WITHIN = timedelta(days=1)


class Standing(models.TextChoices):
    """How an organization's directory is doing."""

    NO_TOKEN = "no_token", _("Not connected")
    TOKEN_ENDED = "token_ended", _("No token is valid")
    WAITING = "waiting", _("Waiting for the first call")
    PAUSED = "paused", _("Paused")
    QUIET = "quiet", _("Quiet for too long")
    REFUSED = "refused", _("Some calls are refused")
    IN_STEP = "in_step", _("In step")


class Outlook(Enum):
    """What comes next of one person and their directory; the first that is true."""

    NOT_CONNECTED = auto()
    UNDOABLE = auto()
    DELETED = auto()
    HELD = auto()
    SHUT_OUT = auto()
    REFUSED = auto()
    TO_BE_TAKEN_OVER = auto()
    NAME_IN_THE_WAY = auto()
    CLOSED_HERE = auto()
    CLOSED = auto()
    OPENED_HERE = auto()
    DIFFERENT = auto()
    IN_STEP = auto()


def outlook(
    *,
    standing: Standing,
    state: str,
    is_looked_after: bool,
    adopts_people: bool,
    is_undoable: bool,
    is_refused: bool,
    switched_here: bool,
    differs: bool,
) -> Outlook:
    """`is_undoable`: the directory deleted the person within a day. `is_refused`: the last call
    about them was. `switched_here`: they were switched on or off by somebody else than the
    directory, and it has changed nothing of them since."""
    match standing:
        case Standing.NO_TOKEN:
            return Outlook.NOT_CONNECTED
        case _ if state == User.State.DELETED:
            return Outlook.UNDOABLE if is_undoable else Outlook.DELETED
        case Standing.PAUSED:
            return Outlook.HELD
        case Standing.TOKEN_ENDED:
            return Outlook.SHUT_OUT
        case _ if is_refused:
            return Outlook.REFUSED
        case _ if not is_looked_after:
            return Outlook.TO_BE_TAKEN_OVER if adopts_people else Outlook.NAME_IN_THE_WAY
        case _ if state == User.State.DEACTIVATED:
            return Outlook.CLOSED_HERE if switched_here else Outlook.CLOSED
        case _ if switched_here:
            return Outlook.OPENED_HERE
        case _:
            return Outlook.DIFFERENT if differs else Outlook.IN_STEP


def may_make_tokens(role: str) -> bool:
    """Whether somebody of this role may make a token, or a successor of one.

    Whoever holds a token may change everybody, administrators too. So the ability *Directory sync*
    is not enough: a sub-admin could take a full admin's account over.
    """
    return has_every_ability(role)


def standing(
    *,
    now: datetime,
    has_token: bool,
    has_live_token: bool,
    paused_at: datetime | None,
    last_call_at: datetime | None,
    last_dialect: str,
    last_trouble_at: datetime | None,
) -> Standing:
    """`last_trouble_at` is the moment of the latest refusal that somebody has to mend."""
    if not has_token:
        return Standing.NO_TOKEN
    if paused_at is not None:
        return Standing.PAUSED
    if not has_live_token:
        return Standing.TOKEN_ENDED
    if last_call_at is None:
        return Standing.WAITING
    if now - last_call_at > quiet_after(last_dialect):
        return Standing.QUIET
    if last_trouble_at is not None and now - last_trouble_at <= REFUSED_WITHIN:
        return Standing.REFUSED
    return Standing.IN_STEP


def quiet_after(dialect: str) -> timedelta:
    """How long a directory of this dialect (`provisioning.dialects`) may say nothing."""
    return ENTRA_QUIET_AFTER if dialect.startswith("entra") else QUIET_AFTER
