"""Words that changed since the profile was connected: shown, and agreed to or not."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.sign_in import allowed_path
from audit.actors import Actor
from profiles import consent
from profiles.pages import page
from profiles.services import agree_anew
from profiles.standing import current_binding, has_new_words, is_held_without
from profiles.views import person_where_profiles_are

# In a session: the version that its person has been shown.
SHOWN = "consent_shown"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: HttpRequest) -> HttpResponse:
    """*Agree* or *Disconnect*; whoever goes on without either has agreed to nothing new."""
    user, organization = person_where_profiles_are(request)
    asked = request.POST if request.method == "POST" else request.GET
    next_path = allowed_path(asked.get("next"), default=reverse("home"))
    if not has_new_words(user):
        return redirect(next_path)
    # Only the words that stood above the button are agreed to.
    if request.method == "POST" and request.POST.get("version") == consent.CURRENT_VERSION:
        agree_anew(user=user, version=consent.CURRENT_VERSION, actor=Actor.from_user(user))
        messages.success(request, _("Thank you. Your profile stays connected."))
        return redirect(next_path)
    if not is_shown(request):
        request.session[SHOWN] = consent.CURRENT_VERSION
    return page(
        request,
        "agree",
        organization,
        binding=current_binding(user),
        version=consent.CURRENT_VERSION,
        consent_template=consent.template_for(consent.CURRENT_VERSION),
        next=next_path,
        signs_out=is_held_without(user),
    )


def is_shown(request: HttpRequest) -> bool:
    """Whether this session has been shown today's words."""
    return bool(request.session.get(SHOWN) == consent.CURRENT_VERSION)
