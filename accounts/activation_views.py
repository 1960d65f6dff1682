"""An organization's activation link: it asks for an address, and writes to whom it is for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.emails import kept_form, masked
from accounts.errors import ActivationClosed, TooManyInvitations
from accounts.forms import EmailForm
from accounts.invitation_views import sign_out_here
from accounts.invitations import hold_invitation
from accounts.jobs import answer_activation
from accounts.languages import page_language
from accounts.limit_pages import limits_mail_links, rate_limited
from accounts.models import ActivationLink
from accounts.rate_limit import RateLimited, count_attempt
from accounts.services import is_open, join, read_ticket
from accounts.sessions import keep_from_a_mail
from audit.context import current_context

TICKET = "activation_ticket"


def of_an_open_link(
    view: Callable[[HttpRequest, ActivationLink], HttpResponseBase],
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """A page of the link in the address; one that is off, or none, says what to do."""

    @wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponseBase:
        rows = ActivationLink.objects.select_related("organization")
        link = rows.filter(token=token).first()
        if link is None or not is_open(link):
            return _closed(request, link)
        return view(request, link)

    return found


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_an_open_link
def ask(request: HttpRequest, link: ActivationLink) -> HttpResponseBase:
    """Every address is answered alike: a worker finds out whether there is anybody to write to."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "accounts/join.html", {"form": form, "at": link.organization})
    email = kept_form(form.cleaned_data["email"])
    try:
        count_attempt(
            address=current_context().address, account=f"join {link.organization_id} {email}"
        )
    except RateLimited as limited:
        return rate_limited(request, limited)
    answer_activation.enqueue(str(link.pk), email, page_language())
    return redirect("accounts:join_sent", link.token)


@login_not_required
@require_safe
@of_an_open_link
def sent(request: HttpRequest, link: ActivationLink) -> HttpResponseBase:
    return render(request, "accounts/join_sent.html", {"at": link.organization, "link": link})


@login_not_required
@never_cache
@require_safe
@limits_mail_links
def follow(request: HttpRequest, ticket: str) -> HttpResponseBase:
    """The link of the mail to somebody new. Its ticket leaves the address at once."""
    keep_from_a_mail(request, TICKET, ticket)
    return redirect("accounts:join_confirm")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponseBase:
    """With POST the account is made, and held like an invitation. Looking makes nothing."""
    ticket = request.session.get(TICKET, "")
    try:
        link, email = read_ticket(ticket)
        if request.method != "POST":
            return render(
                request,
                "accounts/join_confirm.html",
                {"at": link.organization, "masked": masked(email)},
            )
        invitation = join(ticket=ticket)
    except (ActivationClosed, TooManyInvitations):
        return _closed(request, None)
    sign_out_here(request)
    hold_invitation(request, invitation)
    return redirect("accounts:invitation_ways")


def _closed(request: HttpRequest, link: ActivationLink | None) -> HttpResponseBase:
    return render(
        request,
        "accounts/join_closed.html",
        {"at": link.organization if link else None},
        status=403 if link else 404,
    )
