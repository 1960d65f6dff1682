"""Passkeys: registered by whoever is proved, each opens one account, and is both factors."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import cbor2
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import relying_party
from accounts.errors import (
    LastWayIn,
    PasskeyKnown,
    PasskeyRefused,
    SecondFactorMandatory,
    SsoRequired,
    TooManyPasskeys,
)
from accounts.models import Organization, Passkey, Session, User
from accounts.relying_party import NewCredential, are_possible, read_answer
from accounts.services import (
    add_passkey,
    close_other_doors,
    deactivate_user,
    has_other_way_in,
    make_personal_codes,
    remove_passkey,
    rename_passkey,
)
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from tests.accounts.doorways import ACME, enter, signed_in, text
from tests.factories import PASSWORD, sign_in
from tests.factors import (
    HOST,
    ORIGIN,
    PRESENT,
    SYNCED,
    VERIFIED,
    Device,
    codes_left,
    register,
    sign_in_with,
    with_app,
)

PAGE = "/account/passkeys/"
CHALLENGE = "/account/passkeys/challenge/"
DOOR = "/login/passkey/"
DOOR_CHALLENGE = "/login/passkey/challenge/"

pytestmark = pytest.mark.usefixtures("db", "no_doors")


@pytest.fixture(autouse=True)
def _portal(settings: Any) -> None:
    settings.PORTAL_BASE_URL = ORIGIN


@pytest.fixture
def ana(make_user: Any) -> User:
    return make_user("ana", password=PASSWORD)


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def hers(client: Client, ana: User, device: Device) -> Passkey:
    """Ana's passkey, on the device. Her browser is signed out again."""
    passkey = register(sign_in(client, ana), device)
    client.logout()
    return passkey


def by(user: User) -> Actor:
    return Actor.from_user(user)


def credential(name: str = "one") -> NewCredential:
    return NewCredential(id=name, public_key=b"key", sign_count=0, is_synced=False)


def add(user: User, name: str = "Phone", which: str = "one") -> Passkey:
    return add_passkey(user=user, name=name, credential=credential(which), actor=by(user))


class TestRegistering:
    def test_it_is_kept_under_its_name(self, hers: Passkey, ana: User) -> None:
        assert hers.user == ana
        assert hers.name == "Phone"
        assert not hers.is_synced
        event = AuditEvent.objects.get(action=Action.PASSKEY_ADDED)
        assert event.changes == {"name": "Phone"}

    def test_the_browser_is_asked_for_one_that_is_found_by_itself_and_asks_whom_it_obeys(
        self, client: Client, ana: User, hers: Passkey
    ) -> None:
        sign_in(client, ana)

        options = client.post(CHALLENGE).json()

        assert options["rp"]["id"] == HOST
        assert options["user"]["name"] == "ana@acme.example (Acme)"
        assert options["authenticatorSelection"]["residentKey"] == "required"
        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["attestation"] == "none"
        assert [each["id"] for each in options["excludeCredentials"]] == [hers.credential_id]

    def test_one_account_s_handle_is_not_another_s(
        self, client: Client, ana: User, make_user: Any
    ) -> None:
        handles = {
            sign_in(client, user).post(CHALLENGE).json()["user"]["id"]
            for user in (ana, make_user("bob", password=PASSWORD))
        }

        assert len(handles) == 2

    @pytest.mark.parametrize(
        "device",
        [
            Device(flags=PRESENT),
            Device(flags=VERIFIED),
            Device(origin="https://evil.example"),
            Device(host="evil.example"),
        ],
        ids=["unverified", "absent", "origin", "party"],
    )
    def test_what_is_not_for_us_or_by_nobody_is_refused(
        self, client: Client, ana: User, device: Device
    ) -> None:
        sign_in(client, ana)
        options = client.post(CHALLENGE).json()

        page = text(client.post(PAGE, {"name": "x", "credential": device.create(options)}))

        assert "opened nothing" in page
        assert not Passkey.objects.exists()

    def test_an_answer_to_another_challenge_is_refused(
        self, client: Client, ana: User, device: Device
    ) -> None:
        sign_in(client, ana)
        old = client.post(CHALLENGE).json()
        client.post(CHALLENGE)

        client.post(PAGE, {"name": "x", "credential": device.create(old)})

        assert not Passkey.objects.exists()

    def test_an_answer_counts_once(self, client: Client, ana: User, device: Device) -> None:
        sign_in(client, ana)
        answer = device.create(client.post(CHALLENGE).json())
        for _time in range(2):
            client.post(PAGE, {"name": "x", "credential": answer})

        assert Passkey.objects.count() == 1

    def test_a_challenge_for_signing_in_registers_nothing(
        self, client: Client, ana: User, device: Device
    ) -> None:
        sign_in(client, ana)
        user = client.post(CHALLENGE).json()["user"]
        options = client.post(DOOR_CHALLENGE).json() | {"user": user}

        client.post(PAGE, {"name": "x", "credential": device.create(options)})

        assert not Passkey.objects.exists()

    @pytest.mark.parametrize(
        "public_key",
        [
            cbor2.dumps({1: 2}),
            cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"x", -3: b"y"}),
            cbor2.dumps({1: 9, 3: -7}),
            cbor2.dumps([1]),
            b"",
        ],
        ids=["parts missing", "no point", "unknown kind", "no map", "nothing"],
    )
    def test_a_key_that_nobody_could_check_is_refused(
        self, client: Client, ana: User, device: Device, public_key: bytes
    ) -> None:
        sign_in(client, ana)
        options = client.post(CHALLENGE).json()
        answer = device.create(options, public_key=public_key or b"\xff")

        assert client.post(PAGE, {"name": "x", "credential": answer}).status_code == 200
        assert not Passkey.objects.exists()

    @pytest.mark.parametrize(
        "answer", ["", "{}", "[]", "null", "[" * 15_000, "x" * 30_000, '{"id": "ü"}']
    )
    def test_nonsense_is_refused(self, client: Client, ana: User, answer: str) -> None:
        sign_in(client, ana)
        client.post(CHALLENGE)

        assert client.post(PAGE, {"name": "x", "credential": answer}).status_code == 200
        assert not Passkey.objects.exists()

    @pytest.mark.parametrize(("length", "is_kept"), [(1023, True), (1024, False)])
    def test_its_id_is_as_long_as_the_standard_allows(
        self, client: Client, ana: User, device: Device, length: int, is_kept: bool
    ) -> None:
        sign_in(client, ana)
        answer = device.create(client.post(CHALLENGE).json(), id_length=length)

        client.post(PAGE, {"name": "x", "credential": answer})

        assert Passkey.objects.exists() == is_kept

    def test_it_needs_a_name(self, client: Client, ana: User, device: Device) -> None:
        sign_in(client, ana)
        answer = device.create(client.post(CHALLENGE).json())

        page = text(client.post(PAGE, {"name": " ", "credential": answer}))

        assert "Give it a name" in page
        assert not Passkey.objects.exists()

    def test_the_same_one_is_not_kept_twice_nor_for_a_second_account(
        self, ana: User, make_user: Any
    ) -> None:
        add(ana)

        for user in (ana, make_user("bob", password=PASSWORD)):
            with pytest.raises(PasskeyKnown):
                add(user)

    def test_there_are_twenty_at_most(self, ana: User) -> None:
        for number in range(20):
            add(ana, which=str(number))

        with pytest.raises(TooManyPasskeys):
            add(ana, which="one more")

    def test_where_single_sign_on_is_required_there_is_none(
        self, ana: User, acme: Organization, system_actor: Actor
    ) -> None:
        close_other_doors(organization=acme, actor=system_actor)

        with pytest.raises(SsoRequired):
            add(ana)

    def test_a_challenge_is_for_whoever_proved_themselves_lately(
        self, client: Client, ana: User
    ) -> None:
        sign_in(client, ana, authenticated_at=0)

        response = client.post(CHALLENGE)

        assert "Sign in again" in text(response)
        assert "challenge" not in response.headers["Content-Type"]


class TestSigningIn:
    def test_it_signs_in_without_password_and_code(
        self, client: Client, hers: Passkey, ana: User, device: Device
    ) -> None:
        with_app(ana)

        response = sign_in_with(client, device)

        assert response.url == "/"
        assert signed_in(client) == ana
        session = Session.objects.get(user=ana)
        assert (session.door, session.second_factor) == ("passkey", "passkey")
        event = AuditEvent.objects.get(action=Action.SIGNED_IN)
        assert event.changes == {"door": "passkey", "second_factor": "passkey"}
        hers.refresh_from_db()
        assert hers.last_used_at is not None
        assert hers.sign_count == 1

    def test_an_administrator_enters_the_console_with_it(
        self, client: Client, admin: User, device: Device
    ) -> None:
        register(sign_in(client, admin), device)
        client.logout()

        sign_in_with(client, device)

        assert client.get("/console/").status_code == 200

    def test_it_leads_to_a_path_of_ours_alone(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        for wanted, leads_to in (("/account/", "/account/"), ("//evil.example", "/")):
            options = client.post(DOOR_CHALLENGE).json()
            answer = {"credential": device.get(options), "next": wanted}
            assert client.post(DOOR, answer).url == leads_to

    def test_no_account_is_named_to_a_stranger(self, client: Client, hers: Passkey) -> None:
        options = client.post(DOOR_CHALLENGE).json()

        assert not options.get("allowCredentials")
        assert options["userVerification"] == "required"
        assert options["rpId"] == HOST

    def test_the_session_is_new_and_fresh(
        self, client: Client, hers: Passkey, device: Device, ana: User
    ) -> None:
        options = client.post(DOOR_CHALLENGE).json()
        before = client.session.session_key

        client.post(DOOR, {"credential": device.get(options)})

        assert client.session.session_key != before
        assert "passkey_challenge" not in client.session
        assert client.get(PAGE).status_code == 200

    def test_two_accounts_on_one_device_open_each_their_own(
        self, client: Client, ana: User, globex: Organization, make_user: Any, device: Device
    ) -> None:
        gus = make_user("ana", organization=globex, email=ana.email, password=PASSWORD)
        for user in (ana, gus):
            register(sign_in(client, user), device)
            client.logout()

        for which, user in enumerate((ana, gus)):
            sign_in_with(client, device, which=which)
            assert signed_in(client) == user
            client.logout()

    def test_a_passkey_never_opens_another_account(
        self, client: Client, hers: Passkey, make_user: Any, device: Device
    ) -> None:
        bob = make_user("bob", password=PASSWORD)

        response = sign_in_with(client, device, owner=bob.pk.bytes)

        assert response.status_code == 403
        assert signed_in(client) is None
        event = AuditEvent.objects.get(action=Action.SIGN_IN_FAILED)
        assert event.changes == {"door": "passkey", "reason": "account"}

    @pytest.mark.parametrize("owner", [None, b"x", b"x" * 16, b"x" * 64])
    def test_nor_one_that_names_nobody(
        self, client: Client, hers: Passkey, device: Device, owner: bytes | None
    ) -> None:
        assert sign_in_with(client, device, owner=owner).status_code == 403
        assert signed_in(client) is None

    @pytest.mark.parametrize(
        "change",
        [
            {"flags": PRESENT},
            {"flags": VERIFIED},
            {"origin": "https://evil.example"},
            {"origin": "http://portal.example"},
            {"host": "evil.example"},
        ],
        ids=["unverified", "absent", "origin", "plain http", "party"],
    )
    def test_what_is_not_for_us_or_by_nobody_opens_nothing(
        self, client: Client, hers: Passkey, device: Device, change: dict[str, Any]
    ) -> None:
        for name, value in change.items():
            setattr(device, name, value)

        assert sign_in_with(client, device).status_code == 403
        assert signed_in(client) is None

    def test_what_another_key_signed_opens_nothing(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        other = Device()
        other.create({"user": {"id": "eA"}, "challenge": "eA"})
        (identifier,) = device.keys
        device.keys[identifier] = next(iter(other.keys.values()))

        assert sign_in_with(client, device).status_code == 403

    def test_what_was_signed_for_registering_opens_nothing(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        assert sign_in_with(client, device, kind="webauthn.create").status_code == 403

    def test_a_passkey_that_was_removed_opens_nothing(
        self, client: Client, hers: Passkey, ana: User, device: Device
    ) -> None:
        remove_passkey(passkey=hers, actor=by(ana))

        page = sign_in_with(client, device)

        assert page.status_code == 403
        assert "if it was removed" in text(page)
        assert AuditEvent.objects.filter(changes__reason="unknown").exists()

    @pytest.mark.parametrize("answer", ["", "{}", "[]", "[" * 15_000, "x" * 30_000])
    def test_nonsense_opens_nothing(self, client: Client, answer: str) -> None:
        client.post(DOOR_CHALLENGE)

        assert client.post(DOOR, {"credential": answer}).status_code == 403

    def test_without_a_challenge_nothing_opens(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        options = Client().post(DOOR_CHALLENGE).json()

        assert client.post(DOOR, {"credential": device.get(options)}).status_code == 403

    def test_a_challenge_of_another_browser_opens_nothing(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        options = Client().post(DOOR_CHALLENGE).json()
        client.post(DOOR_CHALLENGE)

        assert client.post(DOOR, {"credential": device.get(options)}).status_code == 403
        assert signed_in(client) is None

    def test_a_challenge_is_used_up_by_a_wrong_answer(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        options = client.post(DOOR_CHALLENGE).json()
        client.post(DOOR, {"credential": "{}"})

        assert client.post(DOOR, {"credential": device.get(options)}).status_code == 403

    def test_a_challenge_holds_for_five_minutes(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            options = client.post(DOOR_CHALLENGE).json()
            clock.shift(timedelta(minutes=5, seconds=1))

            assert client.post(DOOR, {"credential": device.get(options)}).status_code == 403

    def test_an_answer_is_not_taken_again_from_a_copy_of_the_session(
        self, client: Client, hers: Passkey
    ) -> None:
        """Also of a device that doesn't count: an answer is as old as its challenge."""
        device = Device(counts=False)
        device.keys, device.owners = {}, {}
        user = hers.user
        register(sign_in(client, user), device, "Synced")
        client.logout()
        options = client.post(DOOR_CHALLENGE).json()
        asked = dict(client.session.items())
        answer = {"credential": device.get(options)}
        assert client.post(DOOR, answer).status_code == 302

        thief = Client()
        session = thief.session
        session.update(asked)
        session.save()
        thief.cookies["session"] = session.session_key

        assert thief.post(DOOR, answer).status_code == 403
        assert AuditEvent.objects.filter(changes__reason="replayed").exists()

    @pytest.mark.parametrize("counted", [0, 4, 5])
    def test_a_device_that_counts_backwards_opens_nothing(
        self, client: Client, hers: Passkey, device: Device, counted: int
    ) -> None:
        Passkey.objects.update(sign_count=5)
        device.count = counted - 1

        assert sign_in_with(client, device).status_code == 403
        assert signed_in(client) is None

    def test_synced_ones_don_t_count_and_open_again_and_again(
        self, client: Client, ana: User
    ) -> None:
        device = Device(counts=False, flags=PRESENT | VERIFIED | SYNCED)
        assert register(sign_in(client, ana), device).is_synced

        for _time in range(3):
            client.logout()
            sign_in_with(client, device)
            assert signed_in(client) == ana

    def test_a_closed_account_stays_closed_and_its_owner_reads_why(
        self, client: Client, hers: Passkey, ana: User, device: Device, system_actor: Actor
    ) -> None:
        deactivate_user(user=ana, actor=system_actor)

        page = sign_in_with(client, device)

        assert page.status_code == 403
        assert "This account is closed" in text(page)
        assert AuditEvent.objects.filter(changes__reason="closed").exists()

    def test_where_single_sign_on_is_required_it_opens_nothing(
        self,
        client: Client,
        hers: Passkey,
        acme: Organization,
        device: Device,
        system_actor: Actor,
    ) -> None:
        close_other_doors(organization=acme, actor=system_actor)

        page = sign_in_with(client, device)

        assert page.status_code == 403
        assert "single sign-on alone" in text(page)
        assert signed_in(client) is None

    def test_requiring_it_ends_the_sessions_that_a_passkey_began(
        self,
        client: Client,
        hers: Passkey,
        acme: Organization,
        device: Device,
        system_actor: Actor,
    ) -> None:
        sign_in_with(client, device)

        close_other_doors(organization=acme, actor=system_actor)

        assert signed_in(client) is None

    def test_it_stands_in_for_the_code_after_a_password(
        self, client: Client, hers: Passkey, ana: User, device: Device
    ) -> None:
        with_app(ana)
        enter(client, ana.email)
        assert "data-passkey" in text(client.get("/login/second-factor/"))

        sign_in_with(client, device)

        assert signed_in(client) == ana

    def test_attempts_and_questions_are_limited_by_address(
        self, client: Client, hers: Passkey, device: Device, settings: Any
    ) -> None:
        settings.SIGN_IN_RATE_LIMIT = 1
        with time_machine.travel(timezone.now(), tick=False):
            sign_in_with(client, device)
            assert signed_in(client) == hers.user
            client.logout()
            client.post(DOOR, {"credential": ""})

            assert client.post(DOOR, {"credential": ""}).status_code == 429
            for _number in range(30):
                last = client.post(DOOR_CHALLENGE)
            assert last.status_code == 429

    def test_it_is_only_posted_to(self, client: Client) -> None:
        assert client.get(DOOR).status_code == 405
        assert client.get(DOOR_CHALLENGE).status_code == 405


class TestTheButton:
    def test_it_waits_for_a_script_on_both_sign_in_pages(
        self, client: Client, acme: Organization
    ) -> None:
        for path in ("/login/?other=1", ACME):
            page = text(client.get(path))
            assert 'hidden data-passkey="get"' in page
            assert "portal/passkeys.js" in page

    def test_it_is_not_there_where_a_passkey_opens_nothing(
        self, client: Client, acme: Organization, system_actor: Actor
    ) -> None:
        close_other_doors(organization=acme, actor=system_actor)

        assert "data-passkey" not in text(client.get(ACME))

    @pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://[::1]:8000"])
    def test_nor_at_an_address_of_numbers(
        self, client: Client, ana: User, settings: Any, address: str
    ) -> None:
        settings.PORTAL_BASE_URL = address

        assert not are_possible()
        assert "data-passkey" not in text(client.get("/login/"))
        assert "address of numbers" in text(sign_in(client, ana).get(PAGE))


class TestKeeping:
    def test_the_pages_list_them_with_their_last_use(
        self, client: Client, hers: Passkey, ana: User
    ) -> None:
        sign_in(client, ana)

        assert "Phone" in text(client.get(PAGE))
        account = text(client.get("/account/"))
        assert "Phone" in account
        assert "Not used yet" in account

    def test_my_account_says_that_a_browser_came_with_one(
        self, client: Client, hers: Passkey, device: Device
    ) -> None:
        sign_in_with(client, device)

        assert 'data-label="Through">Passkey</td>' in text(client.get("/account/"))

    def test_one_is_renamed(self, client: Client, hers: Passkey, ana: User) -> None:
        sign_in(client, ana)

        client.post(f"{PAGE}{hers.pk}/name/", {"name": "Work phone"})
        client.post(f"{PAGE}{hers.pk}/name/", {"name": " "})

        hers.refresh_from_db()
        assert hers.name == "Work phone"
        event = AuditEvent.objects.get(action=Action.PASSKEY_RENAMED)
        assert event.changes == {"name": ["Phone", "Work phone"]}

    def test_the_same_name_is_nothing_new(self, hers: Passkey, ana: User) -> None:
        rename_passkey(passkey=hers, name="Phone", actor=by(ana))

        assert not AuditEvent.objects.filter(action=Action.PASSKEY_RENAMED).exists()

    def test_one_is_removed_after_a_question(
        self, client: Client, hers: Passkey, ana: User
    ) -> None:
        sign_in(client, ana)
        assert "Remove Phone?" in text(client.get(f"{PAGE}{hers.pk}/remove/"))

        client.post(f"{PAGE}{hers.pk}/remove/")

        assert not Passkey.objects.exists()
        assert AuditEvent.objects.filter(action=Action.PASSKEY_REMOVED).count() == 1

    def test_removed_twice_is_removed_once(self, hers: Passkey, ana: User) -> None:
        make_personal_codes(user=ana, actor=by(ana))
        for _time in range(2):
            remove_passkey(passkey=hers, actor=by(ana))

        assert AuditEvent.objects.filter(action=Action.PASSKEY_REMOVED).count() == 1
        assert codes_left(ana) == 0

    def test_codes_stay_while_another_factor_needs_them(self, hers: Passkey, ana: User) -> None:
        make_personal_codes(user=ana, actor=by(ana))
        other = add(ana, which="other")

        remove_passkey(passkey=other, actor=by(ana))
        with_app(ana)
        remove_passkey(passkey=hers, actor=by(ana))

        assert codes_left(ana) == 10

    @pytest.mark.parametrize("act", ["name", "remove"])
    def test_somebody_else_s_is_not_there(
        self, client: Client, hers: Passkey, make_user: Any, globex: Organization, act: str
    ) -> None:
        for user in (
            make_user("bob", password=PASSWORD),
            make_user("gus", organization=globex, password=PASSWORD),
        ):
            sign_in(client, user)
            assert client.post(f"{PAGE}{hers.pk}/{act}/", {"name": "x"}).status_code == 404

        hers.refresh_from_db()
        assert hers.name == "Phone"

    def test_the_last_way_in_stays(self, client: Client, hers: Passkey, ana: User) -> None:
        ana.set_unusable_password()
        ana.save()
        sign_in(client, ana, door=Session.Door.PASSKEY)

        client.post(f"{PAGE}{hers.pk}/remove/")

        assert Passkey.objects.filter(pk=hers.pk).exists()
        assert "last way in" in text(client.get(PAGE))
        add(ana, which="other")
        remove_passkey(passkey=hers, actor=by(ana))
        with pytest.raises(LastWayIn):
            remove_passkey(passkey=Passkey.objects.get(), actor=by(ana))

    def test_an_administrator_s_only_second_factor_stays(self, admin: User) -> None:
        passkey = add(admin)

        with pytest.raises(SecondFactorMandatory):
            remove_passkey(passkey=passkey, actor=by(admin))

        with_app(admin)
        remove_passkey(passkey=passkey, actor=by(admin))
        assert not Passkey.objects.exists()

    def test_a_full_admin_with_a_passkey_is_a_way_in_for_the_organization(
        self, acme: Organization, make_user: Any
    ) -> None:
        boss = make_user("boss", role="full_admin")
        assert not has_other_way_in(acme)

        add(boss)

        assert has_other_way_in(acme)


class TestTheRelyingParty:
    def test_it_is_the_portal_s_own_host(self, settings: Any) -> None:
        settings.PORTAL_BASE_URL = "https://learn.acme.example:8443/"

        assert relying_party.host() == "learn.acme.example"
        assert relying_party.origin() == "https://learn.acme.example:8443"

    def test_an_answer_names_what_it_is_of(self, ana: User, device: Device) -> None:
        device.create({"user": {"id": "eA"}, "challenge": "eA"})
        text = device.get({"challenge": "eA"}, owner=ana.pk.bytes)

        answer = read_answer(text)

        assert answer.account == ana.pk
        assert answer.credential_id == json.loads(text)["id"]

    def test_letters_that_are_no_base64_are_refused(self) -> None:
        with pytest.raises(PasskeyRefused):
            read_answer('{"id": "ü", "rawId": "ü", "type": "public-key", "response": {}}')
