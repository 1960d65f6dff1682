"""What whoever tries too often is answered, and which pages count them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from accounts.organization_pages import organization_url
from accounts.rate_limit import RateLimited, count_start
from audit.context import current_context

View = Callable[..., HttpResponseBase]


def rate_limited(request: HttpRequest, error: RateLimited) -> HttpResponse:
    """What every door answers when there were too many attempts."""
    response = render(
        request,
        "accounts/rate_limited.html",
        {"seconds": error.retry_after, "again_url": _again_url(request)},
        status=429,
    )
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def limits_mail_links(view: View) -> View:
    """A page behind a mail's link, which stores a session for whoever comes: so many a minute from
    one address as set out for an identity provider."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            count_start(address=current_context().address, door="mail link")
        except RateLimited as error:
            return rate_limited(request, error)
        return view(request, *args, **kwargs)

    return limited


def _again_url(request: HttpRequest) -> str:
    """The page on which somebody was stopped, or the door it belongs to."""
    match = request.resolver_match
    if match is not None and match.url_name in {"passkey_sign_in", "passkey_challenge"}:
        return reverse("accounts:login")  # these two are only posted to
    if match is not None and match.app_name == "accounts":
        return request.path
    if match is not None and "slug" in match.kwargs:
        return organization_url(match.kwargs["slug"])
    return reverse("home" if request.user.is_authenticated else "accounts:login")
