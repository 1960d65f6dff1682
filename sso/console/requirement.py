"""Single sign-on is required, or no longer: what it takes, and whom it shuts out."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Exists, OuterRef, Q, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.doors import proof_door
from accounts.models import HAS_PASSWORD, Passkey
from accounts.roles import Role
from accounts.sessions import is_fresh
from sso.admin_forms import TypedNameForm
from sso.console.rules import RulesVisit
from sso.errors import SsoError
from sso.requirement import people_without_sso, readiness
from sso.services import require_sso, stop_requiring_sso

LISTED_PEOPLE = 100


def require(request: HttpRequest) -> HttpResponse:
    """What it takes and who would lose access; a POST with the name typed does it.

    For the organization's own full admins, since one of them has to have come in that way.
    """
    visit = RulesVisit.of_full_admin(request)
    if visit.user.role != Role.FULL_ADMIN:
        raise PermissionDenied
    organization = visit.organization
    if organization.requires_sso:
        return visit.back()
    ready = readiness(organization=organization, admin=visit.user)
    form = TypedNameForm(request.POST or None, name=organization.name)
    if ready.is_ready and form.is_valid():
        try:
            require_sso(organization=organization, admin=visit.user)
        except SsoError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("Single sign-on is the only way in now. Every full admin gets a mail.")
            )
        return visit.back()
    people = people_without_sso(organization)
    has_other_way = HAS_PASSWORD | Exists(Passkey.objects.filter(user=OuterRef("pk")))
    people = people.annotate(has_other_way=Case(When(has_other_way, then=True), default=False))
    counted = people.aggregate(
        everybody=Count("pk"), with_other_way=Count("pk", filter=Q(has_other_way=True))
    )
    return visit.page(
        "require.html",
        title=_("Require single sign-on"),
        ready=ready,
        form=form,
        people=people.order_by("last_name", "first_name", "id")[:LISTED_PEOPLE],
        **counted,
    )


def stop(request: HttpRequest) -> HttpResponse:
    """Says what it opens; a POST of somebody who has just proved themselves does it."""
    visit = RulesVisit.of_full_admin(request)
    organization = visit.organization
    if not organization.requires_sso:
        return visit.back()
    # Platform staff have a password, and no door of the organization's.
    fresh = visit.user.organization_id is None or is_fresh(request.session)
    if request.method == "POST" and fresh:
        stop_requiring_sso(organization=organization, actor=visit.actor)
        messages.success(
            request,
            _("Passwords and passkeys open this organization again. Every full admin gets a mail."),
        )
        return visit.back()
    here = visit.address("sign_in_stop")
    return visit.page(
        "stop_requiring.html",
        title=_("Stop requiring single sign-on"),
        proof=None if fresh else proof_door(request, organization, here),
    )
