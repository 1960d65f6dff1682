"""/.search, and queries at the root, which reach all resources (RFC 7644, 3.4.2.1 and 3.4.3)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from provisioning.adapters import GroupAdapter, UserAdapter
from provisioning.calls import Answer, Call
from provisioning.documents import Document
from provisioning.errors import InvalidCursor, InvalidPath, TooMany
from provisioning.filters import compile_filter, parse_filter
from provisioning.handlers import groups, users
from provisioning.handlers.lists import list_response, shown_of
from provisioning.limits import PAGE_DEFAULT, PAGE_MAX
from provisioning.ordering import Key, Ordering, ordering
from provisioning.paging import Page, Query
from provisioning.people import groups_of, members_of, people_of
from provisioning.schema import GROUP, RESOURCE_TYPES, USER, ResourceType


def search_users(call: Call) -> Answer:
    return users.list_users(_asked(call))


def search_groups(call: Call) -> Answer:
    return groups.list_groups(_asked(call))


def search_everything(call: Call) -> Answer:
    return query_everything(_asked(call))


def _asked(call: Call) -> Call:
    """The call with the query that its body spells out."""
    return replace(call, query=Query.from_body(call.body), body=None)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a query at the root finds of one type."""

    resource_type: ResourceType
    rows: QuerySet[Any]
    order: Ordering
    represent: Callable[[Sequence[Any]], list[Document]]


def query_everything(call: Call) -> Answer:
    """People and then groups; sorted by an attribute, both together."""
    query = call.query
    if query.cursor is not None:
        raise InvalidCursor("Cursors go through /Users or /Groups, one at a time.")
    kinds = _kinds(call)
    skipped = max(query.start_index or 1, 1) - 1
    count = PAGE_DEFAULT if query.count is None else min(max(query.count, 0), PAGE_MAX)
    totals = [kind.rows.count() for kind in kinds]
    read = _sorted if query.sort_by else _one_after_the_other
    resources = read(kinds, totals, skipped, count)
    found: Page[Any] = Page(resources, sum(totals), skipped + 1)
    return Answer(body=list_response(found, resources), subject="Everything")


def _kinds(call: Call) -> list[Kind]:
    query, organization = call.query, call.directory.organization

    def represent_groups(rows: Sequence[Any]) -> list[Document]:
        shown = shown_of(call, GROUP)
        members = members_of([row.pk for row in rows]) if shown.wants("members") else {}
        adapted = (GroupAdapter(row).to_dict(members.get(row.pk, ())) for row in rows)
        return [shown.apply(document) for document in adapted]

    def represent_people(rows: Sequence[Any]) -> list[Document]:
        shown = shown_of(call, USER)
        return [shown.apply(UserAdapter(row).to_dict()) for row in rows]

    found: dict[ResourceType, tuple[QuerySet[Any], Callable[..., list[Document]]]] = {
        USER: (people_of(organization), represent_people),
        GROUP: (groups_of(organization), represent_groups),
    }
    orders = _orders(query)
    return [
        Kind(each, _filtered(rows, query, each), orders[each], represent)
        for each, (rows, represent) in found.items()
    ]


def _filtered(rows: QuerySet[Any], query: Query, resource_type: ResourceType) -> QuerySet[Any]:
    if query.filter is None:
        return rows
    parsed = parse_filter(query.filter, resource_type, beside=RESOURCE_TYPES)
    return rows.filter(compile_filter(parsed, resource_type))


def _orders(query: Query) -> dict[ResourceType, Ordering]:
    """By type how it is sorted. Raises `InvalidPath` for what none of them can be sorted by."""
    orders: dict[ResourceType, Ordering] = {}
    refusal: InvalidPath | None = None
    for resource_type in RESOURCE_TYPES:
        try:
            orders[resource_type] = ordering(query.sort_by, query.sort_order, resource_type)
        except InvalidPath as error:
            refusal = error
    if refusal is not None and not orders:
        raise refusal
    # Where only others have the attribute, everything counts as without a value.
    nothing = ordering(None, query.sort_order, USER)
    return {each: orders.get(each, nothing) for each in RESOURCE_TYPES}


def _one_after_the_other(
    kinds: Sequence[Kind], totals: Sequence[int], skipped: int, count: int
) -> list[Document]:
    resources: list[Document] = []
    for kind, total in zip(kinds, totals, strict=True):
        wanted = count - len(resources)
        if wanted > 0 and skipped < total:
            rows = kind.rows.order_by(*kind.order.expressions())[skipped : skipped + wanted]
            resources += kind.represent(list(rows))
        skipped = max(skipped - total, 0)
    return resources


def _sorted(
    kinds: Sequence[Kind], totals: Sequence[int], skipped: int, count: int
) -> list[Document]:
    """Sorted in memory, since no statement reaches both. Raises `TooMany` beyond a page's size."""
    if sum(totals) > PAGE_MAX:
        raise TooMany(f"More than {PAGE_MAX} resources can't be sorted together. Use a filter.")
    keyed: list[tuple[Key, uuid.UUID, Kind]] = []
    for kind in kinds:
        key = kind.order.key
        rows = kind.rows if key is None else kind.rows.annotate(sort_key=key)
        names = ("pk",) if key is None else ("pk", "sort_key")
        keyed += [
            (row[1] if len(row) > 1 else None, row[0], kind)
            for row in rows.order_by().values_list(*names)
        ]
    descending = kinds[0].order.descending
    keyed.sort(key=lambda each: (each[0] is None, each[0] or "", each[1]), reverse=descending)
    page = keyed[skipped : skipped + count]
    by_id: dict[uuid.UUID, Document] = {}
    for kind in kinds:
        ids = [pk for _key, pk, of in page if of is kind]
        rows = list(kind.rows.filter(pk__in=ids))
        by_id |= dict(zip([row.pk for row in rows], kind.represent(rows), strict=True))
    return [by_id[pk] for _key, pk, _kind in page]
