"""What a connection's pages have in common: who may see them, whose they are, where they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from accounts.console_pages import address_of, console_page, organization_at_hand, person_at
from accounts.errors import SetupLinkClosed
from accounts.models import Organization, SetupLink, User
from accounts.roles import Ability
from accounts.setup_guests import SetupGuest, guest_of, guest_page
from audit.actors import Actor
from licenses.models import LicensePool
from sso.errors import ConnectionGone
from sso.models import SamlConnection, SignInTest
from sso.services.guard import is_open_to_guests
from sso.services.rows import locked


def _able_person(request: HttpRequest) -> User:
    """Who may work with connections. Every page of them asks here, and only here."""
    user = person_at(request)
    if not user.is_able(Ability.SSO):
        raise PermissionDenied
    return user


@dataclass(frozen=True)
class OrganizationVisit:
    """One administrator at one organization's single sign-on."""

    request: HttpRequest
    user: User
    organization: Organization

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """Raises `PermissionDenied` for whoever lacks the ability, and `Http404` where staff name
        no organization."""
        _able_person(request)
        return cls(request, *organization_at_hand(request))

    @property
    def actor(self) -> Actor:
        return Actor.from_user(self.user)

    def address(self, name: str, *args: str, **query: str) -> str:
        return address_of(self.user, self.organization, f"admin:{name}", *args, **query)

    def page(self, template: str, *, title: str, **context: Any) -> HttpResponse:
        return console_page(
            self.request,
            f"sso/console/{template}",
            organization=self.organization,
            title=title,
            **context,
        )


class Beginning(OrganizationVisit):
    """Before there is a connection."""

    def page(self, template: str, *, title: str, **context: Any) -> HttpResponse:
        return super().page(template, title=title, opts=SamlConnection._meta, **context)


# What a set-up link opens of a connection. Never what activates, tests, requires or shows people.
GUEST_PAGES = frozenset(
    {
        "sso_basics",
        "sso_identity_provider",
        "sso_settings",
        "sso_being_read",
        "sso_attributes",
    }
)


@dataclass(frozen=True)
class Visit:
    """One administrator at one connection, or a guest at the one their set-up link is for."""

    request: HttpRequest
    visitor: User | SetupGuest
    connection: SamlConnection

    @classmethod
    def of(cls, request: HttpRequest, connection_id: UUID) -> Visit:
        """Raises `PermissionDenied` for whoever lacks the ability, and `Http404` for a connection
        that isn't there or is another organization's. For guests see `_of_guest`."""
        guest = guest_of(request)
        if guest is not None:
            return cls._of_guest(request, guest, connection_id)
        user = _able_person(request)
        rows = SamlConnection.objects.select_related("organization", "pool")
        if not user.is_platform_staff:
            rows = rows.filter(organization=user.organization_id)
        connection = rows.filter(pk=connection_id).first()
        if connection is None:
            raise Http404
        return cls(request, user, connection)

    @classmethod
    def _of_guest(cls, request: HttpRequest, guest: SetupGuest, connection_id: UUID) -> Visit:
        """At their own connection alone, and not once people have signed in through it: what it
        trusts then is for an administrator. Raises `SetupLinkClosed`."""
        guest.require(SetupLink.Scope.SSO)
        match = request.resolver_match
        if match is None or match.url_name not in GUEST_PAGES:
            raise SetupLinkClosed(SetupLinkClosed.Why.OTHER_PAGE, link=guest.link)
        rows = SamlConnection.objects.select_related("organization", "pool")
        theirs = rows.filter(organization=guest.organization, pk=connection_id).first()
        connection = theirs if connection_id == guest.link.connection_id else None
        if connection is not None and request.method == "POST":
            # Held until the page has done its work: nobody activates it meanwhile.
            try:
                connection = locked(connection)
            except ConnectionGone:
                connection = None
        if connection is None or not is_open_to_guests(connection):
            raise SetupLinkClosed(SetupLinkClosed.Why.IN_USE, link=guest.link)
        return cls(request, guest, connection)

    @property
    def guest(self) -> SetupGuest | None:
        return self.visitor if isinstance(self.visitor, SetupGuest) else None

    @property
    def user(self) -> User:
        """The administrator. Raises `PermissionDenied` for a guest, who is nobody."""
        if isinstance(self.visitor, SetupGuest):
            raise PermissionDenied
        return self.visitor

    @property
    def actor(self) -> Actor:
        guest = self.guest
        return guest.actor if guest else Actor.from_user(self.user)

    @cached_property
    def pools(self) -> dict[str, str]:
        """Names of the organization's license pools by id."""
        pools = LicensePool.objects.in_organization(self.connection.organization_id)
        return {str(pk): name for pk, name in pools.values_list("pk", "name")}

    @cached_property
    def remembered_test(self) -> SignInTest | None:
        """The administrator's own last test that still has what the answer said; nobody else's is
        shown to them. A guest has tested nothing."""
        if self.guest:
            return None
        tests = SignInTest.objects.remembered(timezone.now()).filter(connection=self.connection)
        return tests.filter(tester=self.user).first()

    def address(self, name: str = "sso_samlconnection_change", *args: str | int | UUID) -> str:
        guest = self.guest
        if guest:
            return guest.address(name, *args)
        return reverse(f"admin:{name}", args=[self.connection.pk, *args])

    def to(self, name: str = "sso_samlconnection_change", *args: str | int | UUID) -> HttpResponse:
        return HttpResponseRedirect(self.address(name, *args))

    def page(self, template: str, *, title: str, **context: Any) -> HttpResponse:
        context |= {
            "title": title,
            "opts": SamlConnection._meta,
            "connection": self.connection,
            "connection_url": self.address(),
        }
        template = f"sso/console/{template}"
        guest = self.guest
        if guest:
            return guest_page(self.request, guest, template, **context)
        return console_page(
            self.request, template, organization=self.connection.organization, **context
        )
