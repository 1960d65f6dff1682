"""Pages that put the apps' pieces beside each other."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.sign_in import signed_in
from licenses.standing import persons_license
from profiles.consent_views import is_shown
from profiles.standing import account_context


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """A learner's first page. Platform staff learn nothing here; theirs is the console."""
    user = signed_in(request)
    if user.is_platform_staff:
        return redirect("admin:index")
    profile = account_context(user)
    # Whichever door they came by: once in each session, then a line says it.
    if profile is not None and profile.has_new_words and not is_shown(request):
        return redirect("profiles:agree")
    return render(
        request,
        "learning_portal/home.html",
        {
            "greeting": greeting(timezone.localtime(), user.first_name),
            "license": persons_license(user),
            "profile": profile,
        },
    )


def greeting(now: datetime, name: str) -> str:
    """By the clock of the organization, which need not be the person's own."""
    if 4 <= now.hour < 12:
        words = _("Good morning")
    elif 12 <= now.hour < 18:
        words = _("Good afternoon")
    else:
        words = _("Good evening")
    if not name:
        return words  # a user name is no way to greet somebody
    return _("%(greeting)s, %(name)s") % {"greeting": words, "name": name}


@login_not_required
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers: the process answers. No database, so that its outage is not ours."""
    return JsonResponse({"status": "ok"})
