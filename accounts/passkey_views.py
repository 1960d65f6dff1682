"""Passkeys: coming in with one, and the page of *My account* that keeps them."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.challenges import SIGN_IN, make_challenge, take_challenge
from accounts.clients import describe_client
from accounts.errors import (
    AccountsError,
    LastWayIn,
    NobodyGetsIn,
    PasskeyRefused,
    PasskeyShutOut,
    SecondFactorMandatory,
)
from accounts.factor_forms import PasskeyNameForm
from accounts.limit_pages import rate_limited
from accounts.models import Passkey, Session, User
from accounts.password_views import why_shut
from accounts.rate_limit import RateLimited, count_attempt, count_start
from accounts.relying_party import (
    are_possible,
    host,
    read_answer,
    read_registration,
    registration_options,
    sign_in_options,
)
from accounts.second_factor import begin_session, landing
from accounts.second_factor_views import asks_for_proof
from accounts.services import add_passkey, remove_passkey, rename_passkey, use_passkey
from accounts.sign_in import allowed_path, signed_in
from audit.actors import Actor
from audit.context import current_context

# ---------------------------------------------------------------------- at the door


@login_not_required
@never_cache
@require_POST
def sign_in_challenge(request: HttpRequest) -> HttpResponseBase:
    """What a browser needs to ask its authenticators; the same for everybody who comes."""
    try:
        count_start(address=current_context().address, door="passkey")
    except RateLimited as limited:
        return rate_limited(request, limited)
    return JsonResponse(sign_in_options(challenge=make_challenge(request, SIGN_IN)))


@login_not_required
@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """A passkey is both factors: what it is and who unlocked it."""
    try:
        attempt = count_attempt(address=current_context().address)
    except RateLimited as limited:
        return rate_limited(request, limited)
    try:
        user = _opened(request)
    except PasskeyShutOut as refusal:
        return _refused(request, why_shut(refusal.user))
    except PasskeyRefused as refusal:
        return _refused(request, str(refusal))
    attempt.forgive()
    begin_session(
        request, user, door=Session.Door.PASSKEY, second_factor=Session.SecondFactor.PASSKEY
    )
    return landing(user, allowed_path(request.POST.get("next"), default=""))


def _opened(request: HttpRequest) -> User:
    challenge = take_challenge(request, SIGN_IN)
    if challenge is None:
        raise PasskeyRefused("challenge")
    answer = read_answer(request.POST.get("credential", ""))
    return use_passkey(answer=answer, challenge=challenge.value, challenged_at=challenge.made_at)


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    return render(
        request, "accounts/passkey_refused.html", {"why": why}, status=HTTPStatus.FORBIDDEN
    )


# ---------------------------------------------------------------------- in My account


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@asks_for_proof(gettext_lazy("Passkeys"))
def passkeys(request: HttpRequest) -> HttpResponseBase:
    """The account's own, and one more: a POST carries what the browser has just made."""
    user = signed_in(request)
    form = PasskeyNameForm(
        request.POST if request.method == "POST" else None,
        initial={"name": describe_client(current_context().client)},
    )
    if form.is_valid():
        try:
            _register(request, user, form.cleaned_data["name"])
        except AccountsError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The passkey is registered. Sign in with it next time."))
            return redirect("accounts:passkeys")
    return render(
        request,
        "accounts/passkeys.html",
        {
            "passkeys": Passkey.objects.filter(user=user),
            "form": form,
            "are_possible": are_possible(),
            "host": host(),
        },
    )


def _register(request: HttpRequest, user: User, name: str) -> None:
    challenge = take_challenge(request, str(user.pk))
    if challenge is None:
        raise PasskeyRefused("challenge")
    credential = read_registration(request.POST.get("credential", ""), challenge=challenge.value)
    add_passkey(user=user, name=name, credential=credential, actor=Actor.from_user(user))


@never_cache
@require_POST
@asks_for_proof(gettext_lazy("Passkeys"))
def registration_challenge(request: HttpRequest) -> HttpResponseBase:
    user = signed_in(request)
    at = user.organization
    name = user.email or user.user_name
    options = registration_options(
        account=user.pk,
        # What the device lists: whoever has an account at two organizations tells them apart.
        name=f"{name} ({at.name})" if at else name,
        display_name=user.display_name,
        challenge=make_challenge(request, str(user.pk)),
        known=Passkey.objects.filter(user=user).values_list("credential_id", flat=True),
    )
    return JsonResponse(options)


@never_cache
@require_POST
@asks_for_proof(gettext_lazy("Passkeys"))
def rename(request: HttpRequest, passkey_id: UUID) -> HttpResponseBase:
    passkey = _own(request, passkey_id)
    form = PasskeyNameForm(request.POST)
    if form.is_valid():
        name = form.cleaned_data["name"]
        rename_passkey(passkey=passkey, name=name, actor=Actor.from_user(passkey.user))
        messages.success(request, _("It is called %(name)s now.") % {"name": name})
    else:
        messages.error(request, _("Give it a name that you will recognize."))
    return redirect("accounts:passkeys")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@asks_for_proof(gettext_lazy("Remove a passkey"))
def remove(request: HttpRequest, passkey_id: UUID) -> HttpResponseBase:
    passkey = _own(request, passkey_id)
    if request.method == "POST":
        try:
            remove_passkey(passkey=passkey, actor=Actor.from_user(passkey.user))
        except (LastWayIn, NobodyGetsIn, SecondFactorMandatory) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("%(name)s is removed: it opens nothing.") % {"name": passkey}
            )
        return redirect("accounts:passkeys")
    return render(request, "accounts/remove_passkey.html", {"passkey": passkey})


def _own(request: HttpRequest, passkey_id: UUID) -> Passkey:
    """Somebody else's looks like one that doesn't exist."""
    mine = Passkey.objects.filter(user=signed_in(request)).select_related("user__organization")
    return get_object_or_404(mine, pk=passkey_id)
