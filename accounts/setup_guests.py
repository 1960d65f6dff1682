"""Somebody without an account who came by a set-up link, and the pages that are open to them.

A guest is no user: whatever asks who is signed in finds nobody, so the console, the API and every
learner's page refuse as they refuse a stranger. The pages that a link opens have addresses of their
own below `/setup/`, and each asks here.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache

from accounts.digests import digest_of_secret
from accounts.errors import SetupLinkClosed
from accounts.models import Organization, SetupLink
from accounts.services import why_closed
from audit.actors import Actor

Scope = SetupLink.Scope
View = Callable[..., HttpResponse]

# Lax: it comes along with a link that somebody follows, and with no form of another site.
COOKIE = "__Host-setup" if settings.PORTAL_IS_HTTPS else "setup"


@dataclass(frozen=True, slots=True)
class SetupGuest:
    """Who holds a set-up link that is live, in the browser it is bound to."""

    link: SetupLink

    @property
    def organization(self) -> Organization:
        return self.link.organization

    @property
    def actor(self) -> Actor:
        return Actor.setup_link(str(self.link.pk), self.link.name)

    def require(self, scope: Scope) -> None:
        """The one check of every page. Raises `SetupLinkClosed`."""
        if not self.link.covers(scope):
            raise SetupLinkClosed(SetupLinkClosed.Why.OTHER_PAGE, link=self.link)

    def address(self, name: str, *args: Any) -> str:
        """Where a page of the console is for a guest; where it isn't, the list of what is."""
        try:
            return reverse(f"setup:{name}", args=args)
        except NoReverseMatch:
            return reverse("setup:home")


def guest_of(request: HttpRequest) -> SetupGuest | None:
    """The guest whose page this is. None in the console, whatever cookies a browser has."""
    return getattr(request, "setup_guest", None)


def guest_at(request: HttpRequest) -> SetupGuest:
    """Raises `SetupLinkClosed`."""
    secret = request.COOKIES.get(COOKIE, "")
    link = (
        SetupLink.objects.select_related("organization")
        .filter(browser=digest_of_secret(secret))
        .first()
        if secret
        else None
    )
    if link is None:
        raise SetupLinkClosed(SetupLinkClosed.Why.UNKNOWN)
    if why := why_closed(link):
        raise SetupLinkClosed(why, link=link)
    return SetupGuest(link)


def for_guests(view: View) -> View:
    """Open a page to guests, and to nobody else: not to whoever is signed in here, either."""

    @login_not_required
    @never_cache
    @wraps(view)
    def inside(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            guest = guest_at(request)
            request.setup_guest = guest  # type: ignore[attr-defined]  # read by `guest_of`
            request.user = SimpleLazyObject(AnonymousUser)  # type: ignore[assignment]
            zone = zoneinfo.ZoneInfo(guest.organization.time_zone)
            with timezone.override(zone):
                response = view(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response
        except SetupLinkClosed as closed:
            return closed_page(request, closed)

    return inside


def closed_page(request: HttpRequest, closed: SetupLinkClosed) -> HttpResponse:
    return render(
        request,
        "accounts/setup_link_closed.html",
        {"why": closed.why.value, "link": closed.link},
        status=404 if closed.why is SetupLinkClosed.Why.UNKNOWN else 403,
    )


def guest_page(
    request: HttpRequest, guest: SetupGuest, template: str, *, title: str, **context: Any
) -> TemplateResponse:
    """A page of the console without its menu and with nobody signed in."""
    return TemplateResponse(
        request,
        template,
        {
            "site_title": admin.site.site_title,
            "site_header": admin.site.site_header,
            "has_permission": False,
            "is_popup": False,
            "is_nav_sidebar_enabled": False,
            "organization": guest.organization,
            "guest": guest,
            "title": title,
            **context,
        },
    )
