"""Adding groups: RFC 7644, section 3.3, and RFC 7643, section 4.2."""

from __future__ import annotations

from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_GROUP,
    NOBODY,
    Json,
    Scim,
    group,
    listed,
    member_ids,
    replace,
)


def test_a_group(scim: Scim):
    answer = scim.post("/Groups", group("Tour Guides", externalId="g-1")).ok(201)

    assert answer["schemas"] == [CORE_GROUP]
    assert answer["displayName"] == "Tour Guides"
    assert answer["externalId"] == "g-1"
    assert answer.headers["Location"] == answer["meta"]["location"]
    assert answer["meta"]["resourceType"] == "Group"
    assert answer.etag == answer["meta"]["version"]
    assert scim.get(answer["meta"]["location"]).ok().body == answer.body
    assert answer.body.get("members", []) == []


def test_a_group_with_members(scim: Scim):
    babs = scim.create_user("bjensen", displayName="Babs Jensen")
    mandy = scim.create_user("mandy", displayName="Mandy Pepperidge")

    answer = scim.post("/Groups", group("Guides", babs["id"], mandy["id"], babs["id"])).ok(201)

    assert member_ids(answer.body) == {babs["id"], mandy["id"]}
    member = next(each for each in answer["members"] if each["value"] == babs["id"])
    assert member["display"] == "Babs Jensen"
    assert member["type"] == "User"
    assert member["$ref"] == babs["meta"]["location"]
    [entry] = scim.user(babs["id"])["groups"]
    assert entry["value"] == answer["id"]
    assert entry["$ref"] == answer["meta"]["location"]
    assert entry["display"] == "Guides"
    assert entry["type"] == "direct"


@pytest.mark.parametrize("members", [[], None])
def test_a_group_of_nobody(scim: Scim, members: Any):
    answer = scim.post("/Groups", group() | {"members": members}).ok(201)

    assert answer.body.get("members", []) == []


def test_groups_may_share_a_name(scim: Scim):
    first, second = (scim.create_group("Guides") for _time in range(2))

    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [CORE_GROUP]},
        group(""),
        group() | {"displayName": None},
        group() | {"displayName": 5},
        group() | {"displayName": ["Guides"]},
        group() | {"externalId": 5},
        group() | {"members": "x"},
        group() | {"members": 5},
        group() | {"members": [5]},
        group() | {"members": [{"value": None}]},
        group() | {"members": [{"value": 5}]},
        group() | {"members": [{"value": ""}]},
        group() | {"members": [{"value": "x"}]},
        group() | {"members": [{"value": "1"}]},
        group() | {"members": [{"value": NOBODY}]},
        group() | {"members": [{"display": "Babs"}]},
        group() | {"displayName": "a\x00b"},
    ],
    ids=str,
)
def test_what_a_group_can_not_be_is_refused(scim: Scim, body: Json):
    scim.post("/Groups", body).refused(400, "invalidValue")

    assert listed(scim.get("/Groups")) == []


def test_one_unknown_member_refuses_the_group(scim: Scim, person: Json):
    scim.post("/Groups", group("Guides", person["id"], NOBODY)).refused(400, "invalidValue")

    assert listed(scim.get("/Groups")) == []
    assert "groups" not in scim.user(person["id"])


def test_a_group_in_a_group_is_refused(scim: Scim):
    nested = scim.create_group("Nested")

    for member in ({"value": nested["id"]}, {"value": nested["id"], "type": "Group"}):
        scim.post("/Groups", group() | {"members": [member]}).refused(400, "invalidValue")


def test_an_external_id_is_one_groups(scim: Scim):
    first = scim.create_group("Sales", externalId="g-1")["id"]
    second = scim.create_group("Support", externalId="g-2")["id"]

    for answer in (
        scim.post("/Groups", group("More sales", externalId="g-1")),
        scim.put(f"/Groups/{second}", group("Support", externalId="g-1")),
        scim.patch(f"/Groups/{second}", replace("externalId", "g-1")),
    ):
        answer.refused(409, "uniqueness")
        assert answer["detail"] == "externalId: A group here has this external id already."
    assert scim.group(first)["externalId"] == "g-1"
    assert scim.group(second)["externalId"] == "g-2"
