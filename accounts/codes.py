"""Recovery codes, of an organization and of a person: how they look and what was meant."""

from __future__ import annotations

import secrets

from accounts.base32 import ALPHABET, AS_MEANT

CODES = 10
# Sixteen letters are 80 bits: nobody guesses one, so what is stored needs neither salt nor many
# rounds of hashing.
_LETTERS, _GROUP = 16, 4


def new_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _number in range(_LETTERS))
    return "-".join(letters[start : start + _GROUP] for start in range(0, _LETTERS, _GROUP))


def letters_of(typed: str) -> str:
    """A code as it was made, however it was typed: in small letters, with spaces, O for 0."""
    return "".join(typed.upper().translate(AS_MEANT).split()).replace("-", "")
