"""The guides: this organization's values in them, and a mapping that the schema has."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Organization
from provisioning.console.guides import GUIDES, ONELOGIN_TEMPLATE, Mapping, guide_for
from provisioning.console.tokens import GUIDE_NAMES, shown_tokens
from provisioning.documents import validate
from provisioning.filters import parse_filter
from provisioning.paths import parse_path
from provisioning.schema import USER, Mutability
from tests.provisioning.console.conftest import make_call, make_token, text_of

MAPPINGS = [row for guide in GUIDES.values() for row in guide.mappings]


def url(guide: str) -> str:
    return f"/console/directory/guide/{guide}/"


@pytest.mark.parametrize("guide", GUIDES)
class TestEachGuide:
    def test_it_has_the_values_to_copy(
        self, console: Client, acme: Organization, guide: str, settings
    ) -> None:
        settings.PORTAL_BASE_URL = "https://learning.example"
        token = make_token(acme, "Third", days=100)

        page = text_of(console.get(url(guide)))

        assert "<code>https://learning.example/scim/v2</code>" in page
        assert 'aria-label="Copy the base URL"' in page
        assert f"…{token.ending}" in page

    def test_the_test_call_shows_up_in_it(
        self, console: Client, acme: Organization, guide: str
    ) -> None:
        make_token(acme)
        before = text_of(console.get(url(guide)))

        make_call(acme, "GET", milliseconds=7)

        assert "Nothing yet" in before
        assert "7 ms" in text_of(console.get(url(guide)))

    def test_another_organization_s_calls_and_tokens_do_not(
        self, console: Client, globex: Organization, guide: str
    ) -> None:
        make_token(globex, "Globex token")
        make_call(globex, subject="Gus of Globex")

        page = text_of(console.get(url(guide)))

        assert "Globex" not in page

    def test_it_leads_to_a_token_with_its_name(self, console: Client, guide: str) -> None:
        page = text_of(console.get(url(guide)))

        assert "/console/directory/tokens/new/?name=" in page

    def test_it_leads_to_what_is_decided_here(self, console: Client, guide: str) -> None:
        page = text_of(console.get(url(guide)))

        assert 'href="/console/directory/people/"' in page
        assert 'href="/console/directory/#settings"' in page

    def test_staff_keep_their_organization(
        self, staff_console: Client, globex: Organization, guide: str
    ) -> None:
        page = text_of(staff_console.get(f"{url(guide)}?organization=globex"))

        assert "/tokens/new/?organization=globex&name=" in page


def test_a_guide_that_nobody_wrote_is_not_there(console: Client) -> None:
    assert console.get(url("nonsense")).status_code == 404


def test_the_words_of_each_product_are_in_its_guide(console: Client) -> None:
    entra, okta, other = (text_of(console.get(url(name))) for name in ("entra", "okta", "other"))

    for label in (
        "Cloud Application Administrator",
        "Tenant URL",
        "Secret Token",
        "Test Connection",
        "Entra ID P1",
        "employeeId",
        "Provision on demand",
        "Members are missing",
    ):
        assert label in entra
    for label in (
        "SCIM connector base URL",
        "Unique identifier field for users",
        "HTTP Header",
        "Test Connector Configuration",
        "Deactivate Users",
        "Push Groups",
        "Error while pushing a profile update",
        "Already exists",
    ):
        assert label in okta
    for label in ("SCIM JSON Template", "JumpCloud", "Test User Email"):
        assert label in other


@pytest.mark.parametrize("row", MAPPINGS, ids=lambda row: row.ours)
def test_everything_that_a_guide_maps_can_be_written(row: Mapping) -> None:
    """A value path is a filter and a sub-attribute; anything else is a path."""
    if "[" in row.ours:
        attribute, _bracket, rest = row.ours.partition("[")
        condition, _bracket, sub = rest.partition("].")
        assert parse_filter(f"{attribute}[{condition}]", USER)
        path = parse_path(f"{attribute}.{sub}", USER)
    else:
        path = parse_path(row.ours, USER)

    assert path.leaf.mutability is not Mutability.READ_ONLY


def test_what_onelogin_makes_of_its_template_is_a_user() -> None:
    document = validate(json.loads(ONELOGIN_TEMPLATE), USER)

    assert document["userName"] == "{$parameters.scimusername}"
    assert document["emails"][0]["primary"] is True


@pytest.mark.parametrize(
    ("dialect", "guide"),
    [("", "entra"), ("entra", "entra"), ("okta", "okta"), ("generic", "other")],
)
def test_each_directory_has_its_guide(dialect: str, guide: str) -> None:
    assert guide_for(dialect) == guide


@pytest.mark.parametrize(
    ("name", "guide"), [("Okta", "okta"), ("Entra ID", "entra"), ("SCIM", "other"), ("x", "entra")]
)
def test_before_it_speaks_the_newest_token_says_whose_guide(
    acme: Organization, name: str, guide: str
) -> None:
    make_token(acme, "Entra ID")
    make_token(acme, name)
    tokens = shown_tokens(acme, timezone.now())

    assert guide_for("", tokens) == guide
    assert guide_for("okta", tokens) == "okta"


def test_a_token_leads_back_to_every_guide() -> None:
    assert set(GUIDE_NAMES) == set(GUIDES)


def test_the_days_before_a_token_ends_are_told_in_english(console: Client) -> None:
    assert "1 days" not in text_of(console.get(url("okta"))) + text_of(
        console.get("/console/directory/tokens/new/")
    )
