"""One trip to the provider and back: made when a button is pressed, claimed by the first answer.

LinkedIn returns no nonce and refuses PKCE, so the `state` alone says whose answer comes back. It is
stored as a digest, works once, for ten minutes, and for its holder alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.digests import digest_of_secret
from accounts.models import User
from profiles.errors import AuthorizationRefused
from profiles.models import AUTHORIZATION_LASTS, AuthorizationRequest

# Binds the trip of somebody who isn't signed in to the browser that set out. Of no use elsewhere.
BROWSER_COOKIE = "__Host-trip" if settings.PORTAL_IS_HTTPS else "trip"

_KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose trip it is: a person in one session, or one browser in which nobody is known yet.

    `secret` is what no other browser has: the session's key, or the cookie's value.
    """

    secret: str
    user_id: UUID | None = None

    @classmethod
    def of_session(cls, request: HttpRequest, user: User) -> Holder:
        return cls(request.session.session_key or "", user.pk)

    @classmethod
    def of_browser(cls, request: HttpRequest) -> Holder | None:
        """By its cookie; None without one that we could have made."""
        secret = request.COOKIES.get(BROWSER_COOKIE, "")
        return cls(secret) if len(secret) == _SECRET_LENGTH else None

    @classmethod
    def new_browser(cls) -> Holder:
        return cls(secrets.token_urlsafe(_SECRET_BYTES))

    def remember_in(self, response: HttpResponseBase) -> None:
        response.set_cookie(
            BROWSER_COOKIE,
            self.secret,
            max_age=int(AUTHORIZATION_LASTS.total_seconds()),
            secure=settings.PORTAL_IS_HTTPS,
            httponly=True,
            samesite="Lax",  # the answer comes as a link that is followed
        )

    @property
    def digest(self) -> str:
        return salted_hmac("profiles.authorization", self.secret, algorithm="sha256").hexdigest()


_SECRET_BYTES = 32
_SECRET_LENGTH = len(secrets.token_urlsafe(_SECRET_BYTES))


@transaction.atomic
def start_authorization(*, holder: Holder, trip: AuthorizationRequest) -> str:
    """Remember the trip; answers its `state`, which exists nowhere else. Sweeps yesterday's."""
    now = timezone.now()
    AuthorizationRequest.objects.filter(created_at__lt=now - _KEPT_FOR).delete()
    state = secrets.token_urlsafe(32)
    trip.state_digest = digest_of_secret(state)
    trip.user_id = holder.user_id
    trip.holder_digest = holder.digest
    trip.created_at = now
    trip.save(force_insert=True)
    return state


def claim_authorization(*, holder: Holder, state: str) -> AuthorizationRequest:
    """Take the trip that `state` names, once. Raises `AuthorizationRefused`."""
    now = timezone.now()
    claimed = AuthorizationRequest.objects.filter(
        state_digest=digest_of_secret(state),
        user=holder.user_id,
        holder_digest=holder.digest,
        claimed_at=None,
        created_at__gt=now - AUTHORIZATION_LASTS,
    ).update(claimed_at=now)
    if not claimed:
        raise AuthorizationRefused
    return AuthorizationRequest.objects.select_related("organization").get(
        state_digest=digest_of_secret(state)
    )
