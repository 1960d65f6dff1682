"""Codes of authenticator apps: RFC 6238 with what every app takes, SHA-1, six digits, half minutes.

Values in, value out. That a code works once is for whoever keeps the step it was of.
"""

from __future__ import annotations

import base64
import io
import re
import secrets
import time
from hmac import compare_digest
from urllib.parse import quote, urlencode

import segno
from django.utils.safestring import SafeString
from django_otp.oath import hotp

ISSUER = "Learning portal"
SECONDS = 30
# A clock that is half a minute off, and a code typed as it changes.
TOLERANCE = 1
_CODE = re.compile(r"[0-9]{6}")
# What of names an app lists. In letters of any script, the QR code holds these and the secret.
LONGEST_ORGANIZATION, LONGEST_ACCOUNT = 40, 64


def new_secret() -> bytes:
    """160 random bits, as RFC 4226 recommends."""
    return secrets.token_bytes(20)


def current_step() -> int:
    return int(time.time()) // SECONDS


def code_at(secret: bytes, step: int) -> str:
    return f"{hotp(secret, step):06}"


def as_code(typed: str) -> str | None:
    """The six digits of what was typed, spaces apart; None for what can't be a code."""
    code = "".join(typed.split())
    return code if _CODE.fullmatch(code) else None


def step_of(secret: bytes, code: str, *, after: int = -1) -> int | None:
    """Which half minute this is the code of, around now and later than `after`; None for none."""
    now = current_step()
    steps = range(max(now - TOLERANCE, after + 1), now + TOLERANCE + 1)
    return next((step for step in steps if compare_digest(code_at(secret, step), code)), None)


def typed_secret(secret: bytes) -> str:
    """As apps take it by hand: base 32, in groups that are read out."""
    letters = base64.b32encode(secret).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def address_of(secret: bytes, *, account: str, organization: str) -> str:
    """The otpauth:// address that a QR code holds. Apps list it under portal and organization."""
    at = organization[:LONGEST_ORGANIZATION].replace(":", " ")  # what parts the two of them
    issuer = f"{ISSUER} ({at})" if at else ISSUER
    label = f"{quote(issuer)}:{quote(account[:LONGEST_ACCOUNT].replace(':', ' '), safe='')}"
    query = {"secret": base64.b32encode(secret).decode(), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"


def picture_of(address: str) -> SafeString:
    """The address as a QR code: an SVG without script and style, black on white in every theme."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=False,
        nl=False,
        border=4,
        light="#fff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    # Drawn from black and white squares: nothing of the address is text in it.
    return SafeString(out.getvalue().decode())
