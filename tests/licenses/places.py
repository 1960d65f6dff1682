"""Where people stand in line."""

from __future__ import annotations

from accounts.models import User
from licenses.standing import persons_license


def queue_place(user: User) -> int | None:
    """The place in line, counted from 1. None: this person doesn't wait."""
    return persons_license(user).place
