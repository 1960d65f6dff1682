"""Single logout: what a session keeps for it, and the sessions that a request ends."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import Session, User
from accounts.services import end_sessions
from accounts.sessions import IDP_SESSION
from database.inserts import insert
from sso.causes import Cause
from sso.errors import SignInRefused
from sso.models import SamlConnection, UsedAssertion
from sso.saml import LogoutRequest, NamedSession, VerifiedAssertion

# How long a person may take at the identity provider until its answer comes.
ANSWER_SECONDS = 15 * 60


def kept_of(assertion: VerifiedAssertion) -> dict[str, str]:
    """What the session keeps of the name and index that the identity provider gave."""
    return {name: value for name, value in asdict(NamedSession.of(assertion)).items() if value}


def named(kept: Mapping[str, Any]) -> NamedSession:
    return NamedSession(**kept)


def subject_key(name_id: str) -> str:
    """By which a person's sessions at a connection are found. The same for every connection."""
    return hashlib.sha256(name_id.encode()).hexdigest()


def new_request_id(connection: SamlConnection) -> str:
    """Names a request of ours without being stored: its answer decides about words alone."""
    return _request_id(connection, f"{int(time.time()):x}.{secrets.token_hex(8)}")


def is_our_request(connection: SamlConnection, request_id: str) -> bool:
    """Whether this connection made it, not too long ago."""
    stamp, _dot, rest = request_id.removeprefix("_").partition(".")
    said = f"{stamp}.{rest.partition('.')[0]}"
    if not constant_time_compare(_request_id(connection, said), request_id):
        return False
    return 0 <= time.time() - int(stamp, 16) <= ANSWER_SECONDS


def _request_id(connection: SamlConnection, said: str) -> str:
    mark = salted_hmac("sso.sign_out", f"{connection.pk} {said}", algorithm="sha256").hexdigest()
    return f"_{said}.{mark[:40]}"


def end_named_sessions(*, connection: SamlConnection, request: LogoutRequest) -> int:
    """End the sessions a verified request means, and no others; answers how many there were.

    A name nobody has here ends none, and nothing tells. Raises `SignInRefused` for a request that
    was used before, and for a connection, a draft, that is deleted in the same moment. A
    transaction of its own: the database notices that at the commit.
    """
    try:
        return _end(connection, request)
    except IntegrityError as error:
        raise SignInRefused(Cause.CONNECTION_INACTIVE) from error


@transaction.atomic
def _end(connection: SamlConnection, request: LogoutRequest) -> int:
    _spend(connection, request)
    found: dict[User, list[str]] = {}
    rows = Session.objects.filter(
        connection_id=connection.pk, subject=subject_key(request.named.name_id)
    ).select_related("user__organization")
    for row in rows:
        kept = row.get_decoded().get(IDP_SESSION)
        if row.user is not None and kept and request.means(named(kept)):
            found.setdefault(row.user, []).append(row.session_key)
    return sum(
        end_sessions(user=user, only=keys, actor=connection.as_actor())
        for user, keys in found.items()
    )


def _spend(connection: SamlConnection, request: LogoutRequest) -> None:
    # A digest, so that no assertion of the same identity provider has the same name.
    spent = hashlib.sha256(request.id.encode()).hexdigest()
    try:
        insert(
            UsedAssertion(
                connection=connection,
                assertion_id=f"logout {spent}",
                expires_at=request.not_on_or_after
                + timedelta(seconds=connection.clock_skew_seconds),
            )
        )
    except IntegrityError as error:
        raise SignInRefused(Cause.REPLAYED) from error
