"""The latest calls alone, as the script of the page asks for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization
from tests.provisioning.console.conftest import make_call, make_token, text_of

PAGE, ROWS = "/console/directory/", "/console/directory/calls/"


def live_url(page: str) -> str:
    found = re.search(r'data-live="([^"]+)"', page)
    assert found, "the page has no rows that live"
    return found[1]


@pytest.mark.parametrize("wanted", ["", "changes", "refused", "nonsense"])
def test_they_are_the_rows_of_the_page_that_asks(
    console: Client, acme: Organization, wanted: str
) -> None:
    make_call(acme, subject="Writer")
    make_call(acme, "GET", subject="Reader")
    make_call(acme, "POST", subject="Refused", status=400)
    page = text_of(console.get(PAGE, {"calls": wanted}))

    rows = text_of(console.get(live_url(page)))

    assert rows.strip() in page
    assert re.findall(r'data-call="(\w+)"', rows)
    assert "<html" not in rows


@pytest.mark.parametrize("guide", ["entra", "okta", "other"])
def test_beside_a_guide_the_latest_three(console: Client, acme: Organization, guide: str) -> None:
    for number in range(4):
        make_call(acme, "GET", milliseconds=700 + number, minutes_ago=number)
    page = text_of(console.get(f"{PAGE}guide/{guide}/"))

    rows = text_of(console.get(live_url(page)))

    assert rows.strip() in page
    assert rows.count("data-call=") == 3


def test_calls_of_another_organization_are_not_among_them(
    console: Client, acme: Organization, globex: Organization
) -> None:
    make_call(globex, subject="Gus of Globex")

    for query in ({}, {"guide": "okta"}, {"organization": "globex"}):
        assert "Gus of Globex" not in text_of(console.get(ROWS, query))


def test_staff_stay_at_the_organization_they_look_at(
    staff_console: Client, acme: Organization, globex: Organization
) -> None:
    make_call(globex, subject="Gus of Globex")
    page = text_of(staff_console.get(PAGE, {"organization": "globex", "calls": "changes"}))

    assert "Gus of Globex" in text_of(staff_console.get(live_url(page)))


def test_the_first_call_is_awaited_in_the_page(console: Client, acme: Organization) -> None:
    make_token(acme)

    page = text_of(console.get(PAGE))

    assert "No call yet. Press the test button in your directory" in page
    assert "data-first=" in page
    assert "data-call=" not in page


def test_without_scripts_a_link_loads_the_page_again(console: Client, acme: Organization) -> None:
    make_call(acme)

    page = text_of(console.get(PAGE, {"calls": "changes"}))

    # A fragment would make it a jump within the page, which loads nothing.
    assert f'href="{PAGE}?calls=changes">' in page.partition("data-rows")[2]
    assert re.search(r"<button[^>]*data-pause hidden>", page), "only scripts can pause"


def test_asking_costs_little_however_long_the_log(console: Client, acme: Organization) -> None:
    make_call(acme)
    with CaptureQueriesContext(connection) as few:
        console.get(ROWS)
    for number in range(30):
        make_call(acme, minutes_ago=number)
    with CaptureQueriesContext(connection) as many:
        console.get(ROWS)

    assert len(few) == len(many) <= 3


def test_the_script_keeps_to_the_content_policy() -> None:
    script = (Path(settings.BASE_DIR) / "static/provisioning/live.js").read_text()

    assert not re.search(r"\beval\b|new Function|innerHTML|document\.write|\.style\b", script)
