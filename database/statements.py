"""A statement whose text never changes, and how each database likes to get it.

SQLite takes parameters by name. PostgreSQL takes them by number, beside the text: then the server
keeps the statement's plan as long as the connection lives, and for a look-up by an index over three
tables, reading the text and planning it is three quarters of the time. From which use on it keeps
it, the connection's `prepare_threshold` says; without one it keeps none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL whose parameters have names."""

    named: str
    numbered: str
    # In the order of their numbers.
    names: tuple[str, ...]

    @classmethod
    def of(cls, sql: str, names: Sequence[str]) -> Statement:
        """Of SQL as Django writes it: with a `%s` for each of the names, and `%%` for `%`."""
        # Names are filled in here, once. At each use a driver would search the whole text.
        named = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)
        numbered = sql % tuple(f"${number}" for number in range(1, len(names) + 1))
        return cls(named, numbered, tuple(names))

    @contextmanager
    def executed(self, database: BaseDatabaseWrapper, values: Mapping[str, Any]) -> Iterator[Any]:
        """A cursor with what came of it. The values are as the database's driver takes them."""
        # A statement that is logged is sent with its values, for whoever reads the log.
        if database.vendor == "postgresql" and not database.queries_logged:
            with _planned_cursor(database) as cursor:
                cursor.execute(self.numbered, [values[name] for name in self.names])
                yield cursor
        else:
            with database.cursor() as cursor:
                cursor.execute(self.named, values)
                yield cursor


def _planned_cursor(database: BaseDatabaseWrapper) -> Any:
    # Where there is no PostgreSQL, its driver is never loaded.
    from database.postgresql import PlannedCursor

    database.ensure_connection()
    with database.wrap_database_errors:
        return database._prepare_cursor(  # type: ignore[attr-defined]  # the stubs leave it out
            PlannedCursor(database.connection)
        )
