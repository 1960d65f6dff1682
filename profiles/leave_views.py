"""*I don't work here anymore*: disconnecting from accounts that are closed, without signing in.

Nobody learns from these pages where anybody works or worked but whoever proves at LinkedIn that the
profile is theirs. What was proved is a signed note in the page, good for ten minutes and for the
browser that set out: no session begins, and one that is there is left alone.
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import BindingPolicy, User
from accounts.rate_limit import Attempt
from profiles import linkedin
from profiles.authorization import Holder
from profiles.errors import LinkedInFailed
from profiles.leaving import disconnect_left, left_behind
from profiles.models import AUTHORIZATION_LASTS, AuthorizationRequest, Purpose
from profiles.pages import allow_leaving, page
from profiles.policies import is_silent
from profiles.sign_in_views import set_out

PROOF = "profiles.leave"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Says what it is for; a POST sets out for LinkedIn."""
    _refuse_where_unheard_of(request)
    if request.method != "POST":
        return allow_leaving(page(request, "leave", None))
    return set_out(request, AuthorizationRequest(purpose=Purpose.LEAVE))


def answer(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    """LinkedIn's answer to a claimed trip: the accounts that are closed, to choose from."""
    if linkedin.was_canceled(request.GET):
        messages.info(
            request,
            _("You canceled at %(provider)s. Nothing was disconnected.")
            % {"provider": linkedin.name()},
        )
        return redirect("profiles:leave")
    try:
        profile = linkedin.fetch_answer(request.GET)
    except LinkedInFailed as failure:
        return page(
            request,
            "leave_trouble",
            None,
            status=HTTPStatus.BAD_GATEWAY,
            is_down=failure.is_down,
        )
    attempt.forgive()
    found = left_behind(subject=profile.subject)
    holder = Holder.of_browser(request)
    assert holder is not None  # its trip was claimed
    note = {"bindings": [str(binding.pk) for binding in found], "holder": holder.digest}
    proof = signing.dumps(note, salt=PROOF)
    return page(request, "leave_choose", None, bindings=found, proof=proof)


@login_not_required
@never_cache
@require_POST
def disconnect(request: HttpRequest) -> HttpResponse:
    """Disconnects what was chosen of what this browser's proof names."""
    _refuse_where_unheard_of(request)
    proved = _proved(request)
    if proved is None:
        messages.error(request, _("That took longer than 10 minutes. Prove anew who you are."))
        return redirect("profiles:leave")
    chosen = [pk for pk in proved if str(pk) in request.POST.getlist("binding")]
    ended = disconnect_left(bindings=chosen)
    if not ended:
        messages.info(request, _("Nothing was disconnected."))
        return redirect("profiles:leave")
    return page(request, "left", None, bindings=ended)


def _proved(request: HttpRequest) -> list[UUID] | None:
    holder = Holder.of_browser(request)
    with suppress(signing.BadSignature):
        note: dict[str, Any] = signing.loads(
            request.POST.get("proof", ""), salt=PROOF, max_age=AUTHORIZATION_LASTS
        )
        if holder is not None and note["holder"] == holder.digest:
            return [UUID(pk) for pk in note["bindings"]]
    return None


def _refuse_where_unheard_of(request: HttpRequest) -> None:
    """Whoever is signed in where the policy is off meets nothing named LinkedIn, here neither."""
    if not linkedin.is_configured():
        raise Http404
    user = request.user
    organization = user.organization if isinstance(user, User) else None
    if organization is not None and is_silent(BindingPolicy(organization.binding_policy)):
        raise Http404
