"""How long a search may keep the database busy, which is every organization's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from provisioning.errors import TooMany
from provisioning.limits import SEARCH_SECONDS

# PostgreSQL's query_canceled.
_CANCELED = "57014"


@contextmanager
def limited_search() -> Iterator[None]:
    """Statements that end after `SEARCH_SECONDS`. Raises `TooMany` where one did.

    A filter of a hundred comparisons over two hundred thousand people would take a minute, and one
    organization could send many of them. SQLite has no such limit, and no organizations to protect
    from each other.
    """
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                limit = f"{SEARCH_SECONDS * 1000:.0f}"
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _CANCELED:
            raise
        raise TooMany(
            "This query takes too long: compare fewer attributes, or look for id, userName or "
            "externalId."
        ) from error
