"""Whom a call wants to add, so that the log knows the same wish again."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from accounts.names import name_key

# By what a directory calls somebody, the surest first: its own id outlives a change of the name.
_NAMED_BY = ("externalid", "username", "displayname")
_BYTES = 12
# Longer names are refused, whatever they end with.
_LETTERS = 1000


def newcomer_of(body: Any) -> str:
    """A digest of what the body of a creation calls whom it adds, "" where it calls them nothing.

    The body is the directory's own words, not looked at yet: a refusal is told apart as well.
    """
    if not isinstance(body, dict):
        return ""
    said = {name.lower(): value for name, value in body.items()}
    for name in _NAMED_BY:
        value = said.get(name)
        if isinstance(value, str) and value.strip():
            words = f"{name} {name_key(value.strip()[:_LETTERS])}"
            return blake2b(words.encode(errors="replace"), digest_size=_BYTES).hexdigest()
    return ""
