"""Whoever used a computer before may know its session's key: a later mail is not theirs to open."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from accounts.models import Domain, Session, User
from accounts.rate_limit import STARTS_FOR_AN_ATTEMPT
from accounts.resets import reset_address
from accounts.services import make_activation_link, shorten_sessions, ticket_for
from tests.accounts.doorways import enter, signed_in
from tests.accounts.invited import PASSWORD as NEW
from tests.accounts.invited import address_in, invited, link
from tests.factories import PASSWORD

pytestmark = pytest.mark.usefixtures("db", "no_doors")

COOKIE = django_settings.SESSION_COOKIE_NAME


def of_a_reset(make_user: Any, **_fixtures: Any) -> tuple[str, str]:
    ana = make_user("ana", password=PASSWORD)
    User.objects.filter(pk=ana.pk).update(verified_email=ana.email)
    ana.refresh_from_db()
    return address_in(reset_address(ana)), "/password/reset/"


def of_an_invitation(make_user: Any, **_fixtures: Any) -> tuple[str, str]:
    _invitation, secret = invited(make_user("ana", state=User.State.INVITED))
    return link(secret), "/invitation/"


def of_an_activation(acme: Any, actor: Any, **_fixtures: Any) -> tuple[str, str]:
    Domain.objects.create(
        organization=acme, name="acme.example", token="proof", verified_at=timezone.now()
    )
    made = make_activation_link(organization=acme, actor=actor)
    return f"/join/open/{ticket_for(made, 'new@acme.example')}/", "/join/confirm/"


@pytest.fixture(params=[of_a_reset, of_an_invitation, of_an_activation])
def mailed(request: Any, make_user: Any, acme: Any, actor: Any) -> tuple[str, str]:
    """The mail's link, and the page that it leads to."""
    made: tuple[str, str] = request.param(make_user=make_user, acme=acme, actor=actor)
    return made


def anonymous(_make_user: Any, _sign_in: Any) -> Client:
    earlier = Client()
    earlier.get("/invitation/open/none/")
    return earlier


def with_an_account(make_user: Any, sign_in: Any) -> Client:
    earlier: Client = sign_in(Client(), make_user("eve", password=PASSWORD))
    return earlier


@pytest.mark.parametrize("come", [anonymous, with_an_account])
def test_what_a_mail_s_link_brings_is_in_one_browser_alone(
    come: Any, mailed: tuple[str, str], make_user: Any, sign_in: Any
) -> None:
    path, page = mailed
    earlier = come(make_user, sign_in)
    shared = Client()
    shared.cookies[COOKIE] = earlier.cookies[COOKIE].value

    assert shared.get(path).url == page

    assert shared.get(page).status_code == 200
    assert earlier.get(page).status_code in {403, 404}


def test_whoever_is_signed_in_there_stays_so_in_this_browser(
    make_user: Any, sign_in: Any, client: Client
) -> None:
    eve = make_user("eve", password=PASSWORD)
    sign_in(client, eve)
    before = Session.objects.get(user=eve)

    client.get("/invitation/open/none/")

    assert signed_in(client) == eve
    after = Session.objects.get(user=eve)
    assert after.session_key != before.session_key
    assert (after.door, after.expire_date) == (before.door, before.expire_date)


def test_a_new_key_makes_no_session_longer(make_user: Any, client: Client) -> None:
    eve = make_user("eve", password=PASSWORD)
    enter(client, eve.email)
    shorten_sessions(hours=1, organization=eve.organization)
    before = Session.objects.get(user=eve).expire_date

    client.get("/invitation/open/none/")
    words = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password/", words).url == "/account/"

    assert Session.objects.get(user=eve).expire_date == before
    assert client.get("/account/").status_code == 200


def test_nobody_fills_the_table_of_sessions_by_following_links(
    client: Client, settings: Any
) -> None:
    settings.SIGN_IN_RATE_LIMIT = 1
    paths = [
        "/invitation/open/none/",
        f"/password/reset/open/{uuid4()}/none/",
        "/join/open/none/",
    ]

    with time_machine.travel("2026-11-26T09:00:00Z", tick=False):
        answers = [Client().get(path).status_code for path in paths * 11]

    assert answers == [302] * STARTS_FOR_AN_ATTEMPT + [429] * 3
    assert Session.objects.count() == STARTS_FOR_AN_ATTEMPT
