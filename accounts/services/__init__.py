"""Every write about organizations, people and their sessions that means something."""

from accounts.services.access import (
    change_role,
    close_account,
    deactivate_user,
    end_sessions,
    reactivate_user,
    reopen_account,
    restore_user,
    set_password,
)
from accounts.services.organizations import (
    POLICY_FIELDS,
    add_domain,
    create_organization,
    mark_domain_verified,
    remove_domain,
    set_policies,
)
from accounts.services.people import (
    PROFILE_FIELDS,
    add_user,
    adopt_external_id,
    change_user,
    create_user,
    mark_joined,
    update_profile,
)

__all__ = [
    "POLICY_FIELDS",
    "PROFILE_FIELDS",
    "add_domain",
    "add_user",
    "adopt_external_id",
    "change_role",
    "change_user",
    "close_account",
    "create_organization",
    "create_user",
    "deactivate_user",
    "end_sessions",
    "mark_domain_verified",
    "mark_joined",
    "reactivate_user",
    "remove_domain",
    "reopen_account",
    "restore_user",
    "set_password",
    "set_policies",
    "update_profile",
]
