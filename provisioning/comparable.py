"""The form in which values are compared: filters, sorting, the search form and what counts as the
same value twice agree on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from accounts.names import name_key
from provisioning.schema import Attribute, Type

# xsd:dateTime, with any number of decimals (RFC 7643, section 2.3.5). Without an offset: UTC.
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?", re.IGNORECASE | re.ASCII
)


def text_key(attribute: Attribute, text: str) -> str:
    """What of a text counts: all of it, or no case where the attribute ignores case."""
    return text if attribute.case_exact else name_key(text)


def comparable_value(attribute: Attribute, value: Any) -> Any:
    """A value as documents have it, of an attribute that has no parts."""
    if attribute.type is Type.DATE_TIME:
        return moment_text(moment(value))
    return text_key(attribute, value) if isinstance(value, str) else value


def comparable_parts(attribute: Attribute, value: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a value of a complex attribute."""
    return {
        name: comparable_value(sub, part)
        for name, part in value.items()
        if (sub := attribute.sub(name)) is not None
    }


def moment(text: str) -> datetime:
    """A dateTime as a point in time, in UTC. Raises `ValueError`."""
    if not _MOMENT.fullmatch(text):
        raise ValueError(text)
    parsed = datetime.fromisoformat(text.upper())
    try:
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def moment_text(when: datetime) -> str:
    """A point in time such that texts sort as times do: `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def open_text(value: str | int | float) -> str:
    """The text of a value in an open schema, where 5 and 5.0 are one number and true is a word."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case _:
            return str(value)
