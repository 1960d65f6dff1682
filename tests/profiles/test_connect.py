"""The connect page and the way to LinkedIn."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from accounts.models import BindingPolicy, Session
from audit.actions import Action
from profiles import consent
from profiles.models import AuthorizationRequest, OfferAnswer
from tests.profiles.conftest import events, press_connect

OPTIONAL, REQUIRED, OFF = BindingPolicy.OPTIONAL, BindingPolicy.REQUIRED, BindingPolicy.OFF


def text_of(response) -> str:
    return response.content.decode()


def test_the_page_says_who_learns_what_before_the_button(provider, browser):
    page = text_of(browser.get("/connect/"))

    assert page.index("Who learns what") < page.index("Connect profile")
    assert "never sees your posts" in page
    assert "Ana Test" in page
    assert page.count("<h1") == 1


def test_an_optional_profile_can_be_put_off_or_declined(provider, browser):
    page = text_of(browser.get("/connect/"))

    assert 'value="later"' in page
    assert 'value="never"' in page


def test_a_required_profile_has_no_skip_and_a_way_out(provider, required, browser):
    page = text_of(browser.get("/connect/"))

    assert 'value="later"' not in page
    assert 'value="never"' not in page
    assert 'action="/logout/"' in page
    assert "it@acme.example" in page


def test_only_the_page_with_the_button_lets_its_form_end_at_linkedin(provider, ana, browser):
    policy = browser.get("/connect/")["Content-Security-Policy"]
    assert f"form-action 'self' {provider.base}" in policy

    assert provider.base not in browser.get("/login/")["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/connect/", "/connect/callback", "/connect/consent/", "/connect/disconnect/"]
)
def test_nothing_is_here_where_the_policy_is_off(acme, browser, set_policy, path):
    set_policy(acme, OFF)

    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/connect/", "/connect/callback", "/connect/disconnect/"])
def test_the_other_organizations_policy_hides_nothing(globex, browser, set_policy, path):
    set_policy(globex, OFF)

    assert browser.get(path).status_code != 404


def test_nothing_can_be_posted_where_the_policy_is_off(acme, browser, set_policy):
    set_policy(acme, OFF)

    assert browser.post("/connect/", {"do": "connect"}).status_code == 404
    assert browser.post("/connect/disconnect/").status_code == 404
    assert not AuthorizationRequest.objects.exists()


@pytest.mark.parametrize("path", ["/connect/", "/connect/disconnect/"])
def test_staff_have_nothing_to_connect(make_staff, sign_in, client, path):
    assert sign_in(client, make_staff()).get(path).status_code == 404


def test_a_stranger_signs_in_first(client, acme):
    assert client.get("/connect/")["Location"] == "/login/?next=/connect/"


def test_whoever_is_connected_already_goes_on(ana, browser, bind):
    bind(ana)

    assert browser.get("/connect/")["Location"] == "/"
    assert browser.post("/connect/", {"do": "connect"})["Location"] == "/"
    assert browser.get("/connect/?next=/waiting/")["Location"] == "/waiting/"


def test_pressing_connect_goes_to_linkedin_with_a_state_of_its_own(provider, browser):
    response = browser.post("/connect/", {"do": "connect"})

    assert response.status_code == 303
    url = urlsplit(response["Location"])
    assert f"{url.scheme}://{url.netloc}" == provider.base
    assert len(parse_qs(url.query)["state"][0]) >= 43


def test_pressing_connect_twice_makes_two_states(provider, browser):
    assert press_connect(browser) != press_connect(browser)


def test_pressing_connect_records_which_text_was_agreed_to(provider, browser):
    press_connect(browser)

    assert AuthorizationRequest.objects.get().consent_version == consent.CURRENT_VERSION


@pytest.mark.parametrize(
    ("door", "fields", "via"),
    [
        (Session.Door.SSO, {}, "sso"),
        (Session.Door.PASSWORD, {}, "sign_in"),
        (Session.Door.SSO, {"from": "account"}, "account"),
        (Session.Door.SSO, {"from": "elsewhere"}, "sso"),
    ],
)
def test_where_somebody_stood_is_remembered(provider, client, ana, sign_in, door, fields, via):
    sign_in(client, ana, door=door)

    press_connect(client, **fields)

    assert AuthorizationRequest.objects.get().via == via


def test_looking_at_the_page_starts_nothing(provider, browser):
    browser.get("/connect/")

    assert not AuthorizationRequest.objects.exists()
    assert provider.calls == []


def test_a_form_from_elsewhere_connects_nothing(provider, ana, sign_in):
    strict = sign_in(Client(enforce_csrf_checks=True), ana)

    assert strict.post("/connect/", {"do": "connect"}).status_code == 403
    assert not AuthorizationRequest.objects.exists()


# Fresh sign-in


@pytest.mark.parametrize("door", [Session.Door.SSO, Session.Door.PASSWORD])
def test_a_sign_in_of_more_than_ten_minutes_ago_must_be_repeated(
    provider, client, ana, sign_in, door
):
    sign_in(client, ana, door=door, authenticated_at=time.time() - 601)

    page = client.get("/connect/?next=/waiting/")

    assert "Connect profile</button>" not in text_of(page)
    assert provider.base not in page["Content-Security-Policy"]
    word = "again" if door == Session.Door.SSO else "password"
    assert (
        f'href="/o/acme/login/?{word}=1&amp;next=%2Fconnect%2F%3Fnext%3D%252Fwaiting%252F"'
        in text_of(page)
    )


@pytest.mark.parametrize(("answer", "again"), [("later", True), ("never", False)])
def test_declining_needs_no_fresh_sign_in_and_is_kept(
    provider, client, ana, sign_in, answer, again
):
    sign_in(client, ana, authenticated_at=time.time() - 601)
    page = text_of(client.get("/connect/?next=/waiting/"))
    assert f'name="do" value="{answer}"' in page

    response = client.post("/connect/", {"do": answer, "next": "/waiting/"})

    assert response["Location"] == "/waiting/"
    assert (OfferAnswer.objects.get(user=ana).ask_again_at is not None) is again


def test_a_required_profile_is_not_declined_after_ten_minutes_either(
    provider, required, client, ana, sign_in
):
    sign_in(client, ana, authenticated_at=time.time() - 601)

    assert 'name="do"' not in text_of(client.get("/connect/"))


@pytest.mark.parametrize("word", ["again", "password"])
def test_the_door_stays_open_to_whoever_must_sign_in_again(browser, word):
    assert browser.get(f"/o/acme/login/?{word}=1&next=/connect/").status_code == 200


def test_an_old_sign_in_does_not_leave_for_linkedin(provider, client, ana, sign_in):
    sign_in(client, ana, authenticated_at=time.time() - 601)

    response = client.post("/connect/", {"do": "connect", "next": "/waiting/"})

    assert response["Location"] == "/connect/?next=%2Fwaiting%2F"
    assert not AuthorizationRequest.objects.exists()


def test_a_session_that_does_not_say_when_it_was_proved_is_old(provider, client, ana, sign_in):
    sign_in(client, ana)
    session = client.session
    del session["authenticated_at"]
    session.save()

    client.post("/connect/", {"do": "connect"})

    assert not AuthorizationRequest.objects.exists()


def test_nine_minutes_are_fresh(provider, client, ana, sign_in):
    sign_in(client, ana, authenticated_at=time.time() - 9 * 60)

    press_connect(client)


# Not now, don't ask again


@pytest.mark.parametrize(("answer", "again"), [("later", True), ("never", False)])
def test_an_answer_is_kept_and_the_person_goes_on(provider, ana, browser, answer, again):
    response = browser.post("/connect/", {"do": answer, "next": "/waiting/"})

    assert response["Location"] == "/waiting/"
    assert (OfferAnswer.objects.get(user=ana).ask_again_at is not None) is again
    assert events(Action.OFFER_ANSWERED)[0].changes == {"answer": answer}


@pytest.mark.parametrize("answer", ["later", "never"])
def test_a_requirement_cannot_be_put_off(provider, required, browser, answer):
    response = browser.post("/connect/", {"do": answer})

    assert response["Location"] == "/connect/"
    assert not OfferAnswer.objects.exists()


def test_an_answer_nobody_offered_changes_nothing(provider, browser):
    assert browser.post("/connect/", {"do": "everything"})["Location"] == "/connect/"
    assert browser.post("/connect/")["Location"] == "/connect/"
    assert not OfferAnswer.objects.exists()


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "evil"],
)
def test_nobody_is_sent_elsewhere(provider, browser, elsewhere):
    assert browser.post("/connect/", {"do": "later", "next": elsewhere})["Location"] == "/"
    assert "evil.example" not in text_of(browser.get("/connect/", {"next": elsewhere}))


# Without credentials


@pytest.mark.parametrize("policy", [REQUIRED, OPTIONAL])
def test_a_portal_without_credentials_says_whom_to_ask(acme, browser, set_policy, settings, policy):
    set_policy(acme, policy)
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    response = browser.get("/connect/")

    assert response.status_code == 503
    assert "it@acme.example" in text_of(response)
    assert "Connect profile" not in text_of(response)
    assert browser.post("/connect/", {"do": "connect"}).status_code == 503


def test_an_administrator_without_credentials_is_shown_the_console(
    acme, required, admin, client, sign_in, settings
):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    assert 'href="/console/"' in text_of(sign_in(client, admin).get("/connect/"))


# The text of the consent


def test_a_connected_person_reads_what_they_agreed_to(ana, browser, bind):
    bind(ana, consent_version="1")

    page = text_of(browser.get("/connect/consent/"))

    assert "Version 1" in page
    assert "never sees your posts" in page


def test_whoever_is_not_connected_has_agreed_to_nothing(browser, bind, make_user):
    bind(make_user("ben"))

    assert browser.get("/connect/consent/").status_code == 404


TEXTS = {
    "en": {"1": "550303a33be68d19ced3ca724f5af2c930afe96fb35eed513a16c817e4a909d3"},
    "de": {"1": "474f955f5c15ea817c0ed63eea1786c310a196573f6c2fc04236142321f83e5f"},
}


@pytest.mark.parametrize("language", TEXTS)
def test_no_version_of_the_consent_changes_its_words(acme, language):
    folder = Path(django_settings.BASE_DIR) / "templates/profiles/consent"
    with translation.override(language):
        words = {
            path.stem: render_to_string(path, {"organization": acme, "provider": "LinkedIn"})
            for path in folder.glob("*.html")
        }
    digests = {
        version: hashlib.sha256(text.encode()).hexdigest() for version, text in words.items()
    }

    assert digests == TEXTS[language]
    assert consent.CURRENT_VERSION in TEXTS[language]


def test_each_language_has_its_words():
    assert set(TEXTS) == {code for code, _name in django_settings.LANGUAGES}
