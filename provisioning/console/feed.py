"""The latest calls: in the pages that show them, and alone for the script that refreshes them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from provisioning.console.pages import Visit
from provisioning.models import ProvisioningLogEntry, ProvisioningLogQuerySet

# So many on *Directory sync*, and beside a guide.
FEED, BESIDE_A_GUIDE = 10, 3
FILTERS = ("changes", "refused")


def rows(request: HttpRequest) -> HttpResponse:
    """The rows without a page around them. One statement beside those that say who asks."""
    visit = Visit.of(request)
    if "guide" in request.GET:
        context = {"calls": calls_beside_a_guide(visit)}
        return render(request, "provisioning/console/_arrived.html", context)
    return render(request, "provisioning/console/_calls.html", latest_calls(visit))


def latest_calls(visit: Visit) -> dict[str, Any]:
    """What the feed's templates need, with the filter that the address names."""
    wanted = visit.request.GET.get("calls", "")
    wanted = wanted if wanted in FILTERS else ""
    calls = ProvisioningLogEntry.objects.in_organization(visit.organization)
    if wanted == "changes":
        calls = calls.changes_made()
    elif wanted == "refused":
        calls = calls.refused()
    query = {"calls": wanted} if wanted else {}
    return {
        "calls": calls.order_by("-id")[:FEED],
        "wanted": wanted,
        "all_url": visit.address(),
        "live_url": visit.address("directory_calls", **query),
        # Without a fragment: from the same page a link to one loads nothing.
        "refresh_url": visit.address(**query),
    }


def calls_beside_a_guide(visit: Visit) -> ProvisioningLogQuerySet:
    calls = ProvisioningLogEntry.objects.in_organization(visit.organization)
    return calls.order_by("-id")[:BESIDE_A_GUIDE]
