"""Everybody of an organization, or all its groups, by pages: what directories read by the hour.

Without a filter, in the order in which they were added: the three statements that takes are
compiled once. Whatever else a query may ask, `provisioning.paging` builds anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Count, Model, QuerySet, Value

from database.compiled import Blank, CompiledQuery, Windowed
from provisioning.cursors import Cursor

Row = TypeVar("Row", bound=Model)


class Listing(Generic[Row]):
    """The resources of one type; `rows` are those of an organization, as they are represented."""

    def __init__(self, rows: Callable[[Any], QuerySet[Row]]) -> None:
        self.rows = rows
        self.number = CompiledQuery(lambda: _counted(rows(Blank("organization"))))
        self.window = self._ordered("id")
        self.after = self._ordered("id", id__gt=Blank("id"))
        self.before = self._ordered("-id", id__lt=Blank("id"))

    def of(self, organization: uuid.UUID) -> Everything[Row]:
        return Everything(self, organization)

    def _ordered(self, by: str, **conditions: Any) -> CompiledQuery[Row]:
        def queryset() -> QuerySet[Row]:
            rows = self.rows(Blank("organization"))
            # Ids first, by an index alone: see `paging`.
            ids = rows.filter(**conditions).order_by(by).values("pk")
            return rows.filter(pk__in=Windowed(ids)).order_by(by)

        return CompiledQuery(queryset)


def _counted(rows: QuerySet[Any]) -> QuerySet[Any]:
    one = rows.order_by().annotate(one=Value(1)).values("one")
    counted: QuerySet[Any] = one.annotate(number=Count("*")).values_list("number")
    return counted


@dataclass(frozen=True)
class Everything(Generic[Row]):
    """All resources of one type in one organization, in the order in which they were added."""

    listing: Listing[Row]
    organization: uuid.UUID

    def rows(self) -> QuerySet[Row]:
        return self.listing.rows(self.organization)

    def count(self) -> int:
        counted = self.listing.number.first(organization=self.organization)
        return counted[0] if counted else 0

    def slice(self, skipped: int, count: int) -> list[Row]:
        return self.listing.window.all(organization=self.organization, skipped=skipped, count=count)

    def beyond(self, cursor: Cursor | None, count: int, *, is_backward: bool) -> list[Row]:
        if cursor is None:
            return self.slice(0, count)
        there = self.listing.before if is_backward else self.listing.after
        return there.all(organization=self.organization, id=cursor.id, skipped=0, count=count)
