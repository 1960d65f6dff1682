"""What is kept of each attempt to sign in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from accounts.models import User
from accounts.rate_limit import count_said, said_first
from audit.context import current_context
from database.inserts import insert_values
from sso.causes import Cause
from sso.models import SamlConnection, SignInTrace, new_reference
from sso.saml import Check


def mask(name: str) -> str:
    """Enough of a name to recognize one's own, too little to copy: `m…t@acme.example`."""
    local, at, domain = name.partition("@")
    hidden = f"{local[:1]}…{local[-1:]}" if len(local) > 2 else "…"
    return f"{hidden}{at}{domain}"[:64]


def check_rows(checks: Sequence[Check]) -> list[dict[str, Any]]:
    return [
        {"name": check.name, "passed": check.passed, "seen": check.seen, "expected": check.expected}
        for check in checks
    ]


def with_refusal(
    rows: list[dict[str, Any]], cause: Cause, *, seen: str, expected: str
) -> list[dict[str, Any]]:
    """A checklist that says why nobody came in: where the message was fine, what stopped it came
    after, and gets a line of its own."""
    if not all(row["passed"] for row in rows):
        return rows
    return [*rows, {"name": cause.value, "passed": False, "seen": seen, "expected": expected}]


def trace_accepted(
    *,
    connection: SamlConnection,
    user: User,
    checks: tuple[Check, ...],
    is_idp_initiated: bool,
) -> None:
    """Keep a sign-in that worked. Belongs in its transaction."""
    context = current_context()
    insert_values(
        SignInTrace,
        organization_id=connection.organization_id,
        connection_id=connection.pk,
        user_id=user.pk,
        outcome=SignInTrace.Outcome.ACCEPTED,
        is_idp_initiated=is_idp_initiated,
        checks=check_rows(checks),
        address=context.address,
        client=context.client,
        request_id=context.request_id,
    )


def trace_refused(
    *,
    connection: SamlConnection,
    cause: Cause,
    checks: tuple[Check, ...] = (),
    seen: str = "",
    expected: str = "",
    subject: str = "",
    user: User | None = None,
    outcome: SignInTrace.Outcome = SignInTrace.Outcome.REFUSED,
) -> SignInTrace:
    """Keep a refusal, outside the transaction that was rolled back.

    Anybody can post to an ACS, so a flood costs the table few rows: of what one address is refused
    in a minute at one connection, about one subject, `SIGN_IN_RATE_LIMIT` rows are kept, and then
    one more for each cause. What comes after carries that one's reference and is not stored.

    A draft may be deleted in the same moment. Then nothing is kept, and the reference is empty.
    """
    mine = new_reference()
    context = current_context()
    trace = SignInTrace(
        reference=_standing_for(mine, connection=connection, cause=cause, subject=subject),
        organization=connection.organization,
        connection=connection,
        user=user,
        outcome=outcome,
        cause=cause,
        checks=with_refusal(check_rows(checks), cause, seen=seen, expected=expected),
        subject_hint=mask(subject) if subject else "",
        address=context.address,
        client=context.client,
        request_id=context.request_id,
    )
    if trace.reference == mine:
        _keep(trace)
    return trace


def _keep(trace: SignInTrace) -> None:
    try:
        trace.save(force_insert=True)
    except IntegrityError:
        if not trace.connection.is_deleted():
            raise
        trace.reference = ""


def _standing_for(mine: str, *, connection: SamlConnection, cause: Cause, subject: str) -> str:
    """The reference of the row that stands for a refusal: `mine`, where it has one of its own."""
    address = current_context().address
    about = f"{connection.pk} {subject}"
    if cause is not Cause.RATE_LIMITED:  # of those one says it all
        limit: int = settings.SIGN_IN_RATE_LIMIT
        if not limit or count_said(address=address, about=f"refused {about}") <= limit:
            return mine
    return said_first(mine, address=address, about=f"{cause} {about}")
