"""Gives every request an id and lets log lines and audit events carry it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from audit.addresses import client_address
from audit.context import RequestContext, new_request_id, request_context


class RequestContextMiddleware:
    """First in the chain, so that whatever happens later knows its request.

    The id is always our own: one taken from the client could be used to hide among another's lines.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        context = RequestContext(
            request_id=new_request_id(),
            address=client_address(request),
            source="web",
            client=_visible(request.META.get("HTTP_USER_AGENT", ""))[:255],
        )
        # Django writes a line about the answer when we are through: it finds the id here.
        request.request_id = context.request_id  # type: ignore[attr-defined]
        with request_context(context):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = context.request_id
        return response


def _visible(text: str) -> str:
    """Without what no column holds and no page shows."""
    return "".join(letter for letter in text if letter.isprintable())
