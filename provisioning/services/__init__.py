"""Every write about directories that means something. What they write themselves of people and
groups, and what follows from that, is in `people`, `groups` and `records`."""

from provisioning.services.brake import (
    Removal,
    Undone,
    allow_removal,
    pause_directory,
    removed_lately,
    resume_directory,
    undo_removals,
)
from provisioning.services.configuration import CONFIGURATION_FIELDS, configure_directory
from provisioning.services.tokens import (
    DEFAULT_DAYS,
    MAX_DAYS,
    OVERLAP,
    NewToken,
    create_token,
    revoke_token,
    rotate_token,
)

__all__ = [
    "CONFIGURATION_FIELDS",
    "DEFAULT_DAYS",
    "MAX_DAYS",
    "OVERLAP",
    "NewToken",
    "Removal",
    "Undone",
    "allow_removal",
    "configure_directory",
    "create_token",
    "pause_directory",
    "removed_lately",
    "resume_directory",
    "revoke_token",
    "rotate_token",
    "undo_removals",
]
