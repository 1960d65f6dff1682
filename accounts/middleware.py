"""Times are shown in the organization's zone."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


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
