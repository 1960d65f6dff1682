"""The way to LinkedIn and back, and the way to end it."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.doors import proof_door
from accounts.errors import LastWayIn
from accounts.limit_pages import rate_limited
from accounts.models import BindingPolicy, Organization, Session, User
from accounts.rate_limit import Attempt, RateLimited, count_attempt
from accounts.sessions import DOOR, is_fresh
from accounts.sign_in import allowed_path, signed_in
from audit.actors import Actor
from audit.context import current_context
from profiles import acceptance_views, consent, leave_views, linkedin, sign_in_views
from profiles.authorization import Holder, claim_authorization, start_authorization
from profiles.errors import (
    AlreadyBound,
    AuthorizationRefused,
    BindingNotAllowed,
    LinkedInFailed,
    ProfileBoundToColleague,
)
from profiles.models import AuthorizationRequest, Provider, Purpose, Via
from profiles.pages import allow_leaving, page
from profiles.policies import is_silent
from profiles.services import (
    answer_offer,
    bind_profile,
    disconnect_own_profile,
    record_refusal,
)
from profiles.sign_in import record_refused
from profiles.standing import (
    Consent,
    consent_history,
    current_binding,
    is_bound,
    is_held_without,
    sessions_it_began,
)
from profiles.ways_in import is_last_way

FROM_ACCOUNT = "account"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Offer or demand a profile. 404 where the policy is off: there is nothing to see."""
    user, organization = person_where_profiles_are(request)
    asked = request.POST if request.method == "POST" else request.GET
    next_path = allowed_path(asked.get("next"), default=reverse("home"))
    if is_bound(user):
        return redirect(next_path)
    if not linkedin.is_configured():
        return page(request, "not_set_up", organization, status=HTTPStatus.SERVICE_UNAVAILABLE)
    if request.method != "POST":
        return _connect_page(request, organization, next_path)
    match request.POST.get("do"):
        case "connect":
            return _leave_for_linkedin(request, user, next_path)
        case "later" | "never" as answer:
            return _keep_answer(user, next_path, ask_again=answer == "later")
        case _:
            return redirect("profiles:connect")


@never_cache
@login_not_required  # signing in too comes back here; a session may also end on the way
@require_GET
def callback(request: HttpRequest) -> HttpResponseBase:
    """The provider's answer. The `state` is claimed before anything else is believed."""
    try:
        attempt = _count_answer(request)
    except RateLimited as limited:
        return rate_limited(request, limited)
    try:
        trip = _claim(request)
    except AuthorizationRefused:
        return _nobodys(request)
    match trip.purpose:
        case Purpose.SIGN_IN:
            return sign_in_views.answer(request, trip, attempt)
        case Purpose.ACCEPT:
            return acceptance_views.answer(request, trip, attempt)
        case Purpose.LEAVE:
            return leave_views.answer(request, attempt)
    return _connect_answer(request, trip, attempt)


def _claim(request: HttpRequest) -> AuthorizationRequest:
    """The trip of whoever is signed in, or of this browser. Raises `AuthorizationRefused`."""
    user = request.user
    holders = [
        Holder.of_session(request, user) if isinstance(user, User) else None,
        Holder.of_browser(request),
    ]
    state = request.GET.get("state", "")
    for holder in filter(None, holders):
        with suppress(AuthorizationRefused):
            return claim_authorization(holder=holder, state=state)
    raise AuthorizationRefused


def _nobodys(request: HttpRequest) -> HttpResponse:
    """An answer to no question of this browser's: kept, and nothing else comes of it."""
    user = request.user
    if not isinstance(user, User):
        record_refused(user=None, organization=None, reason="state")
        return page(request, "refused", None, status=HTTPStatus.FORBIDDEN)
    user, organization = person_where_profiles_are(request)
    record_refusal(user=user, reason="state", actor=Actor.from_user(user))
    return page(request, "refused", organization, status=HTTPStatus.FORBIDDEN)


def _connect_answer(
    request: HttpRequest, trip: AuthorizationRequest, attempt: Attempt
) -> HttpResponse:
    user, _organization = person_where_profiles_are(request)
    if linkedin.was_canceled(request.GET):
        messages.info(
            request,
            _("You canceled at %(provider)s. Nothing was connected.")
            % {"provider": linkedin.name()},
        )
        return redirect(_connect_url(trip.next_path))
    try:
        profile = linkedin.fetch_answer(request.GET)
    except LinkedInFailed as failure:
        return _failed(request, user, trip, failure)
    attempt.forgive()
    return _bind(request, user, trip, profile)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest) -> HttpResponse:
    """Says what disconnecting does, then does it."""
    user, organization = person_where_profiles_are(request)
    binding = current_binding(user)
    if binding is None:
        return redirect(_account_url())
    if request.method != "POST":
        if is_last_way(user):
            return page(request, "last_way", organization)
        return page(
            request,
            "disconnect",
            organization,
            binding=binding,
            signs_out=is_held_without(user),
            ends_others=bool(sessions_it_began(user, keep=request.session.session_key)),
        )
    try:
        disconnect_own_profile(user=user, keep=request.session.session_key)
    except LastWayIn:
        return page(request, "last_way", organization, status=HTTPStatus.CONFLICT)
    if is_held_without(user):
        logout(request)
        messages.success(
            request, _said(_("Your %(provider)s profile is disconnected. You’re signed out."))
        )
        return redirect("accounts:organization_login", slug=organization.slug)
    messages.success(request, _said(_("Your %(provider)s profile is disconnected.")))
    return redirect(_account_url())


@never_cache
@require_GET
def consent_text(request: HttpRequest, version: str = "") -> HttpResponse:
    """The words that the person agreed to, whatever the words are today: those of the connected
    profile, or of a version that stands in their history. 404 for all others."""
    user, organization = person_where_profiles_are(request)
    binding = current_binding(user)
    agreed = consent_history(user) if version else []
    if not version and binding is not None:
        agreed = [Consent(binding.consent_version, binding.consented_at)]
        version = binding.consent_version
    shown = next((each for each in agreed if each.version == version), None)
    if shown is None:
        raise Http404
    return page(
        request,
        "consent",
        organization,
        agreed=shown,
        consent_template=consent.template_for(shown.version),
    )


def _count_answer(request: HttpRequest) -> Attempt:
    """Raises `RateLimited`. Whom nobody knows yet is counted by their address."""
    if isinstance(request.user, User):
        return _count(request.user)
    return count_attempt(address=current_context().address)


def _count(user: User) -> Attempt:
    """Each trip is a row, and each that goes wrong is an event, which stays for good. Raises
    `RateLimited`. Whoever is signed in is counted, and not the office they are in."""
    return count_attempt(address=None, account=f"profile of {user.pk}")


def person_where_profiles_are(request: HttpRequest) -> tuple[User, Organization]:
    """Who is signed in, and where. Raises `Http404` where the policy is off, and for staff."""
    user = signed_in(request)
    organization = user.organization
    if organization is None or is_silent(BindingPolicy(organization.binding_policy)):
        raise Http404
    return user, organization


def _connect_page(request: HttpRequest, organization: Organization, next_path: str) -> HttpResponse:
    fresh = is_fresh(request.session)
    came_from = FROM_ACCOUNT if request.GET.get("from") == FROM_ACCOUNT else ""
    here = _connect_url(next_path, came_from)
    response = page(
        request,
        "connect",
        organization,
        consent_template=consent.template_for(consent.CURRENT_VERSION),
        is_fresh=fresh,
        next=next_path,
        came_from=came_from,
        door=None if fresh else proof_door(request, organization, here),
    )
    return allow_leaving(response) if fresh else response


def _leave_for_linkedin(request: HttpRequest, user: User, next_path: str) -> HttpResponse:
    if not is_fresh(request.session):
        return redirect(_connect_url(next_path))
    try:
        _count(user)
    except RateLimited as limited:
        return rate_limited(request, limited)
    state = start_authorization(
        holder=Holder.of_session(request, user),
        trip=AuthorizationRequest(
            purpose=Purpose.CONNECT,
            via=_via(request),
            consent_version=consent.CURRENT_VERSION,
            next_path=next_path,
        ),
    )
    return HttpResponseRedirect(linkedin.authorization_url(state=state), status=303)


def _keep_answer(user: User, next_path: str, *, ask_again: bool) -> HttpResponse:
    try:
        answer_offer(user=user, ask_again=ask_again, actor=Actor.from_user(user))
    except BindingNotAllowed:  # required meanwhile: the page explains
        return redirect(_connect_url(next_path))
    return redirect(next_path)


def _bind(
    request: HttpRequest,
    user: User,
    trip: AuthorizationRequest,
    profile: linkedin.LinkedInProfile,
) -> HttpResponse:
    try:
        bind_profile(
            user=user,
            provider=Provider.LINKEDIN,
            subject=profile.subject,
            name=profile.name,
            consent_version=trip.consent_version,
            consented_at=trip.created_at,
            via=Via(trip.via),
            actor=Actor.from_user(user),
        )
    except ProfileBoundToColleague:
        return page(
            request,
            "colleague",
            user.organization,
            status=HTTPStatus.CONFLICT,
            again_url=reverse("profiles:connect"),
            without_url=_home_url(user),
        )
    except AlreadyBound as refusal:
        messages.error(request, str(refusal))
        return redirect(_account_url())
    except BindingNotAllowed as refusal:  # switched off while the person was at LinkedIn
        raise Http404 from refusal
    messages.success(request, _said(_("Your %(provider)s profile is connected.")))
    return redirect(trip.next_path or reverse("home"))


def _failed(
    request: HttpRequest,
    user: User,
    trip: AuthorizationRequest,
    failure: LinkedInFailed,
) -> HttpResponse:
    record_refusal(user=user, reason=failure.reason, actor=Actor.from_user(user))
    return page(
        request,
        "trouble",
        user.organization,
        status=HTTPStatus.BAD_GATEWAY,
        is_down=failure.is_down,
        retry_url=_connect_url(trip.next_path),
        without_url=_home_url(user),
    )


def _home_url(user: User) -> str:
    """Where somebody goes on without a profile; empty where there is no way around it."""
    return "" if is_held_without(user) else reverse("home")


def _said(text: str) -> str:
    return text % {"provider": linkedin.name()}


def _via(request: HttpRequest) -> Via:
    if request.POST.get("from") == FROM_ACCOUNT:
        return Via.ACCOUNT
    return Via.SSO if request.session.get(DOOR) == Session.Door.SSO else Via.SIGN_IN


def _connect_url(next_path: str, came_from: str = "") -> str:
    query = {"next": next_path} if next_path not in {"", reverse("home")} else {}
    if came_from:
        query["from"] = came_from
    url = reverse("profiles:connect")
    return f"{url}?{urlencode(query)}" if query else url


def _account_url() -> str:
    return reverse("account")
