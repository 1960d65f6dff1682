"""Accepting an invitation with a profile: who learns what, away to the provider, and in."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.emails import masked
from accounts.errors import InvitationClosed, SsoRequired
from accounts.invitations import held_invitation
from accounts.models import BindingPolicy, Invitation, User
from accounts.rate_limit import Attempt
from audit.actors import Actor
from profiles import consent, linkedin
from profiles.acceptance import accept_with_profile, is_open
from profiles.errors import (
    AlreadyBound,
    BindingNotAllowed,
    LinkedInFailed,
    ProfileBoundToColleague,
)
from profiles.models import AuthorizationRequest, Purpose, Via
from profiles.pages import allow_leaving, page
from profiles.services import record_refusal
from profiles.sign_in_views import enter, set_out


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest) -> HttpResponseBase:
    """What connecting means, for whoever holds an invitation; with POST they set out."""
    held = held_invitation(request)
    if held is None or not is_open(held):
        return redirect("accounts:invitation_ways")
    if request.method == "POST":
        trip = AuthorizationRequest(
            purpose=Purpose.ACCEPT,
            organization=held.organization,
            invitation=held,
            via=Via.SIGN_IN,
            consent_version=consent.CURRENT_VERSION,
        )
        return set_out(request, trip)
    response = page(
        request,
        "accept",
        held.organization,
        at=held.organization,
        masked=masked(held.email),
        was_here=held.user.state == User.State.ACTIVE,
        consent_template=consent.template_for(consent.CURRENT_VERSION),
        without_url=_without_url(held),
    )
    return allow_leaving(response)


def answer(request: HttpRequest, trip: AuthorizationRequest, attempt: Attempt) -> HttpResponseBase:
    """The provider's answer to a claimed trip: accepted, connected and in, or nothing of it."""
    held = held_invitation(request)
    if held is None or held.pk != trip.invitation_id:
        # Revoked or replaced meanwhile, or another one was opened: the page there says what is so.
        return redirect("accounts:invitation")
    if linkedin.was_canceled(request.GET):
        messages.info(
            request,
            _("You canceled at %(provider)s. Nothing was connected.")
            % {"provider": linkedin.name()},
        )
        return redirect("profiles:accept")
    try:
        profile = linkedin.fetch_answer(request.GET)
    except LinkedInFailed as failure:
        return _failed(request, held, failure)
    attempt.forgive()
    return _accept(request, held, trip, profile)


def _accept(
    request: HttpRequest,
    held: Invitation,
    trip: AuthorizationRequest,
    profile: linkedin.LinkedInProfile,
) -> HttpResponseBase:
    was_here = held.user.state == User.State.ACTIVE
    try:
        with transaction.atomic():
            user = accept_with_profile(
                invitation=held,
                profile=profile,
                consent_version=trip.consent_version,
                consented_at=trip.created_at,
            )
            entered = None if was_here else enter(request, user, profile.subject, "")
    except ProfileBoundToColleague:
        return _taken(request, held, "bound to a colleague")
    except AlreadyBound:
        return _taken(request, held, "another profile")
    except (BindingNotAllowed, InvitationClosed, SsoRequired):
        return redirect("accounts:invitation_ways")
    if entered is not None:
        return entered
    # An account that was used before may have a second factor. Signing in asks for it.
    request.session.flush()
    messages.success(
        request,
        _("Your %(provider)s profile is connected. Sign in with it.")
        % {"provider": linkedin.name()},
    )
    return redirect("accounts:organization_login", held.organization.slug)


def _taken(request: HttpRequest, held: Invitation, reason: str) -> HttpResponse:
    """The invitation is as good as before, so there is something to do."""
    record_refusal(user=held.user, reason=reason, actor=Actor.from_user(held.user))
    return page(
        request,
        "colleague",
        held.organization,
        status=HTTPStatus.CONFLICT,
        is_own=reason == "another profile",
        again_url=reverse("profiles:accept"),
        without_url=_without_url(held),
    )


def _failed(
    request: HttpRequest,
    held: Invitation,
    failure: LinkedInFailed,
) -> HttpResponse:
    record_refusal(user=held.user, reason=failure.reason, actor=Actor.from_user(held.user))
    return page(
        request,
        "trouble",
        held.organization,
        status=HTTPStatus.BAD_GATEWAY,
        is_down=failure.is_down,
        retry_url=reverse("profiles:accept"),
        without_url=_without_url(held),
    )


def _without_url(held: Invitation) -> str:
    """Where somebody goes on who would rather not; empty where there is no way around it."""
    is_optional = held.organization.binding_policy == BindingPolicy.OPTIONAL
    return reverse("accounts:invitation_account") if is_optional else ""
