"""Signing out."""

import pytest
from django.test import Client

from accounts.models import Session
from accounts.services import deactivate_user
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from tests.accounts.doorways import text

LOGOUT = "/logout/"


@pytest.fixture
def ana(make_user):
    return make_user("ana")


def test_signing_out_ends_this_session_and_no_other(client, ana, sign_in):
    sign_in(client, ana)
    other = sign_in(Client(), ana)

    response = client.post(LOGOUT, follow=True)

    assert "You’re signed out" in text(response)
    assert response.redirect_chain == [(LOGOUT, 302)]
    assert client.get("/account/").status_code == 302
    assert [session.session_key for session in Session.objects.all()] == [other.session.session_key]


def test_a_stolen_cookie_is_worth_nothing_afterwards(client, ana, sign_in):
    sign_in(client, ana)
    thief = Client()
    thief.cookies["session"] = client.cookies["session"].value

    client.post(LOGOUT)

    assert thief.get("/api/v1/me").status_code == 401


def test_signing_out_is_recorded(client, ana, sign_in):
    sign_in(client, ana).post(LOGOUT)

    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id) == (Action.SIGNED_OUT, str(ana.pk))
    assert event.organization == ana.organization


def test_a_link_signs_nobody_out(client, ana, sign_in):
    response = sign_in(client, ana).get(LOGOUT)

    assert "Sign out?" in text(response)
    assert client.get("/account/").status_code == 200


def test_a_form_of_another_site_signs_nobody_out(ana, sign_in):
    client = sign_in(Client(enforce_csrf_checks=True), ana)

    assert client.post(LOGOUT).status_code == 403
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_signed_out_already(client, db, method):
    assert "You’re signed out" in text(getattr(client, method)(LOGOUT))
    assert not AuditEvent.objects.exists()


def test_whoever_is_deactivated_reads_at_the_next_click_that_the_session_ended(
    client, ana, sign_in, admin
):
    sign_in(client, ana)
    deactivate_user(user=ana, actor=Actor.from_user(admin))

    sent_on = client.get("/account/")
    door = client.get(sent_on.url)

    # A browser forgets an expired cookie; the test client would send it on, empty.
    assert "session" not in sent_on.cookies
    assert "your session ended" in text(door)
    assert door.cookies["session"]["max-age"] == 0


def test_a_sign_out_takes_the_cookie_away_at_once(client, ana, sign_in):
    sign_in(client, ana)

    response = client.post(LOGOUT)

    assert response.status_code == 302
    assert response.cookies["session"].value == ""


def test_a_stranger_s_redirect_says_nothing_of_a_session(client, db):
    door = client.get("/account/", follow=True)

    assert "session ended" not in text(door)
