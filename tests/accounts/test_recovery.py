"""Recovery codes: a full admin's way in when nothing else works, and nobody else's."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.errors import RecoveryRefused
from accounts.mail import MailNotSent
from accounts.models import Organization, RecoveryCode, Session, User
from accounts.notices import tell_of
from accounts.roles import Role
from accounts.services import (
    change_role,
    deactivate_user,
    make_recovery_codes,
    recovery,
    use_recovery_code,
)
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from audit.services import record
from tests.accounts.doorways import signed_in, text
from tests.at_once import at_once, refusals
from tests.told import tell_full_admins

RECOVER = "/o/acme/recover/"


@pytest.fixture
def codes(acme: Organization, actor: Actor) -> list[str]:
    return make_recovery_codes(organization=acme, actor=actor)


def enter(client: Client, code: str, name: str = "admin", page: str = RECOVER) -> Any:
    return client.post(page, {"name": name, "code": code})


def unused(organization: Organization) -> int:
    return RecoveryCode.objects.in_organization(organization).unused().count()


def demoted(user: User) -> None:
    change_role(user=user, role=Role.LEARNER, actor=Actor.system("tests"))


def deactivated(user: User) -> None:
    deactivate_user(user=user, actor=Actor.system("tests"))


class TestMaking:
    def test_ten_codes_of_which_only_digests_are_kept(
        self, codes: list[str], acme: Organization
    ) -> None:
        stored = str(list(RecoveryCode.objects.values()))
        events = str(list(AuditEvent.objects.values()))

        assert len(set(codes)) == 10
        assert all(len(code) == 19 for code in codes)
        assert not any(code in stored + events for code in codes)
        assert unused(acme) == 10

    def test_new_ones_void_the_old(
        self, codes: list[str], acme: Organization, actor: Actor
    ) -> None:
        make_recovery_codes(organization=acme, actor=actor)

        with pytest.raises(RecoveryRefused):
            use_recovery_code(organization=acme, name="admin", code=codes[0])
        assert unused(acme) == 10

    def test_every_full_admin_is_told_without_the_codes(
        self,
        acme: Organization,
        make_admin: Any,
        actor: Actor,
        mailoutbox: list[Any],
    ) -> None:
        make_admin("second")
        codes = make_recovery_codes(organization=acme, actor=actor)
        assert mailoutbox == [], "nobody waits for a mail server"

        assert tell_full_admins() == ["told"]

        assert {mail.to[0] for mail in mailoutbox} == {"admin@acme.example", "second@acme.example"}
        assert not any(code in mail.body for mail in mailoutbox for code in codes)

    def test_another_organization_s_codes_stay(
        self, codes: list[str], acme: Organization, globex: Organization, actor: Actor
    ) -> None:
        make_recovery_codes(organization=globex, actor=actor)

        assert unused(acme) == 10


class TestUsing:
    def test_a_code_signs_a_full_admin_in_for_a_day_at_most(
        self, client: Client, codes: list[str], admin: User, acme: Organization
    ) -> None:
        Organization.objects.update(session_hours=180 * 24)

        response = enter(client, codes[3])

        assert response.url == "/console/sign-in/"
        assert signed_in(client) == admin
        session = Session.objects.get(user=admin)
        assert session.door == Session.Door.RECOVERY
        assert session.expire_date <= timezone.now() + timedelta(hours=24)
        assert "9 are left" in text(client.get(response.url))

    def test_a_shorter_session_length_counts(
        self, client: Client, codes: list[str], admin: User
    ) -> None:
        Organization.objects.update(session_hours=1)
        enter(client, codes[0])

        session = Session.objects.get(user=admin)
        assert session.expire_date <= timezone.now() + timedelta(hours=1)

    def test_a_code_works_once(self, codes: list[str], admin: User) -> None:
        first, second = Client(), Client()
        enter(first, codes[0])

        response = enter(second, codes[0])

        assert "no full admin with an unused recovery code" in text(response)
        assert signed_in(first) == admin
        assert signed_in(second) is None

    @pytest.mark.parametrize("name", ["ADMIN", " admin ", "admin@acme.example"])
    @pytest.mark.parametrize(
        "typed",
        [
            str.lower,
            lambda code: code.replace("-", " "),
            lambda code: code.translate(str.maketrans("01V", "OIU")),
            lambda code: code.translate(str.maketrans("1", "L")),
        ],
    )
    def test_people_type_as_they_like(
        self, client: Client, codes: list[str], admin: User, name: str, typed: Any
    ) -> None:
        enter(client, typed(codes[0]), name)

        assert signed_in(client) == admin

    def test_it_is_on_record_and_every_full_admin_is_told(
        self,
        client: Client,
        codes: list[str],
        make_admin: Any,
        mailoutbox: list[Any],
    ) -> None:
        make_admin("second")
        DBTaskResult.objects.all().delete()  # of the codes that were made
        enter(client, codes[0])
        tell_full_admins()

        event = AuditEvent.objects.get(action=Action.RECOVERY_CODE_USED)
        assert event.changes == {"recovery_codes": [10, 9]}
        assert event.target_name == "Admin Test"
        assert {mail.to[0] for mail in mailoutbox} == {"admin@acme.example", "second@acme.example"}
        assert "9 codes are left." in mailoutbox[0].body
        assert mailoutbox[0].subject == "Admin Test came in with a recovery code"
        assert "Admin Test has just signed in to Acme" in mailoutbox[0].body

    def test_without_a_mail_server_it_opens_all_the_same(
        self,
        client: Client,
        codes: list[str],
        admin: User,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def away(*_to: Any, **_mail: Any) -> None:
            raise MailNotSent

        monkeypatch.setattr("accounts.notices.send_mail_to", away)

        enter(client, codes[0])

        assert signed_in(client) == admin
        with pytest.raises(MailNotSent):
            tell_full_admins()  # and the job is seen to have failed

    def test_who_the_full_admins_are_is_not_told_by_what_an_attempt_costs(
        self, codes: list[str], make_admin: Any, make_user: Any, acme: Organization
    ) -> None:
        make_admin("second")
        make_user("learner")
        names = [
            "admin",
            "admin@acme.example",
            "second",
            "learner",
            "nobody",
            "nobody@acme.example",
        ]
        costs = []
        for name in names:
            with CaptureQueriesContext(connection) as asked, pytest.raises(RecoveryRefused):
                use_recovery_code(organization=acme, name=name, code="K7QF-4M2X-9TRD-0VHB")
            costs.append([query["sql"].split()[0] for query in asked])

        assert costs == costs[:1] * len(names)

    def test_a_user_name_goes_before_somebody_else_s_address(
        self, codes: list[str], admin: User, make_admin: Any, acme: Organization
    ) -> None:
        named = make_admin("admin@acme.example", email="other@acme.example")

        recovered = use_recovery_code(organization=acme, name=admin.email, code=codes[0])

        assert recovered.user == named

    def test_with_the_last_one_ten_new_ones_are_shown(
        self, client: Client, codes: list[str], admin: User, acme: Organization
    ) -> None:
        for code in codes[:9]:
            enter(Client(), code)

        response = enter(client, codes[9])

        assert response.status_code == 200
        assert "no-store" in response.headers["Cache-Control"]
        assert unused(acme) == 10
        shown = response.context["codes"]
        assert all(code in text(response) for code in shown)
        assert signed_in(client) == admin
        assert use_recovery_code(organization=acme, name="admin", code=shown[0]).left == 9

    def test_codes_outlive_a_change_of_the_portal_s_secret_key(
        self, client: Client, codes: list[str], admin: User, settings: Any
    ) -> None:
        settings.SECRET_KEY = "another one altogether"

        enter(client, codes[0])

        assert signed_in(client) == admin


class TestNobodyElse:
    @pytest.mark.parametrize(
        "fields",
        [
            {"role": Role.LEARNER},
            {"role": Role.SUB_ADMIN},
            {"role": Role.FULL_ADMIN, "state": User.State.DEACTIVATED},
            {"role": Role.FULL_ADMIN, "state": User.State.DELETED},
        ],
    )
    def test_it_takes_an_active_full_admin(
        self,
        client: Client,
        codes: list[str],
        make_user: Any,
        acme: Organization,
        fields: dict[str, Any],
    ) -> None:
        make_user("ana", **fields)

        enter(client, codes[0], "ana")

        assert signed_in(client) is None
        assert unused(acme) == 10

    def test_another_organization_s_code_opens_nothing(
        self, client: Client, codes: list[str], make_admin: Any, globex: Organization
    ) -> None:
        make_admin("admin", organization=globex)

        enter(client, codes[0], page="/o/globex/recover/")

        assert signed_in(client) is None

    def test_platform_staff_come_in_by_their_own_door(
        self, client: Client, codes: list[str], make_staff: Any
    ) -> None:
        make_staff("root")

        enter(client, codes[0], "root")

        assert signed_in(client) is None

    def test_a_refusal_is_on_record_and_looks_alike(
        self, client: Client, codes: list[str], acme: Organization
    ) -> None:
        known, unknown = enter(client, "x"), enter(client, "x", "nobody")

        errors = [response.context["form"].non_field_errors() for response in (known, unknown)]
        assert errors[0] == errors[1]
        events = AuditEvent.objects.filter(action=Action.SIGN_IN_FAILED)
        assert [event.changes for event in events] == [
            {"door": "recovery", "reason": "recovery"}
        ] * 2
        assert {event.organization for event in events} == {acme}

    def test_guessing_is_limited(
        self, client: Client, codes: list[str], settings: Any, acme: Organization
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 3
        with time_machine.travel(timezone.now(), tick=False):  # all within one minute
            statuses = [enter(client, "x").status_code for _time in range(4)]
            right = enter(client, codes[0])

        assert statuses == [200, 200, 200, 429]
        assert right.status_code == 429
        assert unused(acme) == 10

    def test_a_stranger_who_guesses_shuts_nobody_else_out(
        self, client: Client, codes: list[str], settings: Any, admin: User
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 3
        stranger = Client(REMOTE_ADDR="203.0.113.7")
        with time_machine.travel(timezone.now(), tick=False):
            statuses = [enter(stranger, "x").status_code for _time in range(4)]
            enter(client, codes[0])

        assert statuses[-1] == 429
        assert signed_in(client) == admin

    @pytest.mark.parametrize("retire", [demoted, deactivated])
    def test_whoever_is_retired_while_they_enter_is_shown_no_new_codes(
        self,
        client: Client,
        codes: list[str],
        acme: Organization,
        admin: User,
        make_admin: Any,
        monkeypatch: pytest.MonkeyPatch,
        retire: Any,
    ) -> None:
        make_admin("other")
        for code in codes[1:]:
            enter(Client(), code)
        found = recovery._full_admin

        def found_too_early(organization: Organization, name: str) -> User | None:
            user = found(organization, name)
            retire(admin)
            return user

        monkeypatch.setattr(recovery, "_full_admin", found_too_early)

        response = enter(client, codes[0])

        assert "no full admin with an unused recovery code" in text(response)
        assert signed_in(client) is None
        assert unused(acme) == 1

    def test_a_suspended_organization_opens_to_nobody(
        self, client: Client, codes: list[str], acme: Organization
    ) -> None:
        Organization.objects.update(status=Organization.Status.SUSPENDED)

        assert enter(client, codes[0]).status_code == 403
        assert unused(acme) == 10

    def test_an_organization_that_is_none_has_no_page(self, client: Client, db: None) -> None:
        assert client.get("/o/nobody/recover/").status_code == 404


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_the_same_code_at_once_one_comes_in(
    acme: Organization, admin: User, actor: Actor
) -> None:
    codes = make_recovery_codes(organization=acme, actor=actor)

    answers = at_once(
        *[lambda: use_recovery_code(organization=acme, name="admin", code=codes[0])] * 2
    )

    assert refusals(answers) == ["RecoveryRefused"]
    assert unused(acme) == 9


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_two_who_use_the_last_two_codes_at_once_leave_new_ones(
    acme: Organization, admin: User, actor: Actor
) -> None:
    codes = make_recovery_codes(organization=acme, actor=actor)
    for code in codes[2:]:
        use_recovery_code(organization=acme, name="admin", code=code)
    first_used, second_used = threading.Event(), threading.Event()

    def use_second() -> None:
        first_used.wait(timeout=5)
        try:
            use_recovery_code(organization=acme, name="admin", code=codes[1])
        finally:
            second_used.set()
            connection.close()

    thread = threading.Thread(target=use_second)
    thread.start()
    with transaction.atomic():
        use_recovery_code(organization=acme, name="admin", code=codes[0])
        first_used.set()
        second_used.wait(timeout=1)
    thread.join()

    assert unused(acme) == 10


def test_of_other_events_there_is_no_mail(admin: User) -> None:
    event = record(
        Action.USER_CREATED, organization=admin.organization, actor=Actor.from_user(admin)
    )

    with pytest.raises(ValueError, match=r"no mail about accounts"):
        tell_of(event)
