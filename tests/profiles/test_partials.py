"""What My account and the home page show of a profile."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import BindingPolicy
from profiles.services import answer_offer
from profiles.standing import account_context

PARTIALS = ["profiles/_account_section.html", "profiles/_home_banner.html"]
ACCOUNT, BANNER = PARTIALS


def show(template, user):
    return render_to_string(
        template, {"profile": account_context(user), "user": user, "provider": "LinkedIn"}
    )


@pytest.mark.parametrize("partial", PARTIALS)
@pytest.mark.parametrize("bound", [True, False])
def test_nothing_named_linkedin_shows_where_the_policy_is_off(
    ana, acme, bind, set_policy, partial, bound
):
    if bound:
        bind(ana)
    set_policy(acme, BindingPolicy.OFF)
    ana.organization = acme

    assert show(partial, ana).strip() == ""


@pytest.mark.parametrize("partial", PARTIALS)
def test_staff_are_shown_nothing(make_staff, partial):
    assert show(partial, make_staff()).strip() == ""


def test_a_connected_profile_shows_its_name_its_day_and_the_consent(ana, bind):
    bind(ana, name="Ana on LinkedIn", consent_version="1")

    html = show(ACCOUNT, ana)

    assert "Ana on LinkedIn" in html
    assert "version 1" in html
    assert 'href="/connect/consent/"' in html
    assert 'href="/connect/disconnect/"' in html
    assert "signs you out" not in html


def test_a_required_profile_says_that_disconnecting_signs_out(ana, required, bind):
    bind(ana)
    ana.organization = required

    assert "signs you out" in show(ACCOUNT, ana)


@pytest.mark.parametrize(("ask_again", "is_shown"), [(True, True), (False, False)])
def test_the_home_page_stops_asking_whoever_said_don_t_ask_again(ana, actor, ask_again, is_shown):
    answer_offer(user=ana, ask_again=ask_again, actor=actor)

    assert ("isn’t connected" in show(BANNER, ana)) is is_shown
    assert 'href="/connect/?from=account' in show(ACCOUNT, ana)


def test_an_unconnected_person_is_shown_where_to_connect_and_comes_back(ana):
    html = show(ACCOUNT, ana)

    assert 'href="/connect/?from=account&amp;next=/account/"' in html
    assert "Optional at Acme" in html


def test_a_profile_an_administrator_disconnected_says_so(ana, bind):
    bind(ana, state="revoked", ended_at=timezone.now(), end_reason="admin")

    assert "An administrator disconnected your profile" in show(ACCOUNT, ana)


def test_a_profile_the_person_disconnected_is_not_mentioned(ana, bind):
    bind(ana, state="revoked", ended_at=timezone.now(), end_reason="learner")

    assert "An administrator" not in show(ACCOUNT, ana)


def test_without_credentials_there_is_no_button(ana, settings):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    assert "/connect/" not in show(ACCOUNT, ana)
    assert show(BANNER, ana).strip() == ""


def test_the_banner_is_for_the_unconnected(ana, bind):
    assert "Your LinkedIn profile isn’t connected." in show(BANNER, ana)

    bind(ana)

    assert show(BANNER, ana).strip() == ""
