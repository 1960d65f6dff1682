"""When one password opens several accounts, the person chooses, and is nobody until then."""

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import set_password
from audit.actors import Actor
from tests.accounts.doorways import LOGIN, enter, signed_in, text
from tests.accounts.invited import PASSWORD as NEW
from tests.factories import PASSWORD


@pytest.fixture
def two_accounts(make_user, globex):
    ana = make_user("ana", email="ana@mail.example", password=PASSWORD)
    other = make_user("ana", email="ana@mail.example", password=PASSWORD, organization=globex)
    return ana, other


def test_a_password_that_opens_two_accounts_lets_the_person_choose(client, two_accounts):
    response = enter(client, "ana@mail.example", next="/account/")

    assert response.url == "/login/choose/"
    page = text(client.get(response.url))
    assert "Acme" in page
    assert "Globex" in page


def test_before_the_choice_nobody_is_signed_in(client, two_accounts):
    enter(client, "ana@mail.example")

    assert signed_in(client) is None
    assert client.get("/", follow=False).status_code == 302


def test_the_chosen_account_is_signed_in_under_a_new_session_key(client, two_accounts):
    _ana, other = two_accounts
    enter(client, "ana@mail.example", next="/account/")
    before = client.cookies[django_settings.SESSION_COOKIE_NAME].value

    response = client.post("/login/choose/", {"account": str(other.pk)})

    assert response.url == "/account/"
    assert signed_in(client) == other
    assert client.cookies[django_settings.SESSION_COOKIE_NAME].value != before
    assert "opened_accounts" not in client.session


def test_an_account_that_the_password_did_not_open_cannot_be_chosen(
    client, two_accounts, make_user
):
    stranger = make_user("stranger", password=PASSWORD)
    enter(client, "ana@mail.example")

    response = client.post("/login/choose/", {"account": str(stranger.pk)})

    assert "Choose one of these accounts." in text(response)
    assert signed_in(client) is None


def test_an_account_closed_in_the_meantime_cannot_be_chosen(client, two_accounts):
    ana, _other = two_accounts
    enter(client, "ana@mail.example")
    User.objects.active().filter(pk=ana.pk).update(
        state=User.State.DEACTIVATED, deactivated_at=timezone.now()
    )

    client.post("/login/choose/", {"account": str(ana.pk)})

    assert signed_in(client) is None


def test_an_account_whose_password_was_changed_in_the_meantime_cannot_be_chosen(
    client, two_accounts
):
    ana, other = two_accounts
    enter(client, "ana@mail.example")
    set_password(user=ana, password=NEW, actor=Actor.from_user(ana))

    client.post("/login/choose/", {"account": str(ana.pk)})
    assert signed_in(client) is None

    client.post("/login/choose/", {"account": str(other.pk)})
    assert signed_in(client) == other


def test_the_choice_is_over_after_five_minutes(client, two_accounts, time_machine):
    ana, _other = two_accounts
    time_machine.move_to("2026-11-23T12:00:00Z")
    enter(client, "ana@mail.example")
    time_machine.move_to("2026-11-23T12:05:01Z")

    response = client.post("/login/choose/", {"account": str(ana.pk)})

    assert response.url == LOGIN
    assert signed_in(client) is None


def test_the_choice_belongs_to_the_browser_that_knew_the_password(two_accounts):
    ana, _other = two_accounts
    enter(Client(), "ana@mail.example")

    response = Client().post("/login/choose/", {"account": str(ana.pk)})

    assert response.url == LOGIN


def test_a_session_planted_before_does_not_learn_the_choice(client, two_accounts):
    planted = client.session
    planted["x"] = 1
    planted.save()
    client.cookies[django_settings.SESSION_COOKIE_NAME] = planted.session_key

    enter(client, "ana@mail.example")

    assert client.cookies[django_settings.SESSION_COOKIE_NAME].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_whoever_leaves_the_choice_of_account_stands_at_a_plain_door(client, two_accounts):
    enter(client, "ana@mail.example")

    page = text(client.get(LOGIN))

    assert 'name="email"' in page
    assert 'role="status"' not in page
