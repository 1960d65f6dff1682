"""Mail to one person: the one way it is written and leaves.

It has a text and an HTML part that say the same, since the second is made of the first, and ends
with the sentence why it was sent. Call it from a job: a mail server may take seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from smtplib import SMTPException
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.functional import Promise

from accounts.models import User
from accounts.names import one_line
from jobs.errors import FailedForNow


class MailNotSent(FailedForNow):
    """The mail server said no, or nothing: a job that raises it is done again."""


LAYOUT = "mail/layout.html"
# A moment, a number, an id: nothing in these is anybody's own words.
PLAIN = (int, float, Decimal, date, time, timedelta, UUID, type(None))
_BLANK_LINES = re.compile(r"\n\s*\n")


def send_mail_to(
    recipient: User | str,
    subject: str,
    template: str,
    *,
    why: str,
    **context: Any,
) -> None:
    """Send `<template>.txt` to a person, or to an address that belongs to nobody yet.

    `why` is the whole sentence that says why this mail was sent. The template finds the recipient
    as `person` (None for an address) and their organization as `organization`, unless `context`
    names another. Whatever it prints is one line, so that no name looks like lines of ours. Raises
    `MailNotSent`, and `ValueError` for somebody without an address.
    """
    person = recipient if isinstance(recipient, User) else None
    address = person.email if person else str(recipient)
    if not address:
        raise ValueError("a mail needs an address")
    given = {"person": person, "organization": person.organization if person else None, **context}
    spoken = {name: spoken_of(value) for name, value in given.items()}
    title, reason = one_line(subject), one_line(why)
    text = _without_gaps(render_to_string(f"{template}.txt", spoken))
    mail = EmailMultiAlternatives(
        subject=title,
        body=f"{text}\n\n{reason}\n",
        to=[address],
        # RFC 3834: whoever is away answers no machine.
        headers={"Auto-Submitted": "auto-generated"},
    )
    page = {
        "subject": title,
        "paragraphs": list(paragraphs(text)),
        "why": reason,
        "portal_url": settings.PORTAL_BASE_URL,
    }
    mail.attach_alternative(render_to_string(LAYOUT, page), "text/html")
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        raise MailNotSent from error


def portal_address(path: str) -> str:
    """A path of the portal as a mail has it: whole, and of the portal's own name."""
    return f"{settings.PORTAL_BASE_URL}{path}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a paragraph. `is_link`: nothing but an address of this portal."""

    text: str
    is_link: bool


def paragraphs(text: str) -> Iterator[list[Line]]:
    for part in _BLANK_LINES.split(text.strip()):
        yield [Line(line.strip(), _is_ours(line.strip())) for line in part.splitlines()]


def _is_ours(line: str) -> bool:
    return line.startswith(f"{settings.PORTAL_BASE_URL}/") and " " not in line


def _without_gaps(text: str) -> str:
    """One blank line between paragraphs, whatever the template's tags have left between them."""
    return "\n\n".join(part.strip("\n") for part in _BLANK_LINES.split(text.strip()))


def spoken_of(value: Any) -> Any:
    """A value as a mail's template may print it: one line, with all that it leads to."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, str | Promise):
        return one_line(str(value))
    if isinstance(value, Mapping):
        return {key: spoken_of(each) for key, each in value.items()}
    if isinstance(value, Iterable):
        return [spoken_of(each) for each in value]
    return _Asked(value) if callable(value) else _Spoken(value)


class _Spoken:
    """Something in a mail: what its template takes from it is one line."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        return spoken_of(getattr(self._value, name))

    def __str__(self) -> str:
        return one_line(str(self._value))


class _Asked(_Spoken):
    """A method: what it answers is one line."""

    def __call__(self) -> Any:
        return spoken_of(self._value())
