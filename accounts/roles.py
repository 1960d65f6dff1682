"""What a role may do. Decisions only: values in, value out."""

from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    LEARNER = "learner", _("Learner")
    CURATOR = "curator", _("Curator")
    SUB_ADMIN = "sub_admin", _("Sub-admin")
    FULL_ADMIN = "full_admin", _("Full admin")
    # Platform staff: people with no organization. No identity provider can sign them in.
    STAFF = "staff", _("Platform staff")


ORGANIZATION_ROLES = (Role.LEARNER, Role.CURATOR, Role.SUB_ADMIN, Role.FULL_ADMIN)


class Ability(models.TextChoices):
    """What a sub-admin can be chosen for. A full admin has them all."""

    PEOPLE = "people", _("People and groups")
    LICENSES = "licenses", _("Licenses")
    SSO = "sso", _("Single sign-on")
    DIRECTORY = "directory", _("Directory sync")
    POLICIES = "policies", _("Policies")
    ACTIVITY = "activity", _("Activity")


def may_enter_console(role: str) -> bool:
    return role in {Role.SUB_ADMIN, Role.FULL_ADMIN, Role.STAFF}


def has_every_ability(role: str) -> bool:
    """Full admins and platform staff. What no ability opens, such as who gets in at all, is
    theirs."""
    return role in {Role.FULL_ADMIN, Role.STAFF}


def is_able(role: str, abilities: Collection[str], ability: str) -> bool:
    """Whether somebody with this role and these chosen abilities may do `ability`."""
    return has_every_ability(role) or (role == Role.SUB_ADMIN and ability in abilities)


def may_grant(granter_role: str, role: str) -> bool:
    """Whether somebody of `granter_role` may give somebody `role`, or take it away."""
    match granter_role:
        case Role.STAFF | Role.FULL_ADMIN:
            return role in ORGANIZATION_ROLES
        case Role.SUB_ADMIN:
            return role in {Role.LEARNER, Role.CURATOR}
        case _:
            return False
