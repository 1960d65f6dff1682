"""What a connection's pages have in common: who may see them, whose they are, where they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.console_pages import address_of, console_page, organization_at_hand, person_at
from accounts.models import Organization, User
from accounts.roles import Ability
from audit.actors import Actor
from licenses.models import LicensePool
from sso.models import SamlConnection


def _able_person(request: HttpRequest) -> User:
    """Who may work with connections. Every page of them asks here, and only here."""
    user = person_at(request)
    if not user.is_able(Ability.SSO):
        raise PermissionDenied
    return user


@dataclass(frozen=True)
class Beginning:
    """One administrator before there is a connection."""

    request: HttpRequest
    user: User
    organization: Organization

    @classmethod
    def of(cls, request: HttpRequest) -> Beginning:
        """Raises `PermissionDenied` for whoever lacks the ability, and `Http404` where staff name
        no organization."""
        _able_person(request)
        return cls(request, *organization_at_hand(request))

    @property
    def actor(self) -> Actor:
        return Actor.from_user(self.user)

    def address(self, name: str, *args: str) -> str:
        return address_of(self.user, self.organization, f"admin:{name}", *args)

    def page(self, template: str, *, title: str, **context: Any) -> HttpResponse:
        return console_page(
            self.request,
            f"sso/console/{template}",
            organization=self.organization,
            title=title,
            opts=SamlConnection._meta,
            **context,
        )


@dataclass(frozen=True)
class Visit:
    """One administrator at one connection."""

    request: HttpRequest
    user: User
    connection: SamlConnection

    @classmethod
    def of(cls, request: HttpRequest, connection_id: UUID) -> Visit:
        """Raises `PermissionDenied` for whoever lacks the ability, and `Http404` for a connection
        that isn't there or is another organization's."""
        user = _able_person(request)
        rows = SamlConnection.objects.select_related("organization", "pool")
        if not user.is_platform_staff:
            rows = rows.filter(organization=user.organization_id)
        connection = rows.filter(pk=connection_id).first()
        if connection is None:
            raise Http404
        return cls(request, user, connection)

    @property
    def actor(self) -> Actor:
        return Actor.from_user(self.user)

    @cached_property
    def pools(self) -> dict[str, str]:
        """Names of the organization's license pools by id."""
        pools = LicensePool.objects.in_organization(self.connection.organization_id)
        return {str(pk): name for pk, name in pools.values_list("pk", "name")}

    def address(self, name: str = "sso_samlconnection_change", *args: str | int | UUID) -> str:
        return reverse(f"admin:{name}", args=[self.connection.pk, *args])

    def to(self, name: str = "sso_samlconnection_change", *args: str | int | UUID) -> HttpResponse:
        return HttpResponseRedirect(self.address(name, *args))

    def page(self, template: str, *, title: str, **context: Any) -> HttpResponse:
        return console_page(
            self.request,
            f"sso/console/{template}",
            organization=self.connection.organization,
            title=title,
            opts=SamlConnection._meta,
            connection=self.connection,
            connection_url=self.address(),
            **context,
        )
