"""`sortBy` and `sortOrder`: RFC 7644, section 3.4.2.3.

Texts sort by code points, without case where the attribute ignores it; times by time; several
values by the primary one, else the first. Who has no value comes last, or first when descending.
Whatever is equal is ordered by id, which is the order in which resources were added, so that pages
neither repeat nor omit anybody. Without `sortBy` that is the whole order.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from django.db.models import F, Q, TextField, Value
from django.db.models.expressions import OrderBy
from django.db.models.lookups import Exact, GreaterThan, IsNull, LessThan

from provisioning.errors import InvalidPath, InvalidValue
from provisioning.filters.conditions import Column
from provisioning.filters.places import resource
from provisioning.paths import UnknownPath, parse_path, shown
from provisioning.schema import ResourceType
from provisioning.schema.tables import ID

# What a resource is sorted by, as the database has it; None where it has no value.
Key: TypeAlias = str | int | datetime | None


@dataclass(frozen=True)
class Ordering:
    """An order of people or of groups, and of everything that comes after one of them."""

    # None: by id alone.
    key: Column | None = None
    descending: bool = False

    def expressions(self) -> list[OrderBy]:
        return self.by(self.key, F("id"))

    def by(self, key: Column | None, id: F) -> list[OrderBy]:
        """The same order of rows that have key and id in these columns."""
        by_id = OrderBy(id, descending=self.descending)
        if key is None:
            return [by_id]
        missing = {"nulls_first": True} if self.descending else {"nulls_last": True}
        return [OrderBy(key, descending=self.descending, **missing), by_id]

    def reversed(self) -> Ordering:
        return Ordering(self.key, not self.descending)

    def beyond(self, key: Key, id: uuid.UUID) -> Q:
        """What comes after the resource with this key and id."""
        relation = LessThan if self.descending else GreaterThan
        later = Q(relation(F("id"), id))
        if self.key is None:
            return later
        missing = Q(IsNull(self.key, True))
        if key is None:
            return (missing & later) | ~missing if self.descending else missing & later
        after = Q(relation(self.key, key)) | (Q(Exact(self.key, key)) & later)
        return after if self.descending else after | missing


def ordering(
    sort_by: str | None,
    sort_order: str | None,
    resource_type: ResourceType,
    *,
    beside: Iterable[ResourceType] = (),
) -> Ordering:
    """The order that a query asks for.

    Where other types are searched `beside` this one, it may be sorted by an attribute that only
    they have, of which nobody of this type has a value.

    Raises `InvalidPath` if `sort_by` names nothing that can be sorted by, which the RFC leaves
    open, and `InvalidValue` if `sort_order` is neither `ascending` nor `descending`.
    """
    order = (sort_order or "ascending").lower()
    if order not in {"ascending", "descending"}:
        raise InvalidValue(f"sortOrder is ascending or descending, not {shown(order)}.")
    if not sort_by:
        return Ordering()
    descending = order == "descending"
    try:
        return Ordering(_key(sort_by, resource_type), descending)
    except InvalidPath:
        for other in beside:
            with suppress(InvalidPath):
                _key(sort_by, other)
                return Ordering(Value(None, output_field=TextField()), descending)
        raise


def _key(sort_by: str, resource_type: ResourceType) -> Column | None:
    try:
        path = parse_path(sort_by, resource_type).compared
    except UnknownPath as error:
        raise InvalidPath(f"sortBy: {error}") from error
    if path is None:
        raise InvalidPath(f"sortBy: {shown(sort_by)} has parts: name the one to sort by.")
    if path.attribute is ID:
        return None
    where = resource(resource_type)
    several = where.several(path)
    return several.sort_key(path) if several else where.place(path).sort_key()
