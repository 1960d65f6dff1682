"""The ground that other tests stand on."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

from accounts.models import Session


def test_a_test_cannot_reach_beyond_this_machine():
    refused = pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1")

    with socket.socket() as other, refused:
        other.connect(("192.0.2.1", 80))


def test_a_signed_in_client_has_a_session_that_knows_its_person(client, make_user, sign_in):
    ana = make_user("ana")

    sign_in(client, ana)

    session = Session.objects.get()
    assert session.user == ana
    assert session.door == Session.Door.PASSWORD
    assert client.get("/api/v1/me").status_code == 200


def test_people_are_in_acme_unless_the_test_says_otherwise(acme, globex, make_user, make_staff):
    assert make_user().organization == acme
    assert make_user(organization=globex).organization == globex
    assert make_staff().organization is None
