"""Which of an organization's doors its people are led to."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.doors import Door, doors_of
from accounts.errors import DoorUnknown
from accounts.models import Domain, Organization
from accounts.services.holding import hold_organization
from audit.actions import Action
from audit.actors import Actor
from audit.services import record


@transaction.atomic
def choose_default_door(*, organization: Organization, door: UUID | None, actor: Actor) -> bool:
    """Offer this door first, or with None the first by name; whether that is new.

    Raises `DoorUnknown` for one that is not open to the organization's people.
    """
    row = hold_organization(organization.pk)
    if row.default_door == door:
        return False
    names = _door_names(row, wanted=door)
    before, row.default_door = row.default_door, door
    row.save(update_fields=["default_door"])
    organization.default_door = door
    record(
        Action.DEFAULT_DOOR_CHOSEN,
        organization=row,
        actor=actor,
        target=row,
        changes={"default_door": [names.get(before, ""), names.get(door, "")]},
    )
    return True


@transaction.atomic
def route_domain(*, domain: Domain, door: UUID | None, actor: Actor) -> bool:
    """Lead this domain's addresses to a door, or with None to the default one; whether it is new.

    Counts once the domain is proved. Raises `DoorUnknown`, as `choose_default_door`.
    """
    rows = Domain.objects.select_for_update(of=("self",)).select_related("organization")
    row = rows.filter(pk=domain.pk).first()
    if row is None or row.leads_to == door:
        return False
    names = _door_names(row.organization, wanted=door)
    before, row.leads_to = row.leads_to, door
    row.save(update_fields=["leads_to"])
    domain.leads_to = door
    record(
        Action.DOMAIN_ROUTED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"leads_to": [names.get(before, ""), names.get(door, "")]},
    )
    return True


def _door_names(organization: Organization, *, wanted: UUID | None) -> dict[UUID | None, str]:
    """What the organization's doors are called, for the record. Raises `DoorUnknown` where the one
    that is wanted is none of them."""
    doors: list[Door] = doors_of(organization)
    names: dict[UUID | None, str] = {
        each.connection_id: each.name for each in doors if each.connection_id
    }
    if wanted is not None and wanted not in names:
        raise DoorUnknown
    return names
