"""A set-up link, from its opening to the list of what it opens."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import SetupLinkClosed
from accounts.limit_pages import rate_limited
from accounts.models import SetupLink
from accounts.rate_limit import RateLimited, count_attempt
from accounts.services import open_setup_link, refuse_unopenable, setup_link_of
from accounts.setup_guests import COOKIE, closed_page, guest_at, guest_of, guest_page
from audit.context import current_context
from provisioning.console.guides import GUIDES
from sso.models import SamlConnection
from sso.services.guard import is_open_to_guests


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Asks before: programs that look at mail follow links, and the first browser is the one.

    The browser that has opened it before goes straight on.
    """
    try:
        attempt = count_attempt(address=current_context().address)
        link = setup_link_of(secret)
        attempt.forgive()  # nobody guesses 256 bits: who has the link was given it
        if link.browser and _is_this_browsers(request, link):
            return HttpResponseRedirect(reverse("setup:home"))
        if request.method != "POST":
            refuse_unopenable(link)
            return render(request, "accounts/setup_link.html", {"link": link})
        link, browser = open_setup_link(secret=secret)
    except RateLimited as limited:
        return rate_limited(request, limited)
    except SetupLinkClosed as closed:
        return closed_page(request, closed)
    response = HttpResponseRedirect(reverse("setup:home"))
    response.set_cookie(
        COOKIE,
        browser,
        max_age=int((link.expires_at - timezone.now()).total_seconds()),
        secure=settings.PORTAL_IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def _is_this_browsers(request: HttpRequest, link: SetupLink) -> bool:
    try:
        return guest_at(request).link.pk == link.pk
    except SetupLinkClosed:
        return False


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this link opens, and until when."""
    guest = guest_of(request)
    assert guest is not None  # `for_guests` lets nobody else in
    link = guest.link
    connection = None
    if link.connection_id is not None:
        connection = (
            SamlConnection.objects.in_organization(guest.organization)
            .filter(pk=link.connection_id)
            .first()
        )
    return guest_page(
        request,
        guest,
        "accounts/setup_home.html",
        title=_("Set-up for %(name)s") % {"name": guest.organization.name},
        is_setup_home=True,
        link=link,
        connection=connection,
        is_theirs=connection is not None and is_open_to_guests(connection),
        is_ready=connection is not None and connection.knows_its_provider,
        guides=GUIDES.values() if link.covers(SetupLink.Scope.DIRECTORY) else (),
    )
