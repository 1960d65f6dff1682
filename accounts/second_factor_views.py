"""The second step at the door, and the pages of *My account* for the authenticator app."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import totp
from accounts.doors import proof_door
from accounts.errors import (
    CodeRefused,
    PersonalCodeRefused,
    SecondFactorMandatory,
    SecondFactorThere,
    SsoRequired,
    TooManyCodes,
)
from accounts.factor_forms import AppCodeForm, FirstCodeForm, PersonalCodeForm
from accounts.limit_pages import rate_limited
from accounts.models import Authenticator, PersonalCode, Session, User
from accounts.rate_limit import RateLimited, count_attempt
from accounts.relying_party import are_possible
from accounts.roles import may_enter_console
from accounts.second_factor import (
    CODE_SECONDS,
    SET_UP_SECONDS,
    Factors,
    FirstProof,
    begin_session,
    count_code,
    factors_of,
    first_proof,
    forgive_codes,
    landing,
    may_have_factors,
)
from accounts.services import (
    end_sessions,
    make_personal_codes,
    remove_authenticator,
    set_up_authenticator,
    use_code,
)
from accounts.sessions import DOOR, is_fresh
from accounts.sign_in import allowed_path, lacks_second_factor, remember_organization, signed_in
from audit.actors import Actor
from audit.context import current_context
from database.sealing import seal, unseal

# The secret of an app that is being set up, until a code of it is typed. Sealed: sessions are rows.
PENDING = "pending_authenticator"

View = Callable[..., HttpResponseBase]


# ---------------------------------------------------------------------- at the door


@login_not_required
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponseBase:
    """For whoever has proved who they are once. There is no session yet."""
    proof = first_proof(request, seconds=SET_UP_SECONDS)
    if proof is None:
        return _start_over(request)
    factors = factors_of(proof.user)
    if factors.is_none:
        return _set_up_at_the_door(request, proof)
    if first_proof(request, seconds=CODE_SECONDS) is None:
        return _start_over(request)
    return _ask(request, proof, factors)


def _start_over(request: HttpRequest) -> HttpResponseBase:
    if request.user.is_authenticated:
        return redirect("home")
    messages.info(request, _("That took too long, or something changed. Start once more."))
    return redirect("accounts:login")


def _ask(request: HttpRequest, proof: FirstProof, factors: Factors) -> HttpResponseBase:
    by_recovery = "recovery" in request.GET or not factors.has_app
    takes_passkeys = factors.passkeys and are_possible()
    kind = PersonalCodeForm if by_recovery else AppCodeForm
    form = kind(request.POST if request.method == "POST" else None)
    wait = 0
    if form.is_valid():
        try:
            return _prove(request, proof, form.cleaned_data["code"])
        except RateLimited as limited:
            return rate_limited(request, limited)
        except TooManyCodes as refusal:
            form.add_error("code", str(refusal))
            wait = refusal.retry_after
        except (CodeRefused, PersonalCodeRefused) as refusal:
            form.add_error("code", str(refusal))
    response = render(
        request,
        "accounts/second_factor.html",
        {
            "form": form,
            "who": proof.user,
            "at": proof.user.organization,
            "factors": factors,
            "by_recovery": by_recovery,
            # One thing to press stands out: the passkey, where a code is only what replaces it.
            "asks_for_passkey": bool(takes_passkeys) and not factors.has_app,
            "takes_passkeys": takes_passkeys,
            "next": proof.next_path,
        },
        status=HTTPStatus.TOO_MANY_REQUESTS if wait else HTTPStatus.OK,
    )
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _prove(request: HttpRequest, proof: FirstProof, typed: str) -> HttpResponseBase:
    user = proof.user
    # Recovery codes not by account, see `count_code`.
    account = "" if totp.as_code(typed) is None else f"second factor of {user.pk}"
    attempt = count_attempt(address=current_context().address, account=account)
    count_code(user, typed)
    used = use_code(user=user, typed=typed)
    attempt.forgive()
    forgive_codes(user)
    begin_session(request, user, door=proof.door, second_factor=used)
    if used is Session.SecondFactor.RECOVERY:
        left = PersonalCode.objects.filter(user=user).unused().count()
        said = ngettext(
            "You used a recovery code; %(count)d is left. If your app is gone, set another one up "
            "in My account.",
            "You used a recovery code; %(count)d are left. If your app is gone, set another one up "
            "in My account.",
            left,
        )
        messages.warning(request, said % {"count": left})
    return landing(user, proof.next_path)


def _set_up_at_the_door(request: HttpRequest, proof: FirstProof) -> HttpResponseBase:
    """For administrators who have none yet: no session before it is there."""
    try:
        answer = _set_up(request, proof.user, may_replace=False)
    except SecondFactorThere:  # in another window, meanwhile
        return redirect("accounts:second_factor")
    except SsoRequired:
        return _start_over(request)
    if isinstance(answer, FirstCodeForm):
        return _set_up_page(request, proof.user, answer, at_the_door=True)
    # Those that began before, when a password was enough.
    end_sessions(user=proof.user, actor=Actor.from_user(proof.user))
    begin_session(request, proof.user, door=proof.door, second_factor=Session.SecondFactor.CODE)
    response = _codes_page(request, answer, proof.next_path)
    remember_organization(response, proof.user.organization)
    return response


# ---------------------------------------------------------------------- in My account


def asks_for_proof(title: Promise) -> Callable[[View], View]:
    """A page of *My account* that changes how somebody proves who they are.

    For those of whom the portal asks it, and only just after they have proved it: with the second
    factor, where there is one and their session began without it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = signed_in(request)
            if not may_have_factors(user, request.session):
                messages.info(
                    request,
                    _("You sign in through your organization, which asks for what it wants."),
                )
                return redirect("account")
            here = request.get_full_path() if request.method == "GET" else request.path
            if lacks_second_factor(request.session, user) and not factors_of(user).is_none:
                return redirect(proof_door(request, user.organization, here).url)
            if is_fresh(request.session):
                return view(request, *args, **kwargs)
            return render(
                request,
                "accounts/prove_again.html",
                {
                    "title": title,
                    "organization": user.organization,
                    "proof": proof_door(request, user.organization, here),
                },
            )

        return asked

    return decorate


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@asks_for_proof(gettext_lazy("Authenticator app"))
def set_up(request: HttpRequest) -> HttpResponseBase:
    """Set an app up, or another one in its place. Administrators come here before the console."""
    user = signed_in(request)
    next_path = allowed_path(request.GET.get("next"), default="")
    answer = _set_up(request, user, may_replace=True)
    if isinstance(answer, FirstCodeForm):
        return _set_up_page(request, user, answer, at_the_door=False)
    end_sessions(user=user, actor=Actor.from_user(user), keep=request.session.session_key)
    if lacks_second_factor(request.session, user):
        # It is a better session from here on, hence a new one.
        door = Session.Door(request.session[DOOR])
        begin_session(request, user, door=door, second_factor=Session.SecondFactor.CODE)
    return _codes_page(request, answer, next_path)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@asks_for_proof(gettext_lazy("Recovery codes"))
def codes(request: HttpRequest) -> HttpResponseBase:
    """Says what making new ones does; a POST does it."""
    user = signed_in(request)
    factors = factors_of(user)
    if factors.is_none:
        return redirect("accounts:factor")
    if request.method == "POST":
        made = make_personal_codes(user=user, actor=Actor.from_user(user))
        return _codes_page(request, made, "")
    return render(request, "accounts/personal_codes.html", {"factors": factors})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@asks_for_proof(gettext_lazy("Remove the authenticator app"))
def remove(request: HttpRequest) -> HttpResponseBase:
    user = signed_in(request)
    factors = factors_of(user)
    if not factors.has_app:
        return redirect("account")
    if request.method == "POST":
        try:
            remove_authenticator(user=user, actor=Actor.from_user(user))
        except SecondFactorMandatory as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The authenticator app is removed."))
        return redirect("account")
    return render(
        request,
        "accounts/remove_factor.html",
        {
            "factors": factors,
            "is_mandatory": may_enter_console(user.role) and not factors.passkeys,
        },
    )


# ---------------------------------------------------------------------- both


def _set_up(request: HttpRequest, user: User, *, may_replace: bool) -> list[str] | FirstCodeForm:
    """The recovery codes of an app that has just been set up, or the form that asks for its code.

    Raises `SecondFactorThere` and `SsoRequired`.
    """
    form = FirstCodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return form
    code = totp.as_code(form.cleaned_data["code"])
    try:
        if code is None:
            raise CodeRefused
        made = set_up_authenticator(
            user=user,
            secret=_pending_secret(request, user),
            code=code,
            actor=Actor.from_user(user),
            may_replace=may_replace,
        )
    except CodeRefused:
        form.add_error(
            "code", _("That is not what the app should show now. Wait for its next code.")
        )
        return form
    request.session.pop(PENDING, None)
    return made


def _set_up_page(
    request: HttpRequest, user: User, form: FirstCodeForm, *, at_the_door: bool
) -> HttpResponse:
    secret = _pending_secret(request, user)
    organization = user.organization
    address = totp.address_of(
        secret,
        account=user.email or user.user_name,
        organization=organization.name if organization else "",
    )
    return render(
        request,
        "accounts/set_up_factor.html",
        {
            "form": form,
            "who": user,
            "at": organization,
            "at_the_door": at_the_door,
            "is_administrator": may_enter_console(user.role),
            "replaces": not at_the_door and Authenticator.objects.filter(user=user).exists(),
            "picture": totp.picture_of(address),
            "secret": totp.typed_secret(secret),
            "address": address,
        },
    )


def _pending_secret(request: HttpRequest, user: User) -> bytes:
    """The same until it is used: whoever mistypes the code keeps what they scanned."""
    if sealed := request.session.get(PENDING):
        owner, _space, secret = unseal(sealed).partition(" ")
        if owner == str(user.pk):
            return bytes.fromhex(secret)
    made = totp.new_secret()
    request.session[PENDING] = seal(f"{user.pk} {made.hex()}")
    return made


def _codes_page(request: HttpRequest, made: list[str], next_path: str) -> HttpResponse:
    return render(
        request, "accounts/personal_codes_made.html", {"codes": made, "next_path": next_path}
    )
