"""PostgreSQL's driver, as statements that never change use it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import RawCursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class MomentLoader(Loader):
    """A `timestamptz` as the server writes it, which is a form that Python reads by itself.

    Django's own takes the text apart by a regular expression: ten times as long, and a page of a
    hundred people has two hundred of them.
    """

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class PlannedCursor(RawCursor[Any]):
    """Sends values beside the text, where Django's own cursors put them into it."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.adapters.register_loader("timestamptz", MomentLoader)


def cursor_for(connection: Any, text: bytes) -> PlannedCursor:
    """The cursor by which a connection asks this, the same each time.

    One that asks what it asked before knows already how each value is written and read: psycopg
    looks that up anew for another text or another cursor, which takes as long as the server does.
    It lives as long as its connection, with what it found last.
    """
    kept: dict[bytes, PlannedCursor] = connection.__dict__.setdefault("_planned_cursors", {})
    cursor = kept.get(text)
    if cursor is None:
        cursor = kept[text] = PlannedCursor(connection)
    return cursor
