"""Whom *Adopt existing people* would hand to the directory, before it is switched on."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.paging import BoundedPaginator
from accounts.roles import Role
from provisioning.console.pages import Visit

PER_PAGE = 50


def preview(request: HttpRequest) -> HttpResponse:
    """Five statements, whatever the number of people."""
    visit = Visit.of(request)
    people = not_looked_after(visit)
    counted = people.aggregate(
        everybody=Count("pk"),
        named_otherwise=Count("pk", filter=_named_otherwise()),
        deactivated=Count("pk", filter=Q(state=User.State.DEACTIVATED)),
        administrators=Count("pk", filter=Q(role__in=(Role.FULL_ADMIN, Role.SUB_ADMIN))),
    )
    rows = with_collisions(people).order_by("last_name", "first_name", "id")
    page: Page[Any] = BoundedPaginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return visit.page(
        "adoption.html",
        title=_("Adopt existing people"),
        is_on=visit.configuration.adopts_people,
        people=page,
        **counted,
    )


def not_looked_after(visit: Visit) -> QuerySet[User]:
    """Everybody whom no directory has added or taken over."""
    here = User.objects.in_organization(visit.organization).present()
    return here.exclude(source=User.Source.SCIM)


def with_collisions(people: QuerySet[User]) -> QuerySet[User]:
    """Adds what would stand in the way of a match: `is_named_otherwise`, `shares_email`."""
    namesakes = (
        User.objects.present()
        .filter(organization=OuterRef("organization"), email=OuterRef("email"))
        .exclude(pk=OuterRef("pk"))
        .exclude(email="")
    )
    return people.annotate(
        is_named_otherwise=_named_otherwise(),
        shares_email=Exists(namesakes),
    )


def _named_otherwise() -> Q:
    """Directories mostly send the e-mail address as user name; this person has another one."""
    return ~Q(email="") & ~Q(email=Lower(F("user_name")))
