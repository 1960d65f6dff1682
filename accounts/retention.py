"""Rows that are kept for a while and then dropped, by commands that run daily."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

# Rows of one statement: no lock is held for long, and a run that is stopped has done its part.
BATCH = 1_000


def drop(rows: QuerySet[Any]) -> int:
    """Delete these rows, some at a time, in the queryset's order. Answers how many went."""
    gone = 0
    while batch := list(rows.values_list("pk", flat=True)[:BATCH]):
        gone += rows.filter(pk__in=batch).delete()[0]
    return gone
