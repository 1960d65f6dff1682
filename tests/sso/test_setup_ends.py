"""Where a set-up begins and ends: who else may do it, and what comes after it."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from accounts.models import SetupLink
from accounts.roles import Ability, Role
from accounts.services import make_setup_link
from sso.services import create_connection

pytestmark = pytest.mark.django_db

LINKS = "/console/setup-links/"
CARDS = "/console/sso/samlconnection/new/"


@pytest.fixture
def helper(make_user, sign_in):
    """Who may set connections up, and hands out nothing."""
    return sign_in(Client(), make_user("bo", role=Role.SUB_ADMIN, abilities=[Ability.SSO]))


@pytest.fixture
def draft(acme, system_actor):
    return create_connection(organization=acme, name="New", preset="okta", actor=system_actor)


def page(connection, name="setup/basics"):
    return f"/console/sso/samlconnection/{connection.pk}/{name}/"


def text(response):
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def test_the_first_step_hands_its_own_connection_to_it(console, draft, acme, system_actor):
    create_connection(organization=acme, name="Entra", preset="entra", actor=system_actor)
    address = f"{LINKS}?scope=sso&connection={draft.pk}"
    assert f'href="{address}"' in text(console.get(page(draft)))

    form = console.get(address).context["form"]

    assert (form["scope"].value(), form["connection"].value()) == ("sso", str(draft.pk))


def test_before_there_is_a_connection_the_link_brings_a_draft(console):
    assert f'href="{LINKS}?scope=sso&connection=new"' in text(console.get(CARDS))


def test_a_connection_in_use_is_handed_to_nobody(console, at_acme):
    assert LINKS not in text(console.get(page(at_acme.connection))).split('id="content-main"')[1]


def test_who_may_make_no_links_is_offered_none(helper, draft):
    for address in (page(draft), CARDS, page(draft, "activate")):
        assert LINKS not in text(helper.get(address))


def test_a_guest_hands_nothing_on(draft, acme, system_actor):
    made = make_setup_link(
        organization=acme,
        name="Pat",
        scope=SetupLink.Scope.SSO,
        connection_id=draft.pk,
        actor=system_actor,
        maker_role=Role.FULL_ADMIN,
    )
    guest = Client()
    guest.post(f"/setup/open/{made.secret}/")

    assert "Make a set-up link" not in text(guest.get("/setup/connection/basics/"))


def test_the_last_step_leads_to_what_comes_after_activation(console, at_acme, draft):
    shown = text(console.get(page(at_acme.connection, "activate")))

    assert "What comes next" in shown
    assert at_acme.connection.login_url in shown
    for address in (
        "/console/accounts/domain/",
        "/console/sign-in/",
        "/console/directory/",
        f"{LINKS}?scope=directory",
    ):
        assert f'<li><a href="{address}">' in shown
        assert console.get(address).status_code == 200
    assert "What comes after that" in text(console.get(page(draft, "activate")))


def test_the_last_step_shows_nobody_what_is_not_theirs_to_do(helper, at_acme):
    shown = text(helper.get(page(at_acme.connection, "activate")))

    assert '<li><a href="/console/sign-in/">' in shown
    assert '<li><a href="/console/directory/">' not in shown


def test_activating_ends_there(console, admin, draft, make_journey, acme, actor):
    journey = make_journey(acme, name="Second")
    console.post(page(journey.connection, "deactivate"))
    because = {"_untested": "1", "reason": "The provider has no test people."}

    shown = text(console.post(page(journey.connection, "activate"), because, follow=True))

    assert "Second is active. Try it in a private window." in shown
    assert "What comes next" in shown


def test_staff_stay_with_the_organization(client, make_staff, sign_in, at_acme, draft):
    staff = sign_in(client, make_staff("sam"))

    assert f'href="{LINKS}?organization=acme&scope=sso&connection={draft.pk}"' in text(
        staff.get(page(draft))
    )
    assert '<li><a href="/console/sign-in/?organization=acme">' in text(
        staff.get(page(at_acme.connection, "activate"))
    )
