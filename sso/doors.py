"""The doors that single sign-on opens on the sign-in pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.urls import reverse

from accounts.doors import Door, register, register_use
from accounts.models import Organization, User
from sso.models import SamlConnection
from sso.services import guard


@register
def sign_in_choices(organization: Organization) -> list[Door]:
    """One door for each active connection, by name."""
    return [
        Door(
            name=connection.name,
            url=reverse("sso:login", args=[connection.pk]),
            host=_host(connection.sign_in_address),
            connection_id=connection.pk,
        )
        for connection in SamlConnection.objects.in_organization(organization)
        .active()
        .order_by("name", "id")
    ]


@register_use
def have_come_in(people: QuerySet[User]) -> bool:
    """Through a connection of their own that is active and hasn't been changed since."""
    theirs = SamlConnection.objects.active().filter(organization__in=people.values("organization"))
    return guard.have_come_in(people, theirs)


def _host(address: str) -> str:
    """With its port where it has one: two places on one machine are two places."""
    return urlsplit(address).netloc.rpartition("@")[2]
