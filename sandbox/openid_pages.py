"""The pages of the LinkedIn-like provider: who are you, and do you allow this."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from learning_portal.content_policy import allow_form_action
from sandbox.openid import CODE_SECONDS, FAULTS, SCOPES, Grant, codes
from sandbox.people import MEMBERS, Member

TICKET_AGE = 30 * 60
# What each scope shows to the application, in words.
SHARED = {"profile": "Your name and photo", "email": "The e-mail address of your LinkedIn account"}


@dataclass(frozen=True)
class Authorization:
    """A request for somebody's consent, checked. It travels through our forms, signed."""

    redirect_uri: str
    state: str
    scopes: tuple[str, ...]

    def ticket(self) -> str:
        return signing.dumps([self.redirect_uri, self.state, self.scopes])

    @classmethod
    def from_ticket(cls, ticket: str) -> Authorization:
        redirect_uri, state, scopes = signing.loads(ticket, max_age=TICKET_AGE)
        return cls(redirect_uri, state, tuple(scopes))

    def back(self, **fields: str) -> HttpResponseRedirect:
        """Send the browser back to the application with its state."""
        answer = fields | ({"state": self.state} if self.state else {})
        return HttpResponseRedirect(f"{self.redirect_uri}?{urlencode(answer)}")


def registered_redirect() -> str:
    """The one address the portal was registered with, letter for letter."""
    return f"{settings.PORTAL_BASE_URL}/connect/callback"


@require_GET
@never_cache
def authorize(request: HttpRequest) -> HttpResponse:
    redirect_uri = request.GET.get("redirect_uri", "")
    # Neither goes back to the application: the address can't be trusted yet.
    if request.GET.get("client_id") != settings.LINKEDIN_CLIENT_ID:
        return _say_no(request, "No application is registered with this client_id.")
    if redirect_uri != registered_redirect():
        return _say_no(request, "The redirect_uri does not match the registered value.")
    asked = Authorization(
        redirect_uri, request.GET.get("state", ""), tuple(request.GET.get("scope", "").split())
    )
    if request.GET.get("response_type") != "code":
        return asked.back(
            error="unsupported_response_type", error_description="response_type must be code"
        )
    if not asked.scopes or not SCOPES.issuperset(asked.scopes):
        return asked.back(
            error="unauthorized_scope_error",
            error_description="A scope is not authorized for your application",
        )
    return _page(request, "sandbox/linkedin_member.html", asked, members=MEMBERS.values())


@require_POST
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """The member has signed in, or didn't want to."""
    asked = _asked(request)
    if asked is None:
        return _say_no(request, "This page is too old. Start again from the application.")
    if "cancel" in request.POST:
        return asked.back(
            error="user_cancelled_login",
            error_description="The user cancelled LinkedIn login",
        )
    member = MEMBERS.get(request.POST.get("member", ""))
    if member is None:
        return _say_no(request, "There is no such member.")
    shared = [SHARED[scope] for scope in SHARED if scope in asked.scopes]
    return _page(
        request,
        "sandbox/linkedin_consent.html",
        asked,
        member=member,
        shared=shared,
        faults=FAULTS,
    )


@require_POST
@never_cache
def consent(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    if asked is None:
        return _say_no(request, "This page is too old. Start again from the application.")
    if "allow" not in request.POST:
        return asked.back(
            error="user_cancelled_authorize",
            error_description="The user cancelled the authorization",
        )
    member = MEMBERS.get(request.POST.get("member", ""))
    if member is None:
        return _say_no(request, "There is no such member.")
    grant = Grant(
        member,
        asked.redirect_uri,
        frozenset(asked.scopes),
        fault=request.POST.get("fault", ""),
        expires_at=time.time() + CODE_SECONDS,
    )
    return asked.back(code=codes.keep(grant))


@require_GET
def picture(request: HttpRequest, subject: str) -> HttpResponse:
    """A member's photo, as good as it gets here."""
    member: Member | None = MEMBERS.get(subject)
    if member is None:
        raise Http404
    drawn = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        '<rect width="96" height="96" fill="#3c4a9b"/>'
        '<text x="48" y="60" font-family="sans-serif" font-size="34" fill="#fff"'
        ' text-anchor="middle">{}</text></svg>',
        member.initials,
    )
    return HttpResponse(drawn, content_type="image/svg+xml")


def _asked(request: HttpRequest) -> Authorization | None:
    try:
        return Authorization.from_ticket(request.POST.get("ticket", ""))
    except signing.BadSignature:
        return None


def _page(
    request: HttpRequest, template: str, asked: Authorization, **context: Any
) -> HttpResponse:
    response = render(request, template, {"ticket": asked.ticket(), **context})
    # Both forms end in a redirect to the application.
    return allow_form_action(response, settings.PORTAL_BASE_URL)


def _say_no(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "sandbox/linkedin_no.html", {"reason": reason}, status=400)
