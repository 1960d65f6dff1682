"""How often one organization has metadata read: workers serve every organization.

A host may take five seconds for each read, and an organization may have fifty connections. None of
its reads, whatever asks for them, may fill the queue or hammer somebody's host.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from uuid import UUID

from accounts.rate_limit import count_in_hour

Row = TypeVar("Row")

# That somebody wants now: a set-up with all its mistakes takes a handful.
READS_AN_HOUR = 30
# That a signature asks for: of one address it is four at most.
READS_BY_SIGNATURE_AN_HOUR = 30
# That are due by the day. Who has more addresses than that has them read a few hours later.
DUE_READS_AN_HOUR = 60


def count_read(organization_id: UUID) -> bool:
    """Count one that somebody wants now; False if there were too many in this hour."""
    return count_in_hour(f"metadata-reads:{organization_id}") <= READS_AN_HOUR


def count_read_by_signature(organization_id: UUID) -> bool:
    """As `count_read`, apart from it: strangers post signatures, and use up these alone."""
    counted = count_in_hour(f"metadata-reads-by-signature:{organization_id}")
    return counted <= READS_BY_SIGNATURE_AN_HOUR


def in_fair_shares(rows: Iterable[Row], owner: Callable[[Row], UUID]) -> Iterator[Row]:
    """Of rows that are due in this hour, no more than so many of each organization."""
    taken: Counter[UUID] = Counter()
    for row in rows:
        taken[owner(row)] += 1
        if taken[owner(row)] <= DUE_READS_AN_HOUR:
            yield row
