"""*Off-boarding receipts*: whose account was closed, and line by line what that took."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.console_pages import address_of, console_page, organization_at_hand, person_at
from accounts.models import Organization, User
from accounts.paging import BoundedPaginator
from accounts.receipts import Line, Outcome, Receipt, closer, receipt_of
from accounts.roles import Ability
from accounts.services.leavers import FOR_GOOD
from accounts.templatetags.portal import full_time, status_badge
from audit.actions import Action
from audit.models import AuditEvent

ON_A_PAGE = 50
BADGES = {
    Outcome.DONE: ("ok", "check-circle", gettext_lazy("Done")),
    Outcome.NOTHING: ("", "none", gettext_lazy("Nothing to do")),
    Outcome.OPEN: ("warn", "warn", gettext_lazy("Needs you")),
}


def may_look(user: User) -> bool:
    return user.is_able(Ability.PEOPLE)


def is_in_menu(user: User) -> bool:
    """Staff come from an organization's page, or from a person's."""
    return user.organization_id is not None and may_look(user)


def show_all(request: HttpRequest) -> HttpResponse:
    """Every account that was closed, the latest first."""
    user, organization = _administrator(request)
    pages = BoundedPaginator(_closings(organization).order_by("-id"), ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return console_page(
        request,
        "learning_portal/console/receipts.html",
        organization=organization,
        title=_("Off-boarding"),
        page=page,
        rows=[
            (event, _how(event), _address(user, organization, event.public_id))
            for event in page.object_list
        ],
        here=address_of(user, organization, "admin:receipts"),
    )


def show(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One receipt: to read, to print, or as JSON to keep elsewhere."""
    user, organization = _administrator(request)
    event = get_object_or_404(_closings(organization), public_id=public_id)
    receipt = receipt_of(event)
    if request.GET.get("format") == "json":
        return _as_json(receipt, event.back_at)
    return console_page(
        request,
        "learning_portal/console/receipt.html",
        organization=organization,
        title=_title(event),
        event=event,
        person=receipt.closing.person,
        how=_how(event),
        closer=closer(event),
        when=full_time(event.created_at),
        back=full_time(event.back_at) if event.back_at else "",
        lines=[_shown(line, user, organization) for line in receipt.lines],
        open_lines=len(receipt.open_lines),
        is_kept=not receipt.closing.is_for_good,
        json_url=address_of(user, organization, "admin:receipt", event.public_id, format="json"),
        all_url=address_of(user, organization, "admin:receipts"),
        person_url=_person_url(receipt.closing.person),
    )


def _administrator(request: HttpRequest) -> tuple[User, Organization]:
    user = person_at(request)
    if not may_look(user):
        raise PermissionDenied
    return organization_at_hand(request)


def _closings(organization: Organization) -> QuerySet[Any]:
    """Each with `back_at`, where the account was opened again since."""
    events = AuditEvent.objects.in_organization(organization)
    opened = events.filter(
        action=Action.USER_REACTIVATED, target_id=OuterRef("target_id"), id__gt=OuterRef("id")
    )
    back_at = Subquery(opened.order_by("id").values("created_at")[:1])
    return events.filter(action=Action.USER_DEACTIVATED).annotate(back_at=back_at)


def receipt_address(user: User, organization: Organization, event: AuditEvent) -> str:
    return _address(user, organization, event.public_id)


def _address(user: User, organization: Organization, public_id: UUID) -> str:
    return address_of(user, organization, "admin:receipt", public_id)


def _how(event: AuditEvent) -> str:
    if event.changes["state"][1] == User.State.DELETED:
        return _("Deleted")
    return _("Off-boarded") if event.changes.get("reason") in FOR_GOOD else _("Deactivated")


def _title(event: AuditEvent) -> str:
    return _("Receipt: %(name)s") % {"name": event.target_name}


def _shown(line: Line, user: User, organization: Organization) -> dict[str, Any]:
    kind, icon, label = BADGES[line.outcome]
    return {
        "what": line.what,
        "badge": status_badge(kind, icon, str(label)),
        "said": line.said,
        "when": full_time(line.at) if line.at else "",
        "verb": line.verb,
        "url": address_of(user, organization, line.page) if line.page else "",
    }


def _person_url(person: User) -> str:
    """Deleted people have no page."""
    if person.state == User.State.DELETED:
        return ""
    return reverse("admin:accounts_user_change", args=[person.pk])


def _as_json(receipt: Receipt, back_at: datetime | None) -> JsonResponse:
    event = receipt.closing.event
    told: dict[str, Any] = {
        "person": {"id": event.target_id, "name": event.target_name},
        "how": _how(event),
        "by": closer(event),
        "at": event.created_at,
        "back_at": back_at,
        "request_id": event.request_id,
        "lines": [
            {"what": line.what, "outcome": line.outcome, "said": line.said, "at": line.at}
            for line in receipt.lines
        ],
    }
    response = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})
    name = f"receipt-{event.target_id}-{event.created_at:%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
