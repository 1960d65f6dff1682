"""Rows that are kept for a while and then dropped, by jobs and by commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Session

# Rows of one statement: no lock is held for long, and a run that is stopped has done its part.
BATCH = 1_000


def drop(rows: QuerySet[Any]) -> int:
    """Delete these rows, some at a time, in the queryset's order. Answers how many went."""
    return sum(drop_in_batches(rows))


def drop_in_batches(rows: QuerySet[Any]) -> Iterator[int]:
    """As `drop`, where somebody watches: how many went with each batch."""
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        yield rows.filter(pk__in=batch).delete()[0]


def forget_sessions() -> int:
    """Drop sessions that are over; answers how many. They open nothing, but take room."""
    return drop(Session.objects.filter(expire_date__lte=timezone.now()).order_by("expire_date"))
