"""Asking by message, and of all kinds of resources: RFC 7644, sections 3.4.2.1 and 3.4.3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    BULK_REQUEST,
    CORE_USER,
    SEARCH_REQUEST,
    Scim,
    listed,
)
from tests.provisioning.conformance.people import Library

EVERYTHING = "ada bob cem zoe eve min engineers sales empty"


@pytest.mark.parametrize(
    ("path", "parameters", "expected"),
    [
        ("/Users", {"filter": 'userName eq "bob"'}, "bob"),
        ("/Users", {"filter": 'userName eq "nobody"'}, ""),
        ("/Users", {}, "ada bob cem zoe eve min"),
        ("/Users", {"filter": "emails pr", "sortBy": "userName", "count": 2}, "ada bob"),
        ("/Users", {"sortBy": "userName", "sortOrder": "descending", "count": 2}, "zoe min"),
        ("/Users", {"sortBy": "userName", "startIndex": 3, "count": 2}, "cem eve"),
        ("/Users", {"startIndex": -3, "count": -1}, ""),
        ("/Users", {"FILTER": 'userName eq "bob"'}, "bob"),
        ("/Users", {"filter": 'userName eq "bob"', "foo": "bar"}, "bob"),
        ("/Users", {"filter": None, "count": None, "sortBy": None}, "ada bob cem zoe eve min"),
        ("/Groups", {}, "engineers sales empty"),
        ("/Groups", {"filter": 'displayName co "engineers"'}, "engineers sales"),
        ("/Groups", {"filter": 'members.value eq "{bob}"'}, "sales"),
        # Of all kinds at once
        ("", {}, EVERYTHING),
        ("", {"filter": 'meta.resourceType eq "User"'}, "ada bob cem zoe eve min"),
        ("", {"filter": 'meta.resourceType eq "Group"'}, "engineers sales empty"),
        (
            "",
            {"filter": '(meta.resourceType eq "User") or (meta.resourceType eq "Group")'},
            EVERYTHING,
        ),
        ("", {"filter": 'displayName sw "e"'}, "eve engineers empty"),
        ("", {"filter": 'userName eq "bob"'}, "bob"),
        ("", {"filter": 'userName eq "bob" or displayName eq "Empty"'}, "bob empty"),
        ("", {"filter": 'members.value eq "{ada}"'}, "engineers"),
        ("", {"filter": 'externalId eq "G-1" or externalId eq "E-100"'}, "engineers ada"),
        ("", {"filter": 'id eq "{ada}" or id eq "{sales}"'}, "ada sales"),
        ("", {"filter": 'emails[type eq "work"] and displayName pr'}, "ada cem eve"),
        ("", {"filter": f'{CORE_USER}:userName eq "bob"'}, "bob"),
        ("", {"filter": f'schemas eq "{CORE_USER}" and active eq false'}, "zoe"),
    ],
    ids=str,
)
def test_a_search_finds(library: Library, path: str, parameters: dict[str, Any], expected: str):
    if isinstance(parameters.get("filter"), str):
        parameters = parameters | {"filter": library.fill_in(parameters["filter"])}

    answer = library.scim.search(path, **parameters)

    assert library.names(listed(answer)) == set(expected.split())


def test_a_search_says_the_same_as_a_list(library: Library):
    query = {"filter": "emails pr", "sortBy": "userName", "sortOrder": "descending"}

    by_message = library.scim.search("/Users", **query, startIndex=2, count=2)
    by_address = library.scim.get("/Users", **query, startIndex="2", count="2")

    assert by_message.ok().body == by_address.ok().body
    assert by_message["totalResults"] == 4


def test_a_search_may_ask_for_parts(library: Library):
    [found] = listed(
        library.scim.search("/Users", filter='userName eq "bob"', attributes=["displayName"])
    )
    assert set(found) == {"schemas", "id", "displayName"}

    [found] = listed(
        library.scim.search("/Users", filter='userName eq "bob"', excludedAttributes=["emails"])
    )
    assert "emails" not in found
    assert found["title"]


def test_a_search_of_all_may_ask_for_parts(library: Library):
    found = listed(library.scim.search(attributes=["displayName", "userName"]))

    assert all(set(each) <= {"schemas", "id", "displayName", "userName"} for each in found)
    assert {each.get("userName") for each in found} >= {"bob", None}


def test_a_search_of_all_is_cut_into_pages(library: Library):
    whole = library.scim.search(sortBy="id")
    assert whole["totalResults"] == 9
    pages = [
        each
        for start in range(1, 10, 2)
        for each in listed(library.scim.search(sortBy="id", startIndex=start, count=2))
    ]

    assert library.names(pages) == set(EVERYTHING.split())
    assert len(pages) == 9
    assert [each["id"] for each in pages] == [each["id"] for each in listed(whole)]


def test_a_search_of_all_is_sorted(library: Library):
    found = listed(library.scim.search(filter="displayName pr", sortBy="displayName"))
    names = [each["displayName"].casefold() for each in found]

    assert names == sorted(names)


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": 'foo eq "x"'},
        {"filter": "userName eq"},
        {"filter": 'name.foo eq "x"'},
        {"filter": 'password eq "x"'},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["", "/Users", "/Groups"])
def test_a_filter_that_makes_no_sense_is_refused(
    library: Library, path: str, parameters: dict[str, Any]
):
    library.scim.search(path, **parameters).refused(400, "invalidFilter")


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": 5},
        {"filter": ["userName pr"]},
        {"attributes": {"userName": True}},
        {"attributes": [5]},
        {"attributes": 5},
        {"sortBy": 5},
        {"sortOrder": "upwards", "sortBy": "userName"},
        {"startIndex": "x"},
        {"startIndex": []},
        {"count": "x"},
        {"count": 1.5},
        {"count": {}},
        {"cursor": 5},
        {"attributes": ["userName"], "excludedAttributes": ["emails"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["", "/Users"])
def test_a_parameter_of_another_kind_is_refused(
    library: Library, path: str, parameters: dict[str, Any]
):
    answer = library.scim.search(path, **parameters)

    answer.refused(
        400, "invalidValue", "invalidSyntax", "invalidFilter", "invalidCount", "invalidCursor",
        "invalidPath",
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filter": "userName pr"},
        {"schemas": [], "filter": "userName pr"},
        {"schemas": [BULK_REQUEST], "filter": "userName pr"},
        {"schemas": SEARCH_REQUEST, "filter": "userName pr"},
        [],
        "x",
        None,
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["", "/Users", "/Groups"])
def test_a_message_that_is_no_search_is_refused(library: Library, path: str, body: Any):
    library.scim.post(f"{path}/.search", body).refused(400, "invalidSyntax")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["", "/Users", "/Groups"])
def test_a_search_is_posted(library: Library, path: str, method: str):
    content = b"" if method in ("GET", "DELETE") else b"{}"
    answer = library.scim.send(method, f"{path}/.search", content=content)

    assert "POST" in answer.refused(405).headers["Allow"]


@pytest.mark.parametrize("path", ["/Me", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig"])
def test_nothing_else_is_searched(library: Library, path: str):
    answer = library.scim.search(path, filter="id pr")

    assert answer.status in (403, 404, 405, 501), str(answer)


def test_the_root_answers_to_an_address_as_well(library: Library):
    """Section 3.4.2.1: a query against the server root includes all its resources."""
    assert library.names(listed(library.scim.get("/"))) == set(EVERYTHING.split())
    groups = library.scim.get("/", filter='meta.resourceType eq "Group"', count="2")
    assert len(listed(groups)) == 2
    assert groups["totalResults"] == 3
    library.scim.get("/", filter='foo eq "x"').refused(400, "invalidFilter")


def test_a_search_makes_nothing(scim: Scim):
    assert listed(scim.search("/Users", userName="bjensen")) == []
    assert listed(scim.get("/Users")) == []
