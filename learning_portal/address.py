"""My account: another e-mail address, which counts once a mail to it was followed."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import proof_door
from accounts.emails import kept_form
from accounts.errors import AddressNotTheirs, AddressTicketClosed, UserNameTaken
from accounts.forms import AddressForm
from accounts.limit_pages import rate_limited
from accounts.models import User
from accounts.rate_limit import RateLimited, count_attempt
from accounts.services import address_in, ask_for_address, keeps_own_address, prove_address
from accounts.sessions import is_fresh
from accounts.sign_in import signed_in
from audit.context import current_context

TICKET = "address_ticket"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest) -> HttpResponseBase:
    """Ask for it, by whoever has just proved who they are."""
    user = _member(request)
    fresh = is_fresh(request.session)
    # The address as it is may be all that needs proof.
    start = "" if user.has_verified_email else user.email
    form = AddressForm(request.POST if request.method == "POST" else None, initial={"email": start})
    if fresh and form.is_valid():
        email = kept_form(form.cleaned_data["email"])
        try:
            count_attempt(address=current_context().address, account=f"address {user.pk}")
        except RateLimited as limited:
            return rate_limited(request, limited)
        ask_for_address(user=user, email=email)
        messages.success(
            request,
            _("We wrote to %(email)s. Follow that mail’s link within an hour, in this browser.")
            % {"email": email},
        )
        return redirect("account")
    door = None if fresh else proof_door(request, user.organization, reverse("account_email"))
    return render(
        request,
        "learning_portal/email.html",
        {"form": form, "is_fresh": fresh, "door": door, "email": user.email},
    )


@never_cache
@require_safe
def follow(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """The mail's link, for whoever is signed in to the account that asked. The ticket leaves the
    address at once."""
    request.session[TICKET] = ticket
    return redirect("account_email_prove")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponseBase:
    """With POST the address counts."""
    user = _member(request)
    ticket = request.session.get(TICKET, "")
    try:
        email = address_in(user, ticket)
        if request.method != "POST":
            context = {"email": email, "former": user.email}
            return render(request, "learning_portal/email_prove.html", context)
        prove_address(user=user, ticket=ticket)
    except (AddressTicketClosed, AddressNotTheirs, UserNameTaken):
        messages.error(
            request, _("This link proves no address of this account any more. Ask for another.")
        )
        return redirect("account_email")
    del request.session[TICKET]
    messages.success(request, _("Your address is %(email)s now, and proved.") % {"email": email})
    return redirect("account")


def _member(request: HttpRequest) -> User:
    user = signed_in(request)
    if not keeps_own_address(user):
        raise PermissionDenied
    return user
