"""The second factor: an authenticator app, recovery codes, and who must have one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from accounts import totp
from accounts.errors import (
    CodeRefused,
    PersonalCodeRefused,
    SecondFactorMandatory,
    SecondFactorNeeded,
    SecondFactorThere,
    SsoRequired,
)
from accounts.factor_mail import News, tell_of_factors
from accounts.models import Authenticator, Organization, Passkey, PersonalCode, Session, User
from accounts.policies import needs_second_factor
from accounts.roles import Role
from accounts.services import (
    close_other_doors,
    make_personal_codes,
    remove_authenticator,
    reset_second_factor,
    set_password,
    set_up_authenticator,
    use_code,
)
from accounts.sign_in import start_session
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from tests.accounts.doorways import ACME, enter, signed_in, text
from tests.factories import PASSWORD, sign_in
from tests.factors import app_code, codes_left, prove, secret_typed, with_app

STEP = "/login/second-factor/"
APP = "/account/authenticator/"
CODES = "/account/recovery-codes/"
REMOVE = "/account/authenticator/remove/"

pytestmark = pytest.mark.usefixtures("no_doors")


@pytest.fixture
def ana(make_user: Any) -> User:
    """A learner with a password and an app."""
    return with_app(make_user("ana", password=PASSWORD))


def by(user: User) -> Actor:
    return Actor.from_user(user)


def set_up(user: User, *, may_replace: bool = False) -> list[str]:
    secret = totp.new_secret()
    code = totp.code_at(secret, totp.current_step())
    return set_up_authenticator(
        user=user, secret=secret, code=code, actor=by(user), may_replace=may_replace
    )


def kept_secret(page: str) -> bytes:
    """The key as the page shows it."""
    found = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)
    assert found
    return secret_typed(found[1])


def passkey_of(user: User, name: str = "Phone") -> Passkey:
    return Passkey.objects.create(
        user=user, name=name, credential_id=f"{user.pk} {name}", public_key=b"key"
    )


def names_of(action: Action) -> int:
    return AuditEvent.objects.filter(action=action).count()


class TestPolicy:
    @pytest.mark.parametrize("door", Session.Door)
    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("has_app", [True, False])
    def test_one_proof_is_enough_for_those_who_neither_administer_nor_set_an_app_up(
        self, door: str, role: str, has_app: bool
    ) -> None:
        is_one_proof = door in {"password", "linkedin"}
        is_administrator = role in {"sub_admin", "full_admin", "staff"}

        needed = needs_second_factor(door=door, role=role, has_authenticator=has_app)

        assert needed == (is_one_proof and (is_administrator or has_app))


class TestSettingUp:
    def test_a_code_of_the_app_proves_it_and_brings_ten_recovery_codes(
        self, make_user: Any
    ) -> None:
        ana = make_user("ana", password=PASSWORD)

        codes = set_up(ana)

        assert len(set(codes)) == codes_left(ana) == 10
        assert not any(code in str(list(PersonalCode.objects.values())) for code in codes)
        assert names_of(Action.SECOND_FACTOR_SET_UP) == 1

    def test_the_secret_is_sealed_and_in_no_event(self, ana: User) -> None:
        row = Authenticator.objects.get(user=ana)
        stored = str(list(AuditEvent.objects.values())) + row.sealed_secret

        assert row.secret.hex() not in stored
        assert totp.typed_secret(row.secret) not in stored

    def test_a_wrong_code_sets_nothing_up(self, make_user: Any) -> None:
        ana = make_user("ana", password=PASSWORD)

        with pytest.raises(CodeRefused):
            set_up_authenticator(
                user=ana, secret=b"x" * 20, code="000000", actor=by(ana), may_replace=False
            )

        assert not Authenticator.objects.exists()

    def test_the_code_that_proved_it_opens_nothing(self, make_user: Any) -> None:
        ana = make_user("ana", password=PASSWORD)
        set_up(ana)

        with pytest.raises(CodeRefused):
            use_code(user=ana, typed=app_code(ana))

    def test_with_a_password_alone_nobody_sets_one_up_beside_another(self, ana: User) -> None:
        before = Authenticator.objects.get(user=ana).secret

        with pytest.raises(SecondFactorThere):
            set_up(ana)

        assert Authenticator.objects.get(user=ana).secret == before

    def test_nor_beside_a_passkey(self, admin: User) -> None:
        passkey_of(admin)

        with pytest.raises(SecondFactorThere):
            set_up(admin)

    def test_whoever_proved_the_old_one_replaces_it_and_its_codes(self, ana: User) -> None:
        old = make_personal_codes(user=ana, actor=by(ana))

        set_up(ana, may_replace=True)

        with pytest.raises(PersonalCodeRefused):
            use_code(user=ana, typed=old[0])
        assert Authenticator.objects.count() == 1
        event = AuditEvent.objects.filter(action=Action.SECOND_FACTOR_SET_UP).latest("id")
        assert event.changes == {"replaced": True}

    def test_where_single_sign_on_is_required_there_is_none(
        self, acme: Organization, make_user: Any, system_actor: Actor
    ) -> None:
        ana = make_user("ana", password=PASSWORD)
        close_other_doors(organization=acme, actor=system_actor)

        with pytest.raises(SsoRequired):
            set_up(ana)


class TestCodes:
    @pytest.mark.parametrize("step", [-1, 0, 1])
    def test_a_clock_may_be_half_a_minute_off(self, ana: User, step: int) -> None:
        assert use_code(user=ana, typed=app_code(ana, step=step)) == Session.SecondFactor.CODE

    @pytest.mark.parametrize("step", [-2, 2])
    def test_and_no_more(self, ana: User, step: int) -> None:
        with pytest.raises(CodeRefused):
            use_code(user=ana, typed=app_code(ana, step=step))

    def test_a_code_opens_once_however_long_it_is_good(self, ana: User) -> None:
        with time_machine.travel("2026-11-26T09:00:00Z", tick=False) as clock:
            code = app_code(ana)
            use_code(user=ana, typed=code)

            for _second in range(3):
                with pytest.raises(CodeRefused):
                    use_code(user=ana, typed=code)
                clock.shift(20)

    def test_an_older_code_than_the_last_is_worth_nothing(self, ana: User) -> None:
        older = app_code(ana, step=-1)
        use_code(user=ana, typed=app_code(ana))

        with pytest.raises(CodeRefused):
            use_code(user=ana, typed=older)

    def test_codes_of_another_app_open_nothing(self, ana: User, make_user: Any) -> None:
        bob = with_app(make_user("bob", password=PASSWORD))

        with pytest.raises(CodeRefused):
            use_code(user=ana, typed=app_code(bob))

    def test_without_an_app_no_digits_are_right(self, make_user: Any) -> None:
        with pytest.raises(CodeRefused):
            use_code(user=make_user("bob"), typed="123456")

    def test_a_code_of_an_app_that_was_replaced_meanwhile_is_not_taken(
        self, ana: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = app_code(ana)
        step_of = totp.step_of

        def replaced_meanwhile(secret: bytes, typed: str, *, after: int = -1) -> int | None:
            Authenticator.objects.filter(user=ana).update(sealed_secret="another")
            return step_of(secret, typed, after=after)

        monkeypatch.setattr(totp, "step_of", replaced_meanwhile)

        with pytest.raises(CodeRefused):
            use_code(user=ana, typed=code)

    def test_a_recovery_code_opens_once(self, ana: User) -> None:
        codes = make_personal_codes(user=ana, actor=by(ana))

        assert use_code(user=ana, typed=codes[0].lower()) == Session.SecondFactor.RECOVERY
        with pytest.raises(PersonalCodeRefused):
            use_code(user=ana, typed=codes[0])
        assert codes_left(ana) == 9
        event = AuditEvent.objects.get(action=Action.PERSONAL_CODE_USED)
        assert event.changes == {"recovery_codes": [10, 9]}

    def test_somebody_else_s_recovery_code_opens_nothing(self, ana: User, make_user: Any) -> None:
        bob = make_user("bob")
        codes = make_personal_codes(user=bob, actor=by(bob))

        with pytest.raises(PersonalCodeRefused):
            use_code(user=ana, typed=codes[0])
        assert codes_left(bob) == 10

    def test_what_opens_nothing_is_recorded_without_what_was_typed(self, ana: User) -> None:
        for typed in ("000000", "K7QF-4M2X-9TRD-0VHB"):
            with pytest.raises((CodeRefused, PersonalCodeRefused)):
                use_code(user=ana, typed=typed)

        events = AuditEvent.objects.filter(action=Action.SIGN_IN_FAILED)
        assert {event.changes["reason"] for event in events} == {"code", "recovery"}
        assert "K7QF" not in str(list(events.values()))

    def test_new_codes_void_the_old(self, ana: User) -> None:
        old = make_personal_codes(user=ana, actor=by(ana))
        make_personal_codes(user=ana, actor=by(ana))

        with pytest.raises(PersonalCodeRefused):
            use_code(user=ana, typed=old[0])
        assert codes_left(ana) == 10


class TestRemoving:
    def test_app_and_codes_go(self, ana: User) -> None:
        make_personal_codes(user=ana, actor=by(ana))

        remove_authenticator(user=ana, actor=by(ana))

        assert not Authenticator.objects.exists()
        assert codes_left(ana) == 0
        assert names_of(Action.SECOND_FACTOR_REMOVED) == 1

    def test_twice_is_once(self, ana: User) -> None:
        for _time in range(2):
            remove_authenticator(user=ana, actor=by(ana))

        assert names_of(Action.SECOND_FACTOR_REMOVED) == 1

    def test_codes_stay_for_a_passkey(self, ana: User) -> None:
        make_personal_codes(user=ana, actor=by(ana))
        passkey_of(ana)

        remove_authenticator(user=ana, actor=by(ana))

        assert codes_left(ana) == 10

    def test_an_administrator_keeps_one(self, admin: User) -> None:
        with_app(admin)

        with pytest.raises(SecondFactorMandatory):
            remove_authenticator(user=admin, actor=by(admin))

        assert Authenticator.objects.filter(user=admin).exists()

    def test_who_was_made_an_administrator_meanwhile_keeps_one(self, ana: User) -> None:
        User.objects.get_queryset().filter(pk=ana.pk).update(role=Role.FULL_ADMIN)

        with pytest.raises(SecondFactorMandatory):
            remove_authenticator(user=ana, actor=by(ana))


class TestResetting:
    def test_all_of_it_goes_and_sessions_end(
        self, ana: User, actor: Actor, client: Client, mailoutbox: list[Any]
    ) -> None:
        make_personal_codes(user=ana, actor=by(ana))
        passkey_of(ana)
        sign_in(client, ana)

        assert reset_second_factor(user=ana, actor=actor)

        assert not Authenticator.objects.exists()
        assert not Passkey.objects.exists()
        assert codes_left(ana) == 0
        assert signed_in(client) is None
        event = AuditEvent.objects.get(action=Action.SECOND_FACTOR_RESET)
        assert event.changes == {"authenticator": True, "passkeys": 1}
        assert event.actor_name == actor.name

    def test_nothing_is_nothing(self, make_user: Any, actor: Actor) -> None:
        assert not reset_second_factor(user=make_user("bob"), actor=actor)
        assert not names_of(Action.SECOND_FACTOR_RESET)

    def test_a_colleague_s_stays(self, ana: User, make_user: Any, actor: Actor) -> None:
        reset_second_factor(user=with_app(make_user("bob")), actor=actor)

        assert Authenticator.objects.filter(user=ana).exists()


class TestMail:
    @pytest.mark.parametrize("news", News)
    def test_each_says_what_happened_and_why_it_came(
        self, ana: User, news: News, mailoutbox: list[Any]
    ) -> None:
        facts = {"who": "Ada Novak", "left": 3, "name": "Work phone"}

        assert tell_of_factors.func(str(ana.pk), news.value, facts) == "told"

        mail = mailoutbox[0]
        assert mail.to == ["ana@acme.example"]
        assert "/account/" in mail.body
        assert "You get this mail because" in mail.body
        told = {
            News.RESET: "Ada Novak reset",
            News.CODE_USED: "3 are left",
            News.PASSKEY_ADDED: "Work phone",
            News.PASSKEY_REMOVED: "Work phone",
        }
        assert told.get(news, "authenticator app") in mail.body

    def test_nobody_without_an_address_is_written_to(
        self, make_user: Any, mailoutbox: list[Any]
    ) -> None:
        bob = make_user("bob", email="", password=PASSWORD)

        set_up(bob)
        answer = tell_of_factors.func(str(bob.pk), News.SET_UP.value, {})

        assert answer == "nobody to write to"
        assert not mailoutbox


class TestAtTheDoor:
    def test_a_learner_without_an_app_needs_a_password_alone(
        self, client: Client, make_user: Any
    ) -> None:
        bob = make_user("bob", password=PASSWORD)

        enter(client, bob.email)

        assert signed_in(client) == bob
        assert Session.objects.get(user=bob).second_factor == ""

    def test_nobody_is_signed_in_between_password_and_code(self, client: Client, ana: User) -> None:
        response = enter(client, ana.email)

        assert response.url == STEP
        assert signed_in(client) is None
        assert client.get("/account/").status_code == 302

    def test_the_code_lets_them_in_where_they_wanted_to_go(self, client: Client, ana: User) -> None:
        enter(client, ana.email, next="/account/")

        response = prove(client, ana)

        assert response.url == "/account/"
        assert signed_in(client) == ana
        session = Session.objects.get(user=ana)
        assert (session.door, session.second_factor) == ("password", "code")
        event = AuditEvent.objects.get(action=Action.SIGNED_IN)
        assert event.changes == {"door": "password", "second_factor": "code"}

    def test_it_is_asked_at_the_organization_s_own_door_too(
        self, client: Client, ana: User
    ) -> None:
        response = client.post(ACME, {"name": "ana", "password": PASSWORD})

        assert response.url == STEP
        assert signed_in(client) is None

    def test_and_of_whoever_chose_among_accounts(
        self, client: Client, ana: User, globex: Organization, make_user: Any
    ) -> None:
        make_user("ana", organization=globex, email=ana.email, password=PASSWORD)
        enter(client, ana.email)

        response = client.post("/login/choose/", {"account": str(ana.pk)})

        assert response.url == STEP
        assert signed_in(client) is None

    def test_a_wrong_code_says_so_and_lets_nobody_in(self, client: Client, ana: User) -> None:
        enter(client, ana.email)

        page = text(client.post(STEP, {"code": "000000"}))

        assert "That code opens nothing now" in page
        assert signed_in(client) is None

    def test_a_recovery_code_lets_in_and_says_how_many_are_left(
        self, client: Client, ana: User
    ) -> None:
        codes = make_personal_codes(user=ana, actor=by(ana))
        enter(client, ana.email, next="/account/")
        assert "Recovery code" in text(client.get(f"{STEP}?recovery=1"))

        response = client.post(f"{STEP}?recovery=1", {"code": codes[0]})

        assert signed_in(client) == ana
        assert "9 are left" in text(client.get(response.url))

    def test_a_wrong_recovery_code_lets_nobody_in(self, client: Client, ana: User) -> None:
        enter(client, ana.email)

        page = text(client.post(f"{STEP}?recovery=1", {"code": "K7QF-4M2X-9TRD-0VHB"}))

        assert "none of your unused recovery codes" in page
        assert signed_in(client) is None

    def test_what_was_proved_holds_for_five_minutes(self, client: Client, ana: User) -> None:
        with time_machine.travel("2026-11-26T09:00:00Z", tick=False) as clock:
            enter(client, ana.email)
            clock.shift(timedelta(minutes=5, seconds=1))

            response = prove(client, ana)

        assert response.url == "/login/"
        assert signed_in(client) is None

    def test_in_another_browser_nothing_was_proved(self, client: Client, ana: User) -> None:
        enter(client, ana.email)

        assert prove(Client(), ana).url == "/login/"

    def test_a_password_that_changed_meanwhile_proves_nothing(
        self, client: Client, ana: User
    ) -> None:
        enter(client, ana.email)
        set_password(user=ana, password="another horse altogether", actor=by(ana))

        assert prove(client, ana).url == "/login/"
        assert signed_in(client) is None

    @pytest.mark.parametrize("state", ["deactivated", "deleted"])
    def test_an_account_closed_meanwhile_stays_closed(
        self, client: Client, ana: User, state: str
    ) -> None:
        enter(client, ana.email)
        User.objects.get_queryset().filter(pk=ana.pk).update(
            state=state, deactivated_at="2026-11-26T09:00:00Z"
        )

        assert prove(client, ana).url == "/login/"

    def test_a_door_closed_meanwhile_stays_closed(
        self, client: Client, ana: User, acme: Organization, system_actor: Actor
    ) -> None:
        enter(client, ana.email)
        close_other_doors(organization=acme, actor=system_actor)

        assert prove(client, ana).url == "/login/"

    def test_whoever_is_signed_in_has_nothing_to_prove_here(
        self, client: Client, ana: User
    ) -> None:
        sign_in(client, ana)

        assert client.get(STEP).url == "/"

    def test_what_a_stranger_had_in_the_session_is_gone(self, client: Client, ana: User) -> None:
        client.get("/login/")
        client.post("/login/passkey/challenge/")
        before = client.session.session_key

        enter(client, ana.email)

        assert client.session.session_key != before
        assert "passkey_challenge" not in client.session

    def test_start_session_itself_refuses_what_is_proved_once(self, ana: User, rf: Any) -> None:
        with pytest.raises(SecondFactorNeeded):
            start_session(rf.get("/"), ana, door=Session.Door.PASSWORD)

    def test_guessing_codes_ends_after_ten_of_an_account_whatever_the_browser(
        self, ana: User, settings: Any
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 100
        with time_machine.travel("2026-11-26T09:00:10Z", tick=False) as clock:
            answers = []
            for _number in range(11):
                browser = Client()
                enter(browser, ana.email)
                answers.append(browser.post(STEP, {"code": "000000"}))

            assert [answer.status_code for answer in answers] == [200] * 10 + [429]
            assert int(answers[-1]["Retry-After"]) == 60 * 60
            assert "Try again in 60 minutes" in text(answers[-1])
            assert prove(browser, ana).status_code == 429

            clock.shift(timedelta(hours=1))
            enter(browser, ana.email)
            prove(browser, ana)
            assert signed_in(browser) == ana

    def test_a_recovery_code_still_opens_while_codes_are_stopped(
        self, client: Client, ana: User, settings: Any
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 100
        codes = make_personal_codes(user=ana, actor=by(ana))
        enter(client, ana.email)
        for _number in range(11):
            client.post(STEP, {"code": "000000"})

        client.post(STEP, {"code": codes[0]})

        assert signed_in(client) == ana

    def test_who_tries_recovery_codes_elsewhere_stops_nobody(
        self, ana: User, settings: Any
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 3
        codes = make_personal_codes(user=ana, actor=by(ana))
        with time_machine.travel("2026-11-26T09:00:10Z", tick=False):
            thief, owner = Client(REMOTE_ADDR="203.0.113.9"), Client(REMOTE_ADDR="198.51.100.7")
            enter(thief, ana.email)
            for _number in range(10):
                thief.post(STEP, {"code": "K7QF-4M2X-9TRD-0VHB"})
            assert thief.post(STEP, {"code": codes[0]}).status_code == 429
            enter(owner, ana.email)

            owner.post(STEP, {"code": codes[0]})

        assert signed_in(owner) == ana

    def test_a_right_code_forgives_the_slips_before_it(
        self, client: Client, ana: User, settings: Any
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 100
        enter(client, ana.email)
        for _number in range(9):
            client.post(STEP, {"code": "000000"})
        prove(client, ana)
        client.logout()
        enter(client, ana.email)

        assert client.post(STEP, {"code": "000000"}).status_code == 200
        assert client.post(STEP, {"code": "000001"}).status_code == 200

    def test_attempts_count_by_the_minute_too(
        self, client: Client, ana: User, settings: Any
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 3
        cache.clear()
        with time_machine.travel("2026-11-26T09:00:00Z", tick=False):
            enter(client, ana.email)
            last = [
                client.post(f"{STEP}?recovery=1", {"code": "K7QF-4M2X-9TRD-0VHB"})
                for _number in range(4)
            ][-1]

        assert last.status_code == 429


class TestAdministrators:
    @pytest.fixture(params=[Role.FULL_ADMIN, Role.SUB_ADMIN])
    def boss(self, request: pytest.FixtureRequest, make_user: Any) -> User:
        return make_user("boss", role=request.param, password=PASSWORD)

    def test_a_password_alone_leads_to_setting_one_up_and_no_further(
        self, client: Client, boss: User
    ) -> None:
        enter(client, boss.email, next="/console/")

        page = text(client.get(STEP))

        assert "Set up your authenticator app" in page
        assert '<svg viewBox="0 0' in page
        assert signed_in(client) is None
        assert client.get("/console/").status_code == 302

    def test_platform_staff_too(self, client: Client, make_staff: Any) -> None:
        root = make_staff("root", email="root@portal.example", password=PASSWORD)

        assert enter(client, root.email).url == STEP
        assert "Set up your authenticator app" in text(client.get(STEP))

    def test_the_first_code_lets_them_in_and_shows_ten_codes_once(
        self, client: Client, boss: User
    ) -> None:
        enter(client, boss.email, next="/console/")
        secret = kept_secret(text(client.get(STEP)))

        response = client.post(STEP, {"code": totp.code_at(secret, totp.current_step())})

        page = text(response)
        codes = re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", page)
        assert len(set(codes)) == 10
        assert 'href="/console/"' in page
        assert signed_in(client) == boss
        assert client.get("/console/").status_code == 200
        assert Session.objects.get(user=boss).second_factor == "code"
        assert use_code(user=boss, typed=codes[0]) == Session.SecondFactor.RECOVERY

    def test_a_slip_keeps_what_was_scanned(self, client: Client, boss: User) -> None:
        enter(client, boss.email)
        first = kept_secret(text(client.get(STEP)))

        for typed in ("000000", "not a code"):
            page = text(client.post(STEP, {"code": typed}))
            assert "not what the app should show" in page
            assert kept_secret(page) == first

        assert first.hex() not in str(client.session.items())

    def test_setting_up_may_take_a_quarter_of_an_hour(self, client: Client, boss: User) -> None:
        with time_machine.travel("2026-11-26T09:00:00Z", tick=False) as clock:
            enter(client, boss.email)
            clock.shift(timedelta(minutes=14))
            secret = kept_secret(text(client.get(STEP)))
            client.post(STEP, {"code": totp.code_at(secret, totp.current_step())})
            assert signed_in(client) == boss

            other = Client()
            enter(other, boss.email)
            clock.shift(timedelta(minutes=16))
            assert other.get(STEP).url == "/login/"

    def test_who_knows_the_password_can_t_set_one_up_beside_a_passkey(
        self, client: Client, boss: User
    ) -> None:
        passkey_of(boss)
        enter(client, boss.email)

        page = text(client.get(STEP))

        assert "Set up" not in page
        assert "asks for your passkey" in page

    def test_one_that_was_set_up_in_another_window_is_asked_for(
        self, client: Client, boss: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        enter(client, boss.email)
        secret = kept_secret(text(client.get(STEP)))
        from accounts import second_factor_views

        def meanwhile(**_values: Any) -> list[str]:
            with_app(boss)
            raise SecondFactorThere

        monkeypatch.setattr(second_factor_views, "set_up_authenticator", meanwhile)
        response = client.post(STEP, {"code": totp.code_at(secret, totp.current_step())})

        assert response.url == STEP
        assert "Open your authenticator app" in text(client.get(STEP))
        assert signed_in(client) is None

    def test_where_single_sign_on_was_required_meanwhile_nothing_is_set_up(
        self, client: Client, boss: User, monkeypatch: pytest.MonkeyPatch, acme: Organization
    ) -> None:
        enter(client, boss.email)
        secret = kept_secret(text(client.get(STEP)))
        from accounts import second_factor_views

        def meanwhile(**_values: Any) -> list[str]:
            raise SsoRequired(acme)

        monkeypatch.setattr(second_factor_views, "set_up_authenticator", meanwhile)
        response = client.post(STEP, {"code": totp.code_at(secret, totp.current_step())})

        assert response.url == "/login/"
        assert signed_in(client) is None

    @pytest.mark.parametrize("door", [Session.Door.SSO, Session.Door.RECOVERY])
    def test_who_came_by_sso_or_with_a_recovery_code_is_asked_for_none(
        self, client: Client, boss: User, door: str
    ) -> None:
        sign_in(client, boss, door=door)

        assert client.get("/console/").status_code == 200


class TestMadeAnAdministratorMeanwhile:
    @pytest.fixture
    def promoted(self, client: Client, make_user: Any) -> User:
        """Signed in with a password as a learner; an administrator since."""
        bob = make_user("bob", password=PASSWORD)
        sign_in(client, bob)
        User.objects.get_queryset().filter(pk=bob.pk).update(role=Role.FULL_ADMIN)
        bob.refresh_from_db()
        return bob

    def test_the_console_stays_shut_until_one_is_set_up(
        self, client: Client, promoted: User
    ) -> None:
        path = client.get("/console/", follow=True).redirect_chain[-1][0]
        assert path == f"{APP}?next=%2Fconsole%2F"
        before = client.session.session_key
        secret = kept_secret(text(client.get(path)))

        page = text(client.post(path, {"code": totp.code_at(secret, totp.current_step())}))

        assert 'href="/console/"' in page
        assert client.get("/console/").status_code == 200
        assert client.session.session_key != before

    def test_a_page_of_the_console_opens_nothing_either(
        self, client: Client, promoted: User
    ) -> None:
        assert client.get("/console/policies/").status_code == 302
        assert client.post("/console/policies/", {"auto_assign": "on"}).status_code == 302

    def test_who_has_a_passkey_signs_in_with_it(self, client: Client, promoted: User) -> None:
        passkey_of(promoted)

        assert client.get(f"{APP}?next=/console/").url.startswith("/o/acme/login/?password=1")

    @pytest.mark.parametrize("path", [APP, CODES, REMOVE, "/account/passkeys/"])
    def test_where_there_is_one_a_session_without_it_changes_nothing(
        self, client: Client, promoted: User, path: str
    ) -> None:
        with_app(promoted)

        for response in (client.get(path), client.post(path, {"code": "000000"})):
            assert response.url.startswith("/o/acme/login/?password=1")
        assert codes_left(promoted) == 0
        assert Authenticator.objects.filter(user=promoted).exists()

    def test_setting_one_up_at_the_door_ends_the_sessions_before_it(
        self, client: Client, promoted: User
    ) -> None:
        owner = Client()
        enter(owner, promoted.email)
        secret = kept_secret(text(owner.get(STEP)))

        owner.post(STEP, {"code": totp.code_at(secret, totp.current_step())})

        assert signed_in(owner) == promoted
        assert signed_in(client) is None

    def test_in_a_session_with_one_the_console_is_open(
        self, client: Client, promoted: User
    ) -> None:
        with_app(promoted)
        client.logout()
        enter(client, promoted.email)
        prove(client, promoted)

        assert client.get("/console/").status_code == 200

    def test_a_learner_is_refused_as_before(self, client: Client, ana: User) -> None:
        sign_in(client, ana)

        assert client.get("/console/", follow=True).status_code == 403


class TestMyAccount:
    def test_a_learner_sets_one_up_and_other_browsers_are_signed_out(
        self, client: Client, make_user: Any
    ) -> None:
        bob = make_user("bob", password=PASSWORD)
        other = sign_in(Client(), bob)
        sign_in(client, bob)
        assert "Set up an app" in text(client.get("/account/"))
        secret = kept_secret(text(client.get(APP)))

        page = text(client.post(APP, {"code": totp.code_at(secret, totp.current_step())}))

        assert "Keep them now" in page
        assert signed_in(client) == bob
        assert signed_in(other) is None
        account = text(client.get("/account/"))
        assert "10 recovery codes left" in account
        assert "Use another app" in account

    def test_codes_are_made_anew_and_shown_once(self, client: Client, ana: User) -> None:
        old = make_personal_codes(user=ana, actor=by(ana))
        sign_in(client, ana)
        assert "You have 10 that are unused" in text(client.get(CODES))

        page = text(client.post(CODES))

        codes = re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", page)
        assert len(codes) == 10
        assert not set(old) & set(codes)
        assert codes[0] not in text(client.get(CODES))

    def test_without_a_factor_there_are_no_codes_to_make(
        self, client: Client, make_user: Any
    ) -> None:
        sign_in(client, make_user("bob", password=PASSWORD))

        assert client.get(CODES).url == APP

    def test_the_app_is_removed_after_a_question(self, client: Client, ana: User) -> None:
        sign_in(client, ana)
        assert "Remove the authenticator app?" in text(client.get(REMOVE))

        assert client.post(REMOVE).url == "/account/"

        assert not Authenticator.objects.exists()
        assert client.get(REMOVE).url == "/account/"

    def test_an_administrator_reads_why_not(self, console: Client, admin: User) -> None:
        with_app(admin)

        assert "your only one" in text(console.get(REMOVE))
        console.post(REMOVE)

        assert Authenticator.objects.filter(user=admin).exists()
        assert "Administrators need a second factor" in text(console.get("/account/"))

    @pytest.mark.parametrize("path", [APP, CODES, REMOVE, "/account/passkeys/"])
    def test_every_change_wants_a_fresh_sign_in(self, client: Client, ana: User, path: str) -> None:
        sign_in(client, ana, authenticated_at=0)

        page = text(client.get(path))
        posted = client.post(path, {"code": app_code(ana)})

        assert "more than 10 minutes ago" in page
        assert "/o/acme/login/?password=1" in page
        assert "more than 10 minutes ago" in text(posted)
        assert Authenticator.objects.filter(user=ana).exists()
        assert not codes_left(ana)

    def test_platform_staff_prove_themselves_at_the_first_page(
        self, client: Client, make_staff: Any
    ) -> None:
        root = make_staff("root", email="root@portal.example", password=PASSWORD)
        sign_in(client, root, authenticated_at=0)

        found = re.search(r'href="(/login/\?again=1[^"]*)"', text(client.get(APP)))

        assert found
        door = found[1].replace("&amp;", "&")
        page = text(client.get(door))
        assert "Enter your password." in page
        assert 'value="root@portal.example"' in page

        answer = client.post(
            "/login/",
            {"email": root.email, "password": PASSWORD, "next": "/account/authenticator/"},
        )
        assert answer.url == "/login/second-factor/"

    @pytest.mark.parametrize("path", [APP, CODES, REMOVE, "/account/passkeys/"])
    def test_who_comes_through_single_sign_on_alone_gets_none(
        self, client: Client, make_user: Any, path: str
    ) -> None:
        sign_in(client, make_user("bob"), door=Session.Door.SSO)

        assert client.get(path).url == "/account/"
        assert "Second factor" not in text(client.get("/account/"))

    def test_nor_does_anybody_where_it_is_required(
        self, client: Client, ana: User, acme: Organization, system_actor: Actor
    ) -> None:
        close_other_doors(organization=acme, actor=system_actor)
        sign_in(client, ana, door=Session.Door.SSO)

        assert client.get(APP).url == "/account/"


class TestInTheConsole:
    def test_an_administrator_resets_somebody_s(self, console: Client, ana: User) -> None:
        page = f"/console/accounts/user/{ana.pk}/"
        assert "Reset second factor" in text(console.get(f"{page}change/"))
        asked = text(console.get(f"{page}do/reset_second_factor/"))
        assert "Make sure first that it is they who ask" in asked.replace("&#x27;", "'")

        console.post(f"{page}do/reset_second_factor/")

        assert not Authenticator.objects.filter(user=ana).exists()

    def test_not_of_who_has_none(self, console: Client, make_user: Any) -> None:
        page = f"/console/accounts/user/{make_user('bob').pk}/change/"

        assert "Reset second factor" not in text(console.get(page))

    def test_not_one_s_own(self, console: Client, admin: User) -> None:
        with_app(admin)

        console.post(f"/console/accounts/user/{admin.pk}/do/reset_second_factor/")

        assert Authenticator.objects.filter(user=admin).exists()

    def test_a_sub_admin_doesn_t_reset_a_full_admin_s(
        self, client: Client, admin: User, make_user: Any
    ) -> None:
        with_app(admin)
        sub = make_user("sub", role=Role.SUB_ADMIN, abilities=["people"])
        sign_in(client, sub)

        client.post(f"/console/accounts/user/{admin.pk}/do/reset_second_factor/")

        assert Authenticator.objects.filter(user=admin).exists()

    def test_nor_one_without_the_ability(self, client: Client, ana: User, make_user: Any) -> None:
        sign_in(client, make_user("sub", role=Role.SUB_ADMIN, abilities=["licenses"]))

        client.post(f"/console/accounts/user/{ana.pk}/do/reset_second_factor/")

        assert Authenticator.objects.filter(user=ana).exists()

    def test_another_organization_s_people_are_not_there(
        self, console: Client, globex: Organization, make_user: Any
    ) -> None:
        gus = with_app(make_user("gus", organization=globex, password=PASSWORD))

        console.post(f"/console/accounts/user/{gus.pk}/do/reset_second_factor/")

        assert Authenticator.objects.filter(user=gus).exists()
