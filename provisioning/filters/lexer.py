"""The words of a filter."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from provisioning.errors import InvalidFilter
from provisioning.paths import shown

MAX_LENGTH = 8192

_TOKEN = re.compile(
    r"""
      (?P<space> \s+ )
    | (?P<text> " (?: [^"\\] | \\. )* " )
    | (?P<mark> [()\[\]] )
    | (?P<word> [^\s()\[\]"]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(StrEnum):
    TEXT = "text"
    MARK = "mark"
    WORD = "word"


@dataclass(frozen=True)
class Token:
    kind: Kind
    # As written; of a text, what its escapes mean.
    value: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The words, texts, parentheses and brackets of a filter. Raises `InvalidFilter`."""
    if len(text) > MAX_LENGTH:
        raise InvalidFilter(f"A filter has at most {MAX_LENGTH} characters.")
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise InvalidFilter(f"The quotation mark at {shown(text[position:])} is not closed.")
        if match.lastgroup != "space":
            kind = Kind(str(match.lastgroup))
            value = _unescaped(match[0]) if kind is Kind.TEXT else match[0]
            found.append(Token(kind, value, match.start(), match.end()))
        position = match.end()
    return found


def _unescaped(literal: str) -> str:
    """The text of a JSON string (RFC 7644, section 3.4.2.2: compValue follows RFC 7159)."""
    try:
        text: str = json.loads(literal)
    except ValueError as error:
        raise InvalidFilter(f"{shown(literal)} is no JSON string.") from error
    # No database column holds either, so nothing could ever equal them.
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidFilter(f"{shown(literal)} has a character that no value can have.")
    return text
