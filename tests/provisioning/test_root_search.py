"""Queries that reach people and groups at once (RFC 7644, sections 3.4.2.1 and 3.4.3)."""

from __future__ import annotations

import pytest

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@pytest.fixture
def found(directory, other_directory):
    """Three people, two groups, and what a search of them finds: names in order."""
    directory.create_user("ana", displayName="Ana Diaz", title="Buyer")
    directory.create_user("ben", displayName="Ben Okafor")
    directory.create_user("cleo")
    directory.create_group("Buyers")
    directory.create_group("Anglers")
    other_directory.create_user("gus", displayName="Gus")

    def search(**query):
        answer = directory.call("POST", "/.search", {"schemas": [SEARCH], **query})
        body = answer.json()
        if answer.status_code != 200:
            return body["scimType"]
        names = [each.get("userName") or each["displayName"] for each in body["Resources"]]
        return names, body["totalResults"]

    return search


def test_people_and_groups_come_in_the_order_in_which_they_were_added(found):
    assert found() == (["ana", "ben", "cleo", "Buyers", "Anglers"], 5)


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('displayName sw "a"', ["ana", "Anglers"]),
        ('userName eq "ben"', ["ben"]),
        ('userName eq "ben" or displayName eq "buyers"', ["ben", "Buyers"]),
        ("not (userName pr)", ["Buyers", "Anglers"]),
        ('userName ne "ben"', ["ana", "cleo", "Buyers", "Anglers"]),
        ('emails[type eq "work"]', []),
        ('members.value eq "x"', []),
        ('meta.resourceType eq "Group"', ["Buyers", "Anglers"]),
        ('title eq "buyer"', ["ana"]),
    ],
)
def test_an_attribute_of_one_kind_is_without_value_in_the_other(found, filter, names):
    assert found(filter=filter) == (names, len(names))


def test_an_attribute_of_neither_kind_is_refused(found):
    assert found(filter='flavor eq "x"') == "invalidFilter"
    assert found(sortBy="flavor") == "invalidPath"


def test_a_page_may_begin_among_people_and_end_among_groups(found):
    assert found(startIndex=3, count=2) == (["cleo", "Buyers"], 5)
    assert found(startIndex=5, count=2) == (["Anglers"], 5)
    assert found(startIndex=9, count=2) == ([], 5)
    assert found(count=0) == ([], 5)


def test_both_are_sorted_together(found):
    assert found(sortBy="displayName") == (["ana", "Anglers", "ben", "Buyers", "cleo"], 5)
    assert found(sortBy="displayName", sortOrder="descending", count=2) == (["cleo", "Buyers"], 5)
    assert found(sortBy="userName", startIndex=3) == (["cleo", "Buyers", "Anglers"], 5)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["ana", "ben", "cleo", "Buyers", "Anglers"]),
        ({"sortBy": "displayName"}, ["ana", "Anglers", "ben", "Buyers", "cleo"]),
        (
            {"sortBy": "title", "sortOrder": "descending"},
            ["Anglers", "Buyers", "cleo", "ben", "ana"],
        ),
        ({"filter": 'not (userName eq "ben")'}, ["ana", "cleo", "Buyers", "Anglers"]),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_cursors_lead_through_both(directory, found, query, names, count):
    def search(cursor):
        message = {"schemas": [SEARCH], **query, "count": count, "cursor": cursor}
        body = directory.call("POST", "/.search", message).json()
        shown = [each.get("userName") or each["displayName"] for each in body["Resources"]]
        return shown, body.get("nextCursor"), body.get("previousCursor")

    pages = [search("")]
    while pages[-1][1]:
        pages.append(search(pages[-1][1]))

    assert [name for shown, _next, _previous in pages for name in shown] == names
    assert pages[0][2] is None
    if len(pages) > 1:
        assert search(pages[-1][2])[0] == pages[-2][0]


def test_the_root_can_be_queried_by_url(directory):
    directory.create_user("ana")

    assert directory.get('/?filter=userName eq "ana"').json()["totalResults"] == 1


@pytest.mark.usefixtures("found")
def test_the_base_address_is_the_root_with_and_without_a_slash(directory):
    for address in ("", "/"):
        answer = directory.get(f'{address}?filter=displayName sw "a"&attributes=displayName')

        assert answer.status_code == 200
        assert answer.json()["totalResults"] == 2
