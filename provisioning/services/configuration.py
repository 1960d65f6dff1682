"""How an organization's directory is treated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import InvalidValue
from accounts.models import Organization
from accounts.services import set_changed
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from provisioning.errors import ProvisioningError
from provisioning.models import ScimConfiguration
from provisioning.services.brake import allowance

CONFIGURATION_FIELDS = (
    "auto_assign",
    "pool",
    "adopts_people",
    "brake_is_on",
    "brake_percent",
    "brake_minimum",
)


@transaction.atomic
def configure_directory(
    *, organization: Organization, changes: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Write some of `CONFIGURATION_FIELDS`; answers what changed, as `{field: [before, after]}`.

    Raises `InvalidValue`, and `ProvisioningError` for a pool of another organization.
    """
    ScimConfiguration.objects.get_or_create(organization=organization)
    row = ScimConfiguration.objects.select_for_update(no_key=True).get(organization=organization)
    changed = set_changed(
        row, changes, among=CONFIGURATION_FIELDS, otherwise="not a setting of the directory"
    )
    if not changed:
        return changed
    if row.pool is not None and row.pool.organization_id != organization.pk:
        raise ProvisioningError(_("This license pool is not one of the organization."))
    try:
        row.clean_fields(exclude={"organization", "pool"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidValue(field, messages[0]) from error
    written = [*changed]
    if not {"brake_percent", "brake_minimum"}.isdisjoint(changed):
        # What was removed in this hour stays counted, against what is allowed from now on.
        row.window_allowed = allowance(row)
        written.append("window_allowed")
    row.save(update_fields=written)
    record(
        Action.DIRECTORY_CHANGED,
        organization=organization,
        actor=actor,
        target=row,
        changes={
            field: [str(each) if field == "pool" and each else each for each in values]
            for field, values in changed.items()
        },
    )
    return changed
