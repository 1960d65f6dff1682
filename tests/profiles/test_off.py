"""With the policy off, no page of the organization names the provider or lets anything reach it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import doors
from accounts.models import BindingPolicy, Domain, Session, User
from accounts.services import set_policies
from accounts.sign_in import LAST_ORGANIZATION_COOKIE
from tests.factories import PASSWORD

# The console decides about the policy, so it names it; the others are for programs.
NO_PAGES = {"admin", "sso", "scim"}
# Everybody's, of whichever organization.
EVERYBODYS = {"/login/", "/login/profile/", "/connect/leave/"}
LOGIN = "/login/"


def pages(patterns: list[URLPattern | URLResolver], start: str = "/") -> Iterator[str]:
    """Each address that needs no more than an organization's short name."""
    for pattern in patterns:
        path = start + str(pattern.pattern).replace("<slug:slug>", "acme")
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in NO_PAGES and "scim" not in path and "sso" not in path:
                yield from pages(pattern.url_patterns, path)
        elif "<" not in path:
            yield path


PAGES = sorted(set(pages(get_resolver().url_patterns)))


@pytest.fixture
def off(provider, acme, actor, make_user, bind, monkeypatch):
    """Acme has switched profiles off; Ana had one connected."""
    monkeypatch.setattr(doors, "_sources", [])
    ana = make_user("ana", password=PASSWORD)
    bind(ana, subject="member-1")
    set_policies(organization=acme, changes={"binding_policy": BindingPolicy.OFF}, actor=actor)
    Domain.objects.create(
        organization=acme, name="acme.example", token="proof", verified_at="2026-01-01T00:00Z"
    )
    return acme


@pytest.fixture
def others(globex):
    """Another organization of the same portal uses them."""
    assert globex.binding_policy != BindingPolicy.OFF
    return globex


def ana_of(organization):
    return User.objects.in_organization(organization).get(user_name="ana")


def assert_silent(response, provider):
    said = f"{response.headers}{response.cookies.output()}"
    if not response.streaming:
        said += response.content.decode()
    assert "linkedin" not in said.lower(), response
    assert provider.base not in said, response


def test_the_pages_are_found():
    assert {"/", "/account/", "/connect/", "/o/acme/login/", "/o/acme/recover/"} <= set(PAGES)
    assert len(PAGES) > 15


@pytest.mark.parametrize("path", PAGES)
def test_a_learner_meets_it_nowhere(path, off, others, provider, client, sign_in):
    sign_in(client, ana_of(off))

    assert_silent(client.get(path), provider)


@pytest.mark.parametrize("path", [path for path in PAGES if path not in EVERYBODYS])
def test_a_guest_meets_it_nowhere(path, off, others, provider, client):
    client.cookies[LAST_ORGANIZATION_COOKIE] = "acme"

    assert_silent(client.get(path), provider)


def test_the_last_organization_s_page_is_silent_too(off, others, provider, client):
    client.cookies[LAST_ORGANIZATION_COOKIE] = "acme"

    assert_silent(client.get(LOGIN, follow=True), provider)


@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_the_password_step_is_silent_for_its_domain(off, others, provider, client, name):
    email = f"{name}@acme.example"

    assert "LinkedIn" in client.get(LOGIN).content.decode()
    assert_silent(client.post(LOGIN, {"email": email}), provider)
    assert_silent(client.post(LOGIN, {"email": email, "password": "wrong"}), provider)


def test_everybody_s_page_is_silent_where_nobody_uses_it(off, provider, client):
    assert_silent(client.get(LOGIN), provider)
    assert client.post("/login/profile/").status_code == 404


def test_a_session_that_came_by_profile_is_listed_without_it(off, provider, client, sign_in):
    sign_in(client, ana_of(off), door=Session.Door.LINKEDIN)

    assert_silent(client.get("/account/"), provider)


def test_wrong_passwords_and_pauses_are_silent(off, others, provider, settings, time_machine):
    settings.SIGN_IN_RATE_LIMIT = 1
    time_machine.move_to("2026-11-23T12:00:20Z", tick=False)
    client = Client()
    for _number in range(2):
        answer = client.post("/o/acme/login/", {"name": "ana", "password": "x" * 12})
        assert_silent(answer, provider)
    assert answer.status_code == 429
