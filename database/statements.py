"""A statement whose text never changes, and how each database likes to get it.

SQLite takes parameters by name. PostgreSQL takes them by number, beside the text: then the server
keeps the statement's plan as long as the connection lives, and for a look-up by an index over three
tables, reading the text and planning it is three quarters of the time. From which use on it keeps
it, the connection's `prepare_threshold` says; without one it keeps none.

A kept plan can become useless: a column has got another type since, or a pooler has given the plan
to somebody else. The connection keeps no plans from then on; the pool replaces it within the hour.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

# What PostgreSQL says of a plan that is of no use any more: feature_not_supported (“must not change
# result type”), invalid_sql_statement_name, duplicate_prepared_statement.
_USELESS = {"0A000", "26000", "42P05"}


class PlanUseless(OperationalError):
    """The transaction is lost with a kept plan. Done once more, it succeeds."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL whose parameters have names."""

    named: str
    # As it is sent, and one object always: its cursors know it again.
    numbered: bytes
    # In the order of their numbers.
    names: tuple[str, ...]

    @classmethod
    def of(cls, sql: str, names: Sequence[str]) -> Statement:
        """Of SQL as Django writes it: with a `%s` for each of the names, and `%%` for `%`."""
        # Names are filled in here, once. At each use a driver would search the whole text.
        named = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)
        numbered = sql % tuple(f"${number}" for number in range(1, len(names) + 1))
        return cls(named, numbered.encode(), tuple(names))

    def rows(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> list[Any]:
        """The rows it finds. The values are as the database's driver takes them.

        Raises `PlanUseless` in a transaction; outside of one nobody notices.
        """
        found: list[Any] = self._executed(database, values, _rows)
        return found

    def run(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> int:
        """As `rows`, of what finds none: how many it changed."""
        return int(self._executed(database, values, _number))

    def _executed(
        self, database: BaseDatabaseWrapper, values: Mapping[str, Any], read: Callable[[Any], Any]
    ) -> Any:
        # A statement that is logged, or looked at, is sent with its values for whoever reads it.
        is_seen = database.queries_logged or database.execute_wrappers
        if database.vendor == "postgresql" and not is_seen:
            return self._planned(database, values, read)
        with database.cursor() as cursor:
            cursor.execute(self.named, values)
            return read(cursor)

    def _planned(  # PostgreSQL alone
        self, database: BaseDatabaseWrapper, values: Mapping[str, Any], read: Callable[[Any], Any]
    ) -> Any:
        # Where there is no PostgreSQL, its driver is never loaded.
        from database.postgresql import cursor_for

        database.ensure_connection()
        database.validate_no_broken_transaction()
        with database.wrap_database_errors:
            planned = cursor_for(database.connection, self.numbered)
            _execute(database, planned, self.numbered, [values[name] for name in self.names])
            return read(planned)


def _rows(cursor: Any) -> Any:
    return cursor.fetchall()


def _number(cursor: Any) -> Any:
    return cursor.rowcount


def _execute(  # PostgreSQL alone
    database: BaseDatabaseWrapper, cursor: Any, sql: bytes, values: list[Any]
) -> None:
    try:
        with database.wrap_database_errors:
            cursor.execute(sql, values)
    except DatabaseError as error:
        code = getattr(error.__cause__, "sqlstate", "")
        if code not in _USELESS or database.connection.prepare_threshold is None:
            raise
        logger.warning("A connection keeps no plans any more", extra={"sqlstate": code})
        database.connection.prepare_threshold = None
        if database.in_atomic_block:
            raise PlanUseless from error
        cursor.execute(sql, values)
