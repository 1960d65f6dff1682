"""An OpenID Connect provider with LinkedIn's habits, the part that programs talk to.

No nonce in the id_token, no PKCE, the client's secret in the body and nowhere else, and
`email_verified` as text. Tokens are signed by hand, so that the portal's own library never judges
itself.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from sandbox.people import MEMBERS, Member
from sandbox.places import base_url, openid_key

KEY_ID = "sandbox-1"
SCOPES = frozenset({"openid", "profile", "email"})
CODE_SECONDS = 30
TOKEN_SECONDS = 60 * 60
# Longer than any client should wait.
SLOW_SECONDS = 12

# What the provider can be told to do wrong with the next sign-in.
FAULTS = {
    "down": "Out of order: the token request is answered with 503",
    "slow": f"Slow: the token request takes {SLOW_SECONDS} seconds",
    "signature": "The id_token is signed with another key",
    "unsigned": "The id_token isn’t signed (alg none)",
    "issuer": "The id_token names another issuer",
    "audience": "The id_token was made for another client",
    "expired": "The id_token has expired",
    "no_id_token": "There is no id_token",
    "subject": "Userinfo describes somebody else",
}


@dataclass(frozen=True)
class Grant:
    """What a member allowed: a code stands for it, then an access token."""

    member: Member
    redirect_uri: str
    scopes: frozenset[str]
    fault: str
    expires_at: float


class Grants:
    """Grants by their secret, in this process's memory."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def keep(self, grant: Grant) -> str:
        secret = secrets.token_urlsafe(32)
        now = time.time()
        with self._lock:
            self._grants = {
                key: kept for key, kept in self._grants.items() if kept.expires_at > now
            }
            self._grants[secret] = grant
        return secret

    def take(self, secret: str) -> Grant | None:
        with self._lock:
            grant = self._grants.pop(secret, None)
        return grant if grant and grant.expires_at > time.time() else None

    def read(self, secret: str) -> Grant | None:
        grant = self._grants.get(secret)
        return grant if grant and grant.expires_at > time.time() else None


codes = Grants()
access_tokens = Grants()


def issuer() -> str:
    return f"{base_url()}/linkedin/oauth"


@require_GET
def discovery(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "issuer": issuer(),
            "authorization_endpoint": f"{issuer()}/v2/authorization",
            "token_endpoint": f"{issuer()}/v2/accessToken",
            "userinfo_endpoint": f"{base_url()}/linkedin/v2/userinfo",
            "jwks_uri": f"{issuer()}/openid/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": sorted(SCOPES),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "claims_supported": [
                *("iss", "aud", "iat", "exp", "sub", "name", "given_name", "family_name"),
                *("picture", "email", "email_verified", "locale"),
            ],
        }
    )


@require_GET
def jwks(request: HttpRequest) -> HttpResponse:
    numbers = _signing_key().public_key().public_numbers()
    key = {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": KEY_ID,
        "n": _base64(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
        "e": _base64(numbers.e.to_bytes(3, "big")),
    }
    return JsonResponse({"keys": [key]})


@csrf_exempt  # the portal's server calls, no browser
@require_POST
@never_cache
def token(request: HttpRequest) -> HttpResponse:
    if "Authorization" in request.headers or not (
        constant_time_compare(request.POST.get("client_id", ""), settings.LINKEDIN_CLIENT_ID)
        and constant_time_compare(
            request.POST.get("client_secret", ""), settings.LINKEDIN_CLIENT_SECRET
        )
    ):
        return _refuse(401, "invalid_client", "Client authentication failed")
    if request.POST.get("grant_type") != "authorization_code":
        return _refuse(400, "unsupported_grant_type", "Only authorization_code is supported")
    if "code_verifier" in request.POST:
        return _refuse(400, "invalid_request", "PKCE is not enabled for this application")
    grant = codes.take(request.POST.get("code", ""))
    if grant is None or grant.redirect_uri != request.POST.get("redirect_uri"):
        return _refuse(
            400,
            "invalid_request",
            "Unable to retrieve access token: appid/redirect uri/code verifier does not match "
            "authorization code. Or authorization code expired.",
        )
    if grant.fault == "down":
        return _refuse(503, "service_unavailable", "Try again later")
    if grant.fault == "slow":
        time.sleep(SLOW_SECONDS)
    answer = {
        "access_token": access_tokens.keep(
            Grant(
                grant.member,
                grant.redirect_uri,
                grant.scopes,
                grant.fault,
                time.time() + TOKEN_SECONDS,
            )
        ),
        "expires_in": TOKEN_SECONDS,
        "scope": ",".join(sorted(grant.scopes)),
        "token_type": "Bearer",
    }
    if "openid" in grant.scopes and grant.fault != "no_id_token":
        answer["id_token"] = id_token(grant)
    return JsonResponse(answer)


@require_GET
@never_cache
def userinfo(request: HttpRequest) -> HttpResponse:
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    grant = access_tokens.read(secret) if scheme == "Bearer" else None
    if grant is None:
        return JsonResponse(
            {"status": 401, "code": "INVALID_ACCESS_TOKEN", "message": "Invalid access token"},
            status=401,
        )
    claims = _claims(grant)
    if grant.fault == "subject":
        claims["sub"] = next(other for other in MEMBERS if other != grant.member.subject)
    return JsonResponse(claims)


def _refuse(status: int, error: str, description: str) -> JsonResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)


def _claims(grant: Grant) -> dict[str, Any]:
    member = grant.member
    claims: dict[str, Any] = {"sub": member.subject}
    if "profile" in grant.scopes:
        claims |= {
            "name": member.name,
            "given_name": member.first_name,
            "family_name": member.last_name,
            "picture": f"{base_url()}/linkedin/picture/{member.subject}.svg",
            "locale": {"country": "US", "language": "en"},
        }
    if "email" in grant.scopes and member.email:
        # Text, not a boolean: LinkedIn's own way.
        claims |= {"email": member.email, "email_verified": "true"}
    return claims


def id_token(grant: Grant) -> str:
    now = int(time.time())
    if grant.fault == "expired":
        now -= 24 * 60 * 60
    claims = _claims(grant) | {
        "iss": "https://elsewhere.example" if grant.fault == "issuer" else issuer(),
        "aud": "another-client" if grant.fault == "audience" else settings.LINKEDIN_CLIENT_ID,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
    }
    if grant.fault == "unsigned":
        return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."
    key = _strangers_key() if grant.fault == "signature" else _signing_key()
    signed = f"{_part({'alg': 'RS256', 'typ': 'JWT', 'kid': KEY_ID})}.{_part(claims)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64(signature)}"


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    return openid_key()


@cache
def _strangers_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _part(fields: dict[str, Any]) -> str:
    return _base64(json.dumps(fields).encode())


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
