"""Queries and their pages: RFC 7644, sections 3.4.2 and 3.4.3, and RFC 9865 for cursors."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.db.models import F, Model, QuerySet, TextField, Value
from django.http import QueryDict

from provisioning import cursors
from provisioning.cursors import Cursor, Scope
from provisioning.errors import InvalidCount, InvalidCursor, InvalidSyntax, InvalidValue
from provisioning.filters import compile_filter, names_one, parse_filter
from provisioning.limits import PAGE_DEFAULT, PAGE_MAX
from provisioning.listing import Everything
from provisioning.messages import require_schema
from provisioning.ordering import Ordering, ordering
from provisioning.paths import shown
from provisioning.patience import limited_search, within_reach
from provisioning.projection import attribute_names
from provisioning.schema import ResourceType

Row = TypeVar("Row", bound=Model)

_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,1000}\s*", re.ASCII)
# In `attributes`: more than there are. What is longer names none of them.
MAX_NAMES, MAX_NAME_LENGTH = 500, 200
# No list is longer, and the database's own numbers are.
_FAR = 10**15


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
    def filter_alone(cls, parameters: QueryDict) -> Query:
        """The query in the address of a description, where all but a filter is ignored (RFC 7644,
        section 4), whatever it says."""
        return cls._read(
            {name: parameters[name] for name in parameters if name.lower() == "filter"}
        )

    @classmethod
    def from_body(cls, body: Any) -> Query:
        """The query in a SearchRequest. Raises `InvalidSyntax`, `InvalidValue`, `InvalidCursor`."""
        if not isinstance(body, dict):
            raise InvalidSyntax("A SearchRequest is a JSON object.")
        schemas = next((value for name, value in body.items() if name.lower() == "schemas"), None)
        require_schema(schemas, _SEARCH_REQUEST)
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
    return max(-_FAR, min(int(value), _FAR))


def _names(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = values.get(name.lower(), ())
    # A list in JSON; separated by commas in a URL, and by some clients in JSON too.
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise InvalidValue(f"{name} must be a list of strings.")
    names = [each for part in parts for each in attribute_names(part)]
    if len(names) > MAX_NAMES:
        raise InvalidValue(f"{name} names more than {MAX_NAMES} attributes.")
    return tuple(each for each in names if len(each) <= MAX_NAME_LENGTH)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some of the resources that a query finds, and how many it finds in all."""

    rows: Sequence[Row]
    total: int
    # None on pages by cursor.
    start_index: int | None = None
    next_cursor: str | None = None
    previous_cursor: str | None = None


@within_reach()
def page(
    everything: Everything[Row], *, query: Query, resource_type: ResourceType, owner: uuid.UUID
) -> Page[Row]:
    """The page of an organization's people or groups that the query asks for.

    One statement; a second one counts where the first doesn't show how many there are. `owner` is
    the token whose cursors these are.

    Raises `InvalidFilter`, `InvalidPath` and `InvalidValue` for what is sorted by, `TooMany` for
    what takes too long, `TooManyRequests` where too many slow searches run already, and
    `InvalidCursor`, `ExpiredCursor` and `InvalidCount`.
    """
    scope = _scope(owner, query, [resource_type])
    order = ordering(query.sort_by, query.sort_order, resource_type)
    if query.filter is None and order == Ordering():
        return _page(everything, query, scope)
    found = _OneType.selected(everything.rows(), query, resource_type)
    if found.is_one:
        return _page(found, query, scope)
    return limited_search(lambda: _page(found, query, scope), everything.organization)


@within_reach()
def page_across(
    sources: Sequence[tuple[ResourceType, QuerySet[Row]]],
    *,
    organization: uuid.UUID,
    query: Query,
    owner: uuid.UUID,
) -> Page[Row]:
    """As `page`, of several types of resources at once, in one order (RFC 7644, section 3.4.2.1).

    One statement finds them, one more for each type reads them, and one for each may count.
    """
    types = [resource_type for resource_type, _rows in sources]
    found = _SeveralTypes(
        [_OneType.selected(rows, query, each, beside=types) for each, rows in sources]
    )
    scope = _scope(owner, query, types)
    return limited_search(lambda: _page(found, query, scope), organization)


class _Selection(Protocol[Row]):
    """What a query finds, in its order."""

    def count(self) -> int: ...

    def slice(self, skipped: int, count: int) -> list[Row]: ...

    def beyond(self, cursor: Cursor | None, count: int, *, is_backward: bool) -> list[Row]:
        """So many from the cursor on, or else from the beginning; backward, the nearest first.

        Each has its `sort_key` where the order has one.
        """


@dataclass(frozen=True)
class _OneType(Generic[Row]):
    """Resources of one type."""

    rows: QuerySet[Row]
    found: QuerySet[Row]
    order: Ordering
    # Nobody else can be found: order and number are no matter for the database.
    is_one: bool = False

    @classmethod
    def selected(
        cls,
        rows: QuerySet[Row],
        query: Query,
        resource_type: ResourceType,
        beside: Sequence[ResourceType] = (),
    ) -> _OneType[Row]:
        order = ordering(query.sort_by, query.sort_order, resource_type, beside=beside)
        if query.filter is None:
            return cls(rows, rows, order)
        filter = parse_filter(query.filter, resource_type, beside=beside)
        found = rows.filter(compile_filter(filter, resource_type))
        return cls(rows, found, order, names_one(filter))

    def count(self) -> int:
        return self.found.count()

    def slice(self, skipped: int, count: int) -> list[Row]:
        if self.is_one:
            return list(self.found)[skipped : skipped + count]
        return self._read(self.found, self.order, skipped, count)

    def beyond(self, cursor: Cursor | None, count: int, *, is_backward: bool) -> list[Row]:
        order = self.order.reversed() if is_backward else self.order
        return self._read(self.after(cursor, order), order, 0, count)

    def after(self, cursor: Cursor | None, order: Ordering) -> QuerySet[Row]:
        if cursor is None:
            return self.found
        return self.found.filter(order.beyond(cursor.key, cursor.id))

    def _read(self, found: QuerySet[Row], order: Ordering, skipped: int, count: int) -> list[Row]:
        """Ids first, by an index alone, and then those rows.

        With other tables joined to each row, databases begin to join at the first row of all, those
        of other organizations included.
        """
        by = order.expressions()
        ids = found.order_by(*by).values("pk")[skipped : skipped + count]
        rows = self.rows.filter(pk__in=ids).order_by(*by)
        return list(rows if order.key is None else rows.annotate(sort_key=order.key))


@dataclass(frozen=True)
class _SeveralTypes(Generic[Row]):
    """Resources of several types in one order."""

    types: Sequence[_OneType[Row]]

    def count(self) -> int:
        return sum(each.count() for each in self.types)

    def slice(self, skipped: int, count: int) -> list[Row]:
        return self._read(None, skipped, count, is_backward=False)

    def beyond(self, cursor: Cursor | None, count: int, *, is_backward: bool) -> list[Row]:
        return self._read(cursor, 0, count, is_backward=is_backward)

    def _read(
        self, cursor: Cursor | None, skipped: int, count: int, *, is_backward: bool
    ) -> list[Row]:
        parts = []
        for number, each in enumerate(self.types):
            order = each.order.reversed() if is_backward else each.order
            key = Value(None, output_field=TextField()) if order.key is None else order.key
            part = each.after(cursor, order).order_by().annotate(type=Value(number), sort_key=key)
            parts.append(part.values_list("id", "type", "sort_key"))
        by = order.by(None if order.key is None else F("sort_key"), F("id"))
        together = parts[0].union(*parts[1:], all=True).order_by(*by)
        places = list(together[skipped : skipped + count])
        rows: dict[uuid.UUID, Row] = {}
        for number, each in enumerate(self.types):
            ids = [id for id, type, _key in places if type == number]
            rows |= {row.pk: row for row in each.rows.filter(pk__in=ids)}
        found = []
        for id, _type, sort_key in places:
            # Somebody may have deleted it meanwhile.
            if id in rows:
                rows[id].sort_key = sort_key  # type: ignore[attr-defined]  # as `annotate` does
                found.append(rows[id])
        return found


def _scope(owner: uuid.UUID, query: Query, types: Sequence[ResourceType]) -> Scope:
    names = tuple(each.name for each in types)
    count = PAGE_DEFAULT if query.count is None else max(query.count, 0)
    return Scope(owner, names, query.filter, query.sort_by, query.sort_order, count)


def _page(found: _Selection[Row], query: Query, scope: Scope) -> Page[Row]:
    if query.cursor is None:
        return _page_by_index(found, max(query.start_index or 1, 1), min(scope.count, PAGE_MAX))
    if scope.count > PAGE_MAX:
        raise InvalidCount(f"count is {PAGE_MAX} at most, as /ServiceProviderConfig says.")
    cursor = cursors.read(query.cursor, scope) if query.cursor else None
    if scope.count == 0:
        return Page([], found.count())
    return _page_by_cursor(found, scope, cursor)


def _page_by_index(found: _Selection[Row], start: int, count: int) -> Page[Row]:
    if count == 0:
        return Page([], found.count(), start)
    # One more than asked for tells whether there are more.
    read = found.slice(start - 1, count + 1)
    is_end_known = len(read) <= count and (bool(read) or start == 1)
    total = start - 1 + len(read) if is_end_known else found.count()
    return Page(read[:count], total, start)


def _page_by_cursor(found: _Selection[Row], scope: Scope, cursor: Cursor | None) -> Page[Row]:
    """Resources are counted for the first page; cursors carry the number on, so that the pages
    after it cost the same however long the list is."""
    is_backward = cursor is not None and cursor.is_backward
    # One more than asked for tells whether there are more.
    read = found.beyond(cursor, scope.count + 1, is_backward=is_backward)
    has_more = len(read) > scope.count
    read = read[: scope.count]
    if is_backward:
        if not read:
            # What stood before is gone: the first page is what there is.
            return _page_by_cursor(found, scope, None)
        read.reverse()
        has_next, has_previous = True, has_more
    else:
        has_next, has_previous = has_more, cursor is not None
    counted = found.count() if cursor is None and has_more else len(read)
    total = counted if cursor is None else cursor.total

    def at(row: Row, *, is_backward: bool) -> str:
        key = getattr(row, "sort_key", None)
        return cursors.write(Cursor(row.pk, total, key, is_backward), scope)

    return Page(
        read,
        total,
        next_cursor=at(read[-1], is_backward=False) if read and has_next else None,
        previous_cursor=at(read[0], is_backward=True) if read and has_previous else None,
    )
