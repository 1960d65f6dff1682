"""A checklist as strangers may read it: what is about a person is masked or left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sso.causes import codes_in
from sso.saml import CheckName
from sso.traces import mask

# The last words of the codes the standard knows (core, 3.2.2.2). Any other word may be a name.
_STATUS_CODES = frozenset(
    {
        "Requester",
        "Responder",
        "VersionMismatch",
        "AuthnFailed",
        "InvalidAttrNameOrValue",
        "InvalidNameIDPolicy",
        "NoAuthnContext",
        "NoAvailableIDP",
        "NoPassive",
        "NoSupportedIDP",
        "PartialLogout",
        "ProxyCountExceeded",
        "RequestDenied",
        "RequestUnsupported",
        "RequestVersionDeprecated",
        "RequestVersionTooHigh",
        "RequestVersionTooLow",
        "ResourceNotRecognized",
        "TooManyResponses",
        "UnknownAttrProfile",
        "UnknownPrincipal",
        "UnsupportedBinding",
    }
)
_ADDRESS = re.compile(r"[^\s'\"<>()\[\],;:]+@[^\s'\"<>()\[\],;:]+")


def without_names(checks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of `sso.traces` to be shown to whoever has the link."""
    return [
        {**row, "seen": _seen(row), "expected": _masked(row.get("expected", ""))} for row in checks
    ]


def _seen(row: dict[str, Any]) -> str:
    seen = row.get("seen", "")
    if row["name"] == CheckName.STATUS and not row["passed"]:
        # After the codes come the provider's own words, which like to name the person.
        words = [part for part in seen.split(" / ") if part in _STATUS_CODES]
        words += [each.code for each in codes_in(seen) if each.code not in words]
        return " / ".join(words)
    return _masked(seen)


def _masked(text: str) -> str:
    return _ADDRESS.sub(lambda found: mask(found[0]), text)
