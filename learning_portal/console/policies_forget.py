"""*Forget profiles*: what a policy that is off still keeps goes now, and not in 90 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.console_pages import address_of, console_page, organization_at_hand
from accounts.models import BindingPolicy, Organization
from accounts.roles import Ability
from audit.actors import Actor
from profiles.errors import ProfilesInUse
from profiles.forgetting import forget_profiles, remembered_of
from profiles.policies import KEPT_AFTER_OFF
from sso.admin_forms import TypedNameForm


@dataclass(frozen=True, slots=True)
class Asleep:
    """What an organization that switched profiles off still keeps, and until when.

    None where that was switched off before the day was kept: each binding knows its own.
    """

    number: int
    forgotten_at: datetime | None
    url: str


def asleep(organization: Organization, url: str) -> Asleep | None:
    """None where the policy is on, or nothing is kept any more."""
    if organization.binding_policy != BindingPolicy.OFF:
        return None
    number = remembered_of(organization).count()
    since = organization.binding_policy_at
    return Asleep(number, since + KEPT_AFTER_OFF if since else None, url) if number else None


def forget(request: HttpRequest) -> HttpResponse:
    """Says what goes and what stays; a POST with the name typed does it."""
    user, organization = organization_at_hand(request)
    if not user.is_able(Ability.POLICIES):
        raise PermissionDenied
    policies_url = address_of(user, organization, "admin:policies")
    here = address_of(user, organization, "admin:policies_forget")
    kept = asleep(organization, here)
    if kept is None:
        messages.info(request, _("Nothing is kept that could be forgotten."))
        return redirect(policies_url)
    form = TypedNameForm(request.POST or None, name=organization.name)
    if form.is_valid():
        try:
            number = forget_profiles(organization=organization, actor=Actor.from_user(user))
        except ProfilesInUse as refusal:  # switched on a moment ago
            messages.error(request, str(refusal))
        else:
            messages.success(
                request,
                ngettext("%(count)d profile forgotten.", "%(count)d profiles forgotten.", number)
                % {"count": number},
            )
        return redirect(policies_url)
    return console_page(
        request,
        "learning_portal/console/policies_forget.html",
        organization=organization,
        title=_("Forget profiles now?"),
        policies_url=policies_url,
        kept=kept,
        form=form,
    )
