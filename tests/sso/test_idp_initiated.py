"""Sign-ins that start at the identity provider: off until allowed, once each, paths only."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from sso.causes import Cause
from sso.models import SamlConnection, SignInTrace, UsedAssertion
from sso.retention import forget_expired
from sso.services import change_connection
from tests.sso.conftest import is_signed_in

pytestmark = pytest.mark.django_db

ANA, BEN = "ana@acme.example", "ben@acme.example"


@pytest.fixture(autouse=True)
def _no_profiles(acme):
    acme.binding_policy = "off"
    acme.save()


@pytest.fixture
def allowed(acme, make_journey):
    return make_journey(acme, idp_initiated=True)


def unasked(journey, name_id=ANA, **changes):
    return journey.answer(name_id, in_response_to=None, **changes)


def test_it_is_off_by_default():
    assert not SamlConnection().idp_initiated


def test_while_it_is_off_a_page_leads_in_by_one_press_to_the_same_place(at_acme):
    response = at_acme.post(unasked(at_acme), relay_state="/account/?tab=1")

    page = response.content.decode()
    assert response.status_code == 403
    assert SignInTrace.objects.get().cause == Cause.UNSOLICITED
    assert "Start from our sign-in page" in page
    assert f'href="/sso/{at_acme.connection.pk}/login?next=%2Faccount%2F%3Ftab%3D1"' in page
    assert "allow sign-in started by the identity provider" in page


@pytest.mark.parametrize("relay_state", ["", "https://evil.example/", "//evil.example"])
def test_that_page_leads_nowhere_else(at_acme, relay_state):
    page = at_acme.post(unasked(at_acme), relay_state=relay_state).content.decode()

    assert f'href="/sso/{at_acme.connection.pk}/login"' in page
    assert "evil.example" not in page


def test_where_it_is_allowed_it_is_a_sign_in_and_the_trace_says_where_it_began(allowed):
    response = allowed.post(unasked(allowed))

    assert (response.status_code, response.url) == (302, "/")
    assert is_signed_in(allowed.client)
    assert SignInTrace.objects.get().is_idp_initiated


def test_a_relay_state_that_is_a_path_is_where_it_lands(allowed):
    assert allowed.post(unasked(allowed), relay_state="/account/").url == "/account/"


@pytest.mark.parametrize(
    "relay_state",
    [
        "https://evil.example/",
        "HTTPS://evil.example",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "account/",
        " /account/",
        "/account/\r\nSet-Cookie: x=y",
        "/" + "a" * 3000,
        "ss:mem:0123456789abcdef",
        "cookie:1234",
        "http://testserver/account/",
    ],
)
def test_any_other_relay_state_lands_at_home(allowed, relay_state):
    response = allowed.post(unasked(allowed), relay_state=relay_state)

    assert (response.status_code, response.url) == (302, "/")


@pytest.mark.parametrize("same_browser", [True, False])
def test_an_answer_counts_once(allowed, same_browser):
    xml = unasked(allowed)
    allowed.post(xml)
    del allowed.client.cookies["session"]
    browser = allowed.client if same_browser else Client()

    response = allowed.post(xml, client=browser)

    assert response.status_code == 403
    assert SignInTrace.objects.get(outcome="refused").cause == Cause.REPLAYED
    assert not is_signed_in(browser)


def test_what_was_used_is_remembered_for_as_long_as_it_could_be_used_again(allowed):
    now = timezone.now()
    xml = unasked(allowed, now=now, lifetime=timedelta(minutes=5))
    allowed.post(xml)

    with time_machine.travel(now + timedelta(minutes=5, seconds=50), tick=False):
        forget_expired()
        again = allowed.post(xml, client=Client())
    with time_machine.travel(now + timedelta(minutes=6, seconds=10), tick=False):
        forget_expired()
        late = allowed.post(xml, client=Client())

    assert (again.status_code, late.status_code) == (403, 403)
    causes = SignInTrace.objects.filter(outcome="refused").order_by("created_at")
    assert [trace.cause for trace in causes] == [Cause.REPLAYED, Cause.EXPIRED]
    with time_machine.travel(now + timedelta(minutes=10, seconds=10), tick=False):
        forget_expired()
    assert not UsedAssertion.objects.exists()


def test_a_clock_skew_that_grows_lets_no_answer_be_used_again(allowed, system_actor):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        xml = unasked(allowed)
        allowed.post(xml)
    with time_machine.travel(now + timedelta(minutes=6, seconds=10), tick=False):
        forget_expired()
        changes = {"clock_skew_seconds": 300}
        change_connection(connection=allowed.connection, changes=changes, actor=system_actor)

        assert allowed.post(xml, client=Client()).status_code == 403
    assert SignInTrace.objects.get(outcome="refused").cause == Cause.REPLAYED


def test_an_answer_for_one_connection_is_of_no_use_at_another(acme, allowed, make_journey):
    other = make_journey(acme, name="Entra", idp_initiated=True)

    assert other.post(unasked(allowed)).status_code == 403
    assert not is_signed_in(other.client)


def test_somebody_else_s_session_in_this_browser_ends_with_it(allowed):
    allowed.post(unasked(allowed, BEN))
    ben = Client()
    ben.cookies["session"] = allowed.client.cookies["session"].value

    allowed.post(unasked(allowed))

    assert allowed.client.get("/api/v1/me").json()["user_name"] == ANA
    assert not is_signed_in(ben)


def test_an_answer_on_its_way_while_it_is_switched_off_is_refused(allowed, system_actor):
    xml = unasked(allowed)
    change_connection(
        connection=allowed.connection, changes={"idp_initiated": False}, actor=system_actor
    )

    assert allowed.post(xml).status_code == 403
