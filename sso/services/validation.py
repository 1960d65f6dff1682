"""What no connection becomes, by whatever way it is changed."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from accounts.names import is_one_line
from sso.errors import InvalidOption, MetadataUnreachable
from sso.metadata_addresses import target_of
from sso.models import SamlConnection


def validate(row: SamlConnection, changed: Collection[str]) -> None:
    """Refuse what fields and check constraints refuse, and what they can't see. Unique names are
    left to the database.

    A name or an address that was there so far stays, whatever is allowed today: of these only what
    is among the fields that `changed` is looked at. Raises `InvalidOption`.
    """
    _validate_fields(row)
    if "name" in changed and not is_one_line(row.name):
        raise InvalidOption("name", _("A name is one line."))
    if row.pool is not None and row.pool.organization_id != row.organization_id:
        raise InvalidOption("pool", "not a pool of this organization")
    # Printable: a zero byte is text to JSON and none to PostgreSQL.
    if not isinstance(row.attribute_map, dict) or not all(
        isinstance(value, str) and f"{name}{value}".isprintable()
        for name, value in row.attribute_map.items()
    ):
        raise InvalidOption("attribute_map", "names of fields and of their attributes")
    if "idp_metadata_url" in changed and row.idp_metadata_url:
        _refuse_unreadable(row.idp_metadata_url)


def _validate_fields(row: SamlConnection) -> None:
    try:
        row.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidOption(field, messages[0]) from error
    for constraint in SamlConnection._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            try:
                constraint.validate(SamlConnection, row)
            except ValidationError as error:
                raise InvalidOption("__all__", error.messages[0]) from error


def _refuse_unreadable(address: str) -> None:
    """An address of metadata that no worker would read."""
    try:
        target_of(address)
    except MetadataUnreachable as error:
        raise InvalidOption("idp_metadata_url", str(error)) from error
