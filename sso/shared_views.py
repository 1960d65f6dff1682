"""The page behind a shared link: one trace, without names, for somebody without an account."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from sso.advice import advice_on
from sso.anonymous import without_names
from sso.check_words import labelled
from sso.models import SignInTrace, TraceShare


@login_not_required
@never_cache
@require_safe
def trace(request: HttpRequest, secret: str) -> HttpResponse:
    shares = TraceShare.objects.shown_by(secret, timezone.now())
    share = shares.select_related("trace__connection__organization").first()
    if share is None:
        raise Http404
    shown = share.trace
    is_sign_out = shown.outcome == SignInTrace.Outcome.LOGOUT_REFUSED
    response = render(
        request,
        "sso/shared_trace.html",
        {
            "share": share,
            "trace": shown,
            "connection": shown.connection,
            "organization": shown.connection.organization,
            "advice": None
            if is_sign_out
            else advice_on(shown.cause, connection=shown.connection, checks=shown.checks),
            "checks": labelled(without_names(shown.checks)),
        },
    )
    # The address is the key: it goes to no other site and into no index.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
