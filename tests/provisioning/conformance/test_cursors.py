"""Paging by cursor: RFC 9865."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Organization
from tests.provisioning.conformance.client import Answer, Json, Scim, ids, listed
from tests.provisioning.conformance.conftest import connect

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")


def walk(scim: Scim, path: str = "/Users", **query: str) -> list[Answer]:
    """All pages, from the first to the last."""
    pages = [scim.get(path, cursor="", **query).ok()]
    while "nextCursor" in pages[-1].body:
        assert len(pages) < 50, "this list has no end"
        pages.append(scim.get(path, cursor=pages[-1]["nextCursor"], **query).ok())
    return pages


def walked(pages: list[Answer]) -> list[str]:
    return [each for page in pages for each in ids(listed(page))]


@pytest.fixture
def people(make_people: Callable[[int], list[Json]]) -> list[Json]:
    return make_people(7)


def test_the_first_page_has_a_next_and_no_previous(scim: Scim, people: list[Json]):
    answer = scim.get("/Users", cursor="", count="3")

    assert len(listed(answer)) == 3
    assert answer["totalResults"] == 7
    assert UNRESERVED.fullmatch(answer["nextCursor"])
    assert "previousCursor" not in answer.body


def test_the_parameter_may_stand_without_a_value(scim: Scim, people: list[Json]):
    answer = scim.send("GET", "/Users?cursor&count=3")

    assert len(listed(answer)) == 3
    assert answer["nextCursor"]


@pytest.mark.parametrize("count", ["1", "2", "3", "6", "7", "8"])
def test_everybody_is_there_once(scim: Scim, people: list[Json], count: str):
    pages = walk(scim, count=count)

    assert sorted(walked(pages)) == sorted(ids(people))
    assert all(page["totalResults"] == 7 for page in pages)
    assert all(len(listed(page)) <= int(count) for page in pages)
    assert all(listed(page) for page in pages)


def test_the_last_page_has_no_next(scim: Scim, people: list[Json]):
    last = walk(scim, count="3")[-1]

    assert len(listed(last)) == 1
    assert "nextCursor" not in last.body


def test_a_list_of_one_page_has_no_cursor(scim: Scim, people: list[Json]):
    answer = scim.get("/Users", cursor="")

    assert len(listed(answer)) == 7
    assert "nextCursor" not in answer.body
    assert "previousCursor" not in answer.body


def test_an_empty_list_has_no_cursor(scim: Scim):
    answer = scim.get("/Users", cursor="", count="3")

    assert listed(answer) == []
    assert answer["totalResults"] == 0
    assert "nextCursor" not in answer.body


def test_a_previous_cursor_leads_back(scim: Scim, people: list[Json]):
    pages = walk(scim, count="2", sortBy="userName")

    for before, page in pairwise(pages):
        if "previousCursor" in page.body:
            back = scim.get("/Users", cursor=page["previousCursor"], count="2", sortBy="userName")
            assert ids(listed(back)) == ids(listed(before))


def test_a_cursor_can_be_used_again(scim: Scim, people: list[Json]):
    cursor = scim.get("/Users", cursor="", count="3")["nextCursor"]

    first, second = (scim.get("/Users", cursor=cursor, count="3") for _time in range(2))

    assert ids(listed(first)) == ids(listed(second))


@pytest.mark.parametrize(
    "query",
    [
        {"sortBy": "userName"},
        {"sortBy": "userName", "sortOrder": "descending"},
        {"sortBy": "meta.created", "sortOrder": "descending"},
        {"sortBy": "title"},
        {"sortBy": "title", "sortOrder": "descending"},
        {"sortBy": "emails.value"},
        {"sortBy": "active"},
        {"sortBy": "externalId", "sortOrder": "descending"},
        {"sortBy": "name.familyName", "filter": "userName pr"},
    ],
    ids=str,
)
def test_pages_by_cursor_are_sorted_like_the_list(scim: Scim, query: dict[str, str]):
    """With equal values and with none at the seams of pages."""
    for number, title in enumerate(["b", "B", None, "a", None, "b", "", "c"]):
        given: Json = {} if title is None else {"title": title, "externalId": f"{title}{number}"}
        given |= {"active": number % 3 > 0}
        given |= {"emails": [{"value": f"{title}@x.org"}]} if title else {}
        scim.create_user(f"person-{number}", **given)

    whole = ids(listed(scim.get("/Users", **query)))

    assert walked(walk(scim, count="1", **query)) == whole
    assert walked(walk(scim, count="3", **query)) == whole


def test_a_cursor_keeps_to_the_filter(scim: Scim, people: list[Json]):
    kept = 'userName ne "person-003"'
    pages = walk(scim, count="2", filter=kept)

    assert people[3]["id"] not in walked(pages)
    assert len(walked(pages)) == 6
    assert all(page["totalResults"] == 6 for page in pages)


def test_groups_have_cursors(scim: Scim):
    groups = [scim.create_group(f"Group {number}") for number in range(5)]

    assert sorted(walked(walk(scim, "/Groups", count="2"))) == sorted(ids(groups))


def test_a_count_of_nothing_counts(scim: Scim, people: list[Json]):
    answer = scim.get("/Users", cursor="", count="0")

    assert listed(answer) == []
    assert answer["totalResults"] == 7


def test_a_negative_count_is_nothing(scim: Scim, people: list[Json]):
    assert listed(scim.get("/Users", cursor="", count="-3")) == []


@pytest.mark.parametrize(
    "cursor", ["x", "VZUTiyhEQJ94IR", "1", "0", "null", "../..", "\x00", "é", "a" * 10_000]
)
def test_an_invented_cursor_is_refused(scim: Scim, people: list[Json], cursor: str):
    scim.get("/Users", cursor=cursor, count="3").refused(400, "invalidCursor")


@pytest.mark.parametrize("at", [0, 5, 20, -5])
def test_a_changed_cursor_is_refused(scim: Scim, people: list[Json], at: int):
    cursor = list(scim.get("/Users", cursor="", count="3")["nextCursor"])
    cursor[at] = "A" if cursor[at] != "A" else "B"

    scim.get("/Users", cursor="".join(cursor), count="3").refused(400, "invalidCursor")


def test_a_piece_of_a_cursor_is_refused(scim: Scim, people: list[Json]):
    cursor = scim.get("/Users", cursor="", count="3")["nextCursor"]

    for piece in (cursor[:-1], cursor[1:], cursor[: len(cursor) // 2], cursor * 2):
        scim.get("/Users", cursor=piece, count="3").refused(400, "invalidCursor")


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "userName pr"},
        {"sortBy": "title"},
        {"sortBy": "userName", "sortOrder": "descending"},
    ],
    ids=str,
)
def test_a_cursor_is_good_for_its_query_alone(
    scim: Scim, people: list[Json], query: dict[str, str]
):
    cursor = scim.get("/Users", cursor="", count="3", sortBy="userName")["nextCursor"]

    changed = {"count": "3", "sortBy": "userName"} | query

    scim.get("/Users", cursor=cursor, **changed).refused(400, "invalidCursor")


def test_the_count_stays_the_same(scim: Scim, people: list[Json]):
    cursor = scim.get("/Users", cursor="", count="3")["nextCursor"]

    scim.get("/Users", cursor=cursor, count="4").refused(400, "invalidCount")


def test_a_cursor_of_people_is_none_of_groups(scim: Scim, people: list[Json]):
    scim.create_group("A")
    cursor = scim.get("/Users", cursor="", count="3")["nextCursor"]

    scim.get("/Groups", cursor=cursor, count="3").refused(400, "invalidCursor")


def test_a_cursor_of_the_other_tenant_is_refused(scim: Scim, other: Scim, people: list[Json]):
    for number in range(7):
        other.create_user(f"person-{number:03}")
    cursor = scim.get("/Users", cursor="", count="3")["nextCursor"]

    answer = other.get("/Users", cursor=cursor, count="3").refused(400, "invalidCursor")

    invented = other.get("/Users", cursor="x", count="3")
    assert answer.content == invented.content


def test_a_cursor_of_another_token_is_refused(scim: Scim, acme: Organization, people: list[Json]):
    cursor = scim.get("/Users", cursor="", count="3")["nextCursor"]

    answer = connect(acme, name="Second").get("/Users", cursor=cursor, count="3")

    answer.refused(400, "invalidCursor")


def test_a_cursor_expires(scim: Scim, people: list[Json]):
    timeout = scim.get("/ServiceProviderConfig").ok()["pagination"]["cursorTimeout"]
    cursor = scim.get("/Users", cursor="", count="3")["nextCursor"]

    with time_machine.travel(timezone.now() + timedelta(seconds=timeout - 5), tick=False):
        assert len(listed(scim.get("/Users", cursor=cursor, count="3"))) == 3
    with time_machine.travel(timezone.now() + timedelta(seconds=2 * timeout), tick=False):
        scim.get("/Users", cursor=cursor, count="3").refused(400, "expiredCursor")


def test_who_comes_or_goes_between_pages_moves_nobody_else(scim: Scim, people: list[Json]):
    query = {"count": "3", "sortBy": "userName"}
    first = scim.get("/Users", cursor="", **query)
    scim.delete(f"/Users/{people[0]['id']}").ok(204)
    scim.create_user("person-000")
    scim.create_user("a-new-one")

    pages = [first]
    while "nextCursor" in pages[-1].body:
        pages.append(scim.get("/Users", cursor=pages[-1]["nextCursor"], **query))

    assert walked(pages) == ids(people)


def test_a_search_by_message_has_cursors(scim: Scim, people: list[Json]):
    query: dict[str, Any] = {"filter": "userName pr", "sortBy": "userName", "count": 3}
    pages = [scim.search("/Users", cursor="", **query).ok()]
    while "nextCursor" in pages[-1].body:
        pages.append(scim.search("/Users", cursor=pages[-1]["nextCursor"], **query).ok())

    assert walked(pages) == ids(people)
    scim.search("/Users", cursor="x", **query).refused(400, "invalidCursor")


def test_whoever_asks_for_no_cursor_gets_an_index(scim: Scim, people: list[Json]):
    """Servers that have always paged by index go on doing so by default: section 2.4."""
    pagination = scim.get("/ServiceProviderConfig").ok()["pagination"]
    answer = scim.get("/Users", count="3")

    assert pagination["defaultPaginationMethod"] == "index"
    assert answer["startIndex"] == 1
    assert "nextCursor" not in answer.body
