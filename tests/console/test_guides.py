"""*Guides*: the how-to pages, in the console and beside the lists they are about."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import Organization
from accounts.tenant_admin import TenantAdmin
from audit.actors import Actor
from learning_portal.console.guides import FOLDER, NAMES, read
from sso.models import IdentityClaim, Preset, SamlConnection
from sso.presets import PRODUCTS
from sso.services import create_connection

GUIDES = "/console/guides/"
# Of whoever runs the portal, not of an organization's administrators.
FOR_OPERATORS = {"linkedin", "operate"}


def test_every_guide_for_administrators_is_there() -> None:
    assert set(NAMES) == {path.stem for path in FOLDER.glob("*.md")} - FOR_OPERATORS


def test_the_menu_leads_to_all_of_them(console: Client) -> None:
    assert f'href="{GUIDES}"' in console.get("/console/").content.decode()
    page = console.get(GUIDES).content.decode()

    for name in NAMES:
        assert f'href="{GUIDES}{name}/"' in page


@pytest.mark.parametrize("name", NAMES)
def test_a_guide_is_a_page_like_others(console: Client, name: str) -> None:
    page = unescape(console.get(f"{GUIDES}{name}/").content.decode())

    assert page.count("<h1") == 1
    assert f"<h1>{read(name).title}</h1>" in page
    body = page.partition("<article")[2].partition("</article>")[0]
    assert "style=" not in body
    assert "<script" not in body
    for address in re.findall(r'href="([^"]*)"', body):
        inside = re.fullmatch(r"\.\./([a-z-]+)/", address)
        assert address.startswith("https://") or (inside and inside[1] in NAMES), address


def test_quotes_are_those_of_the_console() -> None:
    assert read("scim-okta").title == "Connect Okta’s provisioning"
    assert "can’t sign in" in read("people").body


def test_links_lead_to_other_guides_and_words_stay_of_what_is_not_here() -> None:
    assert '<a href="../directory/">directory</a>' in read("people").body
    assert "target is not in the reference." in read("scim-entra").body


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["operate", "linkedin", "nothing"])
def test_what_is_no_guide_is_not_there(console: Client, name: str) -> None:
    assert console.get(f"{GUIDES}{name}/").status_code == 404


def test_learners_have_no_guides(client: Client, sign_in: Any, make_user: Any) -> None:
    assert sign_in(client, make_user("ana")).get(GUIDES).status_code == 302


@pytest.mark.parametrize("preset", Preset)
def test_each_kind_of_identity_provider_has_its_guide(preset: Preset) -> None:
    assert PRODUCTS[preset].how_to in NAMES


def test_a_connection_leads_to_the_guide_of_its_kind(console: Client, acme: Organization) -> None:
    connection = create_connection(
        organization=acme, name="Okta", preset=Preset.OKTA, actor=Actor.system("tests")
    )

    page = console.get(f"/console/sso/samlconnection/{connection.pk}/change/").content.decode()

    assert f'href="{GUIDES}sso-okta/"' in page


def test_every_list_with_a_guide_names_one_that_is_there() -> None:
    lists = [page for page in admin.site._registry.values() if isinstance(page, TenantAdmin)]

    assert {page.guide for page in lists} - {""} <= set(NAMES)
    # Whatever may be empty on a first day says what to read.
    assert [page for page in lists if page.empty_text and not page.guide] == []


def test_an_empty_list_has_a_sentence_an_action_and_the_guide(console: Client) -> None:
    SamlConnection.objects.all().delete()
    IdentityClaim.objects.all().delete()

    connections = console.get("/console/sso/samlconnection/").content.decode()
    claims = console.get("/console/sso/identityclaim/").content.decode()

    for page in (connections, claims):
        empty = page.partition('<div class="empty">')[2].partition("</div>")[0]
        assert len(re.findall(r'class="btn', empty)) == 1
        assert f'href="{GUIDES}sso-generic/"' in empty
    assert "Add SSO connection" in connections
    assert "See sign-ins" in claims
