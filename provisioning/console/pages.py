"""What the directory's pages have in common: who may see them, whose they are, where they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.console_pages import address_of, console_page, organization_at_hand, person_at
from accounts.errors import SetupLinkClosed
from accounts.models import Organization, SetupLink, User
from accounts.roles import Ability
from accounts.setup_guests import SetupGuest, guest_of, guest_page
from audit.actors import Actor
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.policies import may_make_tokens

# What a set-up link opens of a directory: nothing that shows people or calls about them.
GUEST_PAGES = frozenset({"directory_guide", "directory_token_new"})


def may_look(user: User) -> bool:
    """Whether *Directory sync* is in somebody's menu. Staff come from an organization's page."""
    return user.organization_id is not None and user.is_able(Ability.DIRECTORY)


@dataclass(frozen=True)
class Visit:
    """One administrator at one organization's directory, or a guest who sets it up by a link."""

    request: HttpRequest
    visitor: User | SetupGuest
    organization: Organization

    @classmethod
    def of(cls, request: HttpRequest) -> Visit:
        """Raises `PermissionDenied` for whoever lacks the ability, and `Http404` where staff name
        no organization. For guests see `_of_guest`."""
        guest = guest_of(request)
        if guest is not None:
            return cls._of_guest(request, guest)
        if not person_at(request).is_able(Ability.DIRECTORY):
            raise PermissionDenied
        return cls(request, *organization_at_hand(request))

    @classmethod
    def _of_guest(cls, request: HttpRequest, guest: SetupGuest) -> Visit:
        """At the guide and at a new token, and nowhere else. Raises `SetupLinkClosed`."""
        guest.require(SetupLink.Scope.DIRECTORY)
        match = request.resolver_match
        if match is None or match.url_name not in GUEST_PAGES:
            raise SetupLinkClosed(SetupLinkClosed.Why.OTHER_PAGE, link=guest.link)
        return cls(request, guest, guest.organization)

    @property
    def guest(self) -> SetupGuest | None:
        return self.visitor if isinstance(self.visitor, SetupGuest) else None

    @property
    def user(self) -> User:
        """The administrator. Raises `PermissionDenied` for a guest, who is nobody."""
        if isinstance(self.visitor, SetupGuest):
            raise PermissionDenied
        return self.visitor

    @classmethod
    def of_token_maker(cls, request: HttpRequest) -> Visit:
        """As `of`, for what gives a directory its power. Raises `PermissionDenied` too for whoever
        `may_make_tokens` leaves out."""
        visit = cls.of(request)
        if not visit.may_make_tokens:
            raise PermissionDenied
        return visit

    @property
    def may_make_tokens(self) -> bool:
        # A full admin made the link, and said so.
        return self.guest is not None or may_make_tokens(self.user.role)

    @property
    def actor(self) -> Actor:
        guest = self.guest
        return guest.actor if guest else Actor.from_user(self.user)

    @cached_property
    def configuration(self) -> ScimConfiguration:
        """As it is stored; before the first token, as it will be."""
        rows = ScimConfiguration.objects.select_related("pool")
        found = rows.filter(organization=self.organization).first()
        return found or ScimConfiguration(organization=self.organization)

    def token(self, id: UUID) -> ScimToken:
        """One of the organization's tokens. Raises `Http404`."""
        found = ScimToken.objects.in_organization(self.organization).filter(pk=id).first()
        if found is None:
            raise Http404
        found.organization = self.organization
        return found

    def address(self, name: str = "directory", *args: str | UUID, **query: str) -> str:
        guest = self.guest
        address = (
            guest.address(name, *args)
            if guest
            else address_of(self.user, self.organization, f"admin:{name}", *args)
        )
        if not query:
            return address
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    def back(self) -> HttpResponse:
        return HttpResponseRedirect(self.address())

    def page(self, template: str, *, title: str, **context: Any) -> HttpResponse:
        context |= {"title": title, "visit": self, "directory_url": self.address()}
        template = f"provisioning/console/{template}"
        guest = self.guest
        if guest:
            return guest_page(self.request, guest, template, **context)
        return console_page(self.request, template, organization=self.organization, **context)
