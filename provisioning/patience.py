"""How much a search may ask of the database, which is every organization's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from provisioning.errors import TooMany, TooManyRequests
from provisioning.limits import SEARCH_SECONDS, SEARCHES_AT_ONCE

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


# The statements that follow in the transaction end in time, and a place is taken until it ends.
_BEGIN = """
    SELECT set_config('statement_timeout', %s, true),
        EXISTS (SELECT FROM generate_series(%s, %s) place WHERE pg_try_advisory_xact_lock(place))
"""


@contextmanager
def limited_search(organization: uuid.UUID) -> Iterator[None]:
    """Statements that end after `SEARCH_SECONDS`, in one of the organization's places. Raises
    `TooMany` where one did not end, and `TooManyRequests` where `SEARCHES_AT_ONCE` run already.

    A filter of a hundred comparisons over two hundred thousand people would take a minute, and one
    organization could send many of them, and hold every thread. SQLite has no such limits, and no
    organizations to protect from each other.
    """
    if connection.vendor != "postgresql":
        yield
        return
    try:
        with transaction.atomic():
            # Locks have whole numbers below 2⁶³ for names; the last bits of an id are random.
            first = organization.int % 2**62
            with connection.cursor() as cursor:
                limit = f"{SEARCH_SECONDS * 1000:.0f}"
                cursor.execute(_BEGIN, [limit, first, first + SEARCHES_AT_ONCE - 1])
                _limit, has_place = cursor.fetchone()
            if not has_place:
                raise TooManyRequests(retry_after=1)
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _CANCELED:
            raise
        raise TooMany(
            "This query takes too long: compare fewer attributes, or look for id, userName or "
            "externalId."
        ) from error
