"""Every write about organizations, people and their sessions that means something."""

from accounts.services.access import (
    change_role,
    deactivate_user,
    end_sessions,
    reactivate_user,
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
    adopt_external_id,
    create_user,
    mark_joined,
    update_profile,
)

__all__ = [
    "POLICY_FIELDS",
    "PROFILE_FIELDS",
    "add_domain",
    "adopt_external_id",
    "change_role",
    "create_organization",
    "create_user",
    "deactivate_user",
    "end_sessions",
    "mark_domain_verified",
    "mark_joined",
    "reactivate_user",
    "remove_domain",
    "set_password",
    "set_policies",
    "update_profile",
]
