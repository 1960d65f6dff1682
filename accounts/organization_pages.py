"""Pages that are an organization's own, for whoever comes to its address."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from accounts.models import Organization


def of_an_open_organization(
    view: Callable[[HttpRequest, Organization], HttpResponseBase],
) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """A page of the organization in the address; another says that there is none, or none now."""

    @wraps(view)
    def found(request: HttpRequest, slug: str) -> HttpResponseBase:
        organization = Organization.objects.filter(slug=slug).first()
        if organization is None:
            return render(request, "accounts/unknown_organization.html", {"slug": slug}, status=404)
        if not organization.is_active:
            return render(request, "accounts/suspended.html", {"at": organization}, status=403)
        return view(request, organization)

    return found


def organization_url(slug: str, next_path: str = "", *, door: UUID | None = None) -> str:
    """The organization's own door: with the way on from there, and the door that is shown first."""
    url = reverse("accounts:organization_login", args=[slug])
    query = {"door": str(door)} if door else {}
    if next_path:
        query["next"] = next_path
    return f"{url}?{urlencode(query)}" if query else url
