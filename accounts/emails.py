"""E-mail addresses: the form in which they are kept and compared."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MAX_LENGTH = 254


def kept_form(address: str) -> str:
    """Without blanks around it and in lower case, as every column and every comparison has it."""
    return address.strip().lower()


def usable(address: str) -> str:
    """An address that somebody else wrote, as it is kept; empty if mail can't reach it.

    Directories and identity providers hold addresses such as `ana@corp`, or longer ones than our
    column.
    """
    kept = kept_form(address)
    try:
        validate_email(kept)
    except ValidationError:
        return ""
    return kept if len(kept) <= MAX_LENGTH else ""


def domain_of(address: str) -> str:
    """What an organization can prove of an address, as it is kept."""
    return kept_form(address).rpartition("@")[2]


def masked(address: str) -> str:
    """As in `m•••@acme.example`: its owner knows it again, whoever it was forwarded to does not."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••{at}{domain}"
