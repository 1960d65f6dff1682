"""Passkeys as browsers speak of them (WebAuthn). Values in, value out: the library stays in here.

The relying party is the host of PORTAL_BASE_URL, and nothing that is signed for another counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from django.conf import settings
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    generate_challenge,
    options_to_json_dict,
    parse_authentication_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.errors import PasskeyRefused

NAME = "Learning portal"
# More than any answer takes whose maker is not asked to vouch for itself.
LONGEST_ANSWER = 20_000
# Of a passkey, in bytes (WebAuthn, section 4, "Credential ID"): what our column holds in base64url.
LONGEST_ID = 1023
# What the library lets through of bytes that a stranger made.
_MALFORMED = (
    WebAuthnException,
    InvalidSignature,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """What a browser made for an account: checked, and yet to be kept."""

    id: str
    public_key: bytes
    sign_count: int
    is_synced: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser says opens an account. Nothing of it is checked."""

    credential_id: str
    account: UUID | None
    text: str


def host() -> str:
    return urlsplit(settings.PORTAL_BASE_URL).hostname or ""


def are_possible() -> bool:
    """Passkeys belong to a name: browsers refuse them at an address of numbers."""
    try:
        ip_address(host())
    except ValueError:
        return True
    return False


def origin() -> str:
    base = urlsplit(settings.PORTAL_BASE_URL)
    return f"{base.scheme}://{base.netloc}"


def new_challenge() -> bytes:
    return generate_challenge()


def registration_options(
    *, account: UUID, name: str, display_name: str, challenge: bytes, known: Iterable[str]
) -> dict[str, Any]:
    """For `navigator.credentials.create()`: a passkey that is found without a name, and asks whom
    it obeys. `known` are the account's own, of which a device makes no second one."""
    options = generate_registration_options(
        rp_id=host(),
        rp_name=NAME,
        # The account's id is opaque, and each account's is its own: one device keeps several.
        user_id=account.bytes,
        user_name=name,
        user_display_name=display_name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known
        ],
    )
    return options_to_json_dict(options)


def sign_in_options(*, challenge: bytes) -> dict[str, Any]:
    """For `navigator.credentials.get()`: no account is named, so that none is told."""
    options = generate_authentication_options(
        rp_id=host(),
        challenge=challenge,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def read_registration(text: str, *, challenge: bytes) -> NewCredential:
    """Check what `navigator.credentials.create()` answered. Raises `PasskeyRefused`."""
    _refuse_long(text)
    try:
        verified = verify_registration_response(
            credential=text,
            expected_challenge=challenge,
            expected_rp_id=host(),
            expected_origin=origin(),
            require_user_verification=True,
        )
        # A key that can't be read now would open nothing later.
        decoded_public_key_to_cryptography(
            decode_credential_public_key(verified.credential_public_key)
        )
    except _MALFORMED as error:
        raise PasskeyRefused("registration") from error
    if len(verified.credential_id) > LONGEST_ID:
        raise PasskeyRefused("registration")
    return NewCredential(
        id=bytes_to_base64url(verified.credential_id),
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        is_synced=verified.credential_backed_up,
    )


def read_answer(text: str) -> Answer:
    """Which passkey and account an answer names. Raises `PasskeyRefused` where it names none."""
    _refuse_long(text)
    try:
        parsed = parse_authentication_credential_json(text)
        handle = parsed.response.user_handle
        account = UUID(bytes=handle) if handle and len(handle) == 16 else None
        return Answer(bytes_to_base64url(parsed.raw_id), account, text)
    except _MALFORMED as error:
        raise PasskeyRefused("malformed") from error


def check_answer(
    answer: Answer, *, challenge: bytes, public_key: bytes, sign_count: int
) -> tuple[int, bool]:
    """Check what `navigator.credentials.get()` answered: the new count, and whether it is synced.

    Signature, challenge, origin, relying party, that somebody was there and was recognized, and
    that the authenticator counted on. Raises `PasskeyRefused`.
    """
    try:
        verified = verify_authentication_response(
            credential=json.loads(answer.text),
            expected_challenge=challenge,
            expected_rp_id=host(),
            expected_origin=origin(),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise PasskeyRefused("signature") from error
    return verified.new_sign_count, verified.credential_backed_up


def _refuse_long(text: str) -> None:
    if len(text) > LONGEST_ANSWER:
        raise PasskeyRefused("malformed")
