"""Queries and their pages: RFC 7644, sections 3.4.2 and 3.4.3, and RFC 9865 for cursors."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

from provisioning import cursors
from provisioning.cursors import Cursor, Scope
from provisioning.errors import InvalidCount, InvalidCursor, InvalidSyntax, InvalidValue
from provisioning.filters import compile_filter, parse_filter
from provisioning.limits import PAGE_DEFAULT, PAGE_MAX
from provisioning.ordering import Ordering, ordering
from provisioning.paths import shown
from provisioning.projection import attribute_names
from provisioning.schema import ResourceType

Row = TypeVar("Row", bound=Model)

# No list is longer, and the database's own numbers are.
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,15}\s*", re.ASCII)


@dataclass(frozen=True)
class Query:
    """The parameters of a query; empty or None where they were not given.

    `cursor` is empty for the first of pages by cursor, and None for pages by index.
    """

    filter: str | None = None
    sort_by: str | None = None
    sort_order: str | None = None
    start_index: int | None = None
    count: int | None = None
    cursor: str | None = None
    attributes: tuple[str, ...] = ()
    excluded_attributes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.attributes and self.excluded_attributes:
            raise InvalidValue("Either attributes or excludedAttributes, not both.")
        if self.cursor is not None and self.start_index is not None:
            raise InvalidCursor("Either cursor or startIndex: pages go by one of them.")

    @classmethod
    def from_parameters(cls, parameters: QueryDict) -> Query:
        """The query in a URL. Raises `InvalidValue` and `InvalidCursor`."""
        return cls._read({name: parameters.getlist(name)[-1] for name in parameters})

    @classmethod
    def from_body(cls, body: Any) -> Query:
        """The query in a SearchRequest. Raises `InvalidSyntax`, `InvalidValue`, `InvalidCursor`."""
        if not isinstance(body, dict):
            raise InvalidSyntax("A SearchRequest is a JSON object.")
        return cls._read(body)

    @classmethod
    def _read(cls, given: Mapping[str, Any]) -> Query:
        """Names in any case; null is as good as not given."""
        values = {name.lower(): value for name, value in given.items() if value is not None}
        return cls(
            filter=_text(values, "filter"),
            sort_by=_text(values, "sortBy"),
            sort_order=_text(values, "sortOrder"),
            start_index=_integer(values, "startIndex"),
            count=_integer(values, "count"),
            cursor=_text(values, "cursor"),
            attributes=_names(values, "attributes"),
            excluded_attributes=_names(values, "excludedAttributes"),
        )


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name.lower())
    if value is None or isinstance(value, str):
        return value
    raise InvalidValue(f"{name} must be a string.")


def _integer(values: Mapping[str, Any], name: str) -> int | None:
    value = values.get(name.lower())
    if value is None:
        return None
    # JSON has numbers, a URL has digits.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InvalidValue(f"{name} must be a whole number.")
    if not _INTEGER.fullmatch(str(value)):
        raise InvalidValue(f"{name} must be a whole number, not {shown(str(value))}.")
    return int(value)


def _names(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = values.get(name.lower(), ())
    # A list in JSON; separated by commas in a URL, and by some clients in JSON too.
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise InvalidValue(f"{name} must be a list of strings.")
    return tuple(each for part in parts for each in attribute_names(part))


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some of the resources that a query finds.

    `total` is None where nobody counted: RFC 9865, section 2, lets pages by cursor do without.
    """

    rows: Sequence[Row]
    total: int | None
    # None on pages by cursor.
    start_index: int | None = None
    next_cursor: str | None = None
    previous_cursor: str | None = None


def page(
    rows: QuerySet[Row], *, query: Query, resource_type: ResourceType, owner: uuid.UUID
) -> Page[Row]:
    """The page of `rows`, people or groups of one organization, that the query asks for.

    One statement; a second one counts where the first doesn't show how many there are. `owner` is
    the token whose cursors these are.

    Raises `InvalidFilter`, `InvalidPath` and `InvalidValue` for what is sorted by, and
    `InvalidCursor`, `ExpiredCursor` and `InvalidCount`.
    """
    found = rows
    if query.filter is not None:
        found = rows.filter(
            compile_filter(parse_filter(query.filter, resource_type), resource_type)
        )
    order = ordering(query.sort_by, query.sort_order, resource_type)
    if query.cursor is None:
        return _page_by_index(found, rows, order, query)
    count = PAGE_DEFAULT if query.count is None else max(query.count, 0)
    if count > PAGE_MAX:
        raise InvalidCount(f"count is {PAGE_MAX} at most, as /ServiceProviderConfig says.")
    scope = Scope(owner, resource_type.name, query.filter, query.sort_by, query.sort_order, count)
    cursor = cursors.read(query.cursor, scope) if query.cursor else None
    if count == 0:
        return Page([], found.count())
    return _page_by_cursor(found, order, scope, cursor)


def _page_by_index(
    found: QuerySet[Row], rows: QuerySet[Row], order: Ordering, query: Query
) -> Page[Row]:
    skipped = max(query.start_index or 1, 1) - 1
    count = PAGE_DEFAULT if query.count is None else min(max(query.count, 0), PAGE_MAX)
    if count == 0:
        return Page([], found.count(), skipped + 1)
    # One more than asked for tells whether there are more.
    wanted = found.order_by(*order.expressions())[skipped : skipped + count + 1]
    if skipped:
        # Skipping reads ids alone, and not all that comes with each row.
        ids = wanted.values("pk")
        wanted = rows.filter(pk__in=ids).order_by(*order.expressions())
    read = list(wanted)
    is_end_known = len(read) <= count and (read or not skipped)
    total = skipped + len(read) if is_end_known else found.count()
    return Page(read[:count], total, skipped + 1)


def _page_by_cursor(
    found: QuerySet[Row], order: Ordering, scope: Scope, cursor: Cursor | None
) -> Page[Row]:
    is_backward = cursor is not None and cursor.is_backward
    direction = order.reversed() if is_backward else order
    wanted = found.annotate(sort_key=order.key) if order.key is not None else found
    if cursor is not None:
        wanted = wanted.filter(direction.beyond(cursor.key, cursor.id))
    read = list(wanted.order_by(*direction.expressions())[: scope.count + 1])
    has_more = len(read) > scope.count
    shown = read[: scope.count]
    if is_backward:
        if not shown:
            # What stood before is gone: the first page is what there is.
            return _page_by_cursor(found, order, scope, None)
        shown.reverse()

    def at(row: Row, *, backward: bool = False) -> str:
        return cursors.write(Cursor(row.pk, getattr(row, "sort_key", None), backward), scope)

    if is_backward:
        has_next, has_previous = True, has_more
    else:
        has_next, has_previous = has_more, cursor is not None
    return Page(
        shown,
        None if cursor or has_more else len(shown),
        next_cursor=at(shown[-1]) if shown and has_next else None,
        previous_cursor=at(shown[0], backward=True) if shown and has_previous else None,
    )
