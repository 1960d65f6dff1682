"""Ways in beside the password, on the pages where people sign in."""

import pytest

from accounts import doors
from accounts.doors import LocalDoor, local_doors_of, proof_door
from accounts.models import Session
from tests.accounts.doorways import ACME, LOGIN, text
from tests.factories import PASSWORD


def campus(organization, **fields):
    slug = organization.slug if organization else "any"
    return LocalDoor("Campus ID", f"/campus/{slug}/", "https://campus.example", **fields)


@pytest.fixture
def beside(monkeypatch):
    monkeypatch.setattr(doors, "_local_sources", [campus])


@pytest.fixture
def usual(monkeypatch):
    monkeypatch.setattr(
        doors, "_local_sources", [lambda organization: campus(organization, is_usual=True)]
    )


def test_registering_twice_is_registering_once(monkeypatch):
    monkeypatch.setattr(doors, "_local_sources", [])
    doors.register_local(campus)
    doors.register_local(campus)

    assert [door.url for door in local_doors_of(None)] == ["/campus/any/"]


def test_everybody_s_page_offers_it_at_both_steps_and_keeps_the_way_back(client, beside, db):
    first = client.get(LOGIN, {"next": "/account/"})
    second = client.post(LOGIN, {"email": "ana@mail.example", "next": "/account/"})

    for response in (first, second):
        page = text(response)
        assert '<form method="post" action="/campus/any/">' in page
        assert page.count('name="next" value="/account/"') == 2
        assert "Sign in with Campus ID" in page
        assert "form-action 'self' https://campus.example" in response["Content-Security-Policy"]


def test_an_organization_s_page_offers_it_below_the_password(client, acme, no_doors, beside):
    page = text(client.get(ACME))

    assert page.index('name="password"') < page.index("Sign in with Campus ID")
    assert page.count("btn-primary") == 1


def test_the_usual_way_in_comes_first_and_the_password_is_behind_a_link(
    client, acme, no_doors, usual
):
    page = text(client.get(ACME))

    assert 'name="password"' not in page
    assert "With the Campus ID profile that you connected" in page
    assert page.count("btn-primary") == 1
    with_password = text(client.get(ACME, {"password": "1"}))
    assert 'name="password"' in with_password
    assert "Sign in with Campus ID" in with_password
    assert with_password.count("btn-primary") == 1


def test_where_there_is_none_no_foreign_origin_may_be_left_for(client, acme, no_doors, monkeypatch):
    monkeypatch.setattr(doors, "_local_sources", [lambda organization: None])

    for page in (LOGIN, ACME):
        response = client.get(page)
        assert "form-action 'self';" in response["Content-Security-Policy"] + ";"
        assert '<p class="or">' not in text(response)


def test_whoever_came_in_by_it_proves_themselves_by_it(rf, acme, no_doors, beside):
    request = rf.get("/")
    request.session = {"door": Session.Door.LINKEDIN}

    assert proof_door(request, acme, "/account/").url == f"{ACME}?again=1&next=%2Faccount%2F"


# How somebody comes to an account


def test_new_people_are_led_to_a_page_that_says_where_accounts_begin(client, acme, no_doors):
    assert 'href="/login/new/"' in text(client.get(LOGIN))
    assert 'href="/o/acme/login/new/"' in text(client.get(ACME))

    page = text(client.get("/o/acme/login/new/"))

    assert "In a mail that invites you." in page
    assert "it@acme.example" in page
    assert "single sign-on" not in page


def test_where_there_is_single_sign_on_nobody_needs_a_link(client, okta):
    assert "/login/new/" not in text(client.get(ACME))
    assert "single sign-on" in text(client.get("/o/acme/login/new/"))
    assert "single sign-on" in text(client.get("/login/new/"))


def test_an_organization_without_an_address_to_ask_names_none(client, acme, no_doors):
    acme.contact_email = ""
    acme.save()

    assert "Ask whoever looks after learning" in text(client.get("/o/acme/login/new/"))


# Pauses


@pytest.fixture
def limited(settings, time_machine):
    settings.SIGN_IN_RATE_LIMIT = 1
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)


def test_a_pause_is_a_sentence_and_a_countdown(client, acme, no_doors, limited):
    for _number in range(2):
        response = client.post(ACME, {"name": "ana", "password": "x" * 12})

    page = text(response)
    assert response.status_code == 429
    assert "Try again in 40 seconds." in page
    assert 'data-countdown="40"' in page
    assert "portal/countdown" in page
    assert '<form method="get" action="/o/acme/login/" data-counted>' in page


def test_a_pause_on_everybody_s_page_leads_back_to_it(client, make_user, limited):
    for _number in range(2):
        response = client.post(LOGIN, {"email": "ana@mail.example", "password": PASSWORD})

    assert '<form method="get" action="/login/" data-counted>' in text(response)
