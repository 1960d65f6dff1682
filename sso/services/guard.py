"""No change of a connection shuts an organization's administrators out.

Every change goes through `rows.store`, and `rows.store` asks here before it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import Organization, User
from accounts.services import has_other_way_in
from audit.actors import Actor
from sso.errors import ConnectionEnforced, LastWayIn, NoWayBackIn
from sso.models import SamlConnection, SamlIdentity
from sso.policies import keeps_the_way_in


def refuse_lock_out(row: SamlConnection, fields: Sequence[str], *, actor: Actor) -> None:
    """Raises `ConnectionEnforced`, `LastWayIn` or `NoWayBackIn` for a change that could do it.

    The caller holds the organization's row, so that nobody requires single sign-on meanwhile.
    Command lines are for those who have other ways in, except where single sign-on is required:
    that ends by an act of its own.
    """
    before = SamlConnection.objects.get(pk=row.pk)
    if not before.is_active:
        return
    if row.is_active and keeps_the_way_in(_changes(before, row, fields), is_person=actor.is_person):
        return
    organization = Organization.objects.get(pk=row.organization_id)
    if organization.requires_sso:
        if row.is_active:
            raise ConnectionEnforced(organization)
        if not _full_admins_use_another(row):
            raise LastWayIn(organization)
    elif actor.is_person and not (has_other_way_in(organization) or _full_admins_use_another(row)):
        raise NoWayBackIn


def _changes(
    before: SamlConnection, after: SamlConnection, fields: Sequence[str]
) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    for field in fields:
        if field == "idp_certificates":
            changes[field] = (frozenset(before.certificates), frozenset(after.certificates))
        elif field != "state":
            changes[field] = (getattr(before, field), getattr(after, field))
    return changes


def _full_admins_use_another(row: SamlConnection) -> bool:
    """Whether one of them has come in through another connection that is open."""
    admins = User.objects.in_organization(row.organization_id).full_admins()
    known = SamlIdentity.objects.filter(
        user__in=admins, connection__state=SamlConnection.State.ACTIVE
    )
    return known.exclude(connection=row).exists()
