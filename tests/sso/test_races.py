"""Sign-ins at the same moment: real threads, real commits, over HTTP."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial

import pytest
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import SetupLink, User
from accounts.roles import Role
from accounts.services import make_setup_link
from licenses.models import LicenseAssignment, LicensePool
from sso.models import SamlConnection, SamlIdentity, SignInTest, SignInTrace, UsedAssertion
from sso.services import begin_test, create_connection
from sso.services.rows import locked
from tests.at_once import at_once, refusals
from tests.sso.conftest import Journey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.races]

PEOPLE = 50
SEATS = 20


def test_fifty_first_sign_ins_take_exactly_the_seats_there_are(acme, at_acme, make_pool):
    acme.auto_assign, acme.binding_policy = True, "off"
    acme.save()
    pool = make_pool(seats=SEATS)
    journeys = [Journey(at_acme.connection, at_acme.idp, Client()) for _ in range(PEOPLE)]
    answers = [
        (journey, journey.answer(f"p{number}@acme.example", in_response_to=journey.begin()))
        for number, journey in enumerate(journeys)
    ]

    responses = at_once(*[lambda j=journey, x=xml: j.post(x) for journey, xml in answers])

    assert Counter(response.status_code for response in responses) == {302: PEOPLE}
    assert Counter(response.url for response in responses) == {
        "/": SEATS,
        "/waiting/": PEOPLE - SEATS,
    }
    pool.refresh_from_db()
    assert pool.seats_taken == SEATS
    assert LicenseAssignment.objects.filter(state="active").count() == SEATS
    assert LicenseAssignment.objects.filter(state="waiting").count() == PEOPLE - SEATS


def test_one_persons_first_sign_ins_at_once_make_one_account(acme, at_acme, make_pool):
    acme.auto_assign, acme.binding_policy = True, "off"
    acme.save()
    make_pool(seats=PEOPLE)
    journeys = [Journey(at_acme.connection, at_acme.idp, Client()) for _ in range(8)]
    answers = [
        (journey, journey.answer("ana@acme.example", in_response_to=journey.begin()))
        for journey in journeys
    ]

    responses = at_once(*[lambda j=journey, x=xml: j.post(x) for journey, xml in answers])

    assert {response.status_code for response in responses} == {302}
    assert User.objects.in_organization(acme).count() == 1
    assert SamlIdentity.objects.count() == 1
    assert LicensePool.objects.get().seats_taken == 1


def test_of_one_answer_posted_many_times_at_once_one_signs_in(acme, at_acme):
    acme.binding_policy = "off"
    acme.save()
    xml = at_acme.answer("ana@acme.example", in_response_to=at_acme.begin())
    cookie = at_acme.client.cookies["signin"].value

    def post():
        client = Client()
        client.cookies["signin"] = cookie
        return at_acme.post(xml, client=client)

    responses = at_once(*[post] * 10)

    assert Counter(response.status_code for response in responses) == {302: 1, 403: 9}
    assert SignInTrace.objects.filter(outcome="accepted").count() == 1


def test_sign_ins_do_not_wait_for_whoever_changes_their_connection(at_acme):
    if database.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")

    def sign_in():
        # A row that names the connection: its constraint looks there.
        UsedAssertion.objects.create(
            connection=at_acme.connection, assertion_id="a", expires_at=timezone.now()
        )
        database.close()

    somebody = threading.Thread(target=sign_in)
    with transaction.atomic():
        locked(at_acme.connection)
        somebody.start()
        somebody.join(timeout=5)

        assert not somebody.is_alive()


def test_of_many_answers_to_one_test_one_is_judged(at_acme, make_admin):
    admin = make_admin("tester")
    begun = begin_test(connection=at_acme.connection, tester=admin)
    xml = at_acme.answer("tester", in_response_to=begun.outgoing.id)

    def answer():
        browser = Client()
        browser.cookies["signin-test"] = begun.cookie
        return at_acme.post(xml, client=browser).status_code

    answered = at_once(*[answer] * 8)

    assert Counter(answered) == {302: 1, 403: 7}
    assert SignInTest.objects.get().is_green
    assert not SamlIdentity.objects.exists()


def test_of_many_who_add_the_last_connection_there_may_be_one_does(acme, system_actor, monkeypatch):
    monkeypatch.setattr("sso.services.connections.MOST_CONNECTIONS", 2)

    def add(number):
        return create_connection(
            organization=acme, name=f"Okta {number}", preset="okta", actor=system_actor
        )

    add(0)
    answers = at_once(*[partial(add, number) for number in range(1, 6)])

    assert refusals(answers) == ["TooManyConnections"] * 4
    assert SamlConnection.objects.in_organization(acme).count() == 2


def test_of_many_who_make_the_last_set_up_link_there_may_be_one_does(
    acme, system_actor, monkeypatch
):
    monkeypatch.setattr("accounts.services.setup_links.MOST_LIVE", 1)

    def make():
        return make_setup_link(
            organization=acme,
            name="Pat",
            scope=SetupLink.Scope.DIRECTORY,
            actor=system_actor,
            maker_role=Role.FULL_ADMIN,
        )

    answers = at_once(*[make] * 5)

    assert refusals(answers) == ["TooManySetupLinks"] * 4
    assert SetupLink.objects.in_organization(acme).count() == 1
