"""How much choosing one message may ask for."""

from __future__ import annotations

from provisioning.errors import PayloadTooLarge

# Characters of filters times values they are held against. A thousandth of it is a busy message;
# all of it, with the longest filters on the largest group, takes seconds.
MAX_EFFORT = 10_000_000
# Characters of all paths in a message, with the filters in them: ten thousand members one by one.
MAX_PATHS = 600_000
# Where a message lists what is to go, each listed value costs as much as a filter of this length.
CHARACTERS_OF_A_VALUE = 5


class Effort:
    """What the filters of one message have cost so far."""

    def __init__(self) -> None:
        self._spent = 0

    def spend(self, length: int, values: int) -> None:
        """Before a filter of this length is held against so many. Raises `PayloadTooLarge`."""
        self._spent += length * values
        if self._spent > MAX_EFFORT:
            raise PayloadTooLarge("The filters in this PATCH are too many, or too long, together.")
