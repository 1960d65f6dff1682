from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import BindingPolicy, Session
from audit.actions import Action
from profiles.models import ProfileBinding
from profiles.services import unbind_profile
from profiles.standing import current_binding
from tests.factories import PASSWORD
from tests.profiles.conftest import events


@pytest.fixture
def ana(make_user):
    """With another way in: without one she keeps her profile, see test_ways_in."""
    return make_user("ana", password=PASSWORD)


def text_of(response) -> str:
    return response.content.decode()


def test_the_page_says_what_happens_before_the_button(ana, browser, bind):
    bind(ana)

    page = text_of(browser.get("/connect/disconnect/"))

    assert page.index("What happens") < page.index("Disconnect profile</button>")
    assert "signed out" not in page
    assert current_binding(ana) is not None


def test_the_page_says_that_it_signs_out_where_a_profile_is_required(required, ana, browser, bind):
    bind(ana)

    page = text_of(browser.get("/connect/disconnect/"))

    assert "You are signed out, everywhere." in page
    assert "Disconnect and sign out</button>" in page


def test_disconnecting_where_it_is_optional_keeps_the_person_signed_in(ana, browser, bind):
    bind(ana)

    response = browser.post("/connect/disconnect/")

    assert response["Location"] == "/account/"
    assert current_binding(ana) is None
    assert browser.get("/account/").status_code == 200
    assert events(Action.PROFILE_UNBOUND)[0].actor_id == str(ana.pk)


def test_disconnecting_where_it_is_required_signs_out_everywhere(
    required, ana, browser, bind, sign_in
):
    bind(ana)
    sign_in(Client(), ana)

    response = browser.post("/connect/disconnect/")

    assert response["Location"] == "/o/acme/login/"
    assert not Session.objects.filter(user=ana).exists()
    assert "You’re signed out." in text_of(browser.get(response["Location"]))


def test_disconnecting_nothing_leads_back(browser):
    assert browser.get("/connect/disconnect/")["Location"] == "/account/"
    assert browser.post("/connect/disconnect/")["Location"] == "/account/"
    assert events(Action.PROFILE_UNBOUND) == []


def test_disconnecting_touches_nobody_else(ana, browser, bind, make_user, globex):
    ben, twin = make_user("ben"), make_user("ana", organization=globex)
    for user in (ana, ben):
        bind(user)
    bind(twin)

    browser.post("/connect/disconnect/")

    assert current_binding(ben) is not None
    assert current_binding(twin) is not None


def test_a_form_from_elsewhere_disconnects_nothing(ana, bind, sign_in):
    bind(ana)
    strict = sign_in(Client(enforce_csrf_checks=True), ana)

    assert strict.post("/connect/disconnect/").status_code == 403
    assert current_binding(ana) is not None


@pytest.mark.parametrize("policy", [BindingPolicy.OPTIONAL, BindingPolicy.REQUIRED])
def test_a_stranger_disconnects_nothing(client, acme, set_policy, policy):
    set_policy(acme, policy)

    assert client.post("/connect/disconnect/")["Location"].startswith("/login/")


@pytest.fixture
def elsewhere(ana, sign_in):
    """Two browsers of hers: one came with the profile, one with the password."""
    return [
        sign_in(Client(), ana, door=door) for door in (Session.Door.LINKEDIN, Session.Door.PASSWORD)
    ]


def are_in(browsers):
    return [each.get("/account/").status_code == 200 for each in browsers]


def test_other_browsers_that_came_with_it_are_signed_out(ana, browser, bind, elsewhere):
    bind(ana)
    assert "Other browsers that signed in with it" in text_of(browser.get("/connect/disconnect/"))

    browser.post("/connect/disconnect/")

    assert are_in([browser, *elsewhere]) == [True, False, True]


def test_the_browser_that_asks_stays_in_however_it_came(ana, bind, elsewhere):
    bind(ana)
    asks, _other = elsewhere
    assert "signed out" not in text_of(asks.get("/connect/disconnect/"))

    asks.post("/connect/disconnect/")

    assert are_in(elsewhere) == [True, True]


def test_an_administrator_ends_what_the_profile_began(ana, bind, elsewhere, actor):
    bind(ana)

    unbind_profile(user=ana, actor=actor, reason=ProfileBinding.EndReason.ADMIN)

    assert are_in(elsewhere) == [False, True]
    assert events(Action.SESSIONS_REVOKED)[0].changes == {"sessions": 1}
