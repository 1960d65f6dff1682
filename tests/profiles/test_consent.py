"""Words that change: shown once, agreed to or not, and what was agreed to stays readable.

There is one version today, so the tests make the second one themselves.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import BindingPolicy
from audit.actions import Action
from audit.actors import Actor
from profiles import consent
from profiles.models import EarlierConsent, ProfileBinding
from profiles.policies import BindingStep
from profiles.services import agree_anew
from profiles.standing import PAGES, binding_step, consent_history
from tests.profiles.conftest import events

NEW = "2-of-a-test"
WORDS = "sees what only the new version says"


@pytest.fixture
def new_words(settings, tmp_path, monkeypatch):
    """A second version, with its own text."""
    folder = tmp_path / "profiles" / "consent"
    folder.mkdir(parents=True)
    (folder / f"{NEW}.html").write_text(f"<p>{WORDS}</p>")
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}
    ]
    monkeypatch.setattr(consent, "CURRENT_VERSION", NEW)


@pytest.fixture
def bound(ana, bind):
    return bind(ana, consented_at=timezone.now() - timedelta(days=400))


def only():
    return ProfileBinding.objects.get()


def test_the_connected_are_shown_new_words_as_they_sign_in(ana, bound, new_words):
    assert binding_step(ana, by_sso=True) is BindingStep.AGREE
    assert PAGES[BindingStep.AGREE] == "profiles:agree"


@pytest.mark.parametrize("policy", ["required", "optional"])
def test_whichever_door_they_came_by_the_home_page_shows_them_once(
    acme, ana, bound, browser, new_words, set_policy, policy
):
    set_policy(acme, policy)

    first = browser.get("/")
    page = browser.get(first["Location"])
    again = browser.get("/")

    assert first["Location"] == "/connect/agree/"
    assert WORDS in page.content.decode()
    assert again.status_code == 200
    assert "have changed" in again.content.decode()


def test_a_release_that_is_taken_back_and_comes_again_is_agreed_to_each_time(ana, bound, actor):
    for version in (NEW, "1", NEW):
        assert agree_anew(user=ana, version=version, actor=actor)

    assert only().consent_version == NEW
    assert sorted(EarlierConsent.objects.values_list("version", flat=True)) == ["1", NEW]
    assert {each.version for each in consent_history(ana)} == {"1", NEW}


def test_nothing_changes_for_whoever_only_looks(ana, bound, browser, new_words):
    browser.get("/connect/agree/")

    assert only().consent_version == "1"
    assert not EarlierConsent.objects.exists()
    assert WORDS not in browser.get("/connect/consent/").content.decode()
    assert "never sees your posts" in browser.get("/connect/consent/").content.decode()


def test_agreeing_is_kept_with_its_day_and_what_was_agreed_to_before(
    ana, bound, browser, new_words
):
    response = browser.post("/connect/agree/", {"version": NEW, "next": "/account/"})

    assert response["Location"] == "/account/"
    assert only().consent_version == NEW
    assert only().consented_at > bound.consented_at
    earlier = EarlierConsent.objects.get()
    assert (earlier.version, earlier.agreed_at) == ("1", bound.consented_at)
    (event,) = events(Action.PROFILE_AGREED)
    assert event.changes == {"consent_version": ["1", NEW]}
    assert browser.get("/").status_code == 200


def test_only_the_words_that_stood_above_the_button_are_agreed_to(
    ana, bound, browser, new_words, monkeypatch
):
    monkeypatch.setattr(consent, "CURRENT_VERSION", NEW)

    page = browser.post("/connect/agree/", {"version": "1"})

    assert WORDS in page.content.decode()
    assert only().consent_version == "1"


def test_agreeing_twice_is_agreeing_once(ana, bound, new_words):
    actor = Actor.from_user(ana)

    assert agree_anew(user=ana, version=NEW, actor=actor)
    assert not agree_anew(user=ana, version=NEW, actor=actor)
    assert len(events(Action.PROFILE_AGREED)) == 1


def test_a_link_out_of_the_portal_is_not_followed(ana, bound, browser, new_words):
    response = browser.post("/connect/agree/", {"version": NEW, "next": "//evil.example/"})

    assert response["Location"] == "/"


@pytest.mark.parametrize(
    ("policy", "says"),
    [("required", "disconnecting signs you out"), ("optional", "doesn’t require a profile")],
)
def test_the_page_says_what_disconnecting_means(
    acme, ana, bound, browser, new_words, set_policy, policy, says
):
    set_policy(acme, policy)

    page = browser.get("/connect/agree/").content.decode()

    assert says in page
    assert 'href="/connect/disconnect/"' in page


def test_in_the_grace_the_page_says_that_there_is_time(acme, ana, bound, browser, new_words):
    acme.binding_policy, acme.binding_policy_at = BindingPolicy.REQUIRED, timezone.now()
    acme.save()

    assert "before long" in browser.get("/connect/agree/").content.decode()


def test_nobody_else_is_shown_anything(ana, bind, browser, new_words):
    assert browser.get("/connect/agree/")["Location"] == "/"

    bind(ana, consent_version=NEW)
    assert browser.get("/connect/agree/")["Location"] == "/"
    assert browser.get("/").status_code == 200


def test_where_the_policy_is_off_there_is_no_such_page(
    acme, ana, bound, browser, new_words, set_policy
):
    set_policy(acme, BindingPolicy.OFF)

    assert browser.get("/connect/agree/").status_code == 404
    assert browser.get("/").status_code == 200


def test_today_s_words_are_shown_to_nobody(ana, bound, browser):
    assert browser.get("/").status_code == 200
    assert binding_step(ana, by_sso=True) is BindingStep.NONE


# The history


@pytest.fixture
def history(ana, bind, bound, new_words):
    """Disconnected once by an administrator; then connected, and agreed anew."""
    ended = timezone.now() - timedelta(days=500)
    bind(
        ana,
        subject="an older one",
        state="revoked",
        bound_at=ended - timedelta(days=9),
        consented_at=ended - timedelta(days=9),
        ended_at=ended,
        end_reason="admin",
    )
    agree_anew(user=ana, version=NEW, actor=Actor.from_user(ana))


def test_the_history_has_each_consent_with_its_end_and_why(ana, history):
    current, earlier, oldest = consent_history(ana)

    assert (current.version, current.ended_at) == (NEW, None)
    assert (earlier.version, earlier.ended_at, earlier.why) == (
        "1",
        current.agreed_at,
        "Newer words",
    )
    assert (oldest.version, oldest.why) == ("1", "Disconnected by an administrator")
    assert oldest.ended_at < earlier.agreed_at


def test_my_account_lists_it_and_leads_to_the_words(ana, history, browser):
    page = browser.get("/account/").content.decode()

    assert "Disconnected by an administrator" in page
    assert f'href="/connect/consent/{NEW}/"' in page
    assert "never sees your posts" in browser.get("/connect/consent/1/").content.decode()
    assert WORDS in browser.get(f"/connect/consent/{NEW}/").content.decode()


def test_words_that_one_never_agreed_to_are_not_there(ana, bound, browser, new_words):
    assert browser.get(f"/connect/consent/{NEW}/").status_code == 404
    assert browser.get("/connect/consent/nonsense/").status_code == 404


def test_a_colleagues_history_is_theirs(ana, history, make_user):
    assert consent_history(make_user("ben")) == []


def test_the_history_outlives_what_is_forgotten(acme, ana, history, actor):
    from accounts.services import set_policies
    from profiles.forgetting import forget_profiles

    set_policies(organization=acme, changes={"binding_policy": "off"}, actor=actor)
    forget_profiles(organization=acme, actor=actor)

    assert [each.version for each in consent_history(ana)] == [NEW, "1", "1"]


def test_a_long_history_costs_two_statements(ana, history, bind, django_assert_num_queries):
    for number in range(5):
        moment = timezone.now() - timedelta(days=600 + number)
        with time_machine.travel(moment):
            bind(
                ana,
                subject=f"{number}",
                state="revoked",
                ended_at=timezone.now(),
                end_reason="learner",
            )

    with django_assert_num_queries(2):
        assert len(consent_history(ana)) == 8
