"""One trip to LinkedIn and back: made when Connect is pressed, claimed by the first answer.

LinkedIn returns no nonce and refuses PKCE, so the `state` alone says whose answer comes back. It is
stored as a digest, works once, for ten minutes, for one person in one session.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.digests import digest_of_secret
from accounts.models import User
from profiles.errors import AuthorizationRefused
from profiles.models import AUTHORIZATION_LASTS, AuthorizationRequest, Via

_KEPT_FOR = timedelta(days=1)


def _session_digest(session_key: str) -> str:
    return salted_hmac("profiles.authorization", session_key, algorithm="sha256").hexdigest()


@transaction.atomic
def start_authorization(
    *, user: User, session_key: str, via: Via, consent_version: str, next_path: str = ""
) -> str:
    """Remember the trip; answers its `state`, which exists nowhere else. Sweeps yesterday's."""
    now = timezone.now()
    AuthorizationRequest.objects.filter(created_at__lt=now - _KEPT_FOR).delete()
    state = secrets.token_urlsafe(32)
    AuthorizationRequest.objects.create(
        state_digest=digest_of_secret(state),
        user=user,
        session_digest=_session_digest(session_key),
        via=via,
        consent_version=consent_version,
        next_path=next_path,
        created_at=now,
    )
    return state


def claim_authorization(*, user: User, session_key: str, state: str) -> AuthorizationRequest:
    """Take the trip that `state` names, once. Raises `AuthorizationRefused`."""
    now = timezone.now()
    claimed = AuthorizationRequest.objects.filter(
        state_digest=digest_of_secret(state),
        user=user,
        session_digest=_session_digest(session_key),
        claimed_at=None,
        created_at__gt=now - AUTHORIZATION_LASTS,
    ).update(claimed_at=now)
    if not claimed:
        raise AuthorizationRefused
    return AuthorizationRequest.objects.get(state_digest=digest_of_secret(state))
