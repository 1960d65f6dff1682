"""What a password that somebody types at a door leads to: in, a choice of accounts, or words."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.forms import EmailPasswordForm, NamePasswordForm
from accounts.limit_pages import rate_limited
from accounts.models import Organization, Session, User
from accounts.names import name_key
from accounts.organization_pages import organization_url
from accounts.passwords import Opened, lets_in, try_password
from accounts.policies import is_door_closed
from accounts.rate_limit import RateLimited, count_attempt
from accounts.second_factor import come_in
from audit.context import current_context

# Which accounts a password has opened, until one of them is chosen.
CHOICE = "opened_accounts"
CHOICE_SECONDS = 5 * 60


def answer_to_password(
    request: HttpRequest,
    form: EmailPasswordForm | NamePasswordForm,
    next_path: str,
    organization: Organization | None = None,
) -> HttpResponseBase | None:
    """The answer to somebody whose password opens an account; otherwise None, and the form says no.

    Nothing is said, and nothing takes longer or shorter, for an address that nobody has.
    """
    if not form.is_valid():
        return None
    name = form.cleaned_data["name" if organization else "email"]
    scope = organization.pk if organization else "any"
    try:
        attempt = count_attempt(
            # As accounts are found: each spelling would be a count of its own otherwise.
            address=current_context().address,
            account=f"{scope} {name_key(name.strip())}",
        )
    except RateLimited as error:
        return rate_limited(request, error)
    opened = try_password(
        name=name, password=form.cleaned_data["password"], organization=organization
    )
    if not opened.accounts:
        form.add_error(None, _why_not(opened))
        return None
    attempt.forgive()
    if len(opened.accounts) == 1:
        return come_in(request, opened.accounts[0], door=Session.Door.PASSWORD, next_path=next_path)
    return _offer_choice(request, opened, next_path)


def _why_not(opened: Opened) -> str:
    """Whoever has the right password may know more."""
    if not opened.closed:
        return _("That address and password don’t belong together. Check both and try again.")
    return why_shut(opened.closed[0])


def why_shut(user: User) -> str:
    """For whoever has proved that the account is theirs."""
    organization = user.organization
    if organization is not None and not organization.is_active:
        return _("%(name)s’s access is suspended. Its administrator knows why.") % {
            "name": organization.name
        }
    if is_door_closed(organization, Session.Door.PASSWORD):
        assert organization is not None
        return _("%(name)s signs in through single sign-on alone, at %(address)s") % {
            "name": organization.name,
            "address": settings.PORTAL_BASE_URL + organization_url(organization.slug),
        }
    return _("This account is closed. An administrator can open it again.")


def _is_unchanged(user: User, proved: str) -> bool:
    """Whether the password is the one that opened the account."""
    return constant_time_compare(proved, user.get_session_auth_hash())


def _offer_choice(request: HttpRequest, opened: Opened, next_path: str) -> HttpResponseBase:
    # A key that nobody has seen: what the password opened must not land in a session that somebody
    # else put into this browser.
    request.session.flush()
    request.session.set_expiry(CHOICE_SECONDS)
    request.session[CHOICE] = signing.dumps(
        {
            "accounts": {str(user.pk): user.get_session_auth_hash() for user in opened.accounts},
            "next": next_path,
        },
        salt=CHOICE,
    )
    return redirect("accounts:choose")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponseBase:
    """For whoever's password opens more than one account. There is no session yet, and none for
    an account whose password was changed meanwhile."""
    try:
        choice = signing.loads(request.session.get(CHOICE, ""), salt=CHOICE, max_age=CHOICE_SECONDS)
    except signing.BadSignature:
        return redirect("accounts:login")
    opened: dict[str, str] = choice["accounts"]
    people = User.objects.present().filter(pk__in=opened).select_related("organization")
    accounts = [
        user for user in people if lets_in(user) and _is_unchanged(user, opened[str(user.pk)])
    ]
    chosen = next((user for user in accounts if str(user.pk) == request.POST.get("account")), None)
    if chosen is not None:
        return come_in(request, chosen, door=Session.Door.PASSWORD, next_path=choice["next"])
    return render(
        request,
        "accounts/choose.html",
        {"accounts": accounts, "is_missing": request.method == "POST"},
    )
