"""Light, dark or as the system: chosen on *My account*, or by the button on top of every page."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.services import choose_theme
from accounts.sign_in import allowed_path, signed_in

# What the button at the top leads to without a script, which alone knows how the system looks.
NEXT_THEME = {
    "": User.Theme.DARK,
    User.Theme.SYSTEM: User.Theme.DARK,
    User.Theme.DARK: User.Theme.LIGHT,
    User.Theme.LIGHT: User.Theme.SYSTEM,
}


@require_POST
def theme(request: HttpRequest) -> HttpResponseBase:
    """Keep the choice, then back to where it was made; a script asks for no page."""
    wanted = request.POST.get("theme", "")
    if wanted not in User.Theme:
        raise BadRequest("no theme of ours")
    choose_theme(user=signed_in(request), theme=User.Theme(wanted))
    if "quiet" in request.POST:
        return HttpResponse(status=204)
    return redirect(allowed_path(request.POST.get("next"), default=reverse("account")))
