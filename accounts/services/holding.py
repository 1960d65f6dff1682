"""The lock that changes of one organization queue up at."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Organization


def hold_organization(organization_id: UUID) -> Organization:
    """Its row as it is now. Nobody else who holds it goes on until this transaction ends.

    Whoever locks more, locks in this order: person, organization, what belongs to it. Without the
    key, so that rows which only name the organization are added meanwhile.
    """
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
