"""Okta as it speaks: catalog apps with PATCH, custom apps with PUT, and its test suites.

Shapes after Okta's "SCIM 2.0 Protocol Reference"; the first part goes through what its "SPEC test"
asserts, the second through its "CRUD test".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_GROUP,
    CORE_USER,
    ERROR,
    LIST_RESPONSE,
    NOBODY,
    Answer,
    Json,
    Scim,
    ids,
    listed,
    replace,
)

USER_AGENT = {
    "User-Agent": "Okta SCIM Client 1.0.0",
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
}
CONTENT_TYPE = "application/scim+json; charset=utf-8"


def new_user(name: str = "test.user@okta.local", **more: Any) -> Json:
    return {
        "schemas": [CORE_USER],
        "userName": name,
        "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": True, "value": name, "type": "work"}],
        "displayName": "Test User",
        "locale": "en-US",
        "externalId": f"00u-{name}",
        "groups": [],
        "password": "1mz050nq",
        "active": True,
    } | more


def post(scim: Scim, path: str, body: Json) -> Answer:
    return scim.post(path, body, headers=USER_AGENT, content_type=CONTENT_TYPE)


def put(scim: Scim, path: str, body: Json) -> Answer:
    return scim.put(path, body, headers=USER_AGENT, content_type=CONTENT_TYPE)


def patch(scim: Scim, path: str, *operations: Json) -> Answer:
    return scim.patch(path, *operations, headers=USER_AGENT, content_type=CONTENT_TYPE)


@pytest.fixture
def person(scim: Scim) -> Json:
    return post(scim, "/Users", new_user()).ok(201).body


@pytest.fixture
def group(scim: Scim) -> Json:
    body = {"schemas": [CORE_GROUP], "displayName": "Test SCIMv2", "members": []}
    return post(scim, "/Groups", body).ok(201).body


# The SPEC test


def test_there_is_somebody_to_look_at(scim: Scim, person: Json):
    answer = scim.get("/Users", count="1", startIndex="1")

    [found] = listed(answer)
    assert LIST_RESPONSE in answer["schemas"]
    for name in ("itemsPerPage", "startIndex", "totalResults"):
        assert type(answer[name]) is int
    assert found["id"]
    assert found["name"]["familyName"]
    assert found["name"]["givenName"]
    assert found["userName"]
    assert found["active"] is True
    assert found["emails"][0]["value"]


def test_they_can_be_read_alone(scim: Scim, person: Json):
    answer = scim.get(f"/Users/{person['id']}", headers=USER_AGENT).ok()

    assert answer["id"] == person["id"]
    assert answer["name"] == {"givenName": "Test", "familyName": "User"}
    assert answer["userName"] == "test.user@okta.local"
    assert answer["emails"][0]["value"] == "test.user@okta.local"


@pytest.mark.parametrize("name", ["abcdefgh@example.com", NOBODY, "100", "x y"])
def test_nobody_is_an_empty_list(scim: Scim, person: Json, name: str):
    filter_ = f'userName eq "{name}"'

    for query in ({}, {"startIndex": "1", "count": "100"}):
        answer = scim.get("/Users", filter=filter_, **query)
        assert listed(answer) == []
        assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (0, 1, 0)


def test_a_new_person_is_answered_in_full(scim: Scim):
    answer = post(scim, "/Users", new_user()).ok(201)

    assert answer["active"] is True
    assert answer["id"]
    assert answer["name"] == {"givenName": "Test", "familyName": "User"}
    assert CORE_USER in answer["schemas"]
    assert answer["userName"] == "test.user@okta.local"
    assert scim.user(answer["id"]) == answer.body


def test_the_same_person_again_is_a_conflict(scim: Scim, person: Json):
    for name in ("test.user@okta.local", "Test.User@Okta.Local"):
        answer = post(scim, "/Users", new_user(name, externalId="other"))

        answer.refused(409, "uniqueness")
        assert answer["schemas"] == [ERROR]


def test_nobody_is_not_found(scim: Scim):
    answer = scim.get("/Users/010101001010101011001010101011", headers=USER_AGENT)

    assert answer.refused(404)["detail"]
    assert answer["schemas"] == [ERROR]


def test_without_a_token(scim: Scim):
    answer = Scim(None).get("/Users", headers=USER_AGENT)

    assert answer.refused(401)["detail"]
    assert answer["status"] == "401"
    assert answer["schemas"] == [ERROR]


def test_groups_are_listed(scim: Scim, group: Json):
    answer = scim.get("/Groups", startIndex="1", count="100")

    assert ids(listed(answer)) == [group["id"]]
    assert LIST_RESPONSE in answer["schemas"]


# People


def test_a_password_is_neither_kept_nor_shown(scim: Scim, person: Json):
    assert "password" not in person
    for answer in (
        scim.get(f"/Users/{person['id']}"),
        scim.get(f"/Users/{person['id']}", attributes="password"),
        scim.get("/Users"),
        put(scim, f"/Users/{person['id']}", new_user()),
    ):
        assert b"1mz050nq" not in answer.content


def test_a_pushed_password_is_refused(scim: Scim, person: Json):
    path = f"/Users/{person['id']}"

    patch(scim, path, replace("password", "N3wPassword")).refused(400, "invalidPath")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"startIndex": "1", "count": "100"},
        {"startIndex": "1", "count": "100", "attributes": "userName,name,emails,active"},
    ],
    ids=str,
)
def test_matching(scim: Scim, person: Json, query: dict[str, str]):
    post(scim, "/Users", new_user("other@okta.local")).ok(201)

    for name in ("test.user@okta.local", "TEST.USER@OKTA.LOCAL"):
        found = listed(scim.get("/Users", filter=f'userName eq "{name}"', **query))
        assert ids(found) == [person["id"]]


@pytest.mark.parametrize(
    "filter_",
        ['externalId eq "00u-test.user@okta.local"', 'emails.value eq "test.user@okta.local"']
)  # fmt: skip
def test_matching_by_another_attribute(scim: Scim, person: Json, filter_: str):
    post(scim, "/Users", new_user("other@okta.local")).ok(201)

    assert ids(listed(scim.get("/Users", filter=filter_))) == [person["id"]]


@pytest.mark.parametrize(
    "change",
    [
        {"name": {"givenName": "Another", "middleName": "Excited", "familyName": "User"}},
        {"name": {"givenName": "Another", "middleName": "", "familyName": "User"}},
        {"userName": "renamed@okta.local"},
        {"title": "Tutor"},
        {"displayName": "Another User"},
        {"emails": [{"primary": True, "value": "new@okta.local", "type": "work",
            "display": "new"}]},
        {"active": False},
    ],
    ids=str,
)  # fmt: skip
def test_updating_by_put(scim: Scim, person: Json, change: Json):
    """Read, changed, written back: with id, groups, meta and all."""
    path = f"/Users/{person['id']}"
    read = scim.get(path, headers=USER_AGENT).ok().body

    answer = put(scim, path, read | {"groups": [], "password": "x1Y2z3"} | change).ok()

    for name, value in change.items():
        expected = {k: v for k, v in value.items() if v} if isinstance(value, dict) else value
        seen = answer[name]
        seen = {k: v for k, v in seen.items() if v} if isinstance(seen, dict) else seen
        assert seen == expected
    for name in {"userName", "displayName", "emails", "name", "locale", "externalId"} - set(change):
        assert answer[name] == person[name]


def test_deactivating_by_put(scim: Scim, person: Json):
    path = f"/Users/{person['id']}"

    assert put(scim, path, person | {"active": False}).ok()["active"] is False
    assert scim.user(person["id"])["active"] is False
    found = listed(scim.get("/Users", filter='userName eq "test.user@okta.local"'))
    assert [each["active"] for each in found] == [False]
    assert put(scim, path, person | {"active": True}).ok()["active"] is True


def test_deactivating_by_patch(scim: Scim, person: Json):
    path = f"/Users/{person['id']}"

    answer = patch(scim, path, replace(None, {"active": False})).ok()
    assert answer["active"] is False
    assert answer["userName"] == "test.user@okta.local"
    assert patch(scim, path, replace(None, {"active": False})).ok()["active"] is False
    assert patch(scim, path, replace(None, {"active": True})).ok()["active"] is True


def test_whoever_is_assigned_again_is_found_and_reactivated(scim: Scim, person: Json):
    path = f"/Users/{person['id']}"
    put(scim, path, person | {"active": False}).ok()

    [found] = listed(scim.get("/Users", filter='userName eq "test.user@okta.local"'))
    assert found["id"] == person["id"]
    assert put(scim, path, new_user(active=True)).ok()["active"] is True


def test_importing_page_by_page(scim: Scim, make_people: Callable[[int], list[Json]]):
    people = make_people(25)
    seen: list[str] = []
    start = 1
    while True:
        answer = scim.get("/Users", startIndex=str(start), count="10")
        seen += ids(listed(answer))
        start += 10
        if start > answer["totalResults"]:
            break

    assert sorted(seen) == sorted(ids(people))
    assert len(seen) == 25


# Groups


def test_a_new_group(scim: Scim, group: Json):
    assert group["displayName"] == "Test SCIMv2"
    assert scim.group(group["id"]) == group


def test_a_linked_group_is_found_by_its_name(scim: Scim, group: Json):
    filter_ = 'displayName eq "Test SCIMv2"'
    query = {"filter": filter_, "startIndex": "1", "count": "100"}

    assert ids(listed(scim.get("/Groups", **query))) == [group["id"]]


def test_renaming_by_patch(scim: Scim, person: Json, group: Json):
    path = f"/Groups/{group['id']}"
    members = {"op": "add", "path": "members", "value": [{"value": person["id"]}]}
    patch(scim, path, members).ok(204)

    renamed = replace(None, {"id": group["id"], "displayName": "Test SCIMv20"})
    patch(scim, path, renamed).ok(204)

    assert scim.group(group["id"])["displayName"] == "Test SCIMv20"
    assert scim.members(group["id"]) == {person["id"]}


def test_renaming_by_put(scim: Scim, person: Json, group: Json):
    path = f"/Groups/{group['id']}"
    member = {"value": person["id"], "display": "test.user@okta.local"}
    body = {
        "schemas": [CORE_GROUP],
        "id": group["id"],
        "displayName": "Test SCIMv20",
        "members": [member],
    }

    assert put(scim, path, body).ok()["displayName"] == "Test SCIMv20"
    assert scim.members(group["id"]) == {person["id"]}


def test_removing_and_adding_in_one_message(scim: Scim, person: Json, group: Json):
    path = f"/Groups/{group['id']}"
    other = post(scim, "/Users", new_user("other@okta.local")).ok(201)
    add = {"op": "add", "path": "members"}
    patch(scim, path, add | {"value": [{"value": other["id"]}]}).ok(204)

    patch(
        scim,
        path,
        {"op": "remove", "path": f'members[value eq "{other["id"]}"]'},
        add | {"value": [{"value": person["id"], "display": "test.user@okta.local"}]},
    ).ok(204)

    assert scim.members(group["id"]) == {person["id"]}


@pytest.mark.parametrize(
    "empty",
    [
        replace("members", []),
        replace(None, {"members": []}),
        replace(None, {"members": [], "id": "{id}", "displayName": "Test SCIMv2"}),
    ],
    ids=str,
)
def test_pushing_all_members(scim: Scim, person: Json, group: Json, empty: Json):
    path = f"/Groups/{group['id']}"
    other = post(scim, "/Users", new_user("other@okta.local")).ok(201)
    for members in ([person["id"]], [person["id"], other["id"]], [other["id"]]):
        value = [{"value": each, "display": "x"} for each in members]
        patch(scim, path, replace("members", value)).ok(204)
        assert scim.members(group["id"]) == set(members)

    if isinstance(empty["value"], dict) and "id" in empty["value"]:
        empty = empty | {"value": empty["value"] | {"id": group["id"]}}
    patch(scim, path, empty).ok(204)

    assert scim.members(group["id"]) == set()


def test_more_than_a_hundred_members(
    scim: Scim, group: Json, make_crowd: Callable[[int], list[str]]
):
    people = make_crowd(150)
    path = f"/Groups/{group['id']}"
    adds = [{"op": "add", "path": "members", "value": [{"value": each}]} for each in people]

    patch(scim, path, *adds).ok(204)

    assert scim.members(group["id"]) == set(people)


def test_deactivated_people_are_not_members_any_more_when_okta_says_so(
    scim: Scim, person: Json, group: Json
):
    path = f"/Groups/{group['id']}"
    patch(scim, path, replace("members", [{"value": person["id"]}])).ok(204)
    patch(scim, f"/Users/{person['id']}", replace(None, {"active": False})).ok()

    gone = {"op": "remove", "path": f'members[value eq "{person["id"]}"]'}
    patch(scim, path, gone).ok(204)

    assert scim.members(group["id"]) == set()


def test_unlinking(scim: Scim, group: Json):
    scim.delete(f"/Groups/{group['id']}", headers=USER_AGENT).ok(204)

    scim.get(f"/Groups/{group['id']}").refused(404)
    assert listed(scim.get("/Groups", filter='displayName eq "Test SCIMv2"')) == []


# The CRUD test


def test_a_life(scim: Scim):
    """Assigned, updated, deactivated, assigned again, removed."""
    assert listed(scim.get("/Users", filter='userName eq "runscope@okta.local"')) == []
    made = post(scim, "/Users", new_user("runscope@okta.local")).ok(201)
    path = f"/Users/{made['id']}"
    read = scim.get(path).ok().body

    read["name"]["givenName"] = "Updated"
    assert put(scim, path, read).ok()["name"]["givenName"] == "Updated"
    assert put(scim, path, read | {"active": False}).ok()["active"] is False
    assert put(scim, path, read | {"active": True}).ok()["active"] is True
    assert patch(scim, path, replace(None, {"active": False})).ok()["active"] is False
    assert scim.user(made["id"])["name"]["givenName"] == "Updated"
