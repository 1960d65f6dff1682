"""The SAML endpoints of one connection. HTTP in, one service call, HTTP out.

The connection always comes from the address, never from the message.
"""

from __future__ import annotations

import logging
import secrets
from functools import cache
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from accounts.digests import digest_of_secret
from accounts.models import Session, User
from accounts.rate_limit import RateLimited, count_answer, count_start
from accounts.sign_in import allowed_path, remember_organization, start_session
from audit.context import current_context
from database.compiled import Blank, CompiledQuery
from licenses.services import SeatOutcome
from profiles import linkedin
from profiles.standing import PAGES
from sso.causes import Cause, words_for
from sso.connection_settings import settings_for
from sso.errors import SignInRefused
from sso.models import SamlConnection, SignInRequest
from sso.outgoing import remember_browser, send
from sso.posted import posted
from sso.proof import demanded
from sso.saml import (
    Binding,
    Check,
    SamlRefused,
    VerifiedAssertion,
    build_authn_request,
    request_named,
    sp_metadata,
    verify_response,
)
from sso.services import ask_by_signature, note_standby_opened
from sso.sign_in import PersonConflict, SignIn, complete_sign_in, queue_claim, subject_of
from sso.sign_out import kept_of, subject_key
from sso.testing import TEST_COOKIE, answer_test
from sso.traces import trace_refused

logger = logging.getLogger(__name__)

# Binds an answer to the browser that asked.
BROWSER_COOKIE = "__Host-signin" if settings.PORTAL_IS_HTTPS else "signin"
BROWSER_COOKIE_AGE = 24 * 60 * 60

# How long until it is worth trying again where the database was too busy.
BUSY_SECONDS = 60
# Refused to somebody who goes on as who they are.
OF_A_PROOF = {Cause.NOT_ASKED_AGAIN, Cause.OTHER_PERSON}
# So it looks when an answer to a test comes without the test's cookie.
OF_A_LOST_TEST = {Cause.CONNECTION_INACTIVE, Cause.COOKIES_MISSING, Cause.UNKNOWN_REQUEST}
# So it looks when the identity provider has exchanged its key. What is wrong within an encrypted
# answer says no more than that it can't be read.
OF_A_FORMER_KEY = {Cause.BAD_SIGNATURE, Cause.CANNOT_DECRYPT}
STATUS_OF = {Cause.RATE_LIMITED: 429, Cause.SERVER_BUSY: 503}


_CONNECTION = CompiledQuery(
    lambda: SamlConnection.objects.filter(pk=Blank("id")).select_related("organization", "pool")
)


def _connection(connection_id: UUID) -> SamlConnection:
    connection = _CONNECTION.first(id=connection_id)
    if connection is None:
        raise Http404
    return connection


def _refuse_if_closed(connection: SamlConnection) -> None:
    if not connection.organization.is_active:
        raise SignInRefused(Cause.ORGANIZATION_SUSPENDED)
    if not connection.is_active:
        raise SignInRefused(Cause.CONNECTION_INACTIVE, seen=connection.state, expected="active")


def _browser(request: HttpRequest) -> str | None:
    secret = request.COOKIES.get(BROWSER_COOKIE, "")
    return secret if 20 <= len(secret) <= 100 else None


@login_not_required
@never_cache
@require_GET
def login(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Send the browser to the identity provider, and remember that it was this browser.

    With `?again`, whoever is signed in has to prove anew who they are; see `sso.proof`.
    """
    connection = _connection(connection_id)
    try:
        count_start(address=current_context().address, door=str(connection.pk))
        _refuse_if_closed(connection)
    except RateLimited as limited:
        return _rate_limited(request, connection, limited)
    except SignInRefused as refusal:
        return _refused(request, connection, refusal.cause, seen=refusal.seen)

    binding = Binding[connection.binding.name]
    proof = demanded(request, connection)
    outgoing = build_authn_request(
        settings_for(connection), binding=binding, force_authn=bool(proof)
    )
    browser = _browser(request) or secrets.token_urlsafe(32)
    SignInRequest.objects.create(
        id=outgoing.id,
        connection=connection,
        browser=digest_of_secret(browser),
        next_path=allowed_path(request.GET.get("next"), default=""),
        expires_at=timezone.now() + SignInRequest.LIFETIME,
        **proof,
    )
    response = send(request, connection, outgoing)
    remember_browser(response, BROWSER_COOKIE, browser, max_age=BROWSER_COOKIE_AGE)
    return response


@login_not_required
@require_GET
def metadata(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """What we are to this identity provider: entity ID, keys and addresses. Not a secret."""
    connection = _connection(connection_id)
    response = HttpResponse(
        sp_metadata(settings_for(connection)), content_type="application/samlmetadata+xml"
    )
    response.headers["Content-Disposition"] = (
        f'inline; filename="learning-portal-{connection.organization.slug}.xml"'
    )
    return response


@csrf_exempt  # the answer comes from another site; the stored request is what ties it to a browser
@login_not_required
def acs(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Take an identity provider's answer: a session and a redirect, or a page that says why not."""
    connection = _connection(connection_id)
    if TEST_COOKIE in request.COOKIES and (page := _test_result(request, connection)):
        return HttpResponseRedirect(page)
    checks: tuple[Check, ...] = ()
    attempts = []
    try:
        door = str(connection.pk)
        attempts.append(count_answer(address=current_context().address, door=door))
        _refuse_if_closed(connection)
        message, relay_state = _answer(request)
        assertion = verify_response(settings_for(connection), message, now=timezone.now())
        checks = assertion.checks
        attempts.append(count_answer(address=None, door=door, person=assertion.name_id))
        sign_in = complete_sign_in(
            connection=connection, assertion=assertion, browser=_browser(request)
        )
    except RateLimited as limited:
        return _rate_limited(request, connection, limited, checks)
    except PersonConflict as conflict:
        queue_claim(connection=connection, conflict=conflict)
        return _refused(
            request,
            connection,
            conflict.cause,
            checks=checks,
            subject=conflict.subject,
            user=conflict.user,
        )
    except (SamlRefused, SignInRefused) as refusal:
        _look_for_new_keys(connection, refusal.cause)
        if refusal.cause in OF_A_LOST_TEST and _is_of_a_test(request, connection):
            return _refused(request, connection, Cause.TEST_LOST)
        return _refused(
            request,
            connection,
            refusal.cause,
            checks=getattr(refusal, "checks", ()) or checks,
            seen=refusal.seen,
            expected=refusal.expected,
            subject=_named(connection, assertion) if checks else "",
            user=getattr(refusal, "user", None),
        )
    for attempt in attempts:
        attempt.forgive()
    return _welcome(request, connection, assertion, sign_in, relay_state)


def _welcome(
    request: HttpRequest,
    connection: SamlConnection,
    assertion: VerifiedAssertion,
    sign_in: SignIn,
    relay_state: str,
) -> HttpResponse:
    start_session(
        request,
        sign_in.user,
        door=Session.Door.SSO,
        connection_id=connection.pk,
        subject=subject_key(assertion.name_id),
        idp_session=kept_of(assertion),
        hours=connection.session_hours,
        not_after=assertion.session_not_on_or_after,
        proved_at=assertion.authn_instant,
        replaces=sign_in.replaces,
    )
    if assertion.opened_by_other_key:
        note_standby_opened(connection)
    response = HttpResponseRedirect(_landing(sign_in, relay_state))
    remember_organization(response, connection.organization, door=connection.pk)
    return response


def _test_result(request: HttpRequest, connection: SamlConnection) -> str:
    """Where the result of a test is shown; nothing where this answers none of this browser's."""
    try:
        message, _relay_state = _answer(request)
    except SamlRefused:
        return ""  # refused like any other answer that can't be read
    test = answer_test(connection=connection, message=message, cookie=request.COOKIES[TEST_COOKIE])
    if test is None:
        return ""
    if test.staged_id is None:
        _look_for_new_keys(connection, test.cause)
    return reverse("admin:sso_test", args=[connection.pk, test.pk])


def _is_of_a_test(request: HttpRequest, connection: SamlConnection) -> bool:
    """Whether the answer names the request of a test: then its cookie didn't come along, or not in
    time. Whoever made the answer up would have to know that request's 160 random bits."""
    try:
        message, _relay_state = _answer(request)
    except SamlRefused:
        return False
    named = request_named(message)
    of_tests = SignInRequest.objects.filter(connection=connection, test__isnull=False)
    return named is not None and of_tests.filter(pk=named).exists()


def _look_for_new_keys(connection: SamlConnection, cause: str) -> None:
    """For whoever comes next: nobody waits for it."""
    if cause in OF_A_FORMER_KEY and connection.idp_metadata_url:
        ask_by_signature(connection=connection)


def _answer(request: HttpRequest) -> tuple[str, str]:
    """The answer and its RelayState, as posted. Raises `SamlRefused`."""
    if request.method != "POST":
        raise SamlRefused(Cause.MALFORMED, seen=request.method or "", expected="POST")
    form = posted(request)
    return form.get("SAMLResponse", ""), form.get("RelayState", "")


def _named(connection: SamlConnection, assertion: VerifiedAssertion) -> str:
    try:
        return subject_of(connection, assertion)
    except SignInRefused:
        return ""


def _landing(sign_in: SignIn, relay_state: str) -> str:
    """Where the person goes: what still has to be said first, then what they asked for.

    A request remembers its own path; RelayState counts where it has none, and only as a path.
    """
    path = sign_in.next_path or allowed_path(relay_state, default="")
    if sign_in.replaces:
        first = ""  # proved anew: straight back to what they were doing
    elif sign_in.seat is SeatOutcome.WAITING:
        first = _place("licenses:waiting", get_script_prefix())
    elif sign_in.step in PAGES:
        first = _place(PAGES[sign_in.step], get_script_prefix())
    else:
        first = ""
    if first and path:
        return f"{first}?{urlencode({'next': path})}"
    return first or path or get_script_prefix()  # the home page is where the portal begins


@cache
def _place(name: str, prefix: str) -> str:
    """The path of a page: looked up once for each prefix that the portal is served under."""
    return reverse(name)


def _rate_limited(
    request: HttpRequest,
    connection: SamlConnection,
    limited: RateLimited,
    checks: tuple[Check, ...] = (),
) -> HttpResponse:
    trace = trace_refused(connection=connection, cause=Cause.RATE_LIMITED, checks=checks)
    response = _page(request, connection, Cause.RATE_LIMITED, reference=trace.reference)
    response.headers["Retry-After"] = str(limited.retry_after)
    return response


def _refused(
    request: HttpRequest,
    connection: SamlConnection,
    cause: Cause,
    *,
    checks: tuple[Check, ...] = (),
    seen: str = "",
    expected: str = "",
    subject: str = "",
    user: User | None = None,
) -> HttpResponse:
    """Keep the attempt, then say what happened. Nobody is signed in."""
    trace = trace_refused(
        connection=connection,
        cause=cause,
        checks=checks,
        seen=seen,
        expected=expected,
        subject=subject,
        user=user,
    )
    logger.warning(
        "sign-in refused",
        extra={"cause": cause.value, "reference": trace.reference, "connection": connection.pk},
    )
    failed = next((row for row in trace.checks if not row["passed"]), None)
    response = _page(request, connection, cause, reference=trace.reference, failed=failed)
    if response.status_code < 500:
        # Django's own mark: it would log the page's status besides, without cause or reference.
        response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _start_here(request: HttpRequest, connection: SamlConnection) -> str:
    """The way in for somebody their identity provider sent unasked: one press, same place."""
    address = reverse("sso:login", args=[connection.pk])
    path = allowed_path(request.POST.get("RelayState"), default="")
    return f"{address}?{urlencode({'next': path})}" if path else address


def _page(
    request: HttpRequest,
    connection: SamlConnection,
    cause: Cause,
    *,
    reference: str,
    failed: dict[str, str] | None = None,
) -> HttpResponse:
    response = render(
        request,
        "sso/trouble.html",
        {
            "connection": connection,
            "organization": connection.organization,
            "words": words_for(cause, idp=connection.name),
            "reference": reference,
            "failed": failed,
            "start_here": _start_here(request, connection) if cause is Cause.UNSOLICITED else "",
            "is_still_signed_in": cause in OF_A_PROOF,
            # Whoever left may still have a profile tied to the account that is closed.
            "may_disconnect": cause is Cause.PERSON_DEACTIVATED and linkedin.is_configured(),
            "now": timezone.now(),
        },
        status=STATUS_OF.get(cause, 403),
    )
    if cause is Cause.SERVER_BUSY:
        response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response
