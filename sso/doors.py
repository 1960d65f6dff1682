"""The doors that single sign-on opens on the sign-in pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.urls import reverse

from accounts.doors import Door, register
from accounts.models import Organization
from sso.models import SamlConnection


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


def _host(address: str) -> str:
    """With its port where it has one: two places on one machine are two places."""
    return urlsplit(address).netloc.rpartition("@")[2]
