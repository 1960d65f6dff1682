"""The first page: numbers, alerts, set-up, and nothing beyond one's abilities."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import Ability, Role
from accounts.services import add_domain, invite, mark_domain_verified, set_policies
from audit.actors import Actor
from learning_portal.console import alerts
from licenses.models import LicenseAssignment
from licenses.policies import Source
from licenses.services import assign_licenses, revoke_license
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.services import create_token, pause_directory
from sso.causes import Cause
from sso.models import MetadataRefresh, SamlConnection, SignInTrace, StagedChange
from sso.services import create_connection

SignIn = Callable[..., Client]


@pytest.fixture
def console(client: Client, sign_in: SignIn, admin: User) -> Client:
    return sign_in(client, admin)


@pytest.fixture
def days_of_trust(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How long a connection's certificate lasts, by the connection's name."""
    days: dict[str, int] = {}

    def lasts(name: str, otherwise: int) -> Any:
        return SimpleNamespace(days_left=days.get(name, otherwise))

    monkeypatch.setattr(alerts, "last_trusted", lambda each: lasts(each.name, 300))
    monkeypatch.setattr(alerts, "our_certificate", lambda each: lasts(f"ours of {each.name}", 3000))
    return days


@pytest.fixture
def make_connection(days_of_trust: dict[str, int]) -> Callable[..., SamlConnection]:
    def make(organization: Organization, name: str = "Okta") -> SamlConnection:
        return SamlConnection.objects.create(
            organization=organization,
            name=name,
            state=SamlConnection.State.ACTIVE,
            idp_entity_id="https://idp.example",
            idp_sso_redirect_url="https://idp.example/sso",
            idp_certificates="PEM",
            sp_private_key="sealed",
            sp_certificate="PEM",
        )

    return make


def sign_ins(connection: SamlConnection, outcome: str, *hours_ago: float) -> None:
    for hours in hours_ago:
        SignInTrace.objects.create(
            organization=connection.organization,
            connection=connection,
            outcome=outcome,
            cause=Cause.EXPIRED if outcome == "refused" else "",
            created_at=timezone.now() - timedelta(hours=hours),
        )


class TestNewOrganization:
    def test_a_new_organization_sees_what_to_do_and_no_empty_numbers(self, console: Client) -> None:
        page = console.get(reverse("admin:index"))

        assert page.context["is_new"]
        assert "/o/acme/login/" in page.content.decode()
        assert "Prove your domain" in page.content.decode()
        assert "Sign-ins, last 24 h" not in page.content.decode()

    def test_the_list_follows_what_is_done(
        self,
        console: Client,
        acme: Organization,
        actor: Actor,
        make_pool: Any,
        make_connection: Callable[..., SamlConnection],
    ) -> None:
        done = []
        for step in (
            lambda: mark_domain_verified(
                domain=add_domain(organization=acme, name="acme.example", actor=actor),
                actor=actor,
            ),
            lambda: make_connection(acme),
            lambda: set_policies(organization=acme, changes={"session_hours": 24}, actor=actor),
            lambda: make_pool(seats=1),
            lambda: create_token(organization=acme, name="Okta", actor=actor),
            lambda: ScimToken.objects.update(last_used_at=timezone.now()),
        ):
            step()
            done.append(console.get(reverse("admin:index")).context["steps_percent"])

        # A token alone is no connection: the directory has to speak.
        # Without an identity provider, people are invited: a step that goes with the next.
        assert done == [17, 40, 60, 80, 80, 100]

    def test_a_directory_that_needs_somebody_is_said_before_the_first_sign_in(
        self, console: Client, acme: Organization, globex: Organization, actor: Actor
    ) -> None:
        for organization in (acme, globex):
            create_token(organization=organization, name="Okta", actor=actor)
        ScimToken.objects.update(last_used_at=timezone.now())
        configurations = ScimConfiguration.objects.in_bulk()
        pause_directory(configuration=configurations[globex.pk], actor=actor)
        assert "is paused" not in console.get(reverse("admin:index")).content.decode()

        pause_directory(configuration=configurations[acme.pk], actor=actor)

        page = console.get(reverse("admin:index"))
        assert page.context["is_new"]
        assert "is paused" in page.content.decode()

    def test_each_step_leads_to_where_it_is_done(
        self, console: Client, acme: Organization, globex: Organization, actor: Actor
    ) -> None:
        theirs = add_domain(organization=globex, name="globex.example", actor=actor)
        create_connection(organization=globex, name="Theirs", preset="okta", actor=actor)

        page = console.get(reverse("admin:index")).content.decode()
        assert f'href="{reverse("admin:accounts_domain_add")}">Add domain' in page
        assert f'href="{reverse("admin:sso_connect")}">Add SSO connection' in page
        assert theirs.name not in page

        domain = add_domain(organization=acme, name="acme.example", actor=actor)
        draft = create_connection(organization=acme, name="Okta", preset="okta", actor=actor)

        page = console.get(reverse("admin:index")).content.decode()
        prove = reverse("admin:accounts_domain_change", args=[domain.pk])
        go_on = reverse("admin:sso_samlconnection_change", args=[draft.pk])
        assert "acme.example waits for its proof" in page
        assert f'href="{prove}">Prove domain' in page
        assert "Okta is a draft: nobody signs in through it yet" in page
        assert f'href="{go_on}">Go on' in page

    def test_without_an_identity_provider_people_are_invited(
        self, console: Client, make_user: Any, globex: Organization, actor: Actor, make_pool: Any
    ) -> None:
        make_pool(seats=1)
        index, verb = reverse("admin:index"), f'href="{reverse("admin:invitations")}">Invite people'
        invite(user=make_user("zoe", organization=globex, state="invited"), actor=actor)
        before = console.get(index).content.decode()
        invite(user=make_user("ana", state="invited"), actor=actor)
        after = console.get(index).content.decode()

        assert verb in before
        assert verb not in after
        assert "People were asked by mail" in after
        # Nothing is counted that only single sign-on writes down.
        assert "Sign-ins, last 24 h" not in after
        assert "Sign-ins per day" not in after

    def test_another_organizations_progress_is_not_ours(
        self,
        console: Client,
        globex: Organization,
        actor: Actor,
        make_pool: Any,
        make_connection: Callable[..., SamlConnection],
    ) -> None:
        make_connection(globex)
        make_pool(seats=1, organization=globex)
        create_token(organization=globex, name="Okta", actor=actor)
        ScimToken.objects.update(last_used_at=timezone.now())
        set_policies(organization=globex, changes={"session_hours": 24}, actor=actor)

        assert console.get(reverse("admin:index")).context["steps_done"] == 0


class TestNumbers:
    def test_sign_ins_of_the_last_day_with_their_failures(
        self,
        console: Client,
        acme: Organization,
        globex: Organization,
        make_connection: Callable[..., SamlConnection],
    ) -> None:
        ours, theirs = make_connection(acme), make_connection(globex)
        sign_ins(ours, "accepted", 1, 2, 3, 30)
        sign_ins(ours, "refused", 1, 40)
        sign_ins(theirs, "refused", 1, 1, 1)

        numbers = console.get(reverse("admin:index")).context["sign_ins"]

        assert (numbers.recent, numbers.recent_refused) == (4, 1)
        assert (sum(numbers.accepted), sum(numbers.refused)) == (4, 2)

    def test_seats_go_back_in_time_by_what_was_given_and_freed(
        self,
        console: Client,
        acme: Organization,
        make_pool: Any,
        make_user: Callable[..., User],
        actor: Actor,
    ) -> None:
        make_pool(seats=10)
        people = [make_user() for _number in range(4)]
        assign_licenses(
            organization=acme,
            users=[each.pk for each in people],
            source=Source.ADMIN,
            actor=actor,
        )
        LicenseAssignment.objects.filter(user__in=people[:3]).update(
            assigned_at=timezone.now() - timedelta(days=10)
        )
        revoke_license(user=people[0], actor=actor)

        (seats,) = console.get(reverse("admin:index")).context["charts"]

        used = seats.series[0].values
        assert used[-1] == 3
        assert used[-2] == 3  # three until yesterday: one came today, one left today
        assert used[0] == 0

    def test_every_number_leads_to_its_list(
        self, console: Client, acme: Organization, make_connection: Callable[..., SamlConnection]
    ) -> None:
        sign_ins(make_connection(acme), "refused", 1)

        page = console.get(reverse("admin:index")).content.decode()

        links = {unescape(link) for link in re.findall(r'href="(/console/[^"]*)"', page)}
        assert any("outcome__exact=refused" in link for link in links)
        for link in links:
            assert console.get(link).status_code == 200, link

    def test_the_page_takes_ten_statements(
        self,
        console: Client,
        acme: Organization,
        make_connection: Callable[..., SamlConnection],
        make_user: Callable[..., User],
        make_pool: Any,
        django_assert_num_queries: Any,
    ) -> None:
        sign_ins(make_connection(acme), "accepted", 1, 2, 3)
        make_pool(seats=10)
        for _number in range(5):
            make_user()

        with django_assert_num_queries(10):
            console.get(reverse("admin:index"))


class TestAlerts:
    def test_few_seats_and_waiting_people_are_said(
        self,
        console: Client,
        acme: Organization,
        make_pool: Any,
        make_user: Callable[..., User],
        actor: Actor,
    ) -> None:
        make_pool(seats=1)
        people = [make_user().pk for _number in range(3)]
        assign_licenses(organization=acme, users=people, source=Source.ADMIN, actor=actor)

        page = console.get(reverse("admin:index")).content.decode()

        assert "2 people wait for a license." in page
        assert "seats are free." not in page, "the line says it already"
        assert "/o/acme/login/</code>" in page

    @pytest.mark.parametrize(
        ("whose", "words"),
        [
            ("Okta", "Okta’s signing certificate"),
            ("ours of Okta", "Our certificate for Okta"),
        ],
    )
    @pytest.mark.parametrize(
        ("days", "finding"),
        [(61, None), (60, "ends in 60 days"), (1, "ends in 1 day."), (-1, "has ended")],
    )
    def test_a_certificate_is_announced_sixty_days_ahead(
        self,
        console: Client,
        acme: Organization,
        make_connection: Callable[..., SamlConnection],
        days_of_trust: dict[str, int],
        whose: str,
        words: str,
        days: int,
        finding: str | None,
    ) -> None:
        make_connection(acme)
        days_of_trust[whose] = days

        page = unescape(console.get(reverse("admin:index")).content.decode())

        assert (words in page) == (finding is not None)
        assert finding is None or f"{words} {finding}" in page

    def test_metadata_that_waits_or_fails_is_said_to_those_who_can_mend_it(
        self,
        client: Client,
        sign_in: SignIn,
        console: Client,
        acme: Organization,
        make_user: Any,
        make_connection: Callable[..., SamlConnection],
    ) -> None:
        okta, entra, adfs = (make_connection(acme, name) for name in ("Okta", "Entra", "AD FS"))
        staged = StagedChange.objects.create(
            organization=acme, connection=okta, source="metadata", changes={"idp_entity_id": "x"}
        )
        for connection, days in ((entra, 3), (adfs, 0)):
            MetadataRefresh.objects.create(
                organization=acme,
                connection=connection,
                next_at=timezone.now(),
                failing_since=timezone.now() - timedelta(days=days),
                failures=1,
            )

        page = unescape(console.get(reverse("admin:index")).content.decode())
        assert "Okta has new metadata that waits for you" in page
        assert reverse("admin:sso_staged_change", args=[okta.pk, staged.pk]) in page
        assert "Entra’s metadata can’t be read since" in page
        assert "AD FS’s metadata" not in page, "a day of failures is nothing yet"

        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE]))
        page = client.get(reverse("admin:index")).content.decode()
        assert "metadata" not in page

    @pytest.mark.parametrize(
        ("source", "finding"),
        [
            ("console", "A change of Okta waits for you."),
            ("roll_back", "An earlier version of Okta waits for you."),
            ("key", "Another key of ours waits to sign for Okta."),
        ],
    )
    def test_whatever_waits_is_said_and_leads_to_what_differs(
        self,
        console: Client,
        acme: Organization,
        globex: Organization,
        make_connection: Callable[..., SamlConnection],
        source: str,
        finding: str,
    ) -> None:
        okta, theirs = make_connection(acme, "Okta"), make_connection(globex, "Theirs")
        staged, decided, other = (
            StagedChange.objects.create(
                organization=connection.organization,
                connection=connection,
                source=source,
                changes={"idp_entity_id": "x"},
                **fields,
            )
            for connection, fields in (
                (okta, {}),
                (okta, {"decided_at": timezone.now(), "outcome": "dismissed"}),
                (theirs, {}),
            )
        )

        page = unescape(console.get(reverse("admin:index")).content.decode())

        assert page.count(finding) == 1
        assert reverse("admin:sso_staged_change", args=[okta.pk, staged.pk]) in page
        assert str(decided.pk) not in page
        assert str(other.pk) not in page


class TestDirectory:
    """The directory on the first page: its last call, and what is not well with it."""

    @pytest.fixture
    def token(self, acme: Organization, actor: Actor, make_pool: Any) -> ScimToken:
        """One in use, in an organization that has begun."""
        make_pool(seats=10)
        token = create_token(organization=acme, name="Okta", actor=actor).token
        ScimToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=4))
        return token

    def page(self, console: Client) -> str:
        return console.get(reverse("admin:index")).content.decode()

    def test_the_last_call_is_told_and_leads_to_the_calls(
        self, console: Client, token: ScimToken
    ) -> None:
        page = self.page(console)

        assert "Last directory call" in page
        assert "4 min ago" in page
        assert "In step" in page
        assert 'class="banner' not in page

    def test_without_a_token_there_is_nothing_to_tell(
        self, console: Client, make_pool: Any
    ) -> None:
        make_pool(seats=10)

        assert "Last directory call" not in self.page(console)

    def test_a_paused_directory_is_announced(
        self, console: Client, acme: Organization, token: ScimToken
    ) -> None:
        ScimConfiguration.objects.filter(pk=acme.pk).update(paused_at=timezone.now())

        assert "is paused: it was about to remove very many people" in self.page(console)

    def test_a_quiet_directory_is_announced(self, console: Client, token: ScimToken) -> None:
        ScimToken.objects.update(last_used_at=timezone.now() - timedelta(days=8))

        assert "has been quiet for too long" in self.page(console)

    def test_a_directory_whose_tokens_have_ended_is_announced(
        self, console: Client, token: ScimToken
    ) -> None:
        ScimToken.objects.update(revoked_at=timezone.now())

        assert "has no valid token any more" in self.page(console)

    @pytest.mark.parametrize(
        ("days", "finding"),
        [(60.1, None), (59.9, "ends in 60 days"), (1.5, "ends in 2 days"), (0.5, "ends in 1 day.")],
    )
    def test_a_token_s_end_is_announced_sixty_days_ahead(
        self, console: Client, token: ScimToken, days: float, finding: str | None
    ) -> None:
        ScimToken.objects.update(expires_at=timezone.now() + timedelta(days=days))

        page = self.page(console)

        assert ("directory token" in page) == (finding is not None)
        assert finding is None or finding in page

    def test_the_end_of_a_token_that_is_replaced_is_no_news(
        self, console: Client, acme: Organization, token: ScimToken, actor: Actor
    ) -> None:
        ScimToken.objects.update(
            expires_at=timezone.now() + timedelta(days=6),
            created_at=timezone.now() - timedelta(days=300),
        )
        successor = create_token(organization=acme, name="Okta", actor=actor).token

        before = self.page(console)
        ScimToken.objects.filter(pk=successor.pk).update(last_used_at=timezone.now())

        assert "The directory token Okta ends" in before
        assert "The directory token Okta ends" not in self.page(console)

    def test_another_organization_s_directory_is_not_ours(
        self, console: Client, globex: Organization, actor: Actor, make_pool: Any
    ) -> None:
        make_pool(seats=10)
        create_token(organization=globex, name="Okta", actor=actor)
        ScimConfiguration.objects.update(paused_at=timezone.now())
        ScimToken.objects.update(last_used_at=timezone.now(), expires_at=timezone.now())

        page = self.page(console)

        assert "Last directory call" not in page
        assert 'class="banner' not in page

    def test_who_lacks_the_ability_is_told_nothing(
        self,
        client: Client,
        sign_in: SignIn,
        make_user: Callable[..., User],
        acme: Organization,
        token: ScimToken,
    ) -> None:
        ScimConfiguration.objects.filter(pk=acme.pk).update(paused_at=timezone.now())
        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.LICENSES]))

        page = self.page(client)

        assert "Last directory call" not in page
        assert "is paused" not in page
        assert "Connect your directory" not in page


class TestAbilities:
    @pytest.mark.parametrize(
        ("ability", "visible"),
        [
            (Ability.SSO, "Sign-ins, last 24 h"),
            (Ability.LICENSES, "Seats used"),
            (Ability.PEOPLE, "LinkedIn profiles connected"),
            (Ability.ACTIVITY, "Latest activity"),
        ],
    )
    def test_a_sub_admin_sees_the_numbers_of_their_abilities(
        self,
        client: Client,
        sign_in: SignIn,
        make_user: Callable[..., User],
        make_pool: Any,
        make_connection: Callable[..., SamlConnection],
        acme: Organization,
        ability: Ability,
        visible: str,
    ) -> None:
        make_pool(seats=1)
        make_connection(acme)
        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=[ability]))

        page = client.get(reverse("admin:index")).content.decode()

        parts = {
            "Sign-ins, last 24 h",
            "Seats used",
            "LinkedIn profiles connected",
            "Latest activity",
        }
        assert {part for part in parts if part in page} == {visible}

    def test_staff_see_the_organizations(
        self,
        client: Client,
        sign_in: SignIn,
        make_staff: Callable[..., User],
        acme: Organization,
        globex: Organization,
    ) -> None:
        sign_in(client, make_staff())

        page = client.get(reverse("admin:index")).content.decode()

        assert "Acme" in page
        assert "Globex" in page
