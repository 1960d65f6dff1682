"""LinkedIn's answer, good, bad and somebody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import BindingPolicy, Session, User
from accounts.services import deactivate_user
from audit.actions import Action
from profiles.models import AuthorizationRequest, ProfileBinding
from profiles.standing import current_binding
from tests.factories import PASSWORD
from tests.profiles.conftest import come_back, events, press_connect
from tests.profiles.provider import ACCESS_TOKEN, CODE, Answer, by_nobody


@pytest.fixture
def ana(make_user):
    """With another way in: without one she keeps her profile, see test_ways_in."""
    return make_user("ana", password=PASSWORD)


def text_of(response) -> str:
    return response.content.decode()


def assert_nothing_bound(user):
    assert current_binding(user) is None


def test_a_person_connects_and_lands_at_home(provider, ana, browser):
    state = press_connect(browser)

    response = come_back(browser, state)

    assert response["Location"] == "/"
    binding = current_binding(ana)
    assert (binding.subject, binding.name, binding.state) == (
        "member-1",
        "Mara Lindqvist",
        "active",
    )
    assert binding.consent_version == "1"
    assert binding.consented_at == AuthorizationRequest.objects.get().created_at
    assert "Your LinkedIn profile is connected." in text_of(browser.get("/account/")) or (
        browser.cookies["messages"].value
    )


def test_connecting_keeps_the_session_and_goes_where_the_person_wanted(provider, browser):
    key = browser.session.session_key

    response = come_back(browser, press_connect(browser, next="/waiting/?a=1"))

    assert response["Location"] == "/waiting/?a=1"
    assert browser.session.session_key == key


def test_a_person_of_an_organization_that_requires_passes_the_gate_afterwards(
    provider, required, browser
):
    assert browser.get("/").status_code == 303

    come_back(browser, press_connect(browser))

    assert browser.get("/").status_code == 200


def test_no_token_and_no_e_mail_address_is_stored(provider, ana, browser):
    come_back(browser, press_connect(browser))

    stored = str(list(ProfileBinding.objects.values())) + str(
        list(AuthorizationRequest.objects.values())
    )
    stored += str(dict(browser.session)) + str([e.changes for e in events(Action.PROFILE_BOUND)])
    for secret in (ACCESS_TOKEN, CODE, "mara@home.example", "media.example"):
        assert secret not in stored


# The state


def test_a_state_is_used_once(provider, ana, browser):
    state = press_connect(browser)
    provider.answers["/token"] = Answer(503)
    come_back(browser, state)
    provider.answers.clear()

    response = come_back(browser, state)

    assert response.status_code == 403
    assert_nothing_bound(ana)


@pytest.mark.parametrize("params", [{}, {"state": ""}, {"state": "made-up"}])
def test_an_answer_nobody_asked_for_is_refused(provider, ana, browser, params):
    response = browser.get("/connect/callback", {"code": CODE, **params})

    assert response.status_code == 403
    assert provider.calls == []
    assert_nothing_bound(ana)
    assert events(Action.PROFILE_REFUSED)[0].changes == {"reason": "state"}


def test_a_state_of_another_person_is_refused(provider, ana, browser, make_user, sign_in):
    ben = make_user("ben")
    state = press_connect(sign_in(Client(), ben))

    response = come_back(browser, state)

    assert response.status_code == 403
    assert provider.calls == []
    assert_nothing_bound(ana)
    assert_nothing_bound(ben)


def test_a_state_of_another_session_of_the_same_person_is_refused(provider, ana, browser, sign_in):
    state = press_connect(sign_in(Client(), ana))

    assert come_back(browser, state).status_code == 403
    assert_nothing_bound(ana)


def test_a_state_that_somebody_else_tried_still_works_for_its_owner(
    provider, ana, browser, make_user, sign_in
):
    state = press_connect(browser)
    come_back(sign_in(Client(), make_user("ben")), state)

    assert come_back(browser, state)["Location"] == "/"
    assert current_binding(ana) is not None


def test_a_state_of_the_other_organization_is_refused(
    provider, ana, browser, make_user, sign_in, globex
):
    state = press_connect(sign_in(Client(), make_user("ana", organization=globex)))

    assert come_back(browser, state).status_code == 403
    assert not ProfileBinding.objects.exists()


def test_a_state_older_than_ten_minutes_is_refused(provider, ana, browser):
    with time_machine.travel(timezone.now() - timedelta(minutes=11)):
        state = press_connect(browser)

    assert come_back(browser, state).status_code == 403
    assert_nothing_bound(ana)


def test_an_answer_without_a_session_is_refused_and_its_code_goes_nowhere(provider, client, acme):
    response = client.get("/connect/callback", {"code": CODE, "state": "x"})

    assert response.status_code == 403
    assert CODE not in text_of(response)
    assert provider.calls == []


def test_an_answer_after_the_session_ended_is_refused(provider, ana, browser):
    state = press_connect(browser)
    Session.objects.filter(user=ana).delete()

    assert come_back(browser, state).status_code == 403
    assert_nothing_bound(ana)


def test_an_answer_cannot_be_posted(provider, browser):
    assert browser.post("/connect/callback", {"code": CODE}).status_code == 405


# Cancelled, failed


@pytest.mark.parametrize(
    "error", ["user_cancelled_login", "user_cancelled_authorize", "access_denied"]
)
def test_canceling_at_linkedin_leads_back_to_the_page_that_says_so(provider, ana, browser, error):
    state = press_connect(browser, next="/waiting/")

    response = come_back(browser, state, error=error, error_description="<b>no</b>")

    assert response["Location"] == "/connect/?next=%2Fwaiting%2F"
    page = text_of(browser.get(response["Location"]))
    assert "You canceled at LinkedIn. Nothing was connected." in page
    assert provider.calls == []
    assert_nothing_bound(ana)


def test_a_canceled_state_is_used_up(provider, ana, browser):
    state = press_connect(browser)
    come_back(browser, state, error="access_denied")

    assert come_back(browser, state).status_code == 403


def test_a_cancellation_nobody_asked_for_is_refused(browser):
    response = come_back(browser, "made-up", error="user_cancelled_login")

    assert response.status_code == 403


@pytest.mark.parametrize(
    "params",
    [{"error": "server_error"}, {"error": "<script>"}, {"code": ""}, {"error": "x", "code": CODE}],
)
def test_any_other_error_of_linkedin_is_a_page_with_a_reference(provider, ana, browser, params):
    response = come_back(browser, press_connect(browser), **params)

    assert response.status_code == 502
    assert response["X-Request-ID"] in text_of(response)
    assert "<script>" not in text_of(response).replace("<script src", "")
    assert provider.calls == []
    assert_nothing_bound(ana)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(500), "LinkedIn doesn’t answer"),
        (Answer(200, b"x" * 300_000), "failed a check"),
        (Answer(200, b"<html>"), "failed a check"),
        (Answer(400, b'{"error": "invalid_grant"}'), "failed a check"),
    ],
    ids=["500", "huge", "html", "invalid_grant"],
)
def test_a_provider_that_fails_is_a_page_with_a_reference_the_administrator_finds(
    provider, ana, browser, answer, words
):
    provider.answers["/token"] = answer

    response = come_back(browser, press_connect(browser, next="/waiting/"))

    assert response.status_code == 502
    page = text_of(response)
    assert words in page
    assert 'href="/connect/?next=%2Fwaiting%2F"' in page
    (event,) = events(Action.PROFILE_REFUSED)
    assert event.request_id in page
    assert event.request_id == response["X-Request-ID"]
    assert_nothing_bound(ana)


def test_a_provider_that_takes_too_long_is_a_page(provider, ana, browser, monkeypatch):
    monkeypatch.setattr("profiles.linkedin.TIMEOUT_SECONDS", 0.2)
    provider.answers["/token"] = Answer(delay=3)

    response = come_back(browser, press_connect(browser))

    provider.released.set()
    assert response.status_code == 502
    assert "LinkedIn doesn’t answer" in text_of(response)


def test_an_unsigned_answer_binds_nobody(provider, ana, browser):
    provider.header["alg"] = "none"
    provider.sign = by_nobody

    assert come_back(browser, press_connect(browser)).status_code == 502
    assert_nothing_bound(ana)


def test_what_failed_is_logged_without_personal_data(provider, browser, caplog):
    provider.claims = {"aud": "another-client"}

    come_back(browser, press_connect(browser))

    record = next(record for record in caplog.records if record.name == "profiles.linkedin")
    assert record.reason == "id_token aud"
    for secret in (CODE, ACCESS_TOKEN, "mara", "member-1"):
        assert secret not in caplog.text


# Whose profile


def test_a_colleagues_profile_is_a_page_that_names_nobody(provider, ana, browser, make_user, bind):
    ben = make_user("ben")
    bind(ben, subject="member-1")

    response = come_back(browser, press_connect(browser))

    assert response.status_code == 409
    page = text_of(response)
    assert "connected to another account" in page
    assert "Ben" not in page
    assert ben.email not in page
    assert events(Action.PROFILE_REFUSED)[0].request_id in page
    assert_nothing_bound(ana)


def test_the_same_profile_is_bound_in_two_organizations(
    provider, ana, browser, make_user, bind, globex
):
    bind(make_user("ana", organization=globex), subject="member-1")

    assert come_back(browser, press_connect(browser))["Location"] == "/"
    assert current_binding(ana).subject == "member-1"


def test_the_profile_goes_to_whose_session_it_is_and_not_to_whose_e_mail_it_has(
    provider, ana, browser, make_user
):
    mara = make_user("mara", email="mara@home.example", first_name="Mara", last_name="Lindqvist")

    come_back(browser, press_connect(browser))

    assert current_binding(ana) is not None
    assert_nothing_bound(mara)


def test_another_profile_while_one_is_connected_changes_nothing(provider, ana, browser, bind):
    state = press_connect(browser)
    bind(ana, subject="member-0")

    response = come_back(browser, state)

    assert response["Location"] == "/account/"
    assert current_binding(ana).subject == "member-0"


def test_a_policy_switched_off_on_the_way_binds_nobody(
    provider, ana, acme, browser, set_policy, monkeypatch
):
    from profiles import linkedin

    fetch = linkedin.fetch_profile

    def fetch_while_the_policy_changes(*, code):
        set_policy(acme, BindingPolicy.OFF)
        return fetch(code=code)

    state = press_connect(browser)
    monkeypatch.setattr(linkedin, "fetch_profile", fetch_while_the_policy_changes)

    assert come_back(browser, state).status_code == 404
    assert_nothing_bound(ana)


def test_an_account_closed_on_the_way_is_not_bound(provider, ana, browser, actor):
    state = press_connect(browser)
    deactivate_user(user=ana, actor=actor)

    assert come_back(browser, state).status_code == 403
    assert_nothing_bound(ana)
    assert User.objects.active().filter(pk=ana.pk).count() == 0


# Limits


@pytest.fixture
def limited(settings, time_machine):
    time_machine.move_to(timezone.now(), tick=False)  # a minute's end would begin another count
    settings.SIGN_IN_RATE_LIMIT = 3


def test_answers_that_are_made_up_are_limited_and_leave_few_events(limited, browser):
    """Events stay for good: nobody writes as many as they like."""
    statuses = [come_back(browser, "made-up").status_code for _ in range(6)]

    assert statuses == [403, 403, 403, 429, 429, 429]
    assert len(events(Action.PROFILE_REFUSED)) == 3


def test_setting_out_for_linkedin_is_limited(limited, browser):
    answers = [browser.post("/connect/", {"do": "connect"}) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429, 429]
    assert AuthorizationRequest.objects.count() == 3


def test_a_profile_that_comes_back_counts_once(limited, provider, browser):
    for _ in range(2):
        come_back(browser, press_connect(browser))
        browser.post("/connect/disconnect/")

    assert press_connect(browser)
