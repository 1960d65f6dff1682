"""Every write about connections and identities that means something."""

from sso.services.connections import (
    OPTION_FIELDS,
    activate_connection,
    change_connection,
    create_connection,
    deactivate_connection,
)
from sso.services.identities import confirm_identity, dismiss_identity, forget_identities
from sso.services.trust import import_metadata

__all__ = [
    "OPTION_FIELDS",
    "activate_connection",
    "change_connection",
    "confirm_identity",
    "create_connection",
    "deactivate_connection",
    "dismiss_identity",
    "forget_identities",
    "import_metadata",
]
