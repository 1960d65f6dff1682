"""*Sign-in rules* in the console: who may look, who decides, and what the page saves."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Domain, Organization, RecoveryCode, User
from accounts.roles import Ability, Role
from accounts.services import make_recovery_codes, use_recovery_code
from audit.actors import Actor
from tests.sso.conftest import Journey


def page(console: Client, **query: str) -> str:
    return console.get(reverse("admin:sign_in_rules"), query).content.decode()


@pytest.fixture
def domain(acme: Organization) -> Domain:
    return Domain.objects.create(
        organization=acme, name="acme.example", token="proof", verified_at=timezone.now()
    )


class TestRouting:
    @pytest.fixture
    def entra(self, make_journey: Callable[..., Journey], acme: Organization) -> Journey:
        return make_journey(acme, name="Entra ID")

    def save(self, console: Client, domain: Domain, **values: Any) -> Any:
        """As the page was when neither was chosen yet."""
        fields = {"default_door": "default", f"domain_{domain.pk}": "default"}
        data = {f"initial-{name}": value for name, value in fields.items()}
        return console.post(reverse("admin:sign_in_rules"), {**data, **fields, **values})

    def test_default_and_domain_are_saved(
        self, console: Client, at_acme: Journey, entra: Journey, domain: Domain, acme: Any
    ) -> None:
        chosen = {
            "default_door": str(at_acme.connection.pk),
            f"domain_{domain.pk}": str(entra.connection.pk),
        }

        self.save(console, domain, **chosen)

        acme.refresh_from_db()
        domain.refresh_from_db()
        assert acme.default_door == at_acme.connection.pk
        assert domain.leads_to == entra.connection.pk

    def test_what_somebody_else_chose_meanwhile_stays(
        self, console: Client, at_acme: Journey, entra: Journey, domain: Domain, acme: Any
    ) -> None:
        Organization.objects.filter(pk=acme.pk).update(default_door=at_acme.connection.pk)

        self.save(console, domain, **{f"domain_{domain.pk}": str(entra.connection.pk)})

        acme.refresh_from_db()
        assert acme.default_door == at_acme.connection.pk

    def test_another_organization_s_connection_is_no_choice(
        self,
        console: Client,
        at_acme: Journey,
        entra: Journey,
        at_globex: Journey,
        domain: Domain,
        acme: Any,
    ) -> None:
        response = self.save(console, domain, default_door=str(at_globex.connection.pk))

        assert "is not one of the available choices" in response.content.decode()
        acme.refresh_from_db()
        assert acme.default_door is None

    def test_another_organization_s_domain_is_not_there(
        self, console: Client, at_acme: Journey, entra: Journey, domain: Domain, globex: Any
    ) -> None:
        theirs = Domain.objects.create(
            organization=globex, name="globex.example", token="x", verified_at=timezone.now()
        )

        assert "globex.example" not in page(console)
        self.save(console, domain, **{f"domain_{theirs.pk}": str(entra.connection.pk)})

        theirs.refresh_from_db()
        assert theirs.leads_to is None

    def test_a_sub_admin_reads(
        self,
        client: Client,
        sign_in: Callable[..., Client],
        make_user: Any,
        at_acme: Journey,
        entra: Journey,
        domain: Domain,
    ) -> None:
        console = sign_in(client, make_user("sub", role=Role.SUB_ADMIN, abilities=[Ability.SSO]))

        assert "A full admin can change this." in page(console)
        assert self.save(console, domain).status_code == 403

    def test_without_the_ability_there_is_no_page(
        self, client: Client, sign_in: Callable[..., Client], make_user: Any
    ) -> None:
        console = sign_in(client, make_user("sub", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE]))

        assert console.get(reverse("admin:sign_in_rules")).status_code == 403
        assert "Sign-in rules" not in console.get(reverse("admin:index")).content.decode()

    def test_staff_name_the_organization(
        self, client: Client, sign_in: Callable[..., Client], make_staff: Any, at_acme: Journey
    ) -> None:
        console = sign_in(client, make_staff("root"))

        assert console.get(reverse("admin:sign_in_rules")).status_code == 404
        assert "everybody is led to Okta" in page(console, organization="acme")

    def test_one_connection_leaves_nothing_to_choose(
        self, console: Client, at_acme: Journey, domain: Domain
    ) -> None:
        shown = page(console)

        assert "everybody is led to Okta" in shown
        assert "acme.example" in shown
        assert "<select" not in shown

    def test_without_a_connection_the_page_leads_to_them(self, console: Client) -> None:
        assert "See SSO connections" in page(console)

    def test_a_sign_in_is_remembered_with_its_connection(self, at_acme: Journey) -> None:
        response = at_acme.sign_in("ana@acme.example")

        remembered = response.cookies["last-organization"].value
        assert remembered == f"acme.{at_acme.connection.pk.hex}"


class TestCodes:
    CODES = "/console/sign-in/codes/"

    def test_they_are_shown_by_the_page_that_makes_them_alone(
        self, console: Client, acme: Organization
    ) -> None:
        assert "None" in page(console)
        made = console.post(self.CODES)

        codes = made.context["codes"]
        assert all(code in made.content.decode() for code in codes)
        assert "no-store" in made.headers["Cache-Control"]
        assert "http://127.0.0.1:8000/o/acme/recover/" in made.content.decode()
        later = console.get(self.CODES).content.decode()
        assert not any(code in later for code in codes)
        assert "10 codes made before are unused." in later
        assert "10 left" in page(console)

    def test_few_are_worth_a_warning(
        self, console: Client, acme: Organization, admin: User, actor: Actor
    ) -> None:
        codes = make_recovery_codes(organization=acme, actor=actor)
        for code in codes[:7]:
            use_recovery_code(organization=acme, name="admin", code=code)

        badge = page(console).partition('id="recovery"')[2].partition("</header>")[0]
        assert 'class="status warn"' in badge
        assert "3 left" in badge

    def test_they_want_somebody_who_has_just_proved_themselves(
        self, client: Client, sign_in: Callable[..., Client], admin: User, at_acme: Journey
    ) -> None:
        console = sign_in(client, admin, authenticated_at=time.time() - 3600)

        assert "Sign in again" in console.get(self.CODES).content.decode()
        assert "Sign in again" in console.post(self.CODES).content.decode()
        assert not RecoveryCode.objects.exists()

    @pytest.mark.parametrize("role", [Role.SUB_ADMIN, Role.STAFF])
    def test_nobody_but_a_full_admin_makes_them(
        self,
        client: Client,
        sign_in: Callable[..., Client],
        make_user: Any,
        make_staff: Any,
        acme: Organization,
        role: Role,
    ) -> None:
        person = (
            make_staff("root")
            if role == Role.STAFF
            else make_user("sub", role=role, abilities=[Ability.SSO])
        )
        console = sign_in(client, person)

        assert console.post(f"{self.CODES}?organization=acme").status_code == 403
        assert not RecoveryCode.objects.exists()

    def test_they_are_one_s_own_organization_s(
        self, console: Client, acme: Organization, globex: Organization
    ) -> None:
        console.post(f"{self.CODES}?organization=globex")

        assert {code.organization for code in RecoveryCode.objects.all()} == {acme}
