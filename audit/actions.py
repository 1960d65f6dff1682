"""Every kind of thing that is kept: `area.subject.verb`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Action(models.TextChoices):
    """What happened. `docs/reference/audit-actions.md` lists each with its meaning."""

    ORGANIZATION_CREATED = "accounts.organization.created", _("Organization created")
    ORGANIZATION_CHANGED = "accounts.organization.changed", _("Organization changed")
    POLICIES_CHANGED = "accounts.policies.changed", _("Policies changed")
    DOMAIN_ADDED = "accounts.domain.added", _("Domain added")
    DOMAIN_VERIFIED = "accounts.domain.verified", _("Domain verified")
    USER_CREATED = "accounts.user.created", _("Person added")
    USER_CHANGED = "accounts.user.changed", _("Person changed")
    USER_ROLE_CHANGED = "accounts.user.role_changed", _("Role changed")
    USER_DEACTIVATED = "accounts.user.deactivated", _("Person deactivated")
    USER_REACTIVATED = "accounts.user.reactivated", _("Person reactivated")
    PASSWORD_CHANGED = "accounts.password.changed", _("Password changed")
    SIGNED_IN = "accounts.session.started", _("Signed in")
    SIGN_IN_FAILED = "accounts.session.refused", _("Sign-in refused")
    SIGNED_OUT = "accounts.session.ended", _("Signed out")
    SESSIONS_REVOKED = "accounts.session.revoked", _("Sessions ended")
    GROUP_CREATED = "accounts.group.created", _("Group created")
    GROUP_CHANGED = "accounts.group.changed", _("Group changed")
    GROUP_MEMBERS_CHANGED = "accounts.group.members_changed", _("Group members changed")
    GROUP_DELETED = "accounts.group.deleted", _("Group deleted")
    CONNECTION_CREATED = "sso.connection.created", _("Connection created")
    CONNECTION_CHANGED = "sso.connection.changed", _("Connection changed")
    CONNECTION_ACTIVATED = "sso.connection.activated", _("Connection activated")
    CONNECTION_DEACTIVATED = "sso.connection.deactivated", _("Connection deactivated")
    METADATA_IMPORTED = "sso.metadata.imported", _("Metadata imported")
    IDENTITY_LINKED = "sso.identity.linked", _("Identity linked")
    IDENTITY_DISMISSED = "sso.identity.dismissed", _("Identity dismissed")
    POOL_CREATED = "licenses.pool.created", _("License pool created")
    POOL_CHANGED = "licenses.pool.changed", _("License pool changed")
    LICENSE_ASSIGNED = "licenses.license.assigned", _("License assigned")
    LICENSE_REVOKED = "licenses.license.revoked", _("License revoked")
    LICENSE_EXPIRED = "licenses.license.expired", _("License expired")
    LICENSE_WAITING = "licenses.license.waiting", _("Waiting for a license")
    LICENSE_WAIT_ENDED = "licenses.license.wait_ended", _("No longer waiting for a license")
    LICENSE_ALLOWED_AGAIN = "licenses.license.allowed_again", _("License allowed again")
    PROFILE_BOUND = "profiles.binding.bound", _("Profile connected")
    PROFILE_UNBOUND = "profiles.binding.unbound", _("Profile disconnected")
    PROFILE_SUSPENDED = "profiles.binding.suspended", _("Profiles suspended")
    PROFILE_RESUMED = "profiles.binding.resumed", _("Profiles resumed")
    PROFILE_REFUSED = "profiles.binding.refused", _("Profile refused")
    OFFER_ANSWERED = "profiles.offer.answered", _("Profile offer answered")
