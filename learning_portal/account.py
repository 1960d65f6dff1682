"""My account: who one is here, the ways in, and the browsers that are signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.clients import describe_client
from accounts.limit_pages import rate_limited
from accounts.models import Session, User
from accounts.policies import is_door_closed
from accounts.rate_limit import RateLimited, count_attempt
from accounts.resets import may_reset
from accounts.second_factor import account_factors
from accounts.services import end_sessions, keeps_own_address, set_password
from accounts.sign_in import signed_in
from accounts.ways_in import ways_in
from audit.actors import Actor
from audit.context import current_context
from profiles import linkedin
from profiles.standing import account_context

# More browsers than a person looks through; all of them can be ended at once.
SESSIONS_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Browser:
    """A signed-in browser, as a page may show it: its key stays here, `handle` stands for it."""

    handle: str
    name: str
    address: str
    door: str
    started_at: datetime
    ends_at: datetime
    is_this: bool


def handle_of(session_key: str) -> str:
    return salted_hmac("learning_portal.account", session_key).hexdigest()


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    ways = ways_in(user)
    sessions = list(_sessions(user)[: SESSIONS_SHOWN + 1])
    current = request.session.session_key
    names = {way.connection_id: way.name for way in ways if way.connection_id}
    profile = account_context(user)
    browsers = [
        _browser(session, names, current, names_provider=profile is not None)
        for session in sessions[:SESSIONS_SHOWN]
    ]
    return render(
        request,
        "learning_portal/account.html",
        {
            "facts": _facts(user),
            "owned_by_directory": user.source in {User.Source.SSO, User.Source.SCIM},
            "keeps_own_address": keeps_own_address(user),
            "mail_lets_in": keeps_own_address(user) and may_reset(user),
            "ways": ways,
            "themes": User.Theme.choices,
            "languages": settings.LANGUAGES,
            # This one first: it answers "where am I".
            "browsers": sorted(browsers, key=lambda browser: not browser.is_this),
            "has_more_browsers": len(sessions) > SESSIONS_SHOWN,
            "profile": profile,
            **account_factors(user, request.session),
        },
    )


@require_POST
def sessions(request: HttpRequest) -> HttpResponseBase:
    """End one other session of one's own, or all others. This one ends by signing out."""
    user = signed_in(request)
    current = request.session.session_key
    actor = Actor.from_user(user)
    if "others" in request.POST:
        ended = end_sessions(user=user, actor=actor, keep=current)
    else:
        wanted = request.POST.get("session", "")
        keys = _sessions(user).exclude(session_key=current).values_list("session_key", flat=True)
        ended = end_sessions(
            user=user, actor=actor, only=[key for key in keys if handle_of(key) == wanted]
        )
    if ended:
        messages.success(
            request,
            ngettext("%(count)d browser signed out.", "%(count)d browsers signed out.", ended)
            % {"count": ended},
        )
    else:
        messages.info(request, _("That browser was signed out already."))
    return redirect("account")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponseBase:
    """For people who have one. Whoever comes through their organization gets none by this page."""
    user = signed_in(request)
    if not user.has_usable_password():
        raise PermissionDenied
    if is_door_closed(user.organization, Session.Door.PASSWORD):
        messages.info(request, _("Your organization signs in through single sign-on alone."))
        return redirect("account")
    if request.method == "POST":
        try:
            attempt = count_attempt(
                address=current_context().address, account=f"password of {user.pk}"
            )
        except RateLimited as error:
            return rate_limited(request, error)
        form = PasswordChangeForm(user, request.POST)
        if form.is_valid():
            attempt.forgive()
            actor = Actor.from_user(user)
            set_password(user=user, password=form.cleaned_data["new_password1"], actor=actor)
            update_session_auth_hash(request, user)
            end_sessions(user=user, actor=actor, keep=request.session.session_key)
            messages.success(request, _("Password changed. Other browsers are signed out."))
            return redirect("account")
    else:
        form = PasswordChangeForm(user)
    for field in form.fields.values():
        field.widget.attrs["class"] = "input"
    return render(request, "learning_portal/password.html", {"form": form})


def _sessions(user: User) -> Any:
    return Session.objects.filter(user=user, expire_date__gt=timezone.now()).order_by("-created_at")


def _door_of(session: Session, *, names_provider: bool) -> str:
    """As *How you sign in* calls it; where profiles are off, nothing names whose they were."""
    if session.door == Session.Door.LINKEDIN:
        return linkedin.name() if names_provider else _("Connected profile")
    return session.get_door_display()


def _browser(
    session: Session, names: dict[Any, str], current: str | None, *, names_provider: bool
) -> Browser:
    return Browser(
        handle=handle_of(session.session_key),
        name=describe_client(session.client),
        address=session.address or "",
        door=names.get(session.connection_id) or _door_of(session, names_provider=names_provider),
        started_at=session.created_at,
        ends_at=session.expire_date,
        is_this=session.session_key == current,
    )


def _facts(user: User) -> list[tuple[str, str]]:
    """What is known of the person; what nobody filled in is left out, but for name and mail."""
    always = [
        (_("Name"), user.display_name),
        (_("E-mail"), user.email or "—"),
        (_("User name"), user.user_name),
    ]
    sometimes = [
        (_("Title"), user.title),
        (_("Department"), user.department),
        (_("Location"), user.location),
        (_("Manager"), user.manager_name),
    ]
    return always + [(label, value) for label, value in sometimes if value]
