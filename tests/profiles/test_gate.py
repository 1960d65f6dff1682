"""Where a profile is required, every page waits for one."""

from __future__ import annotations

import json

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import BindingPolicy
from accounts.roles import Role
from accounts.services import set_policies
from audit.actors import Actor
from profiles.middleware import BindingGateMiddleware
from profiles.models import ProfileBinding
from profiles.services import unbind_profile

# The id of no connection, the same in every process.
NOBODY = "018f0000-0000-7000-8000-000000000000"


def is_gated(response) -> bool:
    return response.status_code == 303 and response["Location"].startswith("/connect/")


@pytest.fixture
def make_browser(make_user, sign_in):
    def make(user):
        return sign_in(Client(), user)

    return make


@pytest.mark.parametrize("slug", ["acme", "globex"])
@pytest.mark.parametrize("policy", list(BindingPolicy))
@pytest.mark.parametrize("bound", [True, False])
def test_the_gate_is_closed_exactly_for_the_unbound_of_an_organization_that_requires(
    request, set_policy, make_user, make_browser, bind, slug, policy, bound
):
    here = request.getfixturevalue(slug)
    there = request.getfixturevalue("globex" if slug == "acme" else "acme")
    set_policy(here, policy)
    # The other organization always says the opposite, and its person is bound the other way round.
    set_policy(
        there,
        BindingPolicy.OPTIONAL if policy == BindingPolicy.REQUIRED else BindingPolicy.REQUIRED,
    )
    ana, twin = make_user("ana", organization=here), make_user("ana", organization=there)
    bind(ana if bound else twin, subject="member-1")

    response = make_browser(ana).get("/")

    assert is_gated(response) is (policy == BindingPolicy.REQUIRED and not bound)
    if not is_gated(response):
        assert response.status_code == 200


def test_a_suspended_binding_does_not_open_the_gate(required, ana, browser, bind):
    from django.utils import timezone

    bind(ana, state="suspended", dormant_at=timezone.now())

    assert is_gated(browser.get("/"))


def test_the_gate_remembers_where_somebody_wanted_to_go(required, browser):
    response = browser.get("/console/?from=mail")

    assert response["Location"] == "/connect/?next=%2Fconsole%2F%3Ffrom%3Dmail"


def test_what_was_posted_is_not_repeated_after_the_gate(required, browser):
    response = browser.post("/console/", {"a": "b"})

    assert response.status_code == 303
    assert response["Location"] == "/connect/"


def test_a_program_gets_403_and_a_sentence(required, ana, rf):
    request = rf.get("/api/v1/courses")
    request.user, request.resolver_match = ana, None

    response = BindingGateMiddleware(HttpResponse).process_view(request, HttpResponse, (), {})

    assert response.status_code == 403
    assert json.loads(response.content) == {
        "error": "profile_required",
        "detail": "Your organization requires a connected profile.",
        "connect_url": "/connect/",
    }


def test_who_am_i_is_answered_and_names_the_missing_profile(required, browser):
    response = browser.get("/api/v1/me")

    assert response.status_code == 200
    assert response.json()["binding"] == "none"


def test_whoever_waits_for_a_seat_sees_the_place_in_line(required, browser):
    assert not is_gated(browser.get("/waiting/"))


def test_a_stranger_meets_the_door_and_not_the_gate(client, required):
    assert client.get("/").headers["Location"].startswith("/login/")
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/connect/",
        "/account/",
        "/account/sessions/",
        "/account/password/",
        "/logout/",
        "/login/",
        "/o/acme/login/",
        "/healthz",
        f"/sso/{NOBODY}/metadata",
        f"/sso/{NOBODY}/login",
        "/static/portal/tokens.css",
        "/no/such/page",
    ],
)
def test_doors_own_account_and_machines_stay_reachable(required, browser, path):
    response = browser.get(path)
    response.close()

    assert not is_gated(response)


@pytest.mark.parametrize("role", [Role.FULL_ADMIN, Role.SUB_ADMIN])
def test_whoever_runs_the_organization_reaches_the_console_unbound(
    required, make_user, make_browser, role
):
    browser = make_browser(make_user("boss", role=role))

    assert not is_gated(browser.get("/console/policies/"))
    assert is_gated(browser.get("/"))


def test_a_full_admin_changes_the_policy_that_holds_them(required, make_user, make_browser):
    browser = make_browser(make_user("boss", role=Role.FULL_ADMIN))

    assert browser.get("/console/policies/").status_code == 200


@pytest.mark.parametrize("role", [Role.LEARNER, Role.CURATOR])
def test_a_learner_does_not_pass_the_gate_through_the_console(
    required, make_user, make_browser, role
):
    assert is_gated(make_browser(make_user("ana", role=role)).get("/console/"))


def test_platform_staff_have_no_gate(required, make_staff, make_browser):
    assert not is_gated(make_browser(make_staff()).get("/console/"))


def test_a_policy_that_becomes_required_closes_the_gate_at_the_next_request(acme, browser, actor):
    assert browser.get("/").status_code == 200

    set_policies(
        organization=acme,
        changes={"binding_policy": "required", "binding_grace_days": 0},
        actor=actor,
    )

    assert is_gated(browser.get("/"))


def test_a_policy_that_stops_requiring_opens_the_gate_at_the_next_request(required, browser, actor):
    assert is_gated(browser.get("/"))

    set_policies(organization=required, changes={"binding_policy": "optional"}, actor=actor)

    assert browser.get("/").status_code == 200


def test_an_administrator_who_disconnects_somebody_closes_their_gate_at_the_next_request(
    required, ana, browser, bind, actor
):
    bind(ana)
    assert browser.get("/").status_code == 200

    unbind_profile(user=ana, actor=actor, reason=ProfileBinding.EndReason.ADMIN)

    assert is_gated(browser.get("/"))


def test_disconnecting_in_one_session_ends_the_others(required, ana, browser, bind, make_browser):
    bind(ana)
    elsewhere = make_browser(ana)
    assert elsewhere.get("/").status_code == 200

    unbind_profile(user=ana, actor=Actor.from_user(ana), reason=ProfileBinding.EndReason.LEARNER)

    assert elsewhere.get("/")["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("policy", "statements"),
    [(BindingPolicy.REQUIRED, 1), (BindingPolicy.OPTIONAL, 0), (BindingPolicy.OFF, 0)],
)
def test_the_gate_costs_one_statement_where_required_and_none_elsewhere(
    rf, acme, ana, bind, set_policy, django_assert_num_queries, policy, statements
):
    bind(ana)
    set_policy(acme, policy)
    request = rf.get("/")
    request.user = ana
    ana.organization = acme
    gate = BindingGateMiddleware(lambda request: HttpResponse())

    with django_assert_num_queries(statements):
        assert gate.process_view(request, lambda request: HttpResponse(), (), {}) is None
