"""The way of a directory's call through the portal: past everything that pages need."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.urls import get_resolver

from provisioning.addresses import BASE_PATH
from provisioning.authentication import is_known
from provisioning.handlers.nowhere import MISSED
from provisioning.views import endpoint

_PREFIX = f"{BASE_PATH}/"
# Everything may be searched at the base address itself (RFC 7644, section 3.4.2.1).
_ROOT = "/"
# What SCIM's addresses end with, in SCIM's own letters; no page of ours does.
_OF_SCIM = re.compile(
    r"^/scim(?:/|$)"
    r"|/(?:Users|Groups|Bulk|Me|ServiceProviderConfig|ResourceTypes|Schemas|\.search)(?:/|$)"
)


class DirectoryCallMiddleware:
    """Answers the calls of directories; everything else goes on to the pages.

    A call carries a token and nothing else that counts: no session is looked for, no cookie read or
    set, no person signed in, no page framed. What stands further down the chain, and the search
    through the pages' addresses, took a directory's call as long as the database does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._answer = GZipMiddleware(_answer)
        self._missed = endpoint(MISSED)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == BASE_PATH or request.path_info.startswith(_PREFIX):
            return cast("HttpResponse", self._answer(request))
        if "HTTP_AUTHORIZATION" in request.META and _is_a_slip(request):
            return self._missed(request)
        return self.get_response(request)


def _is_a_slip(request: HttpRequest) -> bool:
    """Whether a directory calls that was given a wrong base URL. Whoever brings no token that is
    good finds what everybody finds there."""
    return bool(_OF_SCIM.search(request.path_info)) and is_known(request)


def _answer(request: HttpRequest) -> HttpResponse:
    request.get_host()  # refuses a host that isn't ours, as the pages do
    # A resolver counts the slash that every address begins with as its own.
    path = request.path_info.removeprefix(BASE_PATH) or _ROOT
    match = get_resolver("provisioning.urls").resolve(path)
    request.resolver_match = match
    answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    return answer
