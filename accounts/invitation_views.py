"""From the link in an invitation's mail to the first page of whoever accepts it."""

from __future__ import annotations

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.acceptance import Way, offered, registered_ways
from accounts.doors import doors_of
from accounts.emails import masked
from accounts.errors import InvalidValue, InvitationClosed, SsoRequired
from accounts.forms import NewAccountForm
from accounts.invitations import (
    held_invitation,
    hold_invitation,
    keep_link,
    kept_link,
)
from accounts.limit_pages import limits_mail_links, rate_limited
from accounts.models import BindingPolicy, Invitation, Session, User
from accounts.policies import is_door_closed
from accounts.rate_limit import RateLimited, count_attempt
from accounts.relying_party import are_possible
from accounts.second_factor import come_in
from accounts.services import (
    create_member_account,
    invitation_of,
    note_opened,
    refuse_closed_invitation,
)
from audit.actions import Action
from audit.actors import Actor
from audit.context import current_context
from audit.services import record


@login_not_required
@never_cache
@sensitive_variables("secret")
@require_safe
@limits_mail_links
def follow(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The link of the mail. Its secret leaves the address at once, and nothing is opened yet."""
    keep_link(request, secret)
    return redirect("accounts:invitation")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest) -> HttpResponseBase:
    """Who invites whom; with POST it is opened. Programs that look at mail follow links: GET alone
    uses nothing up."""
    try:
        attempt = count_attempt(address=current_context().address)
        found = invitation_of(kept_link(request))
        attempt.forgive()  # nobody guesses 256 bits: who has the link was sent it
        refuse_closed_invitation(found)
    except RateLimited as limited:
        return rate_limited(request, limited)
    except InvitationClosed as closed:
        return closed_page(request, closed)
    if request.method != "POST":
        return render(
            request,
            "accounts/invitation.html",
            {
                "invitation": found,
                "at": found.organization,
                "masked": masked(found.email),
                "was_here": was_here(found),
            },
        )
    note_opened(invitation=found)
    sign_out_here(request)
    hold_invitation(request, found)
    return redirect("accounts:invitation_ways")


@login_not_required
@never_cache
@require_safe
def ways(request: HttpRequest) -> HttpResponseBase:
    """What the organization's policy leaves to choose from; a page of its own only for a choice."""
    held = held_invitation(request)
    if held is None:
        return _not_held(request)
    choices = _choices(held)
    doors = doors_of(held.organization)
    if not choices and not doors:
        return render(
            request, "accounts/invitation_no_way.html", {"at": held.organization}, status=403
        )
    if not doors and [way.url for way in choices] == [reverse("accounts:invitation_account")]:
        return redirect("accounts:invitation_account")
    return render(
        request,
        "accounts/invitation_ways.html",
        {
            "at": held.organization,
            "masked": masked(held.email),
            "was_here": was_here(held),
            "doors": [(door, door.leads_to("")) for door in doors],
            "ways": choices,
        },
    )


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: HttpRequest) -> HttpResponseBase:
    """*Create your account*: a password, for whoever holds an invitation and may have one."""
    held = held_for_account(request)
    if not isinstance(held, Invitation):
        return held
    form = NewAccountForm(request.POST or None, person=held.user)
    if form.is_valid():
        answer = _create(request, held, form)
        if answer is not None:
            return answer
    return render(
        request,
        "accounts/invitation_account.html",
        {
            "form": form,
            "at": held.organization,
            "email": held.email,
            "rules": password_validators_help_texts(),
            "takes_passkeys": are_possible(),
            "was_here": was_here(held),
            "has_other_ways": has_other_ways(held),
        },
    )


def held_for_account(request: HttpRequest) -> Invitation | HttpResponseBase:
    """The invitation whose person may have an account of their own here, or the way to another
    page."""
    held = held_invitation(request)
    if held is None:
        return _not_held(request)
    if reverse("accounts:invitation_account") not in {way.url for way in _choices(held)}:
        return redirect("accounts:invitation_ways")
    return held


def _create(
    request: HttpRequest, held: Invitation, form: NewAccountForm
) -> HttpResponseBase | None:
    try:
        user = create_member_account(invitation=held, **form.cleaned_data)
        # Administrators, and whoever was here before, may owe a second factor: an invitation is
        # none.
        return come_in(request, user, door=Session.Door.PASSWORD, next_path="")
    except InvalidValue as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None
    except (InvitationClosed, SsoRequired):
        return redirect("accounts:invitation_ways")


def _choices(held: Invitation) -> list[Way]:
    organization = held.organization
    ways = registered_ways(held)
    provider = next((way.profile_of for way in ways if way.connects_profile), "")
    account = None
    if not is_door_closed(organization, Session.Door.PASSWORD):
        account = Way(
            label=_("Continue without %(provider)s") % {"provider": provider}
            if provider and organization.binding_policy == BindingPolicy.OPTIONAL
            else (_("Choose a password") if was_here(held) else _("Create your account")),
            text=_("With your e-mail address, and a password of your own or a passkey.")
            if are_possible()
            else _("With your e-mail address and a password of your own."),
            url=reverse("accounts:invitation_account"),
        )
    return offered(ways, policy=organization.binding_policy, account=account)


def was_here(found: Invitation) -> bool:
    """Whether it leads to another way into an account that its person has used."""
    return found.user.state == User.State.ACTIVE


def has_other_ways(held: Invitation) -> bool:
    """Whether there is something to go back to and choose."""
    return len(_choices(held)) + len(doors_of(held.organization)) > 1


def closed_page(request: HttpRequest, closed: InvitationClosed) -> HttpResponse:
    """Why it opens nothing, and what to do."""
    found = closed.invitation
    return render(
        request,
        "accounts/invitation_closed.html",
        {
            "why": closed.why.value,
            "at": found.organization if found else None,
            "masked": masked(found.email) if found else "",
        },
        status=404 if closed.why is InvitationClosed.Why.UNKNOWN else 403,
    )


def _not_held(request: HttpRequest) -> HttpResponseBase:
    """Back to the start: the page there says what has become of the invitation."""
    if request.user.is_authenticated:
        return redirect("home")
    return redirect("accounts:invitation")


def sign_out_here(request: HttpRequest) -> None:
    """Whoever is signed in here no longer is, and that is on record."""
    user = request.user
    if not user.is_authenticated:
        return
    with transaction.atomic():
        record(
            Action.SIGNED_OUT,
            organization=user.organization,
            actor=Actor.from_user(user),
            target=user,
        )
        logout(request)
