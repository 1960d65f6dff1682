"""How often one organization has metadata read at once, out of turn."""

from __future__ import annotations

import time
from uuid import UUID

from accounts.rate_limit import add_to_count

# Workers serve every organization, and a host may take five seconds for each read: pressing *Read
# it now* in a loop, or giving one address after another, must neither fill their queue nor make
# them hammer somebody's host. A set-up with all its mistakes takes a handful. Reads of every day,
# and those that a signature asks for, have limits of their own.
READS_AN_HOUR = 30
_HOUR = 3600


def count_read(organization_id: UUID) -> bool:
    """Count one that somebody wants now; False if there were too many in this hour."""
    key = f"metadata-reads:{organization_id}:{int(time.time() // _HOUR)}"
    return add_to_count(key, 1, timeout=2 * _HOUR) <= READS_AN_HOUR


def minutes_to_wait() -> int:
    """Until the next hour is counted, a begun minute as a whole."""
    return int((_HOUR - time.time() % _HOUR) // 60) + 1
