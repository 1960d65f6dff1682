"""Off-boarding: one act, and a receipt that says what it took and what is left to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import LastFullAdmin
from accounts.models import Invitation, Organization, Session, SetupLink, User
from accounts.receipts import Outcome, latest_closing, receipt_of
from accounts.roles import Ability, Role
from accounts.services import (
    deactivate_user,
    make_recovery_codes,
    make_setup_link,
    off_board,
    reactivate_user,
)
from audit.actions import Action
from audit.actors import Actor
from audit.context import RequestContext, request_context
from audit.models import AuditEvent
from licenses.models import Source
from licenses.services import assign_license, assign_licenses
from profiles.models import ProfileBinding, Via
from provisioning.services import create_token
from tests.factories import PASSWORD, sign_in

DAY = timedelta(days=1)


@pytest.fixture
def boss(make_admin: Callable[..., User]) -> User:
    return make_admin("boss")


@pytest.fixture
def actor(boss: User) -> Actor:
    return Actor.from_user(boss)


@pytest.fixture
def leaver(make_user: Any, make_pool: Any, actor: Actor, acme: Organization) -> User:
    """A second full admin, with one of everything."""
    user: User = make_user("ana", role=Role.FULL_ADMIN, password=PASSWORD)
    make_pool(name="Everybody")
    assign_license(user=user, actor=actor, source=Source.ADMIN)
    ProfileBinding.objects.create(
        organization=acme,
        user=user,
        subject="a",
        name="Ana",
        via=Via.SSO,
        consent_version="1",
        consented_at=timezone.now(),
    )
    Invitation.objects.create(
        organization=acme, user=user, email=user.email, expires_at=timezone.now() + DAY
    )
    sign_in(Client(), user)
    make_setup_link(
        organization=acme,
        name="Pat of IT",
        scope=SetupLink.Scope.DIRECTORY,
        actor=Actor.from_user(user),
        maker_role=user.role,
    )
    return user


def outcomes(user: User) -> dict[str, str]:
    event = latest_closing(user)
    assert event is not None
    return {line.what: line.outcome.value for line in receipt_of(event).lines}


def leave(user: User, actor: Actor) -> None:
    with request_context(RequestContext(request_id="one")):
        off_board(user=user, actor=actor)


class TestService:
    def test_takes_everything_and_says_so(self, leaver: User, actor: Actor) -> None:
        leave(leaver, actor)

        leaver.refresh_from_db()
        assert (leaver.state, leaver.role) == (User.State.DEACTIVATED, Role.LEARNER)
        assert not Session.objects.filter(user=leaver).exists()
        assert not Invitation.objects.pending().filter(user=leaver).exists()
        assert SetupLink.objects.get().revoked_at is not None
        assert ProfileBinding.objects.get().dormant_at is not None
        assert outcomes(leaver) == {
            "Account": "done",
            "Sessions": "done",
            "Invitation": "done",
            "Role": "done",
            "Set-up links": "done",
            "License": "done",
            "Connected profile": "done",
            "SSO identities": "nothing",
            "Directory tokens": "nothing",
        }
        event = latest_closing(leaver)
        assert event is not None
        assert all(line.at for line in receipt_of(event).lines if line.outcome is Outcome.DONE)

    def test_twice_is_once(self, leaver: User, actor: Actor) -> None:
        leave(leaver, actor)
        before = AuditEvent.objects.count()

        leave(leaver, actor)

        assert AuditEvent.objects.count() == before

    def test_whoever_was_deactivated_loses_what_was_kept_for_them(
        self, leaver: User, actor: Actor
    ) -> None:
        deactivate_user(user=leaver, actor=actor)
        assert outcomes(leaver)["Role"] == "open"

        leave(leaver, actor)

        assert leaver.role == Role.LEARNER
        leaver.refresh_from_db()
        assert (leaver.state, leaver.role) == (User.State.DEACTIVATED, Role.LEARNER)
        assert SetupLink.objects.get().revoked_at is not None
        assert not Invitation.objects.pending().exists()
        assert outcomes(leaver) == {
            "Account": "nothing",
            "Sessions": "nothing",
            "Invitation": "done",
            "Role": "done",
            "Set-up links": "nothing",
            "License": "nothing",
            "Connected profile": "nothing",
            "SSO identities": "nothing",
            "Directory tokens": "nothing",
        }
        before = AuditEvent.objects.count()
        leave(leaver, actor)
        assert AuditEvent.objects.count() == before

    def test_a_deactivated_learner_has_nothing_left_to_take(
        self, make_user: Any, actor: Actor
    ) -> None:
        ana = make_user("ana")
        deactivate_user(user=ana, actor=actor)
        event = latest_closing(ana)

        leave(ana, actor)

        assert latest_closing(ana) == event

    def test_of_two_closings_in_one_minute_each_has_its_own_lines(
        self, leaver: User, actor: Actor
    ) -> None:
        """As from a shell, where no request names them."""
        deactivate_user(user=leaver, actor=actor)
        first = latest_closing(leaver)
        reactivate_user(user=leaver, actor=actor)
        deactivate_user(user=leaver, actor=actor)
        second = latest_closing(leaver)
        assert first is not None
        assert second is not None
        assert first.request_id == second.request_id == ""

        of_first, of_second = (
            {line.what: line.outcome for line in receipt_of(event).lines}
            for event in (first, second)
        )

        assert of_first["License"] is Outcome.DONE
        assert of_second["License"] is Outcome.NOTHING

    def test_whoever_comes_back_is_a_learner(self, leaver: User, actor: Actor) -> None:
        leave(leaver, actor)
        reactivate_user(user=leaver, actor=actor)

        leaver.refresh_from_db()
        assert (leaver.state, leaver.role) == (User.State.ACTIVE, Role.LEARNER)
        assert latest_closing(leaver) is None

    def test_the_last_full_admin_stays_whole(
        self, boss: User, actor: Actor, acme: Organization
    ) -> None:
        with pytest.raises(LastFullAdmin):
            leave(boss, Actor.system())

        boss.refresh_from_db()
        assert (boss.state, boss.role) == (User.State.ACTIVE, Role.FULL_ADMIN)

    def test_a_learner_had_little(self, make_user: Any, actor: Actor) -> None:
        ben = make_user("ben")

        leave(ben, actor)

        done = {what for what, outcome in outcomes(ben).items() if outcome == "done"}
        assert done == {"Account"}

    def test_links_of_colleagues_stay_open(
        self, leaver: User, boss: User, actor: Actor, acme: Organization
    ) -> None:
        make_setup_link(
            organization=acme,
            name="Kim of IT",
            scope=SetupLink.Scope.DIRECTORY,
            actor=actor,
            maker_role=boss.role,
        )

        leave(leaver, actor)

        assert SetupLink.objects.get(name="Kim of IT").revoked_at is None

    def test_tokens_and_recovery_codes_are_left_to_a_colleague(
        self, leaver: User, actor: Actor, acme: Organization
    ) -> None:
        create_token(organization=acme, name="Okta", actor=Actor.from_user(leaver))
        make_recovery_codes(organization=acme, actor=actor)

        leave(leaver, actor)

        found = outcomes(leaver)
        assert (found["Directory tokens"], found["Recovery codes"]) == ("open", "open")
        make_recovery_codes(organization=acme, actor=actor)
        assert "Recovery codes" not in outcomes(leaver)

    def test_deactivating_keeps_the_role_and_ends_the_links(
        self, leaver: User, actor: Actor
    ) -> None:
        deactivate_user(user=leaver, actor=actor, reason="console")

        leaver.refresh_from_db()
        assert leaver.role == Role.FULL_ADMIN
        assert SetupLink.objects.get().revoked_at is not None
        assert (outcomes(leaver)["Role"], outcomes(leaver)["Set-up links"]) == ("open", "done")

    def test_a_deleted_persons_receipt_names_groups_and_identities(
        self, leaver: User, actor: Actor
    ) -> None:
        deactivate_user(
            user=leaver,
            actor=Actor.directory("t", "Okta"),
            reason="directory",
            state=User.State.DELETED,
        )

        found = outcomes(leaver)
        assert (found["SSO identities"], found["Connected profile"]) == ("done", "done")


class TestPages:
    @pytest.fixture
    def closed(self, leaver: User, actor: Actor) -> AuditEvent:
        leave(leaver, actor)
        event = latest_closing(leaver)
        assert event is not None
        return event

    def page(self, event: AuditEvent) -> str:
        return f"/console/receipts/{event.public_id}/"

    def text(self, response: Any) -> str:
        assert response.status_code == 200
        return str(response.content.decode())

    def test_off_boarding_from_a_persons_page_leads_to_the_receipt(
        self, client: Client, leaver: User, boss: User
    ) -> None:
        sign_in(client, boss)
        asked = self.text(client.get(f"/console/accounts/user/{leaver.pk}/do/off_board/"))
        assert "a learner from now on" in asked

        client.post(f"/console/accounts/user/{leaver.pk}/do/off_board/", {"sure": "yes"})

        event = latest_closing(User.objects.get_queryset().get(pk=leaver.pk))
        assert event is not None
        person = self.text(client.get(f"/console/accounts/user/{leaver.pk}/change/"))
        assert self.page(event) in person
        receipt = self.text(client.get(self.page(event)))
        for said in ("1 session ended", "Full admin no longer", "Revoked: Pat of IT", "Everybody"):
            assert said in receipt
        assert "Seat of Everybody is free again" in receipt

    def test_somebody_deactivated_is_off_boarded_from_their_page(
        self, client: Client, leaver: User, actor: Actor, boss: User, make_user: Any
    ) -> None:
        learner = make_user("ben")
        for user in (leaver, learner):
            deactivate_user(user=user, actor=actor)
        sign_in(client, boss)
        verb = "do/off_board/"
        assert verb not in self.text(client.get(f"/console/accounts/user/{learner.pk}/change/"))
        assert verb in self.text(client.get(f"/console/accounts/user/{leaver.pk}/change/"))

        client.post(f"/console/accounts/user/{leaver.pk}/{verb}", {"sure": "yes"})

        event = latest_closing(leaver)
        assert event is not None
        receipt = self.text(client.get(self.page(event)))
        assert "Was deactivated before" in receipt
        assert "Asleep since before" in receipt

    def test_all_are_listed(self, client: Client, closed: AuditEvent, boss: User) -> None:
        page = self.text(sign_in(client, boss).get("/console/receipts/"))

        assert "Off-boarded" in page
        assert self.page(closed) in page

    def test_a_deleted_person_has_a_receipt_and_no_page(
        self,
        client: Client,
        make_user: Any,
        make_pool: Any,
        boss: User,
        actor: Actor,
        acme: Organization,
    ) -> None:
        ben = make_user("ben")
        make_pool(seats=1)
        assign_license(user=boss, actor=actor, source=Source.ADMIN)
        assign_licenses(organization=acme, users=[ben.pk], source=Source.ADMIN, actor=actor)
        by = Actor.directory("t", "Okta")
        deactivate_user(user=ben, actor=by, reason="directory", state=User.State.DELETED)
        event = latest_closing(ben)
        assert event is not None

        page = self.text(sign_in(client, boss).get(self.page(event)))

        assert "No longer waits for one" in page
        assert "Their page" not in page
        assert "Deleted" in self.text(client.get("/console/receipts/"))

    def test_nobody_yet(self, client: Client, boss: User) -> None:
        assert "Nobody’s account" in self.text(sign_in(client, boss).get("/console/receipts/"))

    def test_it_is_had_as_json(self, client: Client, closed: AuditEvent, boss: User) -> None:
        response = sign_in(client, boss).get(f"{self.page(closed)}?format=json")

        told = json.loads(response.content)
        assert response.headers["Content-Disposition"].startswith('attachment; filename="receipt-')
        assert told["person"]["id"] == closed.target_id
        assert {line["what"]: line["outcome"] for line in told["lines"]}["Role"] == "done"

    def test_it_says_that_somebody_is_back(
        self, client: Client, closed: AuditEvent, leaver: User, actor: Actor, boss: User
    ) -> None:
        sign_in(client, boss)
        for page in (self.page(closed), "/console/receipts/"):
            told = self.text(client.get(page))
            assert "Back since" not in told
            assert "· back" not in told

        leaver.refresh_from_db()
        reactivate_user(user=leaver, actor=actor)
        back = AuditEvent.objects.get(action=Action.USER_REACTIVATED)
        off_board(user=leaver, actor=actor)
        again = latest_closing(leaver)
        assert again is not None

        assert "Back since" in self.text(client.get(self.page(closed)))
        assert "Back since" not in self.text(client.get(self.page(again)))
        assert self.text(client.get("/console/receipts/")).count("· back") == 1
        kept = client.get(f"{self.page(closed)}?format=json").json()
        assert kept["back_at"][:19] == back.created_at.isoformat()[:19]

    def test_another_organization_has_none_of_it(
        self, client: Client, closed: AuditEvent, make_admin: Any, globex: Organization
    ) -> None:
        sign_in(client, make_admin("theirs", organization=globex))

        assert client.get(self.page(closed)).status_code == 404
        assert client.get(f"{self.page(closed)}?format=json").status_code == 404
        assert client.get(f"{self.page(closed)}?organization=acme").status_code == 404
        assert closed.target_name not in self.text(client.get("/console/receipts/"))

    def test_an_event_of_another_kind_is_no_receipt(
        self, client: Client, closed: AuditEvent, boss: User
    ) -> None:
        other = AuditEvent.objects.exclude(action=Action.USER_DEACTIVATED).first()
        assert other is not None

        assert sign_in(client, boss).get(self.page(other)).status_code == 404

    @pytest.mark.parametrize(("abilities", "status"), [(["people"], 200), (["sso"], 403)])
    def test_it_takes_the_ability_people(
        self, client: Client, closed: AuditEvent, make_user: Any, abilities: Any, status: int
    ) -> None:
        sub = make_user("sub", role=Role.SUB_ADMIN, abilities=abilities)
        sign_in(client, sub)

        assert client.get(self.page(closed)).status_code == status
        assert client.get("/console/receipts/").status_code == status
        assert sub.is_able(Ability.PEOPLE) is (status == 200)

    def test_platform_staff_come_with_the_organization(
        self, client: Client, closed: AuditEvent, make_staff: Any
    ) -> None:
        sign_in(client, make_staff("ops"))

        assert "Pat of IT" in self.text(client.get(f"{self.page(closed)}?organization=acme"))

    def test_it_costs_few_statements(self, client: Client, closed: AuditEvent, boss: User) -> None:
        sign_in(client, boss)
        client.get(self.page(closed))

        for page in (self.page(closed), "/console/receipts/"):
            with CaptureQueriesContext(connection) as captured:
                client.get(page)
            assert len(captured) <= 10, page
