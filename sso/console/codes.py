"""Recovery codes in the console: how many are left, and ten new ones, shown once.

They are in no address, no message, no cookie and no session: the page that makes them shows them.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.doors import proof_door
from accounts.models import RecoveryCode
from accounts.recovery_views import recover_url
from accounts.services import make_recovery_codes
from accounts.sessions import is_fresh
from sso.console.rules import RulesVisit


def show(request: HttpRequest) -> HttpResponse:
    """Says what making new ones does; a POST of somebody who has just proved themselves does it.

    For the organization's own full admins: who holds a code can come in as one.
    """
    visit = RulesVisit.of(request)
    if not visit.makes_codes:
        raise PermissionDenied
    fresh = is_fresh(request.session)
    if request.method == "POST" and fresh:
        codes = make_recovery_codes(organization=visit.organization, actor=visit.actor)
        return visit.page(
            "codes_made.html",
            title=_("Your new recovery codes"),
            codes=codes,
            recover_url=recover_url(visit.organization),
        )
    unused = RecoveryCode.objects.in_organization(visit.organization).unused()
    here = visit.address("sign_in_codes")
    return visit.page(
        "codes.html",
        title=_("Make recovery codes"),
        unused=unused.count(),
        recover_url=recover_url(visit.organization),
        proof=None if fresh else proof_door(request, visit.organization, here),
    )
