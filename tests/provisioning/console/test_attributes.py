"""The attribute map says what the schema and the mapping do, and what has arrived."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from provisioning.console import attributes
from provisioning.console.attributes import (
    GROUP_FIELDS,
    GROUP_NAMES,
    THEIR_NAMES,
    Row,
    Seen,
    rows_of,
    what_was_seen,
)
from provisioning.console.guides import GUIDES
from provisioning.mapping import FIELD_OF_ATTRIBUTE, STANDS_IN, profile_of
from provisioning.paths import parse_path
from provisioning.schema import GROUP, USER
from provisioning.schema.tables import CUSTOM_USER_URN, ENTERPRISE_USER_URN
from tests.provisioning.conftest import Directory
from tests.provisioning.console.conftest import make_call, text_of

URL = "/console/directory/attributes/"
ROWS = {row.path: row for row in rows_of(Seen())}
VALUES: dict[str, Any] = {
    "emails": [{"value": "ana@acme.example"}],
    "addresses": [{"locality": "Lisbon"}],
}


def document_with(path: str) -> dict[str, Any]:
    """A document that says nothing but this attribute."""
    for urn in (ENTERPRISE_USER_URN, CUSTOM_USER_URN):
        if path.startswith(f"{urn}:"):
            return {urn: {path.removeprefix(f"{urn}:"): "Value"}}
    if path.startswith("name."):
        return {"name": {path.removeprefix("name."): "Value"}}
    return {path: VALUES.get(path, "Value")}


class TestTheTable:
    # These are written beside the profile: user name, external id, state, manager.
    @pytest.mark.parametrize("path", sorted(ROWS.keys() - {"userName", "externalId", "active"}))
    def test_an_attribute_lands_where_the_map_says(self, path: str) -> None:
        if FIELD_OF_ATTRIBUTE.get(path) == "manager_name":
            return
        landed = {name for name, value in profile_of(document_with(path)).items() if value}

        expected = FIELD_OF_ATTRIBUTE.get(path) or STANDS_IN.get(path)
        assert landed == ({expected} if expected else set())

    def test_everything_that_may_be_written_has_a_row_and_nothing_else(self) -> None:
        assert {path for path in ROWS if parse_path(path, USER).leaf.is_read_only} == set()
        writable = {each.name for each in USER.top_level if not each.is_read_only}
        assert {path.partition(".")[0] for path in ROWS if ":" not in path} == writable

    @pytest.mark.parametrize("path", THEIR_NAMES)
    def test_names_are_of_attributes_that_exist(self, path: str) -> None:
        assert path in ROWS

    @pytest.mark.parametrize("guide", ["entra", "okta"])
    def test_the_guides_say_the_same(self, guide: str) -> None:
        for mapping in GUIDES[guide].mappings:
            path = parse_path(mapping.ours.partition("[")[0], USER)
            prefix = f"{path.schema.id}:" if path.schema else ""
            part = f".{path.sub.name}" if path.attribute.name == "name" and path.sub else ""

            theirs = THEIR_NAMES[f"{prefix}{path.attribute.name}{part}"]

            assert str(getattr(theirs, guide)) == mapping.theirs

    def test_every_attribute_of_groups_is_explained(self) -> None:
        written = {each.name for each in GROUP.top_level if not each.is_read_only}

        assert GROUP_FIELDS.keys() == GROUP_NAMES.keys() == written


class TestWhatArrived:
    @pytest.fixture
    def ana(self, directory: Directory) -> None:
        directory.create_user(
            "ana@acme.example",
            title="Engineer",
            emails=[{"value": "ana@acme.example", "type": "work"}],
            phoneNumbers=[],
            **{CUSTOM_USER_URN: {"badge": 17, "location": "Lisbon"}},
        )
        directory.create_user("ben", active=False, name={"formatted": "Ben Berg"})

    def rows(self, acme: Organization) -> dict[str, Row]:
        return {row.path: row for row in rows_of(what_was_seen(acme))}

    def test_values_are_counted_and_shortened(self, ana: None, acme: Organization) -> None:
        rows = self.rows(acme)

        assert (rows["userName"].seen, rows["title"].seen, rows["phoneNumbers"].seen) == (2, 1, 0)
        assert rows["title"].example == "E…"
        assert rows["emails"].example == "a…@acme.example"
        assert rows["active"].example == "no", "of the one added last"
        assert rows["name.formatted"].example == "B…"

    def test_attributes_of_their_own_get_rows(self, ana: None, acme: Organization) -> None:
        row = self.rows(acme)[f"{CUSTOM_USER_URN}:badge"]

        assert (row.name, row.seen, row.field, row.example) == ("badge", 1, "", "…")

    def test_whom_no_directory_looks_after_does_not_count(
        self, ana: None, acme: Organization, make_user: Any
    ) -> None:
        make_user("mara", title="Curator")

        assert what_was_seen(acme).people == 2

    def test_nor_does_whoever_is_in_another_organization(
        self, other_directory: Directory, ana: None, globex: Organization, console: Client
    ) -> None:
        other_directory.create_user("gus", **{CUSTOM_USER_URN: {"globexOnly": "x"}})

        assert "globexOnly" not in text_of(console.get(URL))
        assert what_was_seen(globex).people == 1


class TestThePage:
    def test_before_anything_arrived_it_explains_all_the_same(
        self, console: Client, acme: Organization
    ) -> None:
        page = text_of(console.get(URL))

        assert "looks after nobody yet" in page
        assert "Sent for" not in page
        for words in ("userPrincipalName", "user.login", "User name", CUSTOM_USER_URN):
            assert words in page

    def test_what_was_never_sent_stands_apart(self, console: Client, directory: Directory) -> None:
        directory.create_user("ana", locale="en-US")

        sent, _, unsent = text_of(console.get(URL)).partition("<details")

        assert "<code>locale</code>" in sent
        assert "<code>nickName</code>" not in sent
        assert "<code>nickName</code>" in unsent

    @pytest.mark.parametrize(
        ("dialect", "theirs", "others"),
        [("entra", "userPrincipalName", "user.login"), ("okta", "user.login", "userPrincipalName")],
    )
    def test_it_speaks_of_the_directory_that_is_connected(
        self, console: Client, acme: Organization, dialect: str, theirs: str, others: str
    ) -> None:
        make_call(acme, dialect=dialect)

        page = text_of(console.get(URL))

        assert theirs in page
        assert others not in page

    def test_what_a_directory_called_its_attributes_is_text(
        self, console: Client, directory: Directory
    ) -> None:
        directory.create_user("ana", title="<i>x", **{CUSTOM_USER_URN: {"note": "<b>bold"}})

        page = console.get(URL).content.decode()

        assert "&lt;…" in page
        assert "<…" not in page

    def test_the_directory_s_page_leads_here(self, console: Client, acme: Organization) -> None:
        make_call(acme)

        assert f'href="{URL}"' in text_of(console.get("/console/directory/"))

    def test_it_costs_the_same_however_many_people(
        self, console: Client, directory: Directory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cost() -> int:
            with CaptureQueriesContext(connection) as seen:
                console.get(URL)
            return len(seen)

        directory.create_user("one")
        first = cost()
        for number in range(10):
            directory.create_user(f"p{number}")

        assert first == cost() <= 10
        monkeypatch.setattr(attributes, "LOOKED_AT", 4)
        assert what_was_seen(directory.organization).people == 4

    def test_a_phone_reads_every_cell_with_its_heading(
        self, console: Client, directory: Directory
    ) -> None:
        directory.create_user("ana")
        page = unescape(console.get(URL).content.decode())

        cells = page.split("<td")[1:]

        assert cells
        assert all("data-label=" in cell.partition(">")[0] for cell in cells)

    def test_whoever_has_no_record_counts_by_what_the_row_says(
        self, acme: Organization, make_user: Any
    ) -> None:
        make_user("ana", title="Engineer", source=User.Source.SCIM)

        assert what_was_seen(acme).counts["title"] == 1
