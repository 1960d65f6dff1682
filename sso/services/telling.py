"""Changes of whom a connection trusts that full admins are told of: a person's, never the portal's.

What the portal accepts by itself overlaps with what was trusted; see docs/decisions/0010.
"""

from __future__ import annotations

from typing import Any

from audit.actions import Action
from audit.actors import Actor
from sso.content import WATCHED_FIELDS, Content, content_of
from sso.differences import certificate_difference
from sso.models import ConnectionVersion, SamlConnection, TrustNotice


def have_told(before: SamlConnection, version: ConnectionVersion, *, actor: Actor) -> None:
    """Have full admins told by mail what `version` changed about whom we trust, if it did.

    `before`: the connection as it was. Where it was off, what counts is how it was when people last
    signed in through it, so that nobody is kept in the dark by switching it off for the change.
    Where nobody ever has, opening it is the change, with nothing before it.
    """
    from sso.jobs import tell_trust_changes  # the job reads what is written here

    if not actor.is_person:
        return
    was = _last_in_use(before)
    changed = _watched(was, version.content) if was is not None else {}
    if was is not None and not changed:
        return
    TrustNotice.objects.create(
        version=version, organization_id=version.organization_id, before=changed
    )
    tell_trust_changes.enqueue()


def _last_in_use(before: SamlConnection) -> Content | None:
    """None for a connection through which nobody has signed in yet."""
    if before.is_active:
        return content_of(before)
    closed = ConnectionVersion.objects.filter(
        connection=before, action=Action.CONNECTION_DEACTIVATED
    ).first()
    return closed.content if closed is not None else None


def _watched(was: Content, becomes: Content) -> dict[str, Any]:
    """Of `was`, the watched fields that become something else."""
    changed = {
        field: was[field]
        for field in WATCHED_FIELDS
        if field in was and was[field] != becomes[field]
    }
    if "idp_certificates" in changed and certificate_difference(was, becomes).is_empty:
        del changed["idp_certificates"]  # another order
    return changed
