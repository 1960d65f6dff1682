"""Whoever no longer works somewhere disconnects, and nobody else learns anything."""

from __future__ import annotations

import re

import pytest
from django.core import signing
from django.test import Client

from accounts.models import BindingPolicy, Session, User
from accounts.services import deactivate_user, reactivate_user, set_policies
from audit.actions import Action
from audit.actors import Actor
from profiles.authorization import BROWSER_COOKIE
from profiles.leave_views import PROOF
from profiles.models import ProfileBinding
from profiles.services import unbind_profile
from tests.profiles.conftest import come_back, events, state_of
from tests.profiles.provider import Answer

LEAVE, CHOSEN = "/connect/leave/", "/connect/leave/chosen/"


@pytest.fixture
def close(actor):
    def closed(user):
        deactivate_user(user=user, actor=Actor.system("tests"))
        return user

    return closed


@pytest.fixture
def gone(provider, ana, bind, close):
    """Ana, whose account is closed and whose profile is the one that the provider vouches for."""
    bind(ana, subject="member-1")
    return close(ana)


def set_out(client) -> str:
    response = client.post(LEAVE)
    assert response.status_code == 303, response.content
    return state_of(response)


def prove(client):
    return come_back(client, set_out(client))


def proof_in(page) -> str:
    return re.search(r'name="proof" value="([^"]+)"', page.content.decode())[1]


def choose(client, page, *bindings):
    return client.post(
        CHOSEN, {"proof": proof_in(page), "binding": [str(binding.pk) for binding in bindings]}
    )


def only():
    return ProfileBinding.objects.get()


def test_a_closed_account_is_disconnected_without_an_account_session(client, gone, acme):
    page = prove(client)
    assert "Acme" in page.content.decode()

    response = choose(client, page, only())

    assert "Your profile is disconnected" in response.content.decode()
    assert (only().state, only().end_reason) == ("revoked", "left")
    assert not Session.objects.exclude(user=None).exists()
    (event,) = events(Action.PROFILE_UNBOUND)
    assert (event.organization, event.actor_id) == (acme, str(gone.pk))
    assert event.changes == {"reason": "left"}


def test_only_what_was_chosen_is_disconnected(client, gone, globex, make_user, bind, close):
    twin = make_user("ana", organization=globex)
    bind(twin, subject="member-1")
    close(twin)

    page = prove(client)
    choose(client, page, ProfileBinding.objects.get(user=gone))

    assert page.content.decode().index("Acme") < page.content.decode().index("Globex")
    assert ProfileBinding.objects.get(user=gone).state == "revoked"
    assert ProfileBinding.objects.get(user=twin).state == "suspended"


def test_an_open_account_is_not_listed_and_not_disconnected(client, provider, ana, bind):
    binding = bind(ana, subject="member-1")

    page = prove(client).content.decode()

    assert "No closed account has this profile" in page
    assert "Acme" not in page
    note = {"bindings": [str(binding.pk)], "holder": _digest(client)}
    client.post(CHOSEN, {"proof": signing.dumps(note, salt=PROOF), "binding": [str(binding.pk)]})
    assert only().state == "active"


def _digest(client) -> str:
    from profiles.authorization import Holder

    return Holder(client.cookies[BROWSER_COOKIE].value).digest


def test_known_and_unknown_profiles_read_the_same(client, provider, ana, bind):
    def said(page):
        return re.sub(r"csrf[^>]+>|[0-9a-f]{32}", "", page.content.decode())

    unknown = said(prove(client))
    bind(ana, subject="member-1")

    assert said(prove(client)) == unknown


def test_somebody_elses_profile_shows_nothing_of_a_colleague(client, gone, provider):
    provider.member["sub"] = "somebody-else"

    assert "Acme" not in prove(client).content.decode()


def test_the_policy_of_the_organization_makes_no_difference(client, gone, acme, actor):
    set_policies(organization=acme, changes={"binding_policy": BindingPolicy.OFF}, actor=actor)

    choose(client, prove(client), only())

    assert only().end_reason == "left"


def test_a_deleted_accounts_profile_has_ended_and_is_not_listed(client, provider, ana, bind, actor):
    bind(ana, subject="member-1")
    deactivate_user(user=ana, actor=actor, state=User.State.DELETED)

    assert "No closed account" in prove(client).content.decode()


def test_an_account_that_was_opened_again_meanwhile_keeps_its_profile(client, gone, actor):
    page = prove(client)
    reactivate_user(user=gone, actor=actor)

    response = choose(client, page, only())

    assert response["Location"] == LEAVE
    assert only().state == "active"


def test_what_ended_meanwhile_is_not_ended_again(client, gone, actor):
    page = prove(client)
    unbind_profile(user=gone, actor=actor, reason=ProfileBinding.EndReason.ADMIN)

    choose(client, page, only())

    assert only().end_reason == "admin"
    assert len(events(Action.PROFILE_UNBOUND)) == 1


def test_choosing_nothing_disconnects_nothing(client, gone):
    assert choose(client, prove(client))["Location"] == LEAVE
    assert only().state == "suspended"


# What must fail


def test_the_answer_works_once(client, gone):
    state = set_out(client)
    come_back(client, state)

    assert come_back(client, state).status_code == 403


def test_an_answer_brought_to_another_browser_proves_nothing(client, gone):
    assert come_back(Client(), set_out(client)).status_code == 403


def test_a_proof_works_in_the_browser_that_made_it_alone(client, gone):
    page = prove(client)
    other = Client()
    other.post(LEAVE)

    response = choose(other, page, only())

    assert response["Location"] == LEAVE
    assert only().state == "suspended"


def test_a_proof_of_one_binding_ends_no_other(client, gone, globex, make_user, bind, close):
    page = prove(client)
    other = bind(make_user("gus", organization=globex), subject="member-9")
    close(other.user)

    choose(client, page, other)

    assert ProfileBinding.objects.get(pk=other.pk).state == "suspended"


def test_a_proof_that_is_none_is_refused(client, gone):
    client.post(LEAVE)
    note = {"bindings": [str(only().pk)], "holder": _digest(client)}

    for proof in ("", "nonsense", signing.dumps(note, salt="of something else")):
        response = client.post(CHOSEN, {"proof": proof, "binding": [str(only().pk)]})
        assert response["Location"] == LEAVE
    assert only().state == "suspended"


def test_a_proof_is_good_for_ten_minutes(client, gone, time_machine):
    time_machine.move_to("2026-11-23T12:00:00Z", tick=False)
    page = prove(client)
    time_machine.move_to("2026-11-23T12:10:01Z", tick=False)

    choose(client, page, only())

    assert only().state == "suspended"


def test_a_trip_to_sign_in_lists_nothing_and_a_trip_to_leave_signs_nobody_in(client, gone, acme):
    reactivate_user(user=gone, actor=Actor.system("tests"))

    prove(client)

    assert not Session.objects.exclude(user=None).exists()


def test_whoever_is_signed_in_elsewhere_stays_so(gone, globex, make_user, sign_in):
    twin = sign_in(Client(), make_user("ana", organization=globex))

    choose(twin, prove(twin), only())

    assert only().end_reason == "left"
    assert twin.get("/account/").status_code == 200


def test_a_cancellation_comes_back_to_the_page(client, gone):
    response = come_back(client, set_out(client), error="user_cancelled_login")

    assert response["Location"] == LEAVE


@pytest.mark.parametrize(("status", "says"), [(503, "doesn’t answer"), (400, "couldn’t trust")])
def test_a_provider_in_trouble_disconnects_nothing_and_says_so(
    client, gone, provider, status, says
):
    provider.answers["/token"] = Answer(status)

    page = prove(client)

    assert page.status_code == 502
    assert says in page.content.decode()
    assert only().state == "suspended"


def test_there_is_no_such_page_where_linkedin_is_not_set_up(client, gone, settings):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    assert client.get(LEAVE).status_code == 404
    assert client.post(CHOSEN).status_code == 404


def test_setting_out_too_often_is_slowed_down(client, gone, settings):
    settings.SIGN_IN_RATE_LIMIT = 1
    answers = {client.post(LEAVE).status_code for _number in range(31)}

    assert answers == {303, 429}


def test_the_refused_sign_in_of_a_leaver_leads_here(client, gone, monkeypatch):
    monkeypatch.setattr("accounts.doors._sources", [])

    page = come_back(client, state_of(client.post("/login/profile/")))

    assert f'href="{LEAVE}"' in page.content.decode()
