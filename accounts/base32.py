"""Letters that people read out and type: Crockford's base 32, in which none is read as a digit."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# The letters that are missing, and what is meant by them.
AS_MEANT = str.maketrans("ILOU", "110V")
