"""Tables that grow faster than PostgreSQL looks at them.

How a question is answered best, PostgreSQL decides by what it knows of a table: nothing, until
autovacuum has looked at it. That is once a minute, where it is switched on, and a directory's first
cycle adds thousands of people in a minute; a database that was restored knows nothing either. To a
planner that knows nothing every index that begins with the organization looks as good as the one
that finds the one person, and what is right for ten people takes the longer the more there are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import connection, models

logger = logging.getLogger(__name__)

# Fewer rows are read in no time, by whatever index.
LEAST_CHANGES = 500

# Autovacuum's own question; it asks for a tenth of the table, and here it is as much as there was.
_GROWN = """
    SELECT stat.relname
    FROM pg_stat_user_tables AS stat JOIN pg_class ON pg_class.oid = stat.relid
    WHERE stat.relname = ANY(%s) AND pg_table_is_visible(stat.relid)
        AND stat.n_mod_since_analyze > greatest(pg_class.reltuples, %s)
        AND pg_has_role(pg_class.relowner, 'USAGE')
    ORDER BY stat.relname
"""


def tend_grown(*of: type[models.Model]) -> list[str]:
    """Have PostgreSQL look again at those of these tables that have doubled since it last did.

    Answers which. It learns how many there are of what, and which pages it may count by an index
    alone; plans that were kept are made anew. Readers and writers needn't wait for it. Where it
    looks already it isn't asked twice, and a table of another role is left to that role. Other
    databases choose well without. Not for use in a transaction.
    """
    return _tended(of) if connection.vendor == "postgresql" else []


def _tended(of: Sequence[type[models.Model]]) -> list[str]:  # PostgreSQL alone
    with connection.cursor() as cursor:
        cursor.execute(_GROWN, [[model._meta.db_table for model in of], LEAST_CHANGES])
        grown = [name for (name,) in cursor.fetchall()]
        for name in grown:
            cursor.execute(f"VACUUM (ANALYZE, SKIP_LOCKED) {connection.ops.quote_name(name)}")
            logger.info("A table that has grown was looked at", extra={"table": name})
    return grown
