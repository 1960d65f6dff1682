"""How much a search may ask of the database, which is every organization's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from provisioning.errors import TooMany
from provisioning.limits import SEARCH_SECONDS

# PostgreSQL's query_canceled.
_CANCELED = "57014"
# And statement_too_complex; SQLite has words for it alone.
_TOO_COMPLEX = "54001"
_TOO_DEEP = "This filter nests too deeply."


@contextmanager
def within_reach() -> Iterator[None]:
    """Raises `TooMany` for a filter that nests deeper than Python or the database follows.

    How deep that is depends on what is compared: each `not` takes some levels of a statement, and a
    group's members more than a title.
    """
    try:
        yield
    except RecursionError as error:
        raise TooMany(_TOO_DEEP) from error
    except OperationalError as error:
        is_too_deep = getattr(error.__cause__, "sqlstate", "") == _TOO_COMPLEX
        if not (is_too_deep or "parser stack overflow" in str(error)):
            raise
        raise TooMany(_TOO_DEEP) from error


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
