"""Signing in with a connected profile: away, back, and in, or a page that says why not."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.doors import local_doors_of
from accounts.limit_pages import rate_limited
from accounts.models import Organization, Session, User
from accounts.organization_pages import of_an_open_organization, organization_url
from accounts.password_views import CHOICE_SECONDS
from accounts.rate_limit import Attempt, RateLimited, count_start
from accounts.second_factor import come_in
from accounts.sign_in import allowed_path
from audit.context import current_context
from profiles import linkedin
from profiles.authorization import Holder, start_authorization
from profiles.errors import LinkedInFailed
from profiles.models import AuthorizationRequest, Purpose
from profiles.pages import page
from profiles.refusals import words_for
from profiles.sign_in import Refusal, Refused, admit, find_accounts, record_refused

# Whom the provider vouched for, until one of several accounts is chosen.
CHOICE = "profile_choice"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """From the page that is everybody's."""
    return _leave(request, None)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_open_organization
def leave_from_organization(request: HttpRequest, organization: Organization) -> HttpResponse:
    """From an organization's own page. 404 where nobody can sign in so: nothing is to be seen."""
    return _leave(request, organization)


def answer(request: HttpRequest, trip: AuthorizationRequest, attempt: Attempt) -> HttpResponseBase:
    """The provider's answer to a claimed trip. Nobody is signed in before all is proved."""
    if linkedin.was_canceled(request.GET):
        messages.info(
            request,
            _("You canceled at %(provider)s. You’re not signed in.")
            % {"provider": linkedin.name()},
        )
        return redirect(_door_url(trip.organization, trip.next_path))
    try:
        profile = linkedin.fetch_answer(request.GET)
    except LinkedInFailed as failure:
        return _failed(request, trip, failure)
    attempt.forgive()
    found = find_accounts(subject=profile.subject, organization=trip.organization)
    if found.refused:
        return _refused(request, found.refused, trip.organization, trip.next_path)
    if len(found.accounts) > 1:
        return _offer_choice(request, profile.subject, trip)
    return _come_in(request, found.accounts[0], profile.subject, trip.organization, trip.next_path)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponseBase:
    """For whoever's profile opens more than one account. There is no session yet."""
    try:
        choice = signing.loads(request.session.get(CHOICE, ""), salt=CHOICE, max_age=CHOICE_SECONDS)
    except signing.BadSignature:
        return redirect("accounts:login")
    subject, next_path = choice["subject"], choice["next"]
    # Looked up anew: what was closed in the meantime can't be chosen.
    found = find_accounts(subject=subject, organization=None)
    if found.refused:
        return _refused(request, found.refused, None, next_path)
    chosen = request.POST.get("account")
    for user in found.accounts:
        if str(user.pk) == chosen:
            return _come_in(request, user, subject, None, next_path)
    return render(
        request,
        "accounts/choose.html",
        {
            "accounts": found.accounts,
            "is_missing": request.method == "POST",
            "provider": linkedin.name(),
        },
    )


def _leave(request: HttpRequest, organization: Organization | None) -> HttpResponse:
    if not local_doors_of(organization):
        raise Http404
    next_path = allowed_path(request.POST.get("next"), default="")
    if request.method != "POST":  # somebody came back to this address, or was sent to it
        return redirect(_door_url(organization, next_path))
    return set_out(
        request,
        AuthorizationRequest(
            purpose=Purpose.SIGN_IN, organization=organization, next_path=next_path
        ),
    )


def set_out(request: HttpRequest, trip: AuthorizationRequest) -> HttpResponse:
    """Away to the provider, on a trip of this browser's."""
    try:
        count_start(address=current_context().address, door="profile")
    except RateLimited as limited:
        return rate_limited(request, limited)
    holder = Holder.of_browser(request) or Holder.new_browser()
    state = start_authorization(holder=holder, trip=trip)
    response = HttpResponseRedirect(linkedin.authorization_url(state=state), status=303)
    holder.remember_in(response)
    return response


def enter(
    request: HttpRequest, user: User, subject: str, next_path: str
) -> HttpResponseBase | None:
    """In, or at the second factor, by the profile that the provider vouched for; None if it isn't
    theirs any more."""
    with transaction.atomic():
        if not admit(user=user, subject=subject):
            return None
        return come_in(request, user, door=Session.Door.LINKEDIN, next_path=next_path)


def _come_in(
    request: HttpRequest,
    user: User,
    subject: str,
    organization: Organization | None,
    next_path: str,
) -> HttpResponseBase:
    entered = enter(request, user, subject, next_path)
    if entered is None:  # disconnected in this moment
        return _refused(request, Refused(Refusal.UNKNOWN), organization, next_path)
    return entered


def _offer_choice(
    request: HttpRequest, subject: str, trip: AuthorizationRequest
) -> HttpResponseBase:
    # A key that nobody has seen, as for whoever's password opens several.
    request.session.flush()
    request.session.set_expiry(CHOICE_SECONDS)
    request.session[CHOICE] = signing.dumps(
        {"subject": subject, "next": trip.next_path}, salt=CHOICE
    )
    return redirect("profiles:choose")


def _refused(
    request: HttpRequest,
    refused: Refused,
    organization: Organization | None,
    next_path: str,
) -> HttpResponse:
    """Keep the attempt, then say what happened and what to do."""
    record_refused(user=refused.user, organization=organization, reason=refused.why.value)
    at = refused.user.organization if refused.user else organization
    return page(
        request,
        "sign_in_refused",
        at,
        # A suspended organization's page would only say the same again.
        door_url=_door_url(None if refused.why is Refusal.SUSPENDED else at, next_path),
        status=HTTPStatus.FORBIDDEN,
        words=words_for(refused.why, at),
    )


def _failed(
    request: HttpRequest,
    trip: AuthorizationRequest,
    failure: LinkedInFailed,
) -> HttpResponse:
    record_refused(user=None, organization=trip.organization, reason=failure.reason)
    return page(
        request,
        "sign_in_trouble",
        trip.organization,
        door_url=_door_url(trip.organization, trip.next_path),
        status=HTTPStatus.BAD_GATEWAY,
        is_down=failure.is_down,
    )


def _door_url(organization: Organization | None, next_path: str) -> str:
    if organization is not None:
        return organization_url(organization.slug, next_path)
    query = {"other": "1"} | ({"next": next_path} if next_path else {})
    return f"{reverse('accounts:login')}?{urlencode(query)}"
