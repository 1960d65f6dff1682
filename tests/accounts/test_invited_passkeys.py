"""Whoever is invited may choose a passkey instead of a password."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import acceptance
from accounts.errors import InvitationClosed
from accounts.models import Invitation, Organization, Passkey, Session, User
from accounts.relying_party import NewCredential
from accounts.roles import Role
from accounts.services import close_other_doors, create_passkey_account
from audit.actors import Actor
from tests.accounts.doorways import signed_in
from tests.accounts.invited import invited, opened, text
from tests.factors import ORIGIN, Device, sign_in_with, with_app

PAGE, CHALLENGE = "/invitation/passkey/", "/invitation/passkey/challenge/"
NAMES = {"first_name": "Mara", "last_name": "Lind"}
CREDENTIAL = NewCredential(id="one", public_key=b"key", sign_count=0, is_synced=False)

pytestmark = pytest.mark.usefixtures("no_doors")


@pytest.fixture(autouse=True)
def _portal(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PORTAL_BASE_URL = ORIGIN
    monkeypatch.setattr(acceptance, "_sources", [])


@pytest.fixture
def mara(make_user: Any) -> User:
    return make_user("mara@acme.example", state=User.State.INVITED, email="mara@acme.example")


def accept(client: Client, device: Device) -> Any:
    options = client.post(CHALLENGE).json()
    return client.post(PAGE, {**NAMES, "credential": device.create(options)})


def test_the_page_of_the_password_leads_there(mara: User) -> None:
    client = opened(mara)

    assert "Use a passkey instead" in text(client.get("/invitation/account/"))
    page = text(client.get(PAGE))
    assert "Create account with a passkey" in page
    # Nothing is left to be typed.
    assert "autofocus" not in page


def test_a_passkey_accepts_and_signs_in_and_opens_the_account_from_then_on(mara: User) -> None:
    client, device = opened(mara), Device()

    response = accept(client, device)

    assert response.url == "/"
    assert signed_in(client) == mara
    session = Session.objects.get(user=mara)
    assert (session.door, session.second_factor) == ("passkey", "passkey")
    mara.refresh_from_db()
    assert (mara.state, mara.display_name) == (User.State.ACTIVE, "Mara Lind")
    assert not mara.has_usable_password()
    assert Invitation.objects.get(user=mara).accepted_at is not None
    other = Client()
    sign_in_with(other, device)
    assert signed_in(other) == mara


def test_an_administrator_needs_nothing_more(make_user: Any) -> None:
    boss = make_user("boss", state=User.State.INVITED, role=Role.FULL_ADMIN)
    client = opened(boss)

    accept(client, Device())

    assert client.get("/console/").status_code == 200


def test_what_a_directory_knows_of_somebody_stays(make_user: Any) -> None:
    leo = make_user("leo", state=User.State.INVITED, source=User.Source.SCIM)
    client = opened(leo)

    accept(client, Device())

    leo.refresh_from_db()
    assert leo.display_name == "Leo Test"


def test_whoever_was_here_without_a_second_factor_has_one_now(make_user: Any) -> None:
    ana = make_user("ana")
    client = opened(ana)
    assert "Register a passkey" in text(client.get(PAGE))

    accept(client, Device())

    assert signed_in(client) == ana
    assert Passkey.objects.get().user == ana


def test_a_mailbox_alone_gives_no_passkey_to_an_account_with_a_second_factor(
    make_user: Any,
) -> None:
    ana = with_app(make_user("ana"))
    client = opened(ana)

    page = text(accept(client, Device()))

    assert "has a second factor already" in page
    assert not Passkey.objects.exists()
    assert Invitation.objects.get(user=ana).accepted_at is None


def test_nor_beside_a_passkey(make_user: Any) -> None:
    ana = make_user("ana")
    Passkey.objects.create(user=ana, name="Phone", credential_id="cGhvbmU", public_key=b"key")
    client = opened(ana)

    accept(client, Device())

    assert Passkey.objects.count() == 1


def test_without_an_invitation_there_is_nothing(mara: User) -> None:
    stranger = Client()

    assert stranger.get(PAGE).url == "/invitation/"
    assert stranger.post(CHALLENGE).url == "/invitation/"
    assert stranger.post(PAGE, NAMES).url == "/invitation/"


def test_an_answer_to_no_question_of_ours_accepts_nothing(mara: User, make_user: Any) -> None:
    client, device = opened(mara), Device()
    options = opened(make_user("leo", state=User.State.INVITED)).post(CHALLENGE).json()

    page = text(client.post(PAGE, {**NAMES, "credential": device.create(options)}))
    client.post(CHALLENGE)
    client.post(PAGE, {**NAMES, "credential": device.create(options)})

    assert "opened nothing" in page
    assert not Passkey.objects.exists()
    mara.refresh_from_db()
    assert mara.state == User.State.INVITED


def test_an_invitation_is_used_up_by_it(mara: User) -> None:
    invitation, _secret = invited(mara)
    create_passkey_account(invitation=invitation, credential=CREDENTIAL, passkey_name="Phone")

    with pytest.raises(InvitationClosed):
        create_passkey_account(invitation=invitation, credential=CREDENTIAL, passkey_name="Phone")


def test_one_that_was_used_meanwhile_leads_back(
    mara: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, device = opened(mara), Device()
    options = client.post(CHALLENGE).json()
    from accounts import invitation_passkey_views

    def used(**_values: Any) -> User:
        raise InvitationClosed(InvitationClosed.Why.USED)

    monkeypatch.setattr(invitation_passkey_views, "create_passkey_account", used)

    response = client.post(PAGE, {**NAMES, "credential": device.create(options)})

    assert response.url == "/invitation/ways/"


def test_where_single_sign_on_is_required_there_is_none(
    mara: User, acme: Organization, system_actor: Actor
) -> None:
    client = opened(mara)
    close_other_doors(organization=acme, actor=system_actor)

    assert client.get(PAGE).url == "/invitation/ways/"


def test_at_an_address_of_numbers_it_is_a_password(mara: User, settings: Any) -> None:
    settings.PORTAL_BASE_URL = "http://127.0.0.1:8000"
    client = opened(mara)

    assert client.get(PAGE).url == "/invitation/account/"
    assert "passkey" not in text(client.get("/invitation/account/"))


def test_questions_are_limited_by_address(mara: User, settings: Any) -> None:
    settings.SIGN_IN_RATE_LIMIT = 1
    client = opened(mara)

    with time_machine.travel(timezone.now(), tick=False):
        answers = [client.post(CHALLENGE).status_code for _number in range(31)]

    assert answers[-1] == 429
