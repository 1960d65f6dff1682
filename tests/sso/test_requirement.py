"""Single sign-on as the only way in: what it takes, what it closes, what it never ends by."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.errors import SsoRequired
from accounts.models import Organization, Passkey, Session, User
from accounts.roles import Ability, Role
from accounts.services import create_user, make_recovery_codes, set_password
from accounts.sign_in import start_session
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from sso.errors import NotReadyToRequire
from sso.requirement import people_without_sso, readiness
from sso.services import (
    change_connection,
    deactivate_connection,
    require_sso,
    stop_requiring_sso,
)
from tests.accounts.doorways import signed_in
from tests.at_once import at_once, refusals
from tests.factories import PASSWORD
from tests.factors import prove, with_app
from tests.sso.conftest import Journey
from tests.told import tell_full_admins

REQUIRE, STOP = "/console/sign-in/require/", "/console/sign-in/stop/"


@pytest.fixture
def ready(acme: Organization, admin: User, actor: Actor, at_acme: Journey) -> Journey:
    """Acme's full admin came in through Okta, and there are recovery codes."""
    make_recovery_codes(organization=acme, actor=actor)
    at_acme.sign_in("admin")
    return at_acme


@pytest.fixture
def required(ready: Journey, acme: Organization, admin: User) -> Journey:
    require_sso(organization=acme, admin=admin)
    return ready


class TestWhatItTakes:
    def test_all_three(self, ready: Journey, acme: Organization, admin: User) -> None:
        found = readiness(organization=acme, admin=admin)

        assert found.is_ready
        assert found.proved == ready.connection

    def test_no_recovery_codes(self, at_acme: Journey, acme: Organization, admin: User) -> None:
        at_acme.sign_in("admin")

        self.refused(acme, admin)

    def test_somebody_else_came_in(
        self, ready: Journey, acme: Organization, make_admin: Any
    ) -> None:
        self.refused(acme, make_admin("second"))

    def test_a_sign_in_of_the_day_before_yesterday(
        self, ready: Journey, acme: Organization, admin: User
    ) -> None:
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            self.refused(acme, admin)

    def test_a_connection_that_changed_since(
        self, ready: Journey, acme: Organization, admin: User, actor: Actor
    ) -> None:
        change_connection(
            connection=ready.connection, changes={"subject_attribute": "uid"}, actor=actor
        )

        self.refused(acme, admin)

    def test_a_connection_that_is_closed(
        self, ready: Journey, acme: Organization, admin: User, actor: Actor
    ) -> None:
        deactivate_connection(connection=ready.connection, actor=actor)

        self.refused(acme, admin)

    def test_a_refused_sign_in(
        self, at_acme: Journey, acme: Organization, admin: User, actor: Actor
    ) -> None:
        make_recovery_codes(organization=acme, actor=actor)
        at_acme.post(at_acme.answer("admin", in_response_to="_unknown"))

        self.refused(acme, admin)

    @pytest.mark.parametrize("role", [Role.LEARNER, Role.SUB_ADMIN])
    def test_a_lesser_role(
        self, ready: Journey, acme: Organization, make_user: Any, role: Role
    ) -> None:
        person = make_user("ana", role=role)
        Journey(ready.connection, ready.idp, Client()).sign_in("ana")

        self.refused(acme, person)

    def test_another_organization_s_admin_decides_nothing_here(
        self, ready: Journey, acme: Organization, globex: Organization, make_admin: Any
    ) -> None:
        self.refused(acme, make_admin("theirs", organization=globex))

    def refused(self, organization: Organization, person: User) -> None:
        with pytest.raises(NotReadyToRequire):
            require_sso(organization=organization, admin=person)
        organization.refresh_from_db()
        assert not organization.requires_sso


class TestRequiring:
    def test_it_ends_sessions_through_other_doors_and_no_others(
        self,
        ready: Journey,
        acme: Organization,
        globex: Organization,
        admin: User,
        make_user: Any,
        sign_in: Any,
    ) -> None:
        by_password, theirs = Client(), Client()
        sign_in(by_password, make_user("ana"))
        sign_in(theirs, make_user("bob", organization=globex))

        assert require_sso(organization=acme, admin=admin) == 1

        assert signed_in(by_password) is None
        assert signed_in(ready.client) == admin
        assert signed_in(theirs) is not None

    def test_it_is_on_record_and_told(
        self,
        ready: Journey,
        acme: Organization,
        admin: User,
        make_admin: Any,
        mailoutbox: list[Any],
    ) -> None:
        make_admin("second")
        DBTaskResult.objects.all().delete()  # of what made it ready
        require_sso(organization=acme, admin=admin)
        stop_requiring_sso(organization=acme, actor=Actor.from_user(admin))
        assert mailoutbox == [], "nobody waits for a mail server"

        tell_full_admins()

        assert [mail.subject for mail in mailoutbox] == [
            "Acme now requires single sign-on",
            "Acme now requires single sign-on",
            "Acme no longer requires single sign-on",
            "Acme no longer requires single sign-on",
        ]
        actions = {Action.SSO_REQUIRED, Action.SSO_NOT_REQUIRED}
        events = AuditEvent.objects.filter(action__in=actions)
        assert {event.actor_name for event in events} == {"Admin Test"}
        assert len(events) == 2

    def test_twice_is_once(self, required: Journey, acme: Organization, admin: User) -> None:
        require_sso(organization=acme, admin=admin)

        assert AuditEvent.objects.filter(action=Action.SSO_REQUIRED).count() == 1

    def test_people_without_sso_are_whom_no_active_connection_knows(
        self, ready: Journey, acme: Organization, globex: Organization, make_user: Any, admin: User
    ) -> None:
        ana = make_user("ana")
        make_user("gone", state=User.State.DEACTIVATED)
        make_user("theirs", organization=globex)

        assert list(people_without_sso(acme)) == [ana]

        deactivate_connection(connection=ready.connection, actor=Actor.from_user(admin))
        assert set(people_without_sso(acme)) == {ana, admin}


class TestEveryDoor:
    """Each place where a session begins, or a password is set or used."""

    @pytest.fixture
    def ana(self, make_user: Any, required: Journey, acme: Organization) -> User:
        """She had a password before it was required."""
        return make_user("ana", password=PASSWORD)

    def test_the_e_mail_page(self, client: Client, ana: User) -> None:
        response = client.post("/login/", {"email": ana.email, "password": PASSWORD})

        assert "Acme signs in through single sign-on alone" in response.content.decode()
        assert signed_in(client) is None

    def test_the_e_mail_page_says_nothing_to_a_wrong_password(
        self, client: Client, ana: User
    ) -> None:
        response = client.post("/login/", {"email": ana.email, "password": "not it at all"})

        assert "single sign-on alone" not in response.content.decode()

    @pytest.mark.parametrize("query", ["", "?password=1", "?again=1"])
    def test_the_organization_s_page(self, client: Client, ana: User, query: str) -> None:
        page = client.get(f"/o/acme/login/{query}").content.decode()
        response = client.post(f"/o/acme/login/{query}", {"name": "ana", "password": PASSWORD})

        assert 'name="password"' not in page
        assert "Use a recovery code" in page
        assert response.status_code == 302
        assert signed_in(client) is None

    def test_the_choice_among_accounts(
        self,
        client: Client,
        ready: Journey,
        acme: Organization,
        globex: Organization,
        admin: User,
        make_user: Any,
    ) -> None:
        """The choice was offered a moment before."""
        here = make_user("ana", password=PASSWORD, email="ana@both.example")
        there = make_user("ana", organization=globex, password=PASSWORD, email="ana@both.example")
        client.post("/login/", {"email": "ana@both.example", "password": PASSWORD})
        require_sso(organization=acme, admin=admin)

        page = client.get("/login/choose/").content.decode()
        client.post("/login/choose/", {"account": str(here.pk)})

        assert str(here.pk) not in page
        assert signed_in(client) is None
        client.post("/login/choose/", {"account": str(there.pk)})
        assert signed_in(client) == there

    def test_an_account_elsewhere_opens_at_once(
        self, client: Client, ana: User, globex: Organization, make_user: Any
    ) -> None:
        there = make_user("ana", organization=globex, password=PASSWORD, email=ana.email)
        client.post("/login/", {"email": ana.email, "password": PASSWORD})

        assert signed_in(client) == there

    def test_accounts_that_no_password_opens_push_nobody_out(
        self, client: Client, ana: User, globex: Organization, make_user: Any
    ) -> None:
        make_user("ana2", password=PASSWORD, email=ana.email)
        there = make_user("ana", organization=globex, password=PASSWORD, email=ana.email)
        client.post("/login/", {"email": ana.email, "password": PASSWORD})

        assert signed_in(client) == there

    @pytest.mark.parametrize("door", [Session.Door.PASSWORD, Session.Door.LINKEDIN])
    def test_no_door_that_is_still_to_come(self, ana: User, door: Session.Door) -> None:
        with pytest.raises(SsoRequired):
            start_session(RequestFactory().get("/"), ana, door=door)

    def test_one_s_own_password_is_not_changed(
        self, client: Client, ana: User, required: Journey, sign_in: Any
    ) -> None:
        sign_in(client, ana, door=Session.Door.SSO, connection_id=required.connection.pk)
        before = ana.password
        new = "another long password 17"

        assert "Change password" not in client.get("/account/").content.decode()
        response = client.post(
            "/account/password/",
            {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
        )

        assert response.url == "/account/"
        ana.refresh_from_db()
        assert ana.password == before

    def test_no_service_gives_one(self, ana: User, acme: Organization) -> None:
        actor = Actor.system("tests")
        with pytest.raises(SsoRequired):
            set_password(user=ana, password="another long password 17", actor=actor)
        with pytest.raises(SsoRequired):
            create_user(
                organization=acme,
                user_name="new",
                email="new@acme.example",
                password="another long password 17",
                source=User.Source.COMMAND,
                actor=actor,
            )

    def test_no_command_gives_one(self, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", StringIO("another long password 17\n"))
        with pytest.raises(CommandError, match="single sign-on alone"):
            call_command("set_password", "ana", "--organization=acme", "--password-stdin")

    def test_a_session_that_began_in_the_same_moment_is_over_at_the_next_click(
        self, ana: User, sign_in: Any
    ) -> None:
        late = sign_in(Client(), ana)
        assert signed_in(late) == ana

        assert late.get("/account/").url.startswith("/login/")
        assert late.get("/api/v1/me").status_code == 401
        assert signed_in(late) is None

    def test_the_requirement_is_one_organization_s_alone(
        self, client: Client, ana: User, globex: Organization, make_user: Any
    ) -> None:
        bob = make_user("bob", organization=globex, password=PASSWORD)
        client.post("/o/globex/login/", {"name": "bob", "password": PASSWORD})

        assert signed_in(client) == bob
        set_password(user=bob, password="another long password 17", actor=Actor.system("x"))

    def test_platform_staff_are_not_touched(
        self, client: Client, required: Journey, make_staff: Any
    ) -> None:
        root = with_app(make_staff("root", password=PASSWORD, email="root@portal.example"))
        client.post("/login/", {"email": "root@portal.example", "password": PASSWORD})
        prove(client, root)

        assert signed_in(client) == root
        assert client.get("/console/").status_code == 200
        set_password(user=root, password="another long password 17", actor=Actor.system("x"))

    def test_single_sign_on_and_recovery_stay_open(
        self, client: Client, required: Journey, acme: Organization, admin: User, actor: Actor
    ) -> None:
        codes = make_recovery_codes(organization=acme, actor=actor)
        learner = Journey(required.connection, required.idp, Client())

        learner.sign_in("new@acme.example")
        client.post("/o/acme/recover/", {"name": "admin", "code": codes[0]})

        assert signed_in(learner.client) is not None
        assert signed_in(client) == admin
        assert client.get("/console/").status_code == 200

    def test_afterwards_the_password_opens_again(
        self, client: Client, ana: User, acme: Organization, actor: Actor
    ) -> None:
        stop_requiring_sso(organization=acme, actor=actor)
        client.post("/o/acme/login/", {"name": "ana", "password": PASSWORD})

        assert signed_in(client) == ana


class TestPages:
    @pytest.fixture
    def console(self, ready: Journey) -> Client:
        return ready.client

    def test_the_page_lists_who_would_lose_access_and_does_it_with_the_name(
        self, console: Client, make_user: Any, acme: Organization
    ) -> None:
        make_user("ana", password=PASSWORD)
        make_user("bea")
        Passkey.objects.create(user=make_user("cleo"), name="Phone", public_key=b"key")

        page = console.get(REQUIRE).content.decode()

        assert "3 active people have never come in" in page
        assert "2 have a password or a passkey" in page
        assert "Ana Test" in page
        assert "Admin Test</b>" not in page
        assert (
            "Type the name: Acme." in console.post(REQUIRE, {"typed_name": "no"}).content.decode()
        )
        console.post(REQUIRE, {"typed_name": " acme "})
        acme.refresh_from_db()
        assert acme.requires_sso
        assert "Required" in console.get("/console/sign-in/").content.decode()

    def test_unready_the_page_says_what_is_missing_and_does_nothing(
        self, client: Client, sign_in: Any, admin: User, at_acme: Journey, acme: Organization
    ) -> None:
        console = sign_in(client, admin)
        page = console.get(REQUIRE).content.decode()

        assert "Sign in through Okta" in page
        assert f"/sso/{at_acme.connection.pk}/login?next=%2Fconsole%2Fsign-in%2Frequire%2F" in page
        assert "There are no recovery codes." in page
        assert 'name="typed_name"' not in page
        console.post(REQUIRE, {"typed_name": "Acme"})
        acme.refresh_from_db()
        assert not acme.requires_sso

    def test_it_ends_by_an_act_of_its_own(
        self, console: Client, acme: Organization, admin: User
    ) -> None:
        require_sso(organization=acme, admin=admin)

        assert "Keep it required" in console.get(STOP).content.decode()
        console.post(STOP)

        acme.refresh_from_db()
        assert not acme.requires_sso

    def test_it_does_not_end_by_an_open_browser(
        self, console: Client, acme: Organization, admin: User
    ) -> None:
        require_sso(organization=acme, admin=admin)
        session = console.session
        session["authenticated_at"] = 0
        session.save()

        page = console.post(STOP).content.decode()

        assert "Sign in again" in page
        acme.refresh_from_db()
        assert acme.requires_sso

    @pytest.mark.parametrize("address", [REQUIRE, STOP, "/console/sign-in/sign-out/"])
    def test_a_sub_admin_decides_nothing(
        self, client: Client, sign_in: Any, make_user: Any, required: Journey, address: str
    ) -> None:
        sub = make_user("sub", role=Role.SUB_ADMIN, abilities=[Ability.SSO])
        sign_in(client, sub, door=Session.Door.SSO, connection_id=required.connection.pk)

        assert client.get(address).status_code == 403
        assert client.post(address, {"typed_name": "Acme"}).status_code == 403
        assert client.get("/console/sign-in/").status_code == 200

    def test_staff_end_it_for_an_organization_and_never_begin_it(
        self, client: Client, sign_in: Any, make_staff: Any, required: Journey, acme: Organization
    ) -> None:
        console = sign_in(client, make_staff("root"))

        assert console.get(f"{REQUIRE}?organization=acme").status_code == 403
        console.post(f"{STOP}?organization=acme")
        acme.refresh_from_db()
        assert not acme.requires_sso

    def test_an_administrator_ends_their_own_organization_s_alone(
        self,
        client: Client,
        sign_in: Any,
        make_admin: Any,
        globex: Organization,
        required: Journey,
        acme: Organization,
    ) -> None:
        console = sign_in(client, make_admin("theirs", organization=globex))
        console.post(f"{STOP}?organization=acme")

        acme.refresh_from_db()
        assert acme.requires_sso

    def test_the_overview_warns_of_few_codes(
        self, console: Client, acme: Organization, admin: User
    ) -> None:
        keep = list(acme.recovery_codes.values_list("pk", flat=True)[:3])
        acme.recovery_codes.exclude(pk__in=keep).delete()
        assert "recovery codes are left" not in console.get("/console/").content.decode()

        require_sso(organization=acme, admin=admin)

        assert "3 recovery codes are left." in console.get("/console/").content.decode()

    @pytest.mark.parametrize("address", ["/console/sign-in/", REQUIRE, "/console/sign-in/codes/"])
    def test_the_pages_cost_few_statements(
        self, console: Client, make_user: Any, address: str, django_assert_max_num_queries: Any
    ) -> None:
        for _number in range(20):
            make_user()
        with django_assert_max_num_queries(10):
            assert console.get(address).status_code == 200

    def test_a_command_for_whoever_runs_the_portal(
        self, required: Journey, acme: Organization
    ) -> None:
        out = StringIO()
        call_command("stop_requiring_sso", "acme", "--json", stdout=out)
        call_command("stop_requiring_sso", "acme", stdout=out)

        acme.refresh_from_db()
        assert not acme.requires_sso
        assert '"changed": true' in out.getvalue()
        assert "did not require single sign-on" in out.getvalue()


class TestSigningEverybodyOut:
    PAGE = "/console/sign-in/sign-out/"

    def test_of_the_organization_but_for_this_browser(
        self, ready: Journey, admin: User, make_user: Any, globex: Organization, sign_in: Any
    ) -> None:
        mine, theirs = Client(), Client()
        sign_in(mine, make_user("ana"))
        sign_in(theirs, make_user("bob", organization=globex))

        assert "1 person, 1 browser." in ready.client.get(self.PAGE).content.decode()
        ready.client.post(self.PAGE, {"typed_name": "Acme"})

        assert signed_in(mine) is None
        assert signed_in(theirs) is not None
        assert signed_in(ready.client) == admin
        event = AuditEvent.objects.get(action=Action.EVERYBODY_SIGNED_OUT)
        assert event.changes == {"sessions": 1}

    def test_who_came_through_one_connection(
        self, ready: Journey, make_user: Any, sign_in: Any
    ) -> None:
        by_sso, by_password = Client(), Client()
        sign_in(by_sso, make_user("ana"), door=Session.Door.SSO, connection_id=ready.connection.pk)
        sign_in(by_password, make_user("bea"))

        address = f"{self.PAGE}?connection={ready.connection.pk}"
        assert (
            address.replace("&", "&amp;") in ready.client.get("/console/sign-in/").content.decode()
        )
        ready.client.post(address, {"typed_name": "Okta"})

        assert signed_in(by_sso) is None
        assert signed_in(by_password) is not None

    def test_without_the_name_nobody_is(self, ready: Journey, make_user: Any, sign_in: Any) -> None:
        ana = Client()
        sign_in(ana, make_user("ana"))
        ready.client.post(self.PAGE, {"typed_name": "Okta"})

        assert signed_in(ana) is not None

    @pytest.mark.parametrize("wanted", ["theirs", "nonsense"])
    def test_another_organization_s_connection_is_not_there(
        self, ready: Journey, at_globex: Journey, make_user: Any, sign_in: Any, wanted: str
    ) -> None:
        id = at_globex.connection.pk if wanted == "theirs" else wanted
        address = f"{self.PAGE}?connection={id}"

        assert ready.client.get(address).status_code == 404
        assert ready.client.post(address, {"typed_name": "Okta"}).status_code == 404


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_requiring_and_closing_the_last_connection_at_once_shuts_nobody_out(
    ready: Journey, acme: Organization, admin: User, actor: Actor, round_number: int
) -> None:
    answers = at_once(
        lambda: require_sso(organization=acme, admin=admin),
        lambda: deactivate_connection(connection=ready.connection, actor=actor),
    )

    acme.refresh_from_db()
    ready.connection.refresh_from_db()
    assert refusals(answers) in (["NotReadyToRequire"], ["LastWayIn"])
    assert acme.requires_sso is ready.connection.is_active
