"""Proving anew who one is, before an act that a stranger at an open browser must not do.

A session may be hours old, and an identity provider signs people in without asking again. So the
request demands that it asks (ForceAuthn; SAML core, 3.4.1), and its answer must say that it did.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from accounts.sessions import digest_of
from sso.causes import Cause
from sso.errors import SignInRefused
from sso.models import DemandedProof, SamlConnection, SamlIdentity
from sso.saml import Check, CheckName, VerifiedAssertion


def demanded(request: HttpRequest, connection: SamlConnection) -> dict[str, Any]:
    """What a `SignInRequest` remembers where it demands a proof; empty for a plain sign-in.

    `?again` demands one of whoever is signed in, at a connection of their own organization.
    """
    user = request.user if "again" in request.GET else None
    if not isinstance(user, User) or user.organization_id != connection.organization_id:
        return {}
    return {
        "prover": user,
        "proof_since": int(time.time()),
        "session_digest": digest_of(request.session.session_key or ""),
    }


def check_proof(
    proof: DemandedProof,
    *,
    connection: SamlConnection,
    assertion: VerifiedAssertion,
    subject: str,
) -> Check:
    """The same person, asked since the request left. Raises `SignInRefused` otherwise.

    Comes before anybody is found, made or changed. The connection's clock skew counts in the
    person's favor.
    """
    since = proof.since - timedelta(seconds=connection.clock_skew_seconds)
    instant = assertion.authn_instant
    seen, expected = _shown(instant), f"since {_shown(proof.since)}"
    prover = User.objects.get_queryset().get(pk=proof.user_id)
    if instant is None or instant < since:
        raise SignInRefused(Cause.NOT_ASKED_AGAIN, seen=seen, expected=expected, user=prover)
    known = SamlIdentity.objects.filter(connection=connection, name_id=subject, user=prover)
    if not known.exists():
        raise SignInRefused(Cause.OTHER_PERSON, user=prover)
    return Check(CheckName.PROOF, True, seen, expected)


def _shown(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else "none"
