"""How much going through values one message may ask for."""

from __future__ import annotations

from provisioning.errors import PayloadTooLarge

# Characters of filters times values they are held against. A thousandth of it is a busy message;
# all of it, with the longest filters on the largest group, takes seconds.
MAX_EFFORT = 10_000_000
# Characters of all paths in a message, with the filters in them: ten thousand members one by one.
MAX_PATHS = 600_000
# Where a message lists what is to go, each listed value costs as much as a filter of this length.
CHARACTERS_OF_A_VALUE = 5
# And each value that an operation goes through, whatever it does with it, as much as one of this.
CHARACTERS_OF_A_STEP = 50


class Effort:
    """What the operations of one message have cost so far."""

    def __init__(self) -> None:
        self._spent = 0

    def spend(self, length: int, values: int) -> None:
        """Before so many values are gone through, at this cost each: of a filter, its length.

        Raises `PayloadTooLarge`.
        """
        self._spent += length * values
        if self._spent > MAX_EFFORT:
            raise PayloadTooLarge(
                "The operations of this PATCH go through too many values, or by filters that are "
                "too long, together."
            )
