"""Addresses as people paste them: from a mail's header, a column of a table, one a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from accounts.emails import usable
from accounts.names import one_line

_IN_BRACKETS = re.compile(r"^(?P<name>[^<>]*)<(?P<address>[^<>]+)>$")
_BETWEEN = re.compile(r"[,\t]")


@dataclass(frozen=True, slots=True)
class Pasted:
    """One piece of what was pasted: `text`. `email` is empty where it is no address."""

    text: str
    email: str
    first_name: str = ""
    last_name: str = ""

    @property
    def line(self) -> str:
        """As it can be pasted again."""
        names = [self.first_name, self.last_name] if self.first_name or self.last_name else []
        return ", ".join([self.email, *names])


def people_in(text: str) -> Iterator[Pasted]:
    """One for each piece that is not blank, in order.

    A piece ends with its line or a semicolon. It is `Mara Lind <mara@acme.example>`, an address
    with first and last name beside it, as columns of a table are, or several addresses with commas
    or blanks between them.
    """
    for piece in re.split(r"[;\n\r]", text):
        if one_line(piece).strip(", "):
            yield from _read(piece.strip())


def _read(piece: str) -> Iterator[Pasted]:
    found = _IN_BRACKETS.match(piece)
    if found is not None:
        first, _blank, last = found["name"].strip().strip('"').partition(" ")
        yield _pasted(piece, found["address"], first, last)
        return
    separated = _BETWEEN.split(piece)
    parts = separated if len(separated) > 1 else piece.split()
    parts = [part.strip(' "') for part in parts if part.strip(' "')]
    addresses = [part for part in parts if "@" in part]
    names = [part for part in parts if "@" not in part]
    if not names:
        for address in addresses:
            yield _pasted(address, address)
        return
    # More than two names, or several addresses among them, could be anything.
    is_one = len(addresses) == 1 and len(names) <= 2
    first, last = [*names, ""][:2]
    yield _pasted(piece, addresses[0] if is_one else "", first, last)


def _pasted(text: str, address: str, first: str = "", last: str = "") -> Pasted:
    return Pasted(
        one_line(text)[:300], usable(address), one_line(first)[:255], one_line(last)[:255]
    )
