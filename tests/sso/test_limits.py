"""How often somebody may set out for an identity provider and come back with an answer."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts import rate_limit
from accounts.models import User
from sso.causes import Cause
from sso.errors import SignInRefused
from sso.models import SamlConnection, SignInRequest, SignInTrace
from tests.sso.conftest import is_signed_in

pytestmark = pytest.mark.django_db

LIMIT = 2
STARTS = 6


@pytest.fixture(autouse=True)
def _at_twenty_past(settings, time_machine, monkeypatch, acme):
    settings.SIGN_IN_RATE_LIMIT = LIMIT
    monkeypatch.setattr(rate_limit, "STARTS_FOR_AN_ATTEMPT", STARTS // LIMIT)
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)
    acme.binding_policy = "off"
    acme.save()


def post_nonsense(journey, address="192.0.2.1", **headers):
    return Client(REMOTE_ADDR=address, headers=headers).post(
        f"/sso/{journey.connection.pk}/acs", {"SAMLResponse": "nonsense"}
    )


def set_out(journey, address="192.0.2.1"):
    return Client(REMOTE_ADDR=address).get(f"/sso/{journey.connection.pk}/login")


def throttled():
    return SignInTrace.objects.filter(cause=Cause.RATE_LIMITED)


def test_an_answer_too_many_gets_the_trouble_page_with_a_reference_and_a_trace(at_acme):
    for _ in range(STARTS):
        assert post_nonsense(at_acme).status_code == 403

    response = post_nonsense(at_acme)

    assert response.status_code == 429
    assert response["Retry-After"] == "40"
    trace = throttled().get()
    assert trace.reference in response.content.decode()
    assert "Too many attempts" in response.content.decode()
    assert trace.address == "192.0.2.1"
    assert [row["name"] for row in trace.checks] == [Cause.RATE_LIMITED]


def test_a_flood_leaves_one_trace_for_each_address_and_minute(at_acme, time_machine):
    flood = [post_nonsense(at_acme) for _ in range(30)]
    post_nonsense(at_acme, "192.0.2.2")

    pages = [page.content.decode() for page in flood if page.status_code == 429]
    assert len(pages) == 30 - STARTS
    reference = throttled().get().reference
    assert all(reference in page for page in pages)

    time_machine.move_to("2026-11-23T12:01:00Z", tick=False)
    for _ in range(STARTS + 5):
        post_nonsense(at_acme)

    assert throttled().count() == 2


def told(response):
    """The reference number on the page."""
    return re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", response.content.decode())[0]


def test_of_a_flood_of_refused_answers_few_traces_are_kept(at_acme, time_machine):
    """Anybody may post to an ACS, hundreds of times a minute."""
    flood = [post_nonsense(at_acme) for _ in range(STARTS)]
    post_nonsense(at_acme, "192.0.2.2")

    kept = SignInTrace.objects.filter(cause=Cause.MALFORMED, address="192.0.2.1")
    assert kept.count() == LIMIT + 1
    # Whoever reads a number out is told one that an administrator finds.
    assert {told(response) for response in flood} == {trace.reference for trace in kept}
    assert SignInTrace.objects.filter(address="192.0.2.2").count() == 1

    time_machine.move_to("2026-11-23T12:01:00Z", tick=False)
    post_nonsense(at_acme)

    assert kept.all().count() == LIMIT + 2


def test_a_flood_hides_no_other_cause(at_acme):
    for _ in range(STARTS - 1):
        post_nonsense(at_acme)
    SamlConnection.objects.update(state=SamlConnection.State.INACTIVE)

    response = post_nonsense(at_acme)

    trace = SignInTrace.objects.get(cause=Cause.CONNECTION_INACTIVE)
    assert told(response) == trace.reference


def test_a_flood_of_strangers_hides_nobody_whom_an_answer_names(at_acme, make_user):
    """What the identity provider has signed is counted for each person it names."""
    make_user("ben@acme.example", state=User.State.DEACTIVATED)
    for _ in range(STARTS - 1):
        post_nonsense(at_acme, "127.0.0.1")

    response = at_acme.sign_in("ben@acme.example")

    trace = SignInTrace.objects.get(cause=Cause.PERSON_DEACTIVATED)
    assert trace.address == "127.0.0.1"
    assert told(response) == trace.reference


def test_where_nothing_is_limited_every_refusal_is_kept(at_acme, settings):
    settings.SIGN_IN_RATE_LIMIT = 0

    for _ in range(STARTS):
        post_nonsense(at_acme)

    assert SignInTrace.objects.count() == STARTS


def test_what_one_organization_gets_wrong_locks_nobody_of_another_out(at_acme, at_globex):
    """Their people may share a gateway, and with it an address."""
    for _ in range(STARTS + 1):
        post_nonsense(at_acme)

    assert post_nonsense(at_acme).status_code == 429
    assert post_nonsense(at_globex).status_code == 403
    assert not throttled().filter(organization=at_globex.connection.organization).exists()


def test_answers_that_are_refused_leave_the_password_door_open(at_acme):
    for _ in range(STARTS + 1):
        post_nonsense(at_acme)

    response = Client(REMOTE_ADDR="192.0.2.1").post(
        "/login/", {"email": "ana@acme.example", "password": "a guess"}
    )

    assert response.status_code == 200


def test_naming_other_addresses_in_a_header_does_not_help(at_acme):
    answers = [
        post_nonsense(at_acme, **{"X-Forwarded-For": f"198.51.100.{number}"})
        for number in range(STARTS + 1)
    ]

    assert answers[-1].status_code == 429


def test_one_persons_answers_are_limited_wherever_they_come_from(at_acme):
    at_acme.sign_in("ana@acme.example")
    request_id = at_acme.begin()
    xml = at_acme.answer("ana@acme.example", in_response_to=request_id)
    strangers = [Client(REMOTE_ADDR=f"192.0.2.{number}") for number in range(STARTS + 1)]

    answers = [at_acme.post(xml, client=stranger) for stranger in strangers]

    assert [answer.status_code for answer in answers] == [403] * STARTS + [429]
    # Verified before the person was counted: the trace shows what was checked.
    assert len(throttled().get().checks) > 1


def test_an_office_signs_in_from_one_address(at_acme):
    """Answers that sign somebody in are no attempts: more than the limit come in."""
    for number in range(STARTS + 1):
        at_acme.client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        request_id = at_acme.begin()
        at_acme.client.defaults["REMOTE_ADDR"] = "192.0.2.1"
        xml = at_acme.answer(f"person{number}@acme.example", in_response_to=request_id)

        assert at_acme.post(xml).status_code == 302
        assert is_signed_in(at_acme.client)


def test_setting_out_is_limited_for_each_address_and_connection(at_acme, at_globex):
    for _ in range(STARTS):
        assert set_out(at_acme).status_code == 302

    response = set_out(at_acme)

    assert response.status_code == 429
    assert response["Retry-After"] == "40"
    assert throttled().get().reference in response.content.decode()
    assert SignInRequest.objects.count() == STARTS
    assert set_out(at_globex).status_code == 302
    assert set_out(at_acme, "192.0.2.2").status_code == 302


def test_whoever_has_no_address_sets_out_without_a_count(at_acme):
    for _ in range(STARTS + 1):
        assert set_out(at_acme, "").status_code == 302


def test_a_database_that_is_too_busy_says_when_to_try_again(at_acme, monkeypatch):
    def busy(**_kwargs):
        raise SignInRefused(Cause.SERVER_BUSY)

    monkeypatch.setattr("sso.views.complete_sign_in", busy)

    response = at_acme.sign_in("ana@acme.example")

    assert response.status_code == 503
    assert response["Retry-After"] == "60"
