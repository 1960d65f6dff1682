"""Proving anew who one is: the identity provider asks again, and the same person answers."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.services import set_policies
from sandbox.saml_messages import parse_post_request, parse_redirect_request
from sso.causes import Cause
from sso.models import SamlIdentity, SignInRequest, SignInTrace
from sso.services import change_connection, deactivate_connection
from tests.sso.conftest import Journey, is_signed_in

pytestmark = pytest.mark.django_db

BACK = "/connect/?next=%2Faccount%2F"
AGO = timedelta(minutes=30)


@pytest.fixture
def ana(at_acme: Journey) -> User:
    """Signed in through single sign-on half an hour ago, by a sign-in of then."""
    then = timezone.now() - AGO
    at_acme.sign_in("ana@acme.example", authn_instant=then)
    return User.objects.get_queryset().get(user_name="ana@acme.example")


def ask_again(journey: Journey, next_path: str = BACK):
    """The request that leaves, as the identity provider reads it."""
    response = journey.client.get(
        f"/sso/{journey.connection.pk}/login", {"again": "1", "next": next_path}
    )
    return parse_redirect_request(urlsplit(response.url).query)


def without_session(client: Client) -> Client:
    """The answer is posted from another site, where the browser leaves out the session's cookie."""
    stranger = Client()
    stranger.cookies["signin"] = client.cookies["signin"].value
    return stranger


def refused_because(response, cause: Cause, user: User) -> SignInTrace:
    assert response.status_code == 403
    trace = SignInTrace.objects.get(outcome="refused")
    assert (trace.cause, trace.user) == (cause, user)
    assert trace.reference in response.content.decode()
    return trace


def test_a_session_is_as_fresh_as_the_identity_providers_own_sign_in(at_acme, ana):
    page = at_acme.client.get("/connect/").content.decode()

    assert "Sign in once more first" in page
    assert "Connect profile</button>" not in page


def test_a_clock_ahead_of_ours_makes_nobody_fresher(at_acme):
    ahead = timezone.now() + timedelta(seconds=50)
    at_acme.sign_in("ana@acme.example", authn_instant=ahead)

    assert at_acme.client.session["authenticated_at"] <= timezone.now().timestamp()


def test_the_connect_page_leads_through_the_door_the_person_came_by(at_acme, ana):
    page = at_acme.client.get("/connect/?next=/account/&from=account").content.decode()

    again = f"/sso/{at_acme.connection.pk}/login?again=1"
    back = "%2Fconnect%2F%3Fnext%3D%252Faccount%252F%26from%3Daccount"
    assert f'href="{again}&amp;next={back}"' in page
    assert "You’ll sign in at <strong>Acme’s Okta</strong>" in page


def test_a_door_that_closed_meanwhile_leads_to_the_organizations_page(at_acme, ana, system_actor):
    deactivate_connection(connection=at_acme.connection, actor=system_actor)

    page = at_acme.client.get("/connect/").content.decode()

    assert 'href="/o/acme/login/?again=1&amp;next=%2Fconnect%2F"' in page


def test_on_the_organizations_page_each_door_asks_again(at_acme, ana):
    again = f"/sso/{at_acme.connection.pk}/login?again=1"

    assert again in at_acme.client.get("/o/acme/login/?again=1").content.decode()
    assert again not in Client().get("/o/acme/login/?again=1").content.decode()


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_the_request_tells_the_identity_provider_to_ask(at_acme, ana, system_actor, binding):
    change_connection(
        connection=at_acme.connection, changes={"request_binding": binding}, actor=system_actor
    )
    address = f"/sso/{at_acme.connection.pk}/login"

    def request(query):
        response = at_acme.client.get(address, query)
        if binding == "post":
            return parse_post_request(response.context["fields"]["SAMLRequest"])
        return parse_redirect_request(urlsplit(response.url).query)

    assert request({"again": "1"}).force_authn
    assert not request({}).force_authn


def test_whoever_proves_it_comes_back_fresh_in_a_new_session(at_acme, ana):
    before = at_acme.client.session.session_key
    incoming = ask_again(at_acme)
    browser = without_session(at_acme.client)

    response = at_acme.post(
        at_acme.answer("ana@acme.example", in_response_to=incoming.id), client=browser
    )

    assert response.url == BACK
    assert is_signed_in(browser)
    assert "Connect profile</button>" in browser.get(BACK).content.decode()
    # The old session ended, although its cookie did not come along.
    assert Session.objects.filter(user=ana).count() == 1
    assert not Session.objects.filter(session_key=before).exists()


def test_a_proof_is_a_line_of_the_trace(at_acme, ana):
    incoming = ask_again(at_acme)
    at_acme.post(at_acme.answer("ana@acme.example", in_response_to=incoming.id))

    trace = SignInTrace.objects.filter(outcome="accepted").latest("created_at")
    proof = trace.checks[-1]
    assert (proof["name"], proof["passed"]) == ("proof", True)
    assert proof["expected"].startswith("since ")


def test_other_sessions_of_the_person_go_on(at_acme, ana, sign_in):
    phone = sign_in(Client(), ana)
    incoming = ask_again(at_acme)

    at_acme.post(at_acme.answer("ana@acme.example", in_response_to=incoming.id))

    assert is_signed_in(phone)


def test_an_identity_provider_that_did_not_ask_is_refused(at_acme, ana):
    incoming = ask_again(at_acme)
    xml = at_acme.answer(
        "ana@acme.example",
        in_response_to=incoming.id,
        authn_instant=timezone.now() - timedelta(minutes=5),
    )

    response = at_acme.post(xml, client=without_session(at_acme.client))

    trace = refused_because(response, Cause.NOT_ASKED_AGAIN, ana)
    failed = trace.checks[-1]
    assert failed["seen"].endswith("Z")
    assert failed["expected"].startswith("since ")
    assert "didn’t ask you again" in response.content.decode()
    assert is_signed_in(at_acme.client)


def test_a_clock_a_little_behind_ours_still_counts_as_asked(at_acme, ana):
    incoming = ask_again(at_acme)
    xml = at_acme.answer(
        "ana@acme.example",
        in_response_to=incoming.id,
        authn_instant=timezone.now() - timedelta(seconds=50),
    )

    assert at_acme.post(xml).url == BACK


def test_another_person_is_refused_and_nobody_is_made(at_acme, ana):
    incoming = ask_again(at_acme)
    people = User.objects.get_queryset().count()

    response = at_acme.post(
        at_acme.answer("ben@acme.example", in_response_to=incoming.id),
        client=without_session(at_acme.client),
    )

    trace = refused_because(response, Cause.OTHER_PERSON, ana)
    assert trace.subject_hint == "b…n@acme.example"
    assert "named another person" in response.content.decode()
    assert "Back to the portal" in response.content.decode()
    assert User.objects.get_queryset().count() == people
    assert SamlIdentity.objects.count() == 1
    assert is_signed_in(at_acme.client)


def test_a_colleague_with_an_account_is_refused_as_well(at_acme, ana):
    Journey(at_acme.connection, at_acme.idp).sign_in("ben@acme.example")
    incoming = ask_again(at_acme)

    response = at_acme.post(at_acme.answer("ben@acme.example", in_response_to=incoming.id))

    refused_because(response, Cause.OTHER_PERSON, ana)
    assert at_acme.client.get("/api/v1/me").json()["user_name"] == "ana@acme.example"


def test_whoever_waits_or_must_connect_comes_back_to_what_they_were_doing(
    acme, at_acme, ana, system_actor
):
    changes = {"auto_assign": True, "binding_policy": "required"}
    set_policies(organization=acme, changes=changes, actor=system_actor)
    incoming = ask_again(at_acme)

    response = at_acme.post(at_acme.answer("ana@acme.example", in_response_to=incoming.id))

    assert response.url == BACK


def test_nobody_is_signed_in_so_it_is_a_plain_sign_in(at_acme):
    incoming = ask_again(at_acme)

    response = at_acme.post(at_acme.answer("ana@acme.example", in_response_to=incoming.id))

    assert not incoming.force_authn
    assert response.status_code == 302
    assert SignInTrace.objects.get().outcome == "accepted"


def test_somebody_of_another_organization_signs_in_plainly(at_acme, at_globex, ana):
    at_globex.client = at_acme.client

    assert not ask_again(at_globex).force_authn
    assert SignInRequest.objects.get().prover is None
