"""What the console's pages share that are no list of rows: whose they are, where, and their frame.

Such a page is about one organization: the person's own. Platform staff name one in the address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.models import Organization, User


def person_at(request: HttpRequest) -> User:
    """Who uses the console."""
    user = request.user
    assert isinstance(user, User)  # `ConsoleSite.has_permission` lets nobody else in
    return user


def organization_at_hand(request: HttpRequest) -> tuple[User, Organization]:
    """Who asks, and whom the page is about. Raises `Http404` where staff name no organization."""
    user = person_at(request)
    if user.organization is not None:
        return user, user.organization
    return user, get_object_or_404(Organization, slug=request.GET.get("organization", ""))


def address_of(
    user: User, organization: Organization, name: str, *args: str | UUID, **query: str
) -> str:
    """The address of a page about this organization, for this person."""
    if user.organization_id is None:
        query = {"organization": organization.slug, **query}
    address = reverse(name, args=args)
    return f"{address}?{urlencode(query)}" if query else address


def console_page(
    request: HttpRequest,
    template: str,
    *,
    organization: Organization,
    title: str,
    **context: Any,
) -> TemplateResponse:
    return TemplateResponse(
        request,
        template,
        {
            **admin.site.each_context(request),
            "title": title,
            "organization": organization,
            **context,
        },
    )
