"""The first page after a sign-in."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import BindingPolicy, Organization
from accounts.roles import Role
from learning_portal.views import greeting
from licenses.policies import Source
from licenses.services import assign_license, assign_on_first_sso, revoke_license
from profiles.models import ProfileBinding, Via

HOME = "/"


@pytest.fixture
def ana(make_user):
    return make_user("ana")


@pytest.fixture
def page(client, ana, sign_in):
    def run():
        response = sign_in(client, ana).get(HOME)
        assert response.status_code == 200
        return response.content.decode()

    return run


def bind(user):
    from django.utils import timezone

    ProfileBinding.objects.create(
        organization=user.organization,
        user=user,
        subject="linkedin-7",
        name="Ana on LinkedIn",
        via=Via.ACCOUNT,
        consent_version="1",
        consented_at=timezone.now(),
    )


def test_strangers_are_sent_to_the_door_and_come_back(client, db):
    assert client.get("/").url == "/login/?next=/"


def test_platform_staff_are_sent_to_the_console(client, make_staff, sign_in):
    assert sign_in(client, make_staff("ops")).get(HOME).url == "/console/"


@pytest.mark.parametrize("role", [Role.LEARNER, Role.CURATOR, Role.SUB_ADMIN, Role.FULL_ADMIN])
def test_everybody_of_an_organization_has_a_home(client, make_user, sign_in, role):
    response = sign_in(client, make_user("mara", role=role)).get(HOME)

    assert response.status_code == 200
    assert ('href="/console/"' in response.content.decode()) is (
        role in {Role.SUB_ADMIN, Role.FULL_ADMIN}
    )


def test_without_a_license_the_page_says_whom_to_ask(page):
    text = page()

    assert "You have no license yet" in text
    assert "it@acme.example" in text
    assert "an administrator gives them out" in text


def test_with_a_license_nothing_is_left_to_do(page, ana, make_pool, actor):
    make_pool(seats=1)
    assign_license(user=ana, actor=actor, source=Source.ADMIN)

    text = page()

    assert "Get a license: done." in text
    assert "courses that Acme opens for you" in text


def test_whoever_waits_finds_the_place_in_line(page, ana, make_user, make_pool, actor):
    make_pool(seats=1)
    assign_license(user=make_user("first"), actor=actor, source=Source.ADMIN)
    assign_on_first_sso(user=ana, actor=actor, auto_assign=True)

    text = page()

    assert "You’re no. 1 in line." in text
    assert 'href="/waiting/"' in text


def test_a_license_taken_back_is_said_so(page, ana, make_pool, actor):
    make_pool(seats=1)
    assign_license(user=ana, actor=actor, source=Source.ADMIN)
    revoke_license(user=ana, actor=actor, source=Source.ADMIN)

    assert "Your license was taken back" in page()


def test_an_optional_profile_is_one_calm_banner(page, settings):
    assert "Your LinkedIn profile isn’t connected." in page()


def test_a_connected_profile_leaves_no_banner(page, ana):
    bind(ana)

    text = page()

    assert "isn’t connected" not in text
    assert "Connect your LinkedIn profile: done." in text


def test_where_the_policy_is_off_nothing_names_linkedin(page, ana):
    Organization.objects.update(binding_policy=BindingPolicy.OFF)
    ana.organization.refresh_from_db()

    assert "LinkedIn" not in page()


@pytest.mark.parametrize("standing", ["none", "active", "waiting"])
def test_the_page_costs_at_most_eight_statements(
    client, ana, sign_in, make_user, make_pool, actor, standing
):
    if standing != "none":
        make_pool(seats=1)
        if standing == "waiting":
            assign_license(user=make_user("first"), actor=actor, source=Source.ADMIN)
        assign_on_first_sso(user=ana, actor=actor, auto_assign=True)
    sign_in(client, ana)

    with CaptureQueriesContext(connection) as captured:
        client.get(HOME)

    assert len(captured) <= 8


@pytest.mark.parametrize(
    ("hour", "words"),
    [(3, "evening"), (4, "morning"), (11, "morning"), (12, "afternoon"), (18, "evening")],
)
def test_the_greeting_follows_the_clock(hour, words):
    now = datetime(2026, 11, 23, hour, tzinfo=UTC)

    assert greeting(now, "Ana") == f"Good {words}, Ana"
    assert greeting(now, "") == f"Good {words}"


def test_the_clock_is_the_organizations(page, ana, time_machine):
    Organization.objects.update(time_zone="Pacific/Auckland")
    time_machine.move_to("2026-11-23T19:30:00Z")

    assert "Good morning, Ana" in page()


def test_health_needs_neither_a_session_nor_the_database(client):
    response = client.get("/healthz")

    assert response.json() == {"status": "ok"}
