"""Organizations, their people and their groups."""

from accounts.models.factors import (
    LONGEST_PASSKEY_NAME,
    Authenticator,
    Passkey,
    PersonalCode,
)
from accounts.models.groups import DirectoryGroup, DirectoryGroupMembership, DirectoryGroupQuerySet
from accounts.models.invitations import ActivationLink, Invitation, InvitationQuerySet
from accounts.models.organizations import (
    MAX_GRACE_DAYS,
    MAX_SESSION_HOURS,
    BindingPolicy,
    DnsOutcome,
    Domain,
    DomainQuerySet,
    Organization,
    OwnedQuerySet,
    validate_time_zone,
)
from accounts.models.people import HAS_PASSWORD, User, UserManager, UserQuerySet
from accounts.models.policy_changes import PolicyChange, PolicyChangeQuerySet
from accounts.models.recovery import RecoveryCode
from accounts.models.sessions import Session
from accounts.models.setup_links import SetupLink

__all__ = [
    "HAS_PASSWORD",
    "LONGEST_PASSKEY_NAME",
    "MAX_GRACE_DAYS",
    "MAX_SESSION_HOURS",
    "ActivationLink",
    "Authenticator",
    "BindingPolicy",
    "DirectoryGroup",
    "DirectoryGroupMembership",
    "DirectoryGroupQuerySet",
    "DnsOutcome",
    "Domain",
    "DomainQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Organization",
    "OwnedQuerySet",
    "Passkey",
    "PersonalCode",
    "PolicyChange",
    "PolicyChangeQuerySet",
    "RecoveryCode",
    "Session",
    "SetupLink",
    "User",
    "UserManager",
    "UserQuerySet",
    "validate_time_zone",
]
