"""One value: its type (RFC 7643, section 2.3) and how much of it there may be."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from provisioning.comparable import moment
from provisioning.errors import InvalidSyntax, InvalidValue
from provisioning.paths import shown
from provisioning.schema import Attribute, Type

Simple: TypeAlias = str | bool | int | float

# Characters. Certificates are the longest that anybody sends.
MAX_TEXT = 4_096
MAX_BINARY = 65_536
# Further attributes of an open schema, and values of each of them.
MAX_OPEN_ATTRIBUTES = 50
MAX_OPEN_VALUES = 50
# What PostgreSQL and every JSON reader still take for the same whole number.
_MAX_INTEGER = 2**63

_EXPECTED = {
    Type.STRING: "a string",
    Type.BOOLEAN: "a boolean, true or false",
    Type.DECIMAL: "a number",
    Type.INTEGER: "a whole number",
    Type.DATE_TIME: "a dateTime such as 2026-01-31T08:00:00Z",
    Type.BINARY: "binary data as a Base64 string",
    Type.REFERENCE: "a reference, which is a string",
}
# Line breaks and the alphabet for URLs are let through; nothing here decodes it.
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]\s*)+(?:=\s*){0,2}", re.ASCII)


def is_unassigned(value: Any) -> bool:
    """Null, an empty list and an empty object are no value (RFC 7643, section 2.5)."""
    return not value and (value is None or isinstance(value, list | dict))


def wrong_type(where: str, expected: str, value: Any) -> InvalidValue:
    return InvalidValue(f"{where} must be {expected}, not {_kind(value)}.")


def simple_value(attribute: Attribute, value: Any, where: str) -> Simple:
    """The value as it came, if it is of the attribute's type. Raises `InvalidValue`."""
    if not _IS_OF[attribute.type](value):
        raise wrong_type(where, _EXPECTED[attribute.type], value)
    check_text(value, where, MAX_BINARY if attribute.type is Type.BINARY else MAX_TEXT)
    result: Simple = value
    return result


def open_value(value: Any, where: str) -> Simple | list[Simple]:
    """The value of an attribute that the organization invented. Raises `InvalidValue`."""
    if not isinstance(value, list):
        return _open_scalar(value, where)
    if len(value) > MAX_OPEN_VALUES:
        raise InvalidValue(f"{where} has more than {MAX_OPEN_VALUES} values.")
    return [_open_scalar(each, where) for each in value if each is not None]


def _open_scalar(value: Any, where: str) -> Simple:
    check_text(value, where)
    if not (isinstance(value, str | bool) or is_number(value)):
        raise wrong_type(where, "a string, a number, a boolean or a list of these", value)
    result: Simple = value
    return result


def is_number(value: Any) -> bool:
    """Whether it is a number that can be kept; a boolean is none, whatever Python says."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return -_MAX_INTEGER <= value < _MAX_INTEGER
    return isinstance(value, float) and math.isfinite(value)


def check_text(value: Any, where: str, limit: int = MAX_TEXT) -> None:
    """Refuse text that is too long, or that no column can hold; other types are none of ours."""
    if not isinstance(value, str):
        return
    if len(value) > limit:
        raise InvalidValue(f"{where} is longer than {limit} characters.")
    if not is_storable(value):
        raise InvalidValue(f"{where} has a character that can't be kept.")


def is_storable(text: str) -> bool:
    """PostgreSQL's text has no NUL; half a surrogate pair is no character."""
    if "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def check_ignored(name: str, value: Any) -> None:
    """What is not kept may be anything, apart from text that no reader should have to handle."""
    remaining: list[Any] = [name, value]
    while remaining:
        item = remaining.pop()
        if isinstance(item, str):
            if not is_storable(item):
                raise InvalidValue(f"{shown(name)} has a character that can't be kept.")
        elif isinstance(item, list):
            remaining += item
        elif isinstance(item, dict):
            remaining += item
            remaining += item.values()


def check_names(names: Collection[str], where: str) -> None:
    """The same name twice, in whatever case, leaves open which one counts (RFC 7643, 2.1)."""
    counted = Counter(name.lower() for name in names)
    if len(counted) < len(names):
        twice = next(name for name in names if counted[name.lower()] > 1)
        raise InvalidSyntax(f"{shown(twice)} stands twice in {where}.")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(moment(value))
    except ValueError:
        return False


_IS_OF: dict[Type, Callable[[Any], bool]] = {
    Type.STRING: _is_text,
    Type.REFERENCE: _is_text,
    Type.BOOLEAN: lambda value: isinstance(value, bool),
    Type.DECIMAL: is_number,
    Type.INTEGER: lambda value: isinstance(value, int) and is_number(value),
    Type.DATE_TIME: _is_moment,
    Type.BINARY: lambda value: isinstance(value, str) and bool(_BASE64.fullmatch(value)),
}


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a string" if value else "an empty string"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"
