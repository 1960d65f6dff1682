"""Which language a page is in, and the choice of it on *My account*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from accounts.languages import browser_language, chosen_language, english, is_spoken
from accounts.models import User
from accounts.services import choose_language
from accounts.sign_in import signed_in

# Where administrators and their IT people work: the console, set-up by a link, a sign-in's trace
# that was shared. Half a page in each language is worse than English.
ENGLISH_PATHS = ("/console/", "/setup/", "/sso/shared/")
# Answers of identity providers are posted from their site, and what we say to one is a page too.
SAME_SITE: Final = "None" if settings.PORTAL_IS_HTTPS else "Lax"


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Keep the choice with the account; empty leaves it to the browser."""
    wanted = request.POST.get("language", "-")
    if wanted and not is_spoken(wanted):
        raise BadRequest("no language of ours")
    choose_language(user=signed_in(request), language=wanted)
    return redirect("account")


class LanguageMiddleware:
    """A page speaks as whoever is signed in chose, else as the browser asks.

    At the doors nobody is signed in yet, so the choice is copied into a cookie. The person is read
    anyway wherever there is a session: it costs no statement.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(ENGLISH_PATHS):
            with english():
                return self.get_response(request)
        with translation.override(_language_for(request)):
            response = self.get_response(request)
        _copy_choice(request, response)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def _language_for(request: HttpRequest) -> str:
    if isinstance(request.user, User):
        return chosen_language(request.user) or browser_language(request)
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return kept if is_spoken(kept) else browser_language(request)


def _copy_choice(request: HttpRequest, response: HttpResponse) -> None:
    """After signing in and after choosing; whoever signs out is still spoken to as they like."""
    if not isinstance(request.user, User):
        return
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    chosen = chosen_language(request.user)
    if chosen == kept:
        return
    if chosen:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=SAME_SITE,
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite=SAME_SITE)
