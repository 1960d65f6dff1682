"""The locks that changes of one organization, or of one person, queue up at."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Organization, User
from database.compiled import Blank, CompiledQuery

_ORGANIZATION = CompiledQuery(
    lambda: Organization.objects.select_for_update(no_key=True).filter(pk=Blank("id"))
)


def hold_organization(organization_id: UUID) -> Organization:
    """Its row as it is now. Nobody else who holds it goes on until this transaction ends.

    Whoever locks more, locks in this order: person, organization, what belongs to it. Without the
    key, so that rows which only name the organization are added meanwhile. On SQLite the
    transaction itself is the lock.
    """
    organization = _ORGANIZATION.first(id=organization_id)
    if organization is None:
        raise Organization.DoesNotExist
    return organization


def hold_person(user: User) -> User:
    """The account as it is now, and nobody else may change it until this transaction ends."""
    return (
        User.objects.get_queryset()
        .select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .get(pk=user.pk)
    )
