"""The way to an identity provider, and the cookie by which the answer finds its browser again."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from sso.models import SamlConnection
from sso.saml import OutgoingRequest


def send(
    request: HttpRequest, connection: SamlConnection, outgoing: OutgoingRequest
) -> HttpResponse:
    """The browser goes there, by redirect or by form."""
    if not outgoing.fields:
        return HttpResponseRedirect(outgoing.url)
    response = render(
        request,
        "sso/post_request.html",
        {
            "action": outgoing.url,
            "fields": outgoing.fields,
            "connection": connection,
            "host": urlsplit(outgoing.url).hostname,
        },
    )
    return may_lead_to(response, outgoing.url)


def may_lead_to(response: HttpResponse, url: str) -> HttpResponse:
    """Let the page's form post to an identity provider, or be redirected there.

    They go on to hosts of their own, and Chrome asks for each on the way.
    """
    parts = urlsplit(url)
    origins = [f"{parts.scheme}://{parts.netloc}", "https:"]
    response.form_action_origins = origins  # type: ignore[attr-defined]  # read by the middleware
    return response


def remember_browser(response: HttpResponse, cookie: str, value: str, *, max_age: int) -> None:
    """The answer comes as a cross-site POST, which carries no Lax cookie: so one of its own,
    SameSite=None, that opens nothing and names nobody."""
    response.set_cookie(
        cookie,
        value,
        max_age=max_age,
        secure=settings.PORTAL_IS_HTTPS,
        httponly=True,
        samesite="None" if settings.PORTAL_IS_HTTPS else "Lax",
    )
