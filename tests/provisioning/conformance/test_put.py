"""Replacing a resource: RFC 7644, section 3.5.1."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_USER,
    ENTERPRISE,
    NOBODY,
    Json,
    Scim,
    group,
    listed,
    user,
    without_meta,
)

BABS: Json = {
    "externalId": "701984",
    "name": {"familyName": "Jensen", "givenName": "Barbara"},
    "displayName": "Babs Jensen",
    "title": "Tour Guide",
    "active": True,
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ],
    "roles": [{"value": "reader"}],
    "enterprise": {"employeeNumber": "701984", "department": "Tour Operations"},
}


@pytest.fixture
def babs(scim: Scim) -> Json:
    return scim.create_user("bjensen", **copy.deepcopy(BABS))


def test_the_answer_is_the_person(scim: Scim, babs: Json):
    answer = scim.put(f"/Users/{babs['id']}", user("bjensen", title="VP", active=True)).ok()

    assert answer.body == scim.user(babs["id"])
    assert answer.etag == answer["meta"]["version"] != babs["meta"]["version"]
    assert answer["meta"]["lastModified"] > babs["meta"]["lastModified"]
    assert answer["meta"]["created"] == babs["meta"]["created"]
    assert answer["meta"]["location"] == babs["meta"]["location"]


def test_what_is_left_out_is_gone(scim: Scim, babs: Json):
    after = scim.put(f"/Users/{babs['id']}", user("bjensen", title="VP", active=True)).ok()

    assert without_meta(after.body) == {
        "schemas": [CORE_USER],
        "id": babs["id"],
        "userName": "bjensen",
        "title": "VP",
        "active": True,
    }


def test_what_is_read_can_be_written_back(scim: Scim, babs: Json):
    group_id = scim.create_group("Guides", babs["id"])["id"]
    before = scim.user(babs["id"])

    after = scim.put(f"/Users/{babs['id']}", before).ok()

    assert without_meta(after.body) == without_meta(before)
    assert scim.members(group_id) == {babs["id"]}


def test_writing_twice_is_writing_once(scim: Scim, babs: Json):
    body = user("bjensen", **copy.deepcopy(BABS | {"title": "VP"}))
    first = scim.put(f"/Users/{babs['id']}", body).ok()
    second = scim.put(f"/Users/{babs['id']}", body).ok()

    assert without_meta(first.body) == without_meta(second.body)


def test_the_body_needs_no_id(scim: Scim, babs: Json):
    body = {key: value for key, value in babs.items() if key not in ("id", "meta")}

    assert scim.put(f"/Users/{babs['id']}", body).ok()["id"] == babs["id"]


def test_what_may_not_be_written_is_ignored(scim: Scim, babs: Json):
    meta = {"created": "2011-05-13T04:42:34Z", "version": "x"}
    body = babs | {"id": NOBODY, "meta": meta, "groups": [{"value": NOBODY}]}

    after = scim.put(f"/Users/{babs['id']}", body).ok()

    assert after["id"] == babs["id"]
    assert after["meta"]["created"] == babs["meta"]["created"]
    assert "groups" not in after.body


@pytest.mark.parametrize("active", [False, "False"])
def test_deactivating(scim: Scim, babs: Json, active: Any):
    after = scim.put(f"/Users/{babs['id']}", babs | {"active": active}).ok()

    assert after["active"] is False
    assert scim.put(f"/Users/{babs['id']}", babs | {"active": True}).ok()["active"] is True


def test_a_new_user_name(scim: Scim, babs: Json):
    assert scim.put(f"/Users/{babs['id']}", babs | {"userName": "babs"}).ok()["userName"] == "babs"
    scim.create_user("bjensen")


def test_the_same_user_name_in_another_case(scim: Scim, babs: Json):
    after = scim.put(f"/Users/{babs['id']}", babs | {"userName": "BJENSEN"}).ok()

    assert after["userName"] == "BJENSEN"


@pytest.mark.parametrize("change", [{"userName": "TAKEN"}, {"externalId": "e-1"}], ids=str)
def test_what_somebody_else_has_is_refused(scim: Scim, babs: Json, change: Json):
    scim.create_user("taken", externalId="e-1")

    scim.put(f"/Users/{babs['id']}", babs | change).refused(409, "uniqueness")
    assert scim.user(babs["id"]) == babs


@pytest.mark.parametrize(
    "change",
    [
        {"userName": None},
        {"userName": ""},
        {"userName": 5},
        {"displayName": 5},
        {"active": "perhaps"},
        {"name": "Babs"},
        {"emails": "x"},
        {"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
        {ENTERPRISE: "x"},
        {"title": "a\x00"},
    ],
    ids=str,
)
def test_what_a_person_can_not_be_is_refused(scim: Scim, babs: Json, change: Json):
    scim.put(f"/Users/{babs['id']}", babs | change).refused(400, "invalidValue")
    assert scim.user(babs["id"]) == babs


@pytest.mark.parametrize("name", ["userName", "schemas"])
def test_what_must_be_there_is(scim: Scim, babs: Json, name: str):
    body = {key: value for key, value in babs.items() if key != name}

    scim.put(f"/Users/{babs['id']}", body).refused(400, "invalidValue", "invalidSyntax")
    assert scim.user(babs["id"]) == babs


def test_the_extension_goes_and_comes(scim: Scim, babs: Json):
    bare = {key: value for key, value in babs.items() if key != ENTERPRISE}
    after = scim.put(f"/Users/{babs['id']}", bare | {"schemas": [CORE_USER]}).ok()
    assert after["schemas"] == [CORE_USER]
    assert ENTERPRISE not in after.body

    after = scim.put(f"/Users/{babs['id']}", babs).ok()
    assert after["schemas"] == [CORE_USER, ENTERPRISE]
    assert after[ENTERPRISE] == babs[ENTERPRISE]


def test_unknown_attributes_are_left_out(scim: Scim, babs: Json):
    after = scim.put(f"/Users/{babs['id']}", babs | {"foo": "bar", "password": "x"}).ok()

    assert without_meta(after.body) == without_meta(babs)


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_nobody_is_made_by_replacing(scim: Scim, path: str):
    """ "PUT MUST NOT be used to create new resources": section 3.5.1."""
    body = user() if path == "/Users" else group()

    scim.put(f"{path}/{NOBODY}", body).refused(404)
    assert listed(scim.get(path)) == []


def test_a_group(scim: Scim):
    ana, bob, cem = (scim.create_user(name)["id"] for name in ("ana", "bob", "cem"))
    made = scim.create_group("Guides", ana, bob, externalId="g-1")

    after = scim.put(f"/Groups/{made['id']}", group("Leaders", bob, cem)).ok()

    assert after.body == scim.group(made["id"])
    assert after["displayName"] == "Leaders"
    assert "externalId" not in after.body
    assert scim.members(made["id"]) == {bob, cem}
    assert after["meta"]["version"] != made["meta"]["version"]
    assert after["meta"]["lastModified"] > made["meta"]["lastModified"]
    assert after["meta"]["created"] == made["meta"]["created"]


def test_a_group_without_members_has_none(scim: Scim, person: Json):
    made = scim.create_group("Guides", person["id"])

    scim.put(f"/Groups/{made['id']}", group("Guides")).ok()

    assert scim.members(made["id"]) == set()
    assert "groups" not in scim.user(person["id"])


def test_a_group_can_be_written_back(scim: Scim, person: Json):
    made = scim.create_group("Guides", person["id"], externalId="g-1")

    after = scim.put(f"/Groups/{made['id']}", made).ok()

    assert without_meta(after.body) == without_meta(made)


@pytest.mark.parametrize(
    "change",
    [
        {"displayName": None},
        {"displayName": ""},
        {"displayName": 5},
        {"members": [{"value": NOBODY}]},
        {"members": 5},
    ],
    ids=str,
)
def test_what_a_group_can_not_be_is_refused(scim: Scim, person: Json, change: Json):
    made = scim.create_group("Guides", person["id"])

    scim.put(f"/Groups/{made['id']}", made | change).refused(400, "invalidValue")
    assert scim.group(made["id"]) == made


def test_a_group_does_not_take_the_external_id_of_another(scim: Scim):
    scim.create_group("Other", externalId="g-1")
    made = scim.create_group("Guides")

    scim.put(f"/Groups/{made['id']}", made | {"externalId": "g-1"}).refused(409, "uniqueness")
