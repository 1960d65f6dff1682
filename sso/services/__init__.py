"""Every write about connections and identities that means something."""

from sso.content import OPTION_FIELDS
from sso.services.connections import (
    activate_connection,
    change_connection,
    create_connection,
    deactivate_connection,
    delete_draft,
)
from sso.services.identities import confirm_identity, dismiss_identity, forget_identities
from sso.services.invitations import invite_to_set_up
from sso.services.keys import (
    make_next_key,
    note_standby_opened,
    retire_key,
    sign_with_key,
)
from sso.services.offering import change_or_stage, trust_or_stage
from sso.services.refresh import (
    ask_by_signature,
    ask_for_refresh,
    note_refresh_failed,
    queue_due_refreshes,
    take_metadata,
)
from sso.services.requirement import require_sso, stop_requiring_sso
from sso.services.staging import (
    apply_staged_change,
    dismiss_staged_change,
    stage_change,
    stage_key,
    stage_roll_back,
)
from sso.services.testing import BegunTest, begin_test
from sso.services.trust import import_metadata, trust_provider

__all__ = [
    "OPTION_FIELDS",
    "BegunTest",
    "activate_connection",
    "apply_staged_change",
    "ask_by_signature",
    "ask_for_refresh",
    "begin_test",
    "change_connection",
    "change_or_stage",
    "confirm_identity",
    "create_connection",
    "deactivate_connection",
    "delete_draft",
    "dismiss_identity",
    "dismiss_staged_change",
    "forget_identities",
    "import_metadata",
    "invite_to_set_up",
    "make_next_key",
    "note_refresh_failed",
    "note_standby_opened",
    "queue_due_refreshes",
    "require_sso",
    "retire_key",
    "sign_with_key",
    "stage_change",
    "stage_key",
    "stage_roll_back",
    "stop_requiring_sso",
    "take_metadata",
    "trust_or_stage",
    "trust_provider",
]
