"""Tokens in the console: made, replaced and revoked. The text of one is in one answer, once.

It is in no address, no message, no cookie and no session: the page that makes it is the page that
shows it, and the console's pages are never stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.errors import AccountsError
from accounts.models import Organization
from accounts.templatetags.portal import relative_time, status_badge
from provisioning.addresses import base_url
from provisioning.console.forms import LifetimeForm, TokenForm
from provisioning.console.pages import Visit
from provisioning.errors import TokenMadeAlready
from provisioning.models import ScimToken
from provisioning.services import OVERLAP, NewToken, create_token, revoke_token, rotate_token

# Tokens that have ended are shown so long, and so many.
ENDED_SHOWN = timedelta(days=90)
LISTED = 50
# Those of `guides.GUIDES`, which read the tokens.
GUIDE_NAMES = ("entra", "okta", "other")
# Days before its end from which a token is shown as one to replace.
SOON, VERY_SOON = 30, 7


@dataclass(frozen=True, slots=True)
class ShownToken:
    """`is_replaced`: a token that was made later is in use since, so its end is no loss."""

    token: ScimToken
    is_live: bool
    is_replaced: bool
    badge: SafeString


def shown_tokens(organization: Organization, now: datetime) -> list[ShownToken]:
    """The organization's tokens: the live ones first, each kind from the newest. One statement."""
    here = ScimToken.objects.in_organization(organization)
    rows: Iterable[Any] = (
        here.filter(expires_at__gt=now - ENDED_SHOWN)
        .annotate(is_needed=Q(pk__in=here.needed(now).values("pk")))
        .order_by("-created_at", "-id")[:LISTED]
    )
    shown = [
        ShownToken(
            row,
            is_live=row.is_live(now),
            is_replaced=row.is_live(now) and not row.is_needed,
            badge=expiry_badge(row, now, is_needed=row.is_needed),
        )
        for row in rows
    ]
    return sorted(shown, key=lambda each: not each.is_live)


def expiry_badge(token: ScimToken, now: datetime, *, is_needed: bool = True) -> SafeString:
    """When a token ends, or how it ended."""
    if token.revoked_at is not None:
        return status_badge("", "x-circle", _("Revoked"))
    if token.expires_at <= now:
        return status_badge("", "x-circle", _("Expired"))
    when = _("Ends %(when)s") % {"when": relative_time(token.expires_at, now)}
    left = token.expires_at - now
    if not is_needed:
        return status_badge("", "clock", when)
    if left <= timedelta(days=VERY_SOON):
        return status_badge("bad", "warn", when)
    if left <= timedelta(days=SOON):
        return status_badge("warn", "clock", when)
    return status_badge("ok", "check-circle", when)


def new(request: HttpRequest) -> HttpResponse:
    visit = Visit.of_token_maker(request)
    initial = {"name": request.GET.get("name", "")[:100]}
    form = TokenForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            made = create_token(
                organization=visit.organization,
                name=form.cleaned_data["name"],
                days=form.cleaned_data["days"],
                id=form.cleaned_data["id"],
                actor=visit.actor,
            )
        except AccountsError as refusal:
            return _refused(visit, refusal)
        return _show_once(visit, made, guide=request.GET.get("guide", ""))
    return visit.page("token_new.html", title=_("New token"), form=form)


def rotate(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """A successor of the same name; both are valid while the directory is told."""
    visit = Visit.of_token_maker(request)
    token = visit.token(token_id)
    form = LifetimeForm(request.POST or None)
    if form.is_valid():
        try:
            made = rotate_token(
                token=token,
                days=form.cleaned_data["days"],
                id=form.cleaned_data["id"],
                actor=visit.actor,
            )
        except AccountsError as refusal:
            return _refused(visit, refusal)
        return _show_once(visit, made, former=token)
    now = timezone.now()
    return visit.page(
        "token_rotate.html",
        title=_("Replace token %(name)s") % {"name": token},
        token=token,
        form=form,
        overlap=OVERLAP.days,
        is_live=token.is_live(now),
        former_ends_at=min(token.expires_at, now + OVERLAP),
    )


def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Says what stops; a POST does it."""
    visit = Visit.of(request)
    token = visit.token(token_id)
    if request.method == "POST":
        revoke_token(token=token, actor=visit.actor)
        messages.success(
            request,
            _("%(token)s is revoked. Its calls are refused from now on.") % {"token": token},
        )
        return visit.back()
    others = ScimToken.objects.in_organization(visit.organization).live().exclude(pk=token.pk)
    return visit.page(
        "token_revoke.html",
        title=_("Revoke token %(name)s") % {"name": token},
        token=token,
        others=others.count(),
        is_live=token.is_live(timezone.now()),
    )


def _show_once(
    visit: Visit, made: NewToken, *, former: ScimToken | None = None, guide: str = ""
) -> HttpResponse:
    """`guide`: the one that led here, and goes on once the token is copied."""
    return visit.page(
        "token_made.html",
        title=_("Your new token"),
        token=made.token,
        text=made.text,
        base_url=base_url(),
        former=former,
        guide=guide if guide in GUIDE_NAMES else "",
    )


def _refused(visit: Visit, refusal: AccountsError) -> HttpResponse:
    say = messages.warning if isinstance(refusal, TokenMadeAlready) else messages.error
    say(visit.request, str(refusal))
    return visit.back()
