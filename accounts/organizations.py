"""What platform staff change about a customer. Policies are `accounts.services.set_policies`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.errors import InvalidValue
from accounts.models import Organization
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

# The short name stands in addresses that identity providers hold: it never changes.
DETAIL_FIELDS = ("name", "time_zone", "contact_email", "status")


@transaction.atomic
def update_organization(
    *, organization: Organization, values: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Write some of `DETAIL_FIELDS`; answers what changed. Raises `InvalidValue`.

    Suspending signs nobody out by deleting rows: a suspended organization's accounts are not
    active, which every request asks.
    """
    row = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    changed: dict[str, list[Any]] = {}
    for field, value in values.items():
        if field not in DETAIL_FIELDS:
            raise InvalidValue(field, "not a detail of an organization")
        before = getattr(row, field)
        if before != value:
            setattr(row, field, value)
            changed[field] = [before, value]
    if not changed:
        return changed
    try:
        row.clean_fields()
    except ValidationError as error:
        name, messages = next(iter(error.message_dict.items()))
        raise InvalidValue(name, messages[0]) from error
    row.save(update_fields=[*changed])
    record(Action.ORGANIZATION_CHANGED, organization=row, actor=actor, target=row, changes=changed)
    return changed
