from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organization, User
from provisioning.documents import search_form
from provisioning.errors import (
    ExpiredCursor,
    InvalidCount,
    InvalidCursor,
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    ScimError,
)
from provisioning.limits import CURSOR_SECONDS, PAGE_DEFAULT, PAGE_MAX
from provisioning.models import DirectoryRecord
from provisioning.paging import Page, Query, page
from provisioning.people import GROUPS, PEOPLE
from provisioning.schema import GROUP, USER

TOKEN, OTHER_TOKEN = uuid.uuid4(), uuid.uuid4()

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@pytest.fixture
def people(acme: Organization, make_user: Callable[..., User]) -> list[User]:
    """Seven people in the order of their ids; their titles repeat, and one has none."""
    made = [make_user(f"person-{number}") for number in range(7)]
    made.sort(key=lambda user: user.pk)
    titles = ["B", "a", None, "b", "A", "c", "B"]
    for second, (user, title) in enumerate(zip(made, titles, strict=True)):
        added = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
        User.objects.filter(pk=user.pk).update(created_at=added)
        document = {"title": title} if title else {}
        DirectoryRecord.objects.create(
            user=user, organization=acme, document=document, search=search_form(document, USER)
        )
    return made


def people_page(query: Query, organization: Organization, owner: uuid.UUID = TOKEN) -> Page[User]:
    return page(PEOPLE.of(organization.pk), query=query, resource_type=USER, owner=owner)


def walk(organization: Organization, **query: Any) -> list[Page[User]]:
    """Every page by cursor, from the first to the last."""
    pages = [people_page(Query(cursor="", **query), organization)]
    while cursor := pages[-1].next_cursor:
        pages.append(people_page(Query(cursor=cursor, **query), organization))
    return pages


def test_without_parameters_everybody_comes_in_the_order_of_being_added(
    people: list[User], acme: Organization
) -> None:
    found = people_page(Query(), acme)

    assert (found.rows, found.total, found.start_index) == (people, 7, 1)
    assert found.next_cursor is found.previous_cursor is None


@pytest.mark.parametrize(
    ("start", "count", "numbers", "answered_start"),
    [
        (None, 3, [0, 1, 2], 1),
        (1, 3, [0, 1, 2], 1),
        (4, 3, [3, 4, 5], 4),
        (7, 3, [6], 7),
        (8, 3, [], 8),
        (999_999_999_999_999, 3, [], 999_999_999_999_999),
        (0, 2, [0, 1], 1),
        (-5, 2, [0, 1], 1),
        (2, 0, [], 2),
        (1, -1, [], 1),
        (2, None, [1, 2, 3, 4, 5, 6], 2),
        (1, PAGE_MAX + 1, [0, 1, 2, 3, 4, 5, 6], 1),
    ],
)
def test_a_page_by_index_starts_where_it_should_and_knows_the_total(
    people: list[User],
    acme: Organization,
    start: int | None,
    count: int | None,
    numbers: list[int],
    answered_start: int,
) -> None:
    found = people_page(Query(start_index=start, count=count), acme)

    assert found.rows == [people[number] for number in numbers]
    assert (found.total, found.start_index) == (7, answered_start)


def test_pages_have_a_usual_and_a_greatest_size(
    acme: Organization, monkeypatch: pytest.MonkeyPatch, people: list[User]
) -> None:
    assert (PAGE_DEFAULT, PAGE_MAX) == (100, 1000)
    monkeypatch.setattr("provisioning.paging.PAGE_DEFAULT", 2)
    monkeypatch.setattr("provisioning.paging.PAGE_MAX", 5)

    assert len(people_page(Query(), acme).rows) == 2
    assert len(people_page(Query(cursor=""), acme).rows) == 2
    assert len(people_page(Query(count=6), acme).rows) == 5
    with pytest.raises(InvalidCount, match="5 at most"):
        people_page(Query(cursor="", count=6), acme)


def test_another_organization_is_never_on_the_page(
    people: list[User], globex: Organization
) -> None:
    assert people_page(Query(), globex).rows == []
    assert people_page(Query(start_index=3), globex).rows == []
    assert people_page(Query(cursor=""), globex).rows == []


def test_a_filter_counts_only_whom_it_finds(people: list[User], acme: Organization) -> None:
    query = Query(filter='title eq "B"', start_index=2, count=1)

    found = people_page(query, acme)

    assert (found.rows, found.total) == ([people[3]], 3)


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        (Query(filter=""), InvalidFilter),
        (Query(filter="nothing pr"), InvalidFilter),
        (Query(sort_by="nothing"), InvalidPath),
        (Query(sort_by="name"), InvalidPath),
        (Query(sort_by="addresses"), InvalidPath),
        (Query(sort_by="title", sort_order="up"), InvalidValue),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    acme: Organization, query: Query, refusal: type[ScimError]
) -> None:
    with pytest.raises(refusal):
        people_page(query, acme)


# By title without case, who has none last; equal ones by id.
ASCENDING = [1, 4, 0, 3, 6, 5, 2]


@pytest.mark.parametrize(
    ("sort_by", "sort_order", "numbers"),
    [
        ("title", None, ASCENDING),
        ("TITLE", "Ascending", ASCENDING),
        ("title", "DESCENDING", ASCENDING[::-1]),
        (None, "descending", [0, 1, 2, 3, 4, 5, 6]),
        ("", None, [0, 1, 2, 3, 4, 5, 6]),
        ("id", "descending", [6, 5, 4, 3, 2, 1, 0]),
        ("userName", "descending", None),
        ("meta.created", "descending", [6, 5, 4, 3, 2, 1, 0]),
        ("meta.location", "descending", [6, 5, 4, 3, 2, 1, 0]),
        ("meta.resourceType", None, [0, 1, 2, 3, 4, 5, 6]),
        ("active", "ascending", [0, 1, 2, 3, 4, 5, 6]),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_pages_by_index_and_by_cursor_go_through_the_same_order(
    people: list[User],
    acme: Organization,
    sort_by: str | None,
    sort_order: str | None,
    numbers: list[int] | None,
    count: int,
) -> None:
    if numbers is None:
        expected = sorted(people, key=lambda user: user.user_name, reverse=True)
    else:
        expected = [people[number] for number in numbers]
    query = {"sort_by": sort_by, "sort_order": sort_order, "count": count}

    by_index = [
        user
        for start in range(1, 8, count)
        for user in people_page(Query(start_index=start, **query), acme).rows
    ]
    pages = walk(acme, **query)

    assert by_index == expected
    assert [user for each in pages for user in each.rows] == expected
    assert all(each.rows for each in pages)
    assert {each.total for each in pages} == {7}


@pytest.mark.parametrize("sort_by", [None, "title"])
@pytest.mark.parametrize("sort_order", ["ascending", "descending"])
def test_previous_cursors_lead_back_to_the_first_page(
    people: list[User], acme: Organization, sort_by: str | None, sort_order: str
) -> None:
    query: dict[str, Any] = {"sort_by": sort_by, "sort_order": sort_order, "count": 3}
    pages = walk(acme, **query)

    back = [pages[-1]]
    while cursor := back[-1].previous_cursor:
        back.append(people_page(Query(cursor=cursor, **query), acme))

    assert pages[0].previous_cursor is None
    assert [each.rows for each in reversed(back)] == [each.rows for each in pages]
    forth = people_page(Query(cursor=back[-1].next_cursor, **query), acme)
    assert forth.rows == pages[1].rows


def test_a_previous_page_that_is_gone_is_the_first_page(
    people: list[User], acme: Organization
) -> None:
    second = walk(acme, count=3)[1]
    for user in people[:3]:
        User.objects.filter(pk=user.pk).update(
            state=User.State.DELETED, deactivated_at=timezone.now()
        )

    found = people_page(Query(cursor=second.previous_cursor, count=3), acme)

    assert found.rows == people[3:6]
    assert found.previous_cursor is None
    assert found.next_cursor


def test_what_changes_between_pages_neither_repeats_nor_hides_anybody(
    people: list[User], acme: Organization, make_user: Callable[..., User]
) -> None:
    first = people_page(Query(cursor="", count=3), acme)
    User.objects.filter(pk__in=[people[0].pk, people[2].pk]).update(
        state=User.State.DELETED, deactivated_at=timezone.now()
    )
    late = make_user("late")

    second = people_page(Query(cursor=first.next_cursor, count=3), acme)
    third = people_page(Query(cursor=second.next_cursor, count=3), acme)

    assert [*second.rows, *third.rows] == [*people[3:], late]


def test_a_count_of_zero_asks_for_the_total_alone(people: list[User], acme: Organization) -> None:
    for count in (0, -1):
        found = people_page(Query(cursor="", count=count), acme)
        assert (found.rows, found.total, found.next_cursor) == ([], 7, None)


def test_cursors_are_made_of_unreserved_characters(people: list[User], acme: Organization) -> None:
    for sort_by in (None, "title", "meta.created", "meta.location"):
        cursor = people_page(Query(cursor="", count=3, sort_by=sort_by), acme).next_cursor
        assert cursor
        assert cursor.replace("~", "").replace(".", "").replace("-", "").replace("_", "").isalnum()
        assert cursor.isascii()
        assert len(cursor) < 300


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"filter": "userName pr"}, InvalidCursor),
        ({"filter": None}, InvalidCursor),
        ({"sort_by": "userName"}, InvalidCursor),
        ({"sort_by": "title", "sort_order": "descending"}, InvalidCursor),
        ({"count": 4}, InvalidCount),
        ({"count": None}, InvalidCount),
        ({"count": 0}, InvalidCount),
    ],
)
def test_a_cursor_is_good_for_its_own_query_alone(
    people: list[User], acme: Organization, change: dict[str, Any], refusal: type[ScimError]
) -> None:
    query: dict[str, Any] = {"filter": "id pr", "sort_by": "title", "count": 3}
    cursor = people_page(Query(cursor="", **query), acme).next_cursor

    with pytest.raises(refusal):
        people_page(Query(cursor=cursor, **{**query, **change}), acme)


def test_a_cursor_is_good_for_its_own_token_and_kind_of_resource_alone(
    people: list[User], acme: Organization
) -> None:
    cursor = people_page(Query(cursor="", count=3), acme).next_cursor
    groups = GROUPS.of(acme.pk)

    with pytest.raises(InvalidCursor):
        people_page(Query(cursor=cursor, count=3), acme, owner=OTHER_TOKEN)
    with pytest.raises(InvalidCursor):
        page(groups, query=Query(cursor=cursor, count=3), resource_type=GROUP, owner=TOKEN)


def test_a_cursor_that_was_tampered_with_is_refused(people: list[User], acme: Organization) -> None:
    cursor = people_page(Query(cursor="", count=3), acme).next_cursor
    assert cursor
    other = "A" if cursor[5] != "A" else "B"

    for text in (
        cursor[:-1],
        cursor + "A",
        cursor[:5] + other + cursor[6:],
        "x",
        "~",
        "a~b~c",
        "é",
        "\ud800~b~c",
        "a~b~\ud800",
    ):
        with pytest.raises(InvalidCursor):
            people_page(Query(cursor=text, count=3), acme)


def test_a_cursor_expires(people: list[User], acme: Organization) -> None:
    with time_machine.travel("2026-03-01T08:00:00Z", tick=False) as clock:
        cursor = people_page(Query(cursor="", count=3), acme).next_cursor
        clock.shift(CURSOR_SECONDS)
        assert people_page(Query(cursor=cursor, count=3), acme).rows
        clock.shift(1)
        with pytest.raises(ExpiredCursor, match="3600 s"):
            people_page(Query(cursor=cursor, count=3), acme)


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        (Query(filter='userName eq "PERSON-3"'), 1),
        (Query(filter='userName eq "person-3"', count=1), 1),
        (Query(filter='userName eq "nobody"', start_index=1, count=100), 1),
        (Query(filter='externalId eq "x"'), 1),
        (Query(filter='id eq "nobody\'s"'), 0),
        (Query(), 1),
        (Query(count=7), 1),
        (Query(count=3), 2),
        (Query(start_index=6, count=3), 1),
        (Query(start_index=4, count=3), 2),
        (Query(start_index=9, count=3), 2),
        (Query(count=0), 1),
        (Query(cursor="", count=7), 1),
        (Query(cursor="", count=3), 2),
        # With a limit around it where the database knows one: begun, set, ended.
        (Query(cursor="", count=3, sort_by="title"), 5 if connection.vendor == "postgresql" else 2),
    ],
)
def test_a_page_is_one_statement_and_a_count_where_there_is_more(
    people: list[User],
    acme: Organization,
    django_assert_num_queries: DjangoAssertNumQueries,
    query: Query,
    statements: int,
) -> None:
    with django_assert_num_queries(statements):
        people_page(query, acme)


def test_further_pages_by_cursor_are_one_statement(
    people: list[User], acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cursor = people_page(Query(cursor="", count=3), acme).next_cursor

    with django_assert_num_queries(1):
        people_page(Query(cursor=cursor, count=3), acme)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("filter=title%20pr&sortBy=title&sortOrder=descending",
         Query(filter="title pr", sort_by="title", sort_order="descending")),
        ("STARTINDEX=2&Count=-3", Query(start_index=2, count=-3)),
        ("startIndex=%201%20&count=%2B5", Query(start_index=1, count=5)),
        ("cursor", Query(cursor="")),
        ("cursor=&count=5", Query(cursor="", count=5)),
        ("count=1&count=2", Query(count=2)),
        ("attributes=userName,%20emails.value,,", Query(attributes=("userName", "emails.value"))),
        ("excludedAttributes=members", Query(excluded_attributes=("members",))),
        ("attributes=&excludedAttributes=members", Query(excluded_attributes=("members",))),
        ("aadOptscim062020=&whatever=1", Query()),
    ],
)  # fmt: skip
def test_a_query_is_read_from_a_url(text: str, query: Query) -> None:
    assert Query.from_parameters(QueryDict(text)) == query


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("count=ten", InvalidValue),
        ("count=", InvalidValue),
        ("count=1.5", InvalidValue),
        ("count=1_0", InvalidValue),
        ("count=%D9%A1", InvalidValue),
        ("startIndex=x", InvalidValue),
        ("attributes=a&excludedAttributes=b", InvalidValue),
        ("cursor&startIndex=1", InvalidCursor),
    ],
)
def test_a_url_that_is_no_query_is_refused(text: str, refusal: type[ScimError]) -> None:
    with pytest.raises(refusal):
        Query.from_parameters(QueryDict(text))


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({}, Query()),
        ({"Filter": "title pr", "sortBy": None, "startIndex": 2, "count": 0},
         Query(filter="title pr", start_index=2, count=0)),
        ({"cursor": "", "count": "10"}, Query(cursor="", count=10)),
        ({"attributes": ["userName", "emails"]}, Query(attributes=("userName", "emails"))),
        ({"attributes": "userName, emails"}, Query(attributes=("userName", "emails"))),
        ({"excludedAttributes": []}, Query()),
    ],
)  # fmt: skip
def test_a_query_is_read_from_a_search_request(body: dict[str, Any], query: Query) -> None:
    assert Query.from_body({"schemas": [SEARCH], **body}) == query


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ([], InvalidSyntax),
        ({"schemas": []}, InvalidSyntax),
        ("x", InvalidSyntax),
        (None, InvalidSyntax),
        ({"filter": 5}, InvalidValue),
        ({"sortBy": ["title"]}, InvalidValue),
        ({"cursor": False}, InvalidValue),
        ({"count": True}, InvalidValue),
        ({"count": 1.0}, InvalidValue),
        ({"count": {}}, InvalidValue),
        ({"attributes": 5}, InvalidValue),
        ({"attributes": {"userName": 1}}, InvalidValue),
        ({"attributes": ["userName", 5]}, InvalidValue),
        ({"cursor": "", "startIndex": 1}, InvalidCursor),
    ],
)
def test_a_body_that_is_no_search_request_is_refused(body: Any, refusal: type[ScimError]) -> None:
    with pytest.raises(refusal):
        Query.from_body({"schemas": [SEARCH], **body} if isinstance(body, dict) else body)


def test_numbers_beyond_every_list_are_as_good_as_its_end() -> None:
    assert Query.from_parameters(QueryDict("startIndex=9999999999999999")).start_index == 10**15
    assert Query.from_body({"schemas": [SEARCH], "count": -(10**30)}).count == -(10**15)
