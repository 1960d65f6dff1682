"""Whether a connection's sign-ins all fail at the moment, for people who stand at its door."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.utils import timezone

from accounts.doors import register_trouble
from accounts.models import Organization
from sso.causes import Cause
from sso.models import SignInTrace

RECENT = timedelta(minutes=30)
# So many in a row, and nobody who came in since.
FAILURES = 3
# Anybody may post to an ACS. Only from where somebody has come in before does a refusal count, so
# that no stranger puts a notice on an organization's page. Of a flood no more is read than this.
READ = 300
KNOWN_SIGN_INS = 500

# What stops one person would have stopped the next one too.
OF_THE_CONNECTION = frozenset(
    {
        Cause.UNSIGNED,
        Cause.MISPLACED_SIGNATURE,
        Cause.BAD_SIGNATURE,
        Cause.WEAK_ALGORITHM,
        Cause.NO_CERTIFICATE,
        Cause.WRONG_ISSUER,
        Cause.WRONG_DESTINATION,
        Cause.WRONG_AUDIENCE,
        Cause.WRONG_RECIPIENT,
        Cause.BAD_CONFIRMATION,
        Cause.UNKNOWN_CONDITION,
        Cause.EXPIRED,
        Cause.NOT_YET_VALID,
        Cause.CANNOT_DECRYPT,
    }
)


@register_trouble
def failing_connections(organization: Organization) -> Iterator[UUID]:
    """One statement; another for each connection that looks like it."""
    recent = (
        SignInTrace.objects.in_organization(organization)
        .since(timezone.now() - RECENT)
        .exclude(outcome=SignInTrace.Outcome.LOGOUT_REFUSED)
        .order_by("-created_at", "-id")
        .values_list("connection_id", "outcome", "cause", "address")[:READ]
    )
    by_connection = sorted(recent, key=lambda row: str(row[0]))  # keeps the newest first
    for connection_id, rows in groupby(by_connection, key=itemgetter(0)):
        refused = list(_since_anybody_came_in(rows))
        if len(refused) >= FAILURES and len(_from_known(connection_id, refused)) >= FAILURES:
            yield connection_id


def _since_anybody_came_in(
    rows: Iterator[tuple[UUID, str, str, str | None]],
) -> Iterator[str | None]:
    """The addresses of those whom the connection's own trouble stopped."""
    for _connection, outcome, cause, address in rows:
        if outcome == SignInTrace.Outcome.ACCEPTED:
            return
        if cause in OF_THE_CONNECTION:
            yield address


def _from_known(connection_id: UUID, addresses: list[str | None]) -> list[str | None]:
    known = set(
        SignInTrace.objects.filter(connection=connection_id, outcome=SignInTrace.Outcome.ACCEPTED)
        .order_by("-created_at")
        .values_list("address", flat=True)[:KNOWN_SIGN_INS]
    )
    return [address for address in addresses if address is not None and address in known]
