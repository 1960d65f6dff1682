"""What is kept of each attempt to sign in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.compiled import insert
from accounts.models import User
from accounts.rate_limit import said_first
from audit.context import current_context
from sso.causes import Cause
from sso.models import (
    SamlConnection,
    SignInRequest,
    SignInTrace,
    UsedAssertion,
    new_reference,
)
from sso.saml import Check

CLIENT_MAX_LENGTH = 255
TRACES_KEPT_FOR = timedelta(days=90)


def mask(name: str) -> str:
    """Enough of a name to recognize one's own, too little to copy: `m…t@acme.example`."""
    local, at, domain = name.partition("@")
    hidden = f"{local[:1]}…{local[-1:]}" if len(local) > 2 else "…"
    return f"{hidden}{at}{domain}"[:64]


def _as_rows(checks: tuple[Check, ...]) -> list[dict[str, Any]]:
    return [
        {"name": check.name, "passed": check.passed, "seen": check.seen, "expected": check.expected}
        for check in checks
    ]


def trace_accepted(
    *,
    connection: SamlConnection,
    user: User,
    checks: tuple[Check, ...],
    is_idp_initiated: bool,
) -> SignInTrace:
    """Keep a sign-in that worked. Belongs in its transaction."""
    context = current_context()
    trace = SignInTrace(
        organization_id=connection.organization_id,
        connection_id=connection.pk,
        user_id=user.pk,
        outcome=SignInTrace.Outcome.ACCEPTED,
        is_idp_initiated=is_idp_initiated,
        checks=_as_rows(checks),
        address=context.address,
        client=context.client[:CLIENT_MAX_LENGTH],
        request_id=context.request_id,
    )
    insert(trace)
    return trace


def trace_refused(
    *,
    connection: SamlConnection,
    cause: Cause,
    checks: tuple[Check, ...] = (),
    seen: str = "",
    expected: str = "",
    subject: str = "",
    user: User | None = None,
    reference: str = "",
) -> SignInTrace:
    """Keep a refusal, outside the transaction that was rolled back."""
    context = current_context()
    rows = _as_rows(checks)
    if all(row["passed"] for row in rows):
        # The message was fine; what stopped it came after.
        rows.append({"name": cause.value, "passed": False, "seen": seen, "expected": expected})
    return SignInTrace.objects.create(
        reference=reference or new_reference(),
        organization=connection.organization,
        connection=connection,
        user=user,
        outcome=SignInTrace.Outcome.REFUSED,
        cause=cause,
        checks=rows,
        subject_hint=mask(subject) if subject else "",
        address=context.address,
        client=context.client[:CLIENT_MAX_LENGTH],
        request_id=context.request_id,
    )


def trace_throttled(*, connection: SamlConnection, checks: tuple[Check, ...] = ()) -> str:
    """Keep that somebody tried too often; answers the reference number.

    Once for each connection, address and minute: whoever is turned away after the first is told the
    same number, so that a flood costs the table one row.
    """
    mine = new_reference()
    kept = said_first(mine, address=current_context().address, about=f"throttled {connection.pk}")
    if kept == mine:
        trace_refused(
            connection=connection, cause=Cause.RATE_LIMITED, checks=checks, reference=mine
        )
    return kept


def forget_expired() -> dict[str, int]:
    """Drop what no longer protects or explains anything; answers how many rows of each went."""
    now = timezone.now()
    return {
        "requests": SignInRequest.objects.filter(expires_at__lte=now).delete()[0],
        "assertions": UsedAssertion.objects.filter(expires_at__lte=now).delete()[0],
        "traces": SignInTrace.objects.filter(created_at__lte=now - TRACES_KEPT_FOR).delete()[0],
    }
