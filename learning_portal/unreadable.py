"""Text that no column could hold and no page has sent."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


class ReadableAddressMiddleware:
    """Refuses an address with a zero byte in it, before anything looks for rows by it.

    PostgreSQL raises at such a text, wherever it is compared: in a filter, a search, a look-up.
    Forms refuse it in what is posted. Directories never come here: SCIM refuses in its own words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path_info:
            raise BadRequest
        return self.get_response(request)
