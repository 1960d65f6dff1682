"""*Sign-in rules*: which connection people are led to, who has to use one, and the ways back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Self
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.doors import Door, doors_of
from accounts.errors import AccountsError
from accounts.models import Domain, Organization, RecoveryCode, User
from accounts.roles import Ability, Role, has_every_ability
from accounts.services import choose_default_door, route_domain
from accounts.templatetags.portal import status_badge
from audit.actors import Actor
from sso.console.pages import OrganizationVisit

# Each is a field of the form; more than this are led one by one from a list, not from a page.
LISTED_DOMAINS = 50
DEFAULT = "default"
# So few codes are worth a warning.
FEW_CODES = 3


def may_look(user: User) -> bool:
    """Whether *Sign-in rules* is in somebody's menu. Staff come from an organization's page."""
    return user.organization_id is not None and user.is_able(Ability.SSO)


class RulesVisit(OrganizationVisit):
    """One administrator at one organization's sign-in rules."""

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        visit = super().of(request)
        # A fresh row: the session's may be older than a change of a moment ago.
        return replace(visit, organization=Organization.objects.get(pk=visit.organization.pk))

    @classmethod
    def of_full_admin(cls, request: HttpRequest) -> Self:
        """As `of`, for what decides who gets in. Raises `PermissionDenied` for sub-admins too."""
        visit = cls.of(request)
        if not visit.decides:
            raise PermissionDenied
        return visit

    @property
    def decides(self) -> bool:
        return has_every_ability(self.user.role)

    @property
    def makes_codes(self) -> bool:
        """Whoever holds a code can come in as a full admin: they alone make them."""
        return self.user.role == Role.FULL_ADMIN

    def address(self, name: str = "sign_in_rules", *args: str, **query: str) -> str:
        return super().address(name, *args, **query)

    def back(self) -> HttpResponse:
        return HttpResponseRedirect(self.address())

    def page(self, template: str, *, title: str, **context: Any) -> HttpResponse:
        return super().page(template, title=title, visit=self, rules_url=self.address(), **context)


class RoutingForm(forms.Form):
    """Only what the person changed is saved, against what the page showed."""

    default_door = forms.ChoiceField(show_hidden_initial=True)

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        doors: list[Door],
        domains: list[Domain],
        may_change: bool,
    ) -> None:
        super().__init__(*args)
        open_now = {str(door.connection_id): door.name for door in doors if door.connection_id}
        first = self.fields["default_door"]
        assert isinstance(first, forms.ChoiceField)
        first.label = _("Offered first")
        first.choices = [(DEFAULT, _("The first by name")), *open_now.items()]
        self._set(first, organization.default_door, open_now)
        self.domains = {f"domain_{domain.pk}": domain for domain in domains}
        for name, domain in self.domains.items():
            field = forms.ChoiceField(
                label=domain.name,
                show_hidden_initial=True,
                choices=[(DEFAULT, _("The one offered first")), *open_now.items()],
            )
            self._set(field, domain.leads_to, open_now)
            self.fields[name] = field
        for each in self.fields.values():
            each.disabled = not may_change

    @staticmethod
    def _set(field: forms.ChoiceField, door: UUID | None, open_now: dict[str, str]) -> None:
        # A door that is closed meanwhile leads nowhere: its domain goes to the default one.
        field.initial = str(door) if str(door) in open_now else DEFAULT

    def door(self, name: str) -> UUID | None:
        chosen = self.cleaned_data[name]
        return None if chosen == DEFAULT else UUID(chosen)

    @transaction.atomic
    def save(self, organization: Organization, actor: Actor) -> None:
        for name in self.changed_data:
            if name in self.domains:
                route_domain(domain=self.domains[name], door=self.door(name), actor=actor)
            else:
                choose_default_door(organization=organization, door=self.door(name), actor=actor)


def show(request: HttpRequest) -> HttpResponse:
    visit = RulesVisit.of(request)
    if request.method == "POST" and not visit.decides:
        raise PermissionDenied
    organization = visit.organization
    doors = doors_of(organization)
    domains = list(
        Domain.objects.in_organization(organization).verified().order_by("name")[:LISTED_DOMAINS]
    )
    form = RoutingForm(
        request.POST or None,
        organization=organization,
        doors=doors,
        domains=domains,
        may_change=visit.decides,
    )
    if form.is_valid():
        try:
            form.save(organization, visit.actor)
        except AccountsError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Saved. It counts from the next sign-in on."))
        return visit.back()
    return _page(visit, form, doors, domains)


def _page(
    visit: RulesVisit, form: RoutingForm, doors: list[Door], domains: list[Domain]
) -> HttpResponse:
    organization = visit.organization
    return visit.page(
        "rules.html",
        title=_("Sign-in rules"),
        form=form,
        doors=doors,
        domains=domains,
        codes_badge=codes_badge(organization),
        codes_url=visit.address("sign_in_codes"),
        required_badge=status_badge("ok", "lock", _("Required"))
        if organization.requires_sso
        else status_badge("", "none", _("Not required")),
        require_url=visit.address("sign_in_require"),
        stop_url=visit.address("sign_in_stop"),
        sign_out_url=visit.address("sign_in_sign_out"),
        sign_out_doors=[
            (door, visit.address("sign_in_sign_out", connection=str(door.connection_id)))
            for door in doors
        ],
    )


def codes_badge(organization: Organization) -> SafeString:
    """How many ways back in there are."""
    left = RecoveryCode.objects.in_organization(organization).unused().count()
    if not left:
        return status_badge("warn", "warn", _("None"))
    words = ngettext("%(count)d left", "%(count)d left", left) % {"count": left}
    return (
        status_badge("warn", "warn", words)
        if left <= FEW_CODES
        else status_badge("ok", "key", words)
    )
