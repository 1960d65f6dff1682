"""In which order a list comes and how it is cut: RFC 7644, sections 3.4.2.3 and 3.4.2.4."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.provisioning.conformance.client import Json, Scim, ids, listed
from tests.provisioning.conformance.people import Library

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
HUGE = str(10**30)


def order(library: Library, path: str = "/Users", **query: str) -> list[str]:
    known = {each["id"]: name for name, each in (library.people | library.groups).items()}
    return [known[each["id"]] for each in listed(library.scim.get(path, **query))]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sortBy": "userName"}, "ada bob cem eve min zoe"),
        ({"sortBy": "userName", "sortOrder": "ascending"}, "ada bob cem eve min zoe"),
        ({"sortBy": "userName", "sortOrder": "descending"}, "zoe min eve cem bob ada"),
        ({"sortBy": "USERNAME"}, "ada bob cem eve min zoe"),
        (
            {"sortBy": "urn:ietf:params:scim:schemas:core:2.0:User:userName"},
            "ada bob cem eve min zoe",
        ),
        ({"sortBy": "userName", "filter": "emails pr"}, "ada bob cem eve"),
        ({"sortBy": "userName", "filter": "emails pr", "count": "2"}, "ada bob"),
        ({"sortBy": "userName", "startIndex": "3", "count": "2"}, "cem eve"),
        (
            {"sortBy": "userName", "sortOrder": "descending", "startIndex": "5", "count": "9"},
            "bob ada",
        ),
        ({"sortBy": "meta.created"}, "ada bob cem zoe eve min"),
        ({"sortBy": "meta.created", "sortOrder": "descending"}, "min eve zoe cem bob ada"),
        ({"sortBy": "name.familyName", "filter": "name pr"}, "ada bob zoe"),
        (
            {"sortBy": "name.familyName", "filter": "name pr", "sortOrder": "descending"},
            "zoe bob ada",
        ),
        ({"sortBy": "displayName", "filter": "displayName pr"}, "ada bob cem eve zoe"),
        # externalId is compared exactly, so capitals come before small letters.
        ({"sortBy": "externalId", "filter": "externalId pr"}, "eve ada bob"),
        # Of several values the primary counts, else the first.
        ({"sortBy": "emails", "filter": "emails pr"}, "ada bob cem eve"),
        ({"sortBy": "emails.value", "filter": "emails pr"}, "ada bob cem eve"),
        (
            {"sortBy": "emails.value", "filter": "emails pr", "sortOrder": "descending"},
            "eve cem bob ada",
        ),
        (
            {"sortBy": f"{ENTERPRISE}:employeeNumber", "filter": f"{ENTERPRISE}:employeeNumber pr"},
            "bob ada",
        ),
        (
            {
                "sortBy": f"{ENTERPRISE}:department",
                "filter": 'userName eq "bob" or userName eq "eve"',
            },
            "eve bob",
        ),
    ],
    ids=str,
)
def test_people_come_in_order(library: Library, query: dict[str, str], expected: str):
    assert order(library, **query) == expected.split()


def test_who_has_no_value_comes_last(library: Library):
    assert order(library, sortBy="title")[-1] == "min"
    assert order(library, sortBy="externalId")[:3] == ["eve", "ada", "bob"]
    assert order(library, sortBy="name.givenName")[:3] == ["ada", "bob", "zoe"]


def test_who_has_no_value_comes_first_the_other_way_round(library: Library):
    assert order(library, sortBy="title", sortOrder="descending")[0] == "min"
    backwards = order(library, sortBy="externalId", sortOrder="descending")
    assert backwards[-3:] == ["bob", "ada", "eve"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sortBy": "displayName"}, "empty engineers sales"),
        ({"sortBy": "displayName", "sortOrder": "descending"}, "sales engineers empty"),
        ({"sortBy": "externalId"}, "engineers empty sales"),
        ({"sortBy": "meta.created"}, "engineers sales empty"),
    ],
    ids=str,
)
def test_groups_come_in_order(library: Library, query: dict[str, str], expected: str):
    assert order(library, "/Groups", **query) == expected.split()


@pytest.mark.parametrize(
    "sort_by", ["foo", "name.foo", "password", "organization", "urn:example:other:userName", "a b"]
)
def test_nothing_is_sorted_by_what_there_is_not(library: Library, sort_by: str):
    library.scim.get("/Users", sortBy=sort_by).refused(400, "invalidPath", "invalidValue")


def test_there_are_two_directions(library: Library):
    answer = library.scim.get("/Users", sortBy="userName", sortOrder="upwards")

    answer.refused(400, "invalidValue")


def test_a_direction_alone_changes_nothing(library: Library):
    plain = order(library)

    assert order(library, sortOrder="ascending") == plain
    assert sorted(order(library, sortOrder="descending")) == sorted(plain)


def test_the_whole_list_says_how_long_it_is(library: Library):
    answer = library.scim.get("/Users")

    assert len(listed(answer)) == 6
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (6, 1, 6)


@pytest.mark.parametrize(
    ("query", "start", "size"),
    [
        ({"startIndex": "1", "count": "4"}, 1, 4),
        ({"startIndex": "1", "count": "100"}, 1, 6),
        ({"startIndex": "5", "count": "4"}, 5, 2),
        ({"startIndex": "6"}, 6, 1),
        ({"startIndex": "7", "count": "4"}, 7, 0),
        ({"startIndex": "1000"}, 1000, 0),
        ({"count": "1"}, 1, 1),
        ({"count": "0"}, 1, 0),
        # Less than 1 means 1, and a negative count means 0 (RFC 7644, 3.4.2.4, Table 6).
        ({"startIndex": "0"}, 1, 6),
        ({"startIndex": "0", "count": "2"}, 1, 2),
        ({"startIndex": "-5", "count": "2"}, 1, 2),
        ({"count": "-1"}, 1, 0),
        ({"startIndex": f"-{HUGE}"}, 1, 6),
        ({"count": f"-{HUGE}"}, 1, 0),
        ({"count": HUGE}, 1, 6),
    ],
    ids=str,
)
def test_a_page_is_cut_out(library: Library, query: dict[str, str], start: int, size: int):
    answer = library.scim.get("/Users", **query)

    assert len(listed(answer)) == size
    assert answer["totalResults"] == 6
    assert answer["startIndex"] == start


def test_beyond_every_number_there_is_nothing(library: Library):
    answer = library.scim.get("/Users", startIndex=HUGE)

    assert listed(answer) == []
    assert answer["totalResults"] == 6


@pytest.mark.parametrize("value", ["x", "1.5", "1e3", "0x10", "one", "²", "1 2", "--1", "null"])
@pytest.mark.parametrize("name", ["startIndex", "count"])
def test_positions_are_whole_numbers(library: Library, name: str, value: str):
    library.scim.get("/Users", **{name: value}).refused(400, "invalidValue", "invalidCount")


@pytest.mark.parametrize("query", [{}, {"sortBy": "title"}, {"sortBy": "userType"}], ids=str)
def test_pages_together_are_the_list(library: Library, query: dict[str, str]):
    """Whatever the order is, it is the same for each page."""
    whole = order(library, **query)
    pages = [
        name
        for start in range(1, 7)
        for name in order(library, startIndex=str(start), count="1", **query)
    ]

    assert pages == whole
    assert sorted(pages) == sorted(library.people)


def test_groups_are_cut_into_pages_as_well(library: Library):
    answer = library.scim.get("/Groups", startIndex="2", count="1", sortBy="displayName")

    assert library.names(listed(answer)) == {"engineers"}
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (3, 2, 1)


def test_a_page_is_never_longer_than_the_server_says(
    scim: Scim, make_crowd: Callable[[int], list[str]]
):
    limit = scim.get("/ServiceProviderConfig").ok()["filter"]["maxResults"]
    make_crowd(limit + 1)

    answer = scim.get("/Users", count=str(limit + 1))

    assert len(listed(answer)) == limit
    assert answer["totalResults"] == limit + 1


def test_deleted_people_are_not_counted(scim: Scim, make_people: Callable[[int], list[Json]]):
    people = make_people(3)
    scim.delete(f"/Users/{people[1]['id']}").ok(204)

    answer = scim.get("/Users")

    assert set(ids(listed(answer))) == {people[0]["id"], people[2]["id"]}
    assert answer["totalResults"] == 2


def test_an_empty_organization_has_an_empty_list(scim: Scim):
    for path in ("/Users", "/Groups"):
        answer = scim.get(path)
        assert listed(answer) == []
        assert answer["totalResults"] == 0
        assert answer["startIndex"] == 1
