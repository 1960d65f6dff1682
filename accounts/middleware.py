"""Sessions through doors that have closed since are over; times are in the organization's zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.policies import CLOSABLE_DOORS, is_door_closed
from accounts.sessions import DOOR


class EndedSessionMiddleware(SessionMiddleware):
    """As Django's, but the cookie of a session that has ended outlives a redirect.

    Whoever was switched off and clicks on is led to the door. Only by this cookie does the door
    know that somebody was signed in a moment ago, and says so; its answer takes the cookie away.
    It opens nothing: the session is gone.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer = super().process_response(request, response)
        # Signing out empties a session that was there, and its cookie goes at once.
        was_gone = request.session.is_empty() and not request.session.modified
        if was_gone and 300 <= answer.status_code < 400:
            answer.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return answer


class ClosedDoorsMiddleware:
    """Ends a session whose door its organization has closed meanwhile, at its next request.

    Requiring single sign-on ends those sessions by itself. This holds for the ones that began in
    the same moment.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Nobody is looked up for a session that came through single sign-on, or for none at all.
        door = request.session.get(DOOR, "")
        if door in CLOSABLE_DOORS:
            organization = getattr(request.user, "organization", None)
            if is_door_closed(organization, door):
                logout(request)
        return self.get_response(request)


class OrganizationTimeZoneMiddleware:
    """Activates the zone of whoever is signed in; strangers see UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Pages alone read times, and they load the person anyway: no query of its own for an
        # anonymous request, because without a session there is nobody to look up.
        organization = getattr(request.user, "organization", None)
        if organization is None:
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(organization.time_zone)):
            return self.get_response(request)
