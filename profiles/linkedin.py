"""Sign in with LinkedIn, as an OpenID Connect client: where to send people, and who came back.

LinkedIn's own ways: the client secret goes into the body, no nonce comes back, PKCE is refused.
Any provider that works with less can stand in its place (`LINKEDIN_*` settings). Tokens live
inside `fetch_profile` and nowhere else: they are never stored and never logged.
"""

from __future__ import annotations

import hashlib
import io
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, RSAKey

from accounts.checks import is_loopback
from profiles.errors import LinkedInAnswerRefused, LinkedInFailed, LinkedInUnavailable

logger = logging.getLogger(__name__)

SCOPES = "openid profile email"
ENDPOINT_SETTINGS = (
    "LINKEDIN_AUTHORIZATION_URL",
    "LINKEDIN_TOKEN_URL",
    "LINKEDIN_USERINFO_URL",
    "LINKEDIN_JWKS_URL",
)
# What LinkedIn says, and what the standard says, when somebody presses Cancel.
CANCELED = frozenset({"user_cancelled_login", "user_cancelled_authorize", "access_denied"})

TIMEOUT_SECONDS = 5.0  # to connect, and for each read
DEADLINE_SECONDS = 10.0  # for a whole answer, so that a slow drip can't hold a worker
MAX_ANSWER_BYTES = 256 * 1024
CLOCK_SKEW_SECONDS = 60
KEYS_CACHED_SECONDS = 60 * 60
# Anything else, "none" and shared secrets above all, would let others sign.
ALGORITHMS = ["RS256"]
# RFC 6749, section 5.2. Whatever else a provider writes there is not repeated into our log.
_TOKEN_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)
_MAX_LENGTH = 255


@dataclass(frozen=True, slots=True)
class LinkedInProfile:
    """Who came back. The e-mail address and picture that LinkedIn sends along are left behind."""

    subject: str
    name: str


def name() -> str:
    """What people call the provider."""
    return str(settings.LINKEDIN_NAME)


def is_configured() -> bool:
    return bool(settings.LINKEDIN_CLIENT_ID and settings.LINKEDIN_CLIENT_SECRET)


def is_safe_endpoint(url: str) -> bool:
    scheme = urlsplit(url).scheme
    return scheme == "https" or (scheme == "http" and is_loopback(url))


def callback_url() -> str:
    return f"{settings.PORTAL_BASE_URL}{reverse('profiles:callback')}"


def authorization_origin() -> str:
    """Scheme and host that the connect page's form is redirected to."""
    parts = urlsplit(settings.LINKEDIN_AUTHORIZATION_URL)
    return f"{parts.scheme}://{parts.netloc}"


def authorization_url(*, state: str) -> str:
    with _Client() as client:
        url, _state = client.create_authorization_url(
            settings.LINKEDIN_AUTHORIZATION_URL, state=state
        )
    return str(url)


def was_canceled(answer: Mapping[str, str]) -> bool:
    """Whether the person pressed Cancel, as the query of the callback's address says."""
    return answer.get("error") in CANCELED


def fetch_answer(answer: Mapping[str, str]) -> LinkedInProfile:
    """Whom the callback's query vouches for. Raises `LinkedInFailed`, and the log says why."""
    try:
        code = answer.get("code")
        if answer.get("error") or not code:
            raise LinkedInAnswerRefused("authorization error")
        return fetch_profile(code=code)
    except LinkedInFailed as failure:
        logger.warning("LinkedIn did not vouch for anybody", extra={"reason": failure.reason})
        raise


def fetch_profile(*, code: str) -> LinkedInProfile:
    """Trade the code for the profile behind it.

    Raises `LinkedInUnavailable` and `LinkedInAnswerRefused`, both of them `LinkedInFailed`, and
    nothing else, whatever comes back.
    """
    try:
        return _fetched(code)
    except LinkedInFailed:
        raise
    except Exception as error:
        # The one place that translates anything at all: an answer must never make a server error,
        # and no list of what three libraries may raise over it is complete.
        raise LinkedInAnswerRefused("malformed") from error


def _fetched(code: str) -> LinkedInProfile:
    with _Client() as client:
        tokens = _fetch_tokens(client, code)
        claims = _verified_claims(client, tokens["id_token"])
        userinfo = _json_object(
            client.request(
                "GET",
                settings.LINKEDIN_USERINFO_URL,
                withhold_token=True,  # by hand: some answers leave token_type out
                headers={"Authorization": f"Bearer {tokens['access_token']}"},
            ),
            what="userinfo",
        )
    # Otherwise the access token could be somebody else's, and the name with it.
    if userinfo.get("sub") != claims["sub"]:
        raise LinkedInAnswerRefused("userinfo subject")
    return LinkedInProfile(subject=claims["sub"], name=_name(userinfo))


class _Client(OAuth2Session):  # type: ignore[misc]  # Authlib has no types
    """Authlib's client on a short leash, whatever Authlib or the provider would like."""

    def __init__(self) -> None:
        super().__init__(
            client_id=settings.LINKEDIN_CLIENT_ID,
            client_secret=settings.LINKEDIN_CLIENT_SECRET,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            scope=SCOPES,
            redirect_uri=callback_url(),
        )

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        if not is_safe_endpoint(url):
            raise LinkedInAnswerRefused("endpoint is not https")
        # A proxy of the environment is for the world outside.
        self.trust_env = not is_loopback(url)
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": TIMEOUT_SECONDS}
        kwargs["headers"] = {**(kwargs.get("headers") or {}), "Accept": "application/json"}
        try:
            with super().request(method, url, **kwargs) as response:
                body = _read(response)
        except requests.Timeout as error:
            raise LinkedInUnavailable("timeout") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise LinkedInUnavailable("connection") from error
        if response.status_code >= 500 or response.status_code == 429:
            raise LinkedInUnavailable(f"status {response.status_code}")
        if 300 <= response.status_code < 400:
            raise LinkedInAnswerRefused("redirect")
        response.raw = io.BytesIO(body)
        return response


def _read(response: requests.Response) -> bytes:
    deadline = time.monotonic() + DEADLINE_SECONDS
    body = bytearray()
    # read1 answers with what has arrived; read would wait until its amount is full.
    while chunk := response.raw.read1(16 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise LinkedInAnswerRefused("answer too large")
        if time.monotonic() > deadline:
            raise LinkedInUnavailable("timeout")
    return bytes(body)


def _json_object(response: requests.Response, *, what: str) -> dict[str, Any]:
    if response.status_code != 200:
        raise LinkedInAnswerRefused(f"{what} status {response.status_code}")
    try:
        answer = response.json()
    except ValueError as error:
        raise LinkedInAnswerRefused(f"{what} is not JSON") from error
    if not isinstance(answer, dict):
        raise LinkedInAnswerRefused(f"{what} is not an object")
    return answer


def _fetch_tokens(client: _Client, code: str) -> dict[str, str]:
    try:
        answer = client.fetch_token(
            settings.LINKEDIN_TOKEN_URL, grant_type="authorization_code", code=code
        )
    except OAuthError as error:
        named = error.error if error.error in _TOKEN_ERRORS else "other"
        raise LinkedInAnswerRefused(f"token error {named}") from error
    except (ValueError, requests.RequestException) as error:
        raise LinkedInAnswerRefused("token answer is not JSON") from error
    tokens = {name: answer.get(name) for name in ("access_token", "id_token")}
    for name, value in tokens.items():
        if not isinstance(value, str) or not value:
            raise LinkedInAnswerRefused(f"no {name}")
    return tokens


def _verified_claims(client: _Client, id_token: str) -> dict[str, Any]:
    claims = _signed_claims(client, id_token)
    registry = jwt.JWTClaimsRegistry(
        leeway=CLOCK_SKEW_SECONDS,
        iss={"essential": True, "value": settings.LINKEDIN_ISSUER},
        aud={"essential": True, "value": settings.LINKEDIN_CLIENT_ID},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except ClaimError as error:
        raise LinkedInAnswerRefused(f"id_token {error.claim}") from error
    # A second audience could replay the token to us, and azp names who asked for it.
    if claims["aud"] not in (settings.LINKEDIN_CLIENT_ID, [settings.LINKEDIN_CLIENT_ID]):
        raise LinkedInAnswerRefused("id_token aud")
    if claims.get("azp", settings.LINKEDIN_CLIENT_ID) != settings.LINKEDIN_CLIENT_ID:
        raise LinkedInAnswerRefused("id_token azp")
    # What no column holds is nobody: NUL, half a surrogate pair.
    subject = claims["sub"]
    if len(subject) > _MAX_LENGTH or not subject.strip() or not subject.isprintable():
        raise LinkedInAnswerRefused("id_token sub")
    return claims


def _signed_claims(client: _Client, id_token: str) -> dict[str, Any]:
    try:
        try:
            token = jwt.decode(id_token, _keys(client), algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            # The provider may have changed its keys within our hour. Asked once.
            token = jwt.decode(id_token, _keys(client, afresh=True), algorithms=ALGORITHMS)
    except (JoseError, ValueError) as error:
        raise LinkedInAnswerRefused("id_token signature") from error
    return token.claims


def _keys(client: _Client, *, afresh: bool = False) -> KeySet:
    url = settings.LINKEDIN_JWKS_URL
    cache_key = f"profiles.linkedin.keys:{hashlib.sha256(url.encode()).hexdigest()}"
    published = None if afresh else cache.get(cache_key)
    if published is None:
        answer = _json_object(client.request("GET", url, withhold_token=True), what="keys")
        published = answer.get("keys")
        keys = _signing_keys(published)
        cache.set(cache_key, published, KEYS_CACHED_SECONDS)
        return keys
    return _signing_keys(published)


def _signing_keys(published: Any) -> KeySet:
    """The RSA keys; others, and what no key looks like, are left out. joserfc minds their use."""
    if not isinstance(published, list):
        raise LinkedInAnswerRefused("keys are no list")
    try:
        return KeySet(
            [
                RSAKey.import_key(key)
                for key in published
                if isinstance(key, dict) and key.get("kty") == "RSA"
            ]
        )
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise LinkedInAnswerRefused("a key is malformed") from error


def _name(userinfo: dict[str, Any]) -> str:
    whole = userinfo.get("name")
    if not isinstance(whole, str) or not whole.strip():
        parts = (userinfo.get("given_name"), userinfo.get("family_name"))
        whole = " ".join(part for part in parts if isinstance(part, str))
    visible = "".join(letter for letter in whole if letter.isprintable())
    return visible.strip()[:_MAX_LENGTH]
