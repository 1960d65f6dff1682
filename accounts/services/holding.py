"""The locks that changes of one organization, or of one person, queue up at."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Organization, User


def hold_organization(organization_id: UUID) -> Organization:
    """Its row as it is now. Nobody else who holds it goes on until this transaction ends.

    Whoever locks more, locks in this order: person, organization, what belongs to it. Without the
    key, so that rows which only name the organization are added meanwhile.
    """
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def hold_person(user: User) -> User:
    """The account as it is now, and nobody else may change it until this transaction ends."""
    return (
        User.objects.get_queryset()
        .select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .get(pk=user.pk)
    )
