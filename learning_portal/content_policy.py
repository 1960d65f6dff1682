"""The content policy header. Django 6 brings the same middleware; the setting has its name."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"


class ContentPolicyMiddleware:
    """Sends `SECURE_CSP` with every answer.

    A view whose page posts a form to another origin (an identity provider) names that origin with
    `allow_form_action`; nothing else can be relaxed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        extra: list[str] = getattr(response, "form_action_origins", [])
        response.headers.setdefault(
            HEADER,
            "; ".join(
                f"{directive} {' '.join([*sources, *(extra if directive == 'form-action' else [])])}"
                for directive, sources in settings.SECURE_CSP.items()
            ),
        )
        return response


def allow_form_action(response: HttpResponse, origin: str) -> HttpResponse:
    """Let the page's form post to, or be redirected to, `origin` (scheme and host)."""
    response.form_action_origins = [  # type: ignore[attr-defined]  # read by the middleware
        *getattr(response, "form_action_origins", []),
        origin,
    ]
    return response
