"""Filters and orders by members and groups, in one statement and one statement after the other."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from provisioning.filters.places import _resource
from tests.provisioning.conftest import Directory

QUERIES = [
    ("/Groups", {"filter": 'members.value ge "0"', "sortBy": "members.value"}),
    ("/Groups", {"filter": 'members[display co "a"]', "sortBy": "members.display"}),
    ("/Groups", {"sortBy": "members.display", "sortOrder": "descending"}),
    ("/Groups", {"filter": "members pr", "sortBy": "members.type"}),
    ("/Users", {"filter": 'groups.display sw "t"', "sortBy": "groups.value"}),
    ("/Users", {"sortBy": "groups.display"}),
    ("/", {"filter": 'members.value ge "0"', "sortBy": "members.value"}),
    ("/", {"sortBy": "groups.display"}),
]


@pytest.fixture(autouse=True)
def teams(directory: Directory) -> None:
    # As in a process that has just begun: what the first query leaves behind is asked here.
    _resource.cache_clear()
    people = [
        directory.create_user(name, displayName=name).json()["id"]
        for name in ("dana", "ana", "carl", "ben", "eva")
    ]
    for number in range(4):
        directory.create_group(f"Team {number}", *people[number : number + 2])


def ids(directory: Directory, path: str, query: dict[str, str]) -> list[str]:
    answer = directory.get(f"{path}?{urlencode(query)}")
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["Resources"]]


@pytest.mark.parametrize(("path", "query"), QUERIES)
def test_any_of_them_may_come_first(directory: Directory, path: str, query: dict[str, str]) -> None:
    assert ids(directory, path, query)

    for other, wanted in QUERIES:
        assert ids(directory, other, wanted)


@pytest.mark.parametrize(("path", "query"), QUERIES)
def test_pages_follow_the_order_of_the_whole(
    directory: Directory, path: str, query: dict[str, str]
) -> None:
    whole = ids(directory, path, query)

    paged = [
        id
        for start in range(1, len(whole) + 1, 2)
        for id in ids(directory, path, query | {"count": "2", "startIndex": f"{start}"})
    ]

    assert paged == whole
