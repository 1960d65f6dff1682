"""*Create your account* with a passkey, for whoever holds an invitation: nothing to remember."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.challenges import make_challenge, take_challenge
from accounts.clients import describe_client
from accounts.errors import AccountsError, InvitationClosed, PasskeyRefused, SsoRequired
from accounts.forms import NewPersonForm
from accounts.invitation_views import has_other_ways, held_for_account, was_here
from accounts.limit_pages import rate_limited
from accounts.models import Invitation, Passkey, Session
from accounts.rate_limit import RateLimited, count_start
from accounts.relying_party import are_possible, read_registration, registration_options
from accounts.second_factor import begin_session, landing
from accounts.services import create_passkey_account
from audit.context import current_context


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponseBase:
    held = held_for_account(request)
    if not isinstance(held, Invitation):
        return held
    if not are_possible():
        return redirect("accounts:invitation_account")
    form = NewPersonForm(request.POST if request.method == "POST" else None, person=held.user)
    if form.is_valid():
        try:
            return _create(request, held, form)
        except (InvitationClosed, SsoRequired):
            return redirect("accounts:invitation_ways")
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
    return render(
        request,
        "accounts/invitation_passkey.html",
        {
            "form": form,
            "at": held.organization,
            "email": held.email,
            "was_here": was_here(held),
            "has_other_ways": has_other_ways(held),
        },
    )


@login_not_required
@never_cache
@require_POST
def challenge(request: HttpRequest) -> HttpResponseBase:
    """What a browser needs to make the passkey, for the account that the invitation opens."""
    held = held_for_account(request)
    if not isinstance(held, Invitation):
        return held
    try:
        count_start(address=current_context().address, door="passkey")
    except RateLimited as limited:
        return rate_limited(request, limited)
    user = held.user
    options = registration_options(
        account=user.pk,
        name=f"{held.email} ({held.organization.name})",
        display_name=user.display_name,
        challenge=make_challenge(request, _purpose(held)),
        known=Passkey.objects.filter(user=user).values_list("credential_id", flat=True),
    )
    return JsonResponse(options)


def _create(request: HttpRequest, held: Invitation, form: NewPersonForm) -> HttpResponseBase:
    asked = take_challenge(request, _purpose(held))
    if asked is None:
        raise PasskeyRefused("challenge")
    credential = read_registration(request.POST.get("credential", ""), challenge=asked.value)
    with transaction.atomic():
        user = create_passkey_account(
            invitation=held,
            credential=credential,
            passkey_name=describe_client(current_context().client),
            **form.cleaned_data,
        )
        begin_session(
            request, user, door=Session.Door.PASSKEY, second_factor=Session.SecondFactor.PASSKEY
        )
    return landing(user, "")


def _purpose(held: Invitation) -> str:
    return f"invitation {held.pk}"
