"""How much a search may ask of the database, which is every organization's."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from django.db import OperationalError, connection, transaction

from provisioning.errors import TooMany, TooManyRequests
from provisioning.limits import QUICK_SEARCH_SECONDS, SEARCH_SECONDS, SEARCHES_AT_ONCE

Found = TypeVar("Found")

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


# For the statements that follow in the transaction.
_LIMIT = "SELECT set_config('statement_timeout', %s, true)"
# A place is taken until the transaction ends.
_TAKE_PLACE = """
    SELECT EXISTS (SELECT FROM generate_series(%s, %s) place WHERE pg_try_advisory_xact_lock(place))
"""


class _TakesLonger(Exception):
    """PostgreSQL gave the search up."""


def limited_search(search: Callable[[], Found], organization: uuid.UUID) -> Found:
    """What the search finds, its statements ending after `SEARCH_SECONDS` each. One that isn't done
    after `QUICK_SEARCH_SECONDS` goes on in one of the organization's places.

    Raises `TooMany` where it did not end, and `TooManyRequests` where `SEARCHES_AT_ONCE` slow ones
    run already.

    A filter of a hundred comparisons over two hundred thousand people would take a minute, and one
    organization could send many of them, and hold every thread. SQLite has no such limits, and no
    organizations to protect from each other.
    """
    if connection.vendor != "postgresql":
        return search()
    with suppress(_TakesLonger):
        return _within(QUICK_SEARCH_SECONDS, search)
    try:
        with transaction.atomic():
            _take_place(organization)
            return _within(SEARCH_SECONDS, search)
    except _TakesLonger as error:
        raise TooMany(
            "This query takes too long: compare fewer attributes, or look for id, userName or "
            "externalId."
        ) from error


def _within(seconds: float, search: Callable[[], Found]) -> Found:  # PostgreSQL alone
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_LIMIT, [f"{seconds * 1000:.0f}"])
            return search()
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _CANCELED:
            raise
        raise _TakesLonger from error


def _take_place(organization: uuid.UUID) -> None:  # PostgreSQL alone
    # Locks have whole numbers below 2⁶³ for names; the last bits of an id are random.
    first = organization.int % 2**62
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_PLACE, [first, first + SEARCHES_AT_ONCE - 1])
        (has_place,) = cursor.fetchone()
    if not has_place:
        raise TooManyRequests(retry_after=1)
