"""Everything the portal holds on somebody, as a file for them alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.doors import proof_door
from accounts.languages import english
from accounts.models import User
from accounts.personal_data import document, note_download
from accounts.rate_limit import count_in_hour
from accounts.sessions import is_fresh
from accounts.sign_in import signed_in
from audit.actors import Actor

MOST_AN_HOUR = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest) -> HttpResponseBase:
    """What is in the file, and a button; the file to whoever has just proved who they are."""
    user, fresh = signed_in(request), is_fresh(request.session)
    if request.method == "POST":
        if not fresh:
            return redirect("account_data")
        if count_in_hour(f"data-download:{user.pk}") <= MOST_AN_HOUR:
            return _file(user)
        messages.error(request, _("You have had it ten times within an hour. Try again later."))
        return redirect("account_data")
    door = None if fresh else proof_door(request, user.organization, reverse("account_data"))
    return render(request, "learning_portal/data.html", {"is_fresh": fresh, "door": door})


def _file(user: User) -> HttpResponseBase:
    note_download(user=user, actor=Actor.from_user(user))
    now = timezone.localtime()
    # As all of the file, whose names are English and which is streamed when the page's language is
    # over.
    with english():
        about = {
            "what": _("Everything the learning portal holds on you"),
            "made_at": now.isoformat(timespec="seconds"),
            "of_others": _("Other people are told by their roles alone."),
        }
    response = StreamingHttpResponse(document(user, about), content_type="application/json")
    name = f"learning-portal-my-data-{now:%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
