"""The way of a directory's call through the portal: past everything that pages need."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.urls import get_resolver

from provisioning.addresses import BASE_PATH

_PREFIX = f"{BASE_PATH}/"
# Everything may be searched at the base address itself (RFC 7644, section 3.4.2.1).
_ROOT = "/"


class DirectoryCallMiddleware:
    """Answers the calls of directories; everything else goes on to the pages.

    A call carries a token and nothing else that counts: no session is looked for, no cookie read or
    set, no person signed in, no page framed. What stands further down the chain, and the search
    through the pages' addresses, took a directory's call as long as the database does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._answer = GZipMiddleware(_answer)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == BASE_PATH or request.path_info.startswith(_PREFIX):
            return cast("HttpResponse", self._answer(request))
        return self.get_response(request)


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()  # refuses a host that isn't ours, as the pages do
    # A resolver counts the slash that every address begins with as its own.
    path = request.path_info.removeprefix(BASE_PATH) or _ROOT
    match = get_resolver("provisioning.urls").resolve(path)
    request.resolver_match = match
    answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return answer
