"""The phone of the demo's administrators: shows the codes that their second factor asks for."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import totp
from sandbox.small_companies import SMALL_CUSTOMERS

# Who signs in with a password in the demo, and administers something.
OWNERS = (
    "ada.novak@acme.example",
    "oscar.okafor@globex.example",
    "staff@portal.example",
    *(customer.administrator for customer in SMALL_CUSTOMERS),
)


def secret_of(owner: str) -> bytes:
    """The same in every demo, as the password is: nothing of it is worth stealing."""
    return hashlib.sha256(f"authenticator of {owner}".encode()).digest()[:20]


def codes_of(owner: str) -> dict[str, Any]:
    """This half minute's code and the next one, which is good already: each works once."""
    secret, step = secret_of(owner), totp.current_step()
    return {
        "owner": owner,
        "now": totp.code_at(secret, step),
        "next": totp.code_at(secret, step + 1),
    }


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    response = render(
        request, "sandbox/authenticator.html", {"entries": [codes_of(owner) for owner in OWNERS]}
    )
    response.headers["Refresh"] = "10"
    return response
