"""Where identity providers send sign-outs and their answers to ours."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.rate_limit import RateLimited, count_answer
from audit.context import current_context
from sso.causes import Cause
from sso.connection_settings import settings_for
from sso.errors import SignInRefused
from sso.leaving import leading_to
from sso.models import SamlConnection, SignInTrace
from sso.posted import posted
from sso.saml import (
    Arrived,
    Binding,
    SamlRefused,
    arrived_by_form,
    arrived_by_redirect,
    build_logout_response,
    verify_logout_answer,
    verify_logout_request,
)
from sso.sign_out import end_named_sessions, is_our_request
from sso.traces import trace_refused

logger = logging.getLogger(__name__)

LONGEST_RELAY_STATE = 2048
SAID_SECONDS = 10 * 60


def _connection(connection_id: UUID) -> SamlConnection:
    return get_object_or_404(
        SamlConnection.objects.select_related("organization"), pk=connection_id
    )


@csrf_exempt  # both arrive from another site; a signature is what each is known by
@login_not_required
@never_cache
def slo(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """A sign-out that began at the identity provider, or its answer to one that began here.

    Neither needs a cookie: the sessions are named by the message, and the browser that brings it
    may be signed in as somebody else, who stays.
    """
    connection = _connection(connection_id)
    arrived = None
    try:
        attempt = count_answer(address=current_context().address, door=str(connection.pk))
        if not connection.single_logout:
            raise SamlRefused(Cause.CONNECTION_INACTIVE, seen="single logout is off", expected="on")
        arrived = _arrived(request)
        if not arrived.is_request:
            response = _answered(connection, arrived)
        else:
            response = _asked(request, connection, arrived)
    except RateLimited as limited:
        response = _stopped(request, connection, Cause.RATE_LIMITED)
        response.status_code = 429
        response.headers["Retry-After"] = str(limited.retry_after)
        return response
    except OperationalError:
        response = _stopped(request, connection, Cause.SERVER_BUSY)
        response.status_code = 503
        return response
    except (SamlRefused, SignInRefused) as refusal:
        reference = _trace(connection, refusal)
        if arrived is not None and not arrived.is_request:
            return _signed_out_page(connection, "unchecked", reference)
        return _page(request, connection, refusal, reference)
    attempt.forgive()
    return response


def _arrived(request: HttpRequest) -> Arrived:
    if request.method == "GET":
        return arrived_by_redirect(request.META.get("QUERY_STRING", ""))
    if request.method != "POST":
        raise SamlRefused(Cause.MALFORMED, seen=request.method or "", expected="GET or POST")
    return arrived_by_form(posted(request))


def _asked(request: HttpRequest, connection: SamlConnection, arrived: Arrived) -> HttpResponse:
    """End what was asked for, and say so: the same words whether there was anything to end."""
    settings = settings_for(connection)
    wanted = verify_logout_request(settings, arrived, now=timezone.now())
    ended = end_named_sessions(connection=connection, request=wanted)
    logger.info("signed out by the identity provider", extra={"sessions": ended})
    relay_state = arrived.relay_state
    outgoing = build_logout_response(
        settings,
        in_response_to=wanted.id,
        relay_state=relay_state if len(relay_state) <= LONGEST_RELAY_STATE else "",
        # A redirect also works inside the frames that identity providers sign out in.
        binding=Binding.REDIRECT if connection.idp_slo_redirect_url else Binding.POST,
    )
    if outgoing.fields:
        return leading_to(request, connection, outgoing)
    return HttpResponseRedirect(outgoing.url)


def _answered(connection: SamlConnection, arrived: Arrived) -> HttpResponse:
    """Our own session has ended long since: what the answer decides is what the page says."""
    answer = verify_logout_answer(settings_for(connection), arrived, now=timezone.now())
    if not is_our_request(connection, answer.in_response_to):
        raise SamlRefused(Cause.UNKNOWN_REQUEST, checks=answer.checks)
    return _signed_out_page(connection, "everywhere" if answer.is_success else "here", "")


def _signed_out_page(connection: SamlConnection, outcome: str, reference: str) -> HttpResponse:
    """By a redirect: the answer may be a form of another site, which brings no cookie of ours."""
    said = signing.dumps([outcome, reference], salt=_salt(connection))
    address = reverse("sso:signed_out", args=[connection.pk])
    return HttpResponseRedirect(f"{address}?{urlencode({'said': said})}")


def _salt(connection: SamlConnection) -> str:
    return f"sso.signed_out {connection.pk}"


@login_not_required
@never_cache
@require_safe
def signed_out(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """What came of signing out, to the browser that did it. Whoever is signed in is asked first."""
    connection = _connection(connection_id)
    try:
        outcome, reference = signing.loads(
            request.GET.get("said", ""), salt=_salt(connection), max_age=SAID_SECONDS
        )
    except signing.BadSignature:
        return redirect("accounts:logout")
    if request.user.is_authenticated:
        return redirect("accounts:logout")
    return render(
        request,
        "sso/signed_out.html",
        {"connection": connection, "outcome": outcome, "reference": reference},
    )


def _trace(connection: SamlConnection, refusal: SamlRefused | SignInRefused) -> str:
    trace = trace_refused(
        connection=connection,
        cause=refusal.cause,
        checks=getattr(refusal, "checks", ()),
        seen=refusal.seen,
        expected=refusal.expected,
        outcome=SignInTrace.Outcome.LOGOUT_REFUSED,
    )
    logger.warning(
        "sign-out refused",
        extra={
            "cause": refusal.cause.value,
            "reference": trace.reference,
            "connection": connection.pk,
        },
    )
    return trace.reference


def _stopped(request: HttpRequest, connection: SamlConnection, cause: Cause) -> HttpResponse:
    refusal = SignInRefused(cause)
    return _page(request, connection, refusal, _trace(connection, refusal))


def _page(
    request: HttpRequest,
    connection: SamlConnection,
    refusal: SamlRefused | SignInRefused,
    reference: str,
) -> HttpResponse:
    context: dict[str, Any] = {
        "connection": connection,
        "cause": refusal.cause.label,
        "seen": refusal.seen,
        "expected": refusal.expected,
        "reference": reference,
        "now": timezone.now(),
    }
    response = render(request, "sso/sign_out_trouble.html", context, status=403)
    response._has_been_logged = True  # type: ignore[attr-defined]  # as in `sso.views`
    return response
