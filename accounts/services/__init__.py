"""Every write about organizations, people, groups and sessions that means something."""

from accounts.services.access import (
    change_role,
    close_account,
    deactivate_user,
    end_everybodys_sessions,
    end_sessions,
    reactivate_user,
    reopen_account,
    restore_user,
    set_password,
    shorten_sessions,
)
from accounts.services.changes import set_changed
from accounts.services.domains import (
    add_domain,
    ask_dns,
    mark_domain_verified,
    note_dns_answer,
    remove_domain,
)
from accounts.services.groups import change_members, create_group, find_people, rename_group
from accounts.services.holding import hold_organization, hold_person
from accounts.services.invitations import (
    accept_invitation,
    invitation_by_id,
    invitation_of,
    invite,
    invite_newcomer,
    note_opened,
    refuse_closed_invitation,
    renew_secret,
    why_invitation_closed,
)
from accounts.services.members import create_member_account
from accounts.services.organizations import (
    DETAIL_FIELDS,
    POLICY_FIELDS,
    create_organization,
    set_policies,
    update_organization,
)
from accounts.services.people import (
    PROFILE_FIELDS,
    add_user,
    adopt_external_id,
    change_user,
    create_user,
    keep_last_sign_in,
    mark_joined,
    update_profile,
)
from accounts.services.preferences import choose_theme
from accounts.services.recovery import make_recovery_codes, use_recovery_code
from accounts.services.requirement import close_other_doors, open_other_doors
from accounts.services.resets import note_reset_sent, reset_password
from accounts.services.revoking import revoke_invitation
from accounts.services.routing import choose_default_door, route_domain
from accounts.services.setup_links import (
    NewSetupLink,
    make_setup_link,
    may_make_setup_links,
    open_setup_link,
    refuse_unopenable,
    revoke_setup_link,
    setup_link_of,
    why_closed,
)
from accounts.services.ways import has_other_way_in

__all__ = [
    "DETAIL_FIELDS",
    "POLICY_FIELDS",
    "PROFILE_FIELDS",
    "NewSetupLink",
    "accept_invitation",
    "add_domain",
    "add_user",
    "adopt_external_id",
    "ask_dns",
    "change_members",
    "change_role",
    "change_user",
    "choose_default_door",
    "choose_theme",
    "close_account",
    "close_other_doors",
    "create_group",
    "create_member_account",
    "create_organization",
    "create_user",
    "deactivate_user",
    "end_everybodys_sessions",
    "end_sessions",
    "find_people",
    "has_other_way_in",
    "hold_organization",
    "hold_person",
    "invitation_by_id",
    "invitation_of",
    "invite",
    "invite_newcomer",
    "keep_last_sign_in",
    "make_recovery_codes",
    "make_setup_link",
    "mark_domain_verified",
    "mark_joined",
    "may_make_setup_links",
    "note_dns_answer",
    "note_opened",
    "note_reset_sent",
    "open_other_doors",
    "open_setup_link",
    "reactivate_user",
    "refuse_closed_invitation",
    "refuse_unopenable",
    "remove_domain",
    "rename_group",
    "renew_secret",
    "reopen_account",
    "reset_password",
    "restore_user",
    "revoke_invitation",
    "revoke_setup_link",
    "route_domain",
    "set_changed",
    "set_password",
    "set_policies",
    "setup_link_of",
    "shorten_sessions",
    "update_organization",
    "update_profile",
    "use_recovery_code",
    "why_closed",
    "why_invitation_closed",
]
