"""The content policy header. Django 6 brings the same middleware; the setting has its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"

# A scheme, or a scheme and host. A semicolon or comma would begin another directive or policy.
_ORIGIN = re.compile(r"[a-z]+:(?://[A-Za-z0-9._\-\[\]:]+)?")


class ContentPolicyMiddleware:
    """Sends `SECURE_CSP` with every answer.

    A page whose form posts to another origin, or is redirected there, names that origin in the
    response's `form_action_origins`. Nothing else can be relaxed, whatever the origin is called.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if HEADER not in response.headers:
            response.headers[HEADER] = _policy(getattr(response, "form_action_origins", ()))
        return response


def _policy(form_action_origins: Sequence[str]) -> str:
    directives = dict(settings.SECURE_CSP)
    origins = [origin for origin in form_action_origins if _ORIGIN.fullmatch(origin)]
    directives["form-action"] = [*directives["form-action"], *origins]
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def allow_form_action(response: HttpResponse, origin: str) -> HttpResponse:
    """Let the page's form post to, or be redirected to, `origin` (scheme and host)."""
    origins = [*getattr(response, "form_action_origins", ()), origin]
    response.form_action_origins = origins  # type: ignore[attr-defined]  # the middleware reads it
    return response
