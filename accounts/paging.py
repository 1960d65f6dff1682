"""Pages of a list whose whole length nobody needs to know."""

from __future__ import annotations

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import QuerySet

# Nobody turns to page 101: past this many rows people search or filter.
COUNTED = 10_000


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs alone
    """Counts up to `COUNTED` rows and no further, so that a click costs the same at any size.

    A longer list ends after that many rows; `is_bounded` lets the page say "10,000+".
    """

    limit = COUNTED

    @cached_property
    def _counted(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        # Neither order nor columns matter to a count, and LIMIT stops the database early.
        return int(rows.order_by().values("pk")[: self.limit + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._counted, self.limit)

    @property
    def is_bounded(self) -> bool:
        return self._counted > self.limit
