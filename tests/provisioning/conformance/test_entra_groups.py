"""Microsoft Entra ID and groups, and a whole cycle of its service."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_GROUP,
    ENTERPRISE,
    Json,
    Scim,
    ids,
    listed,
    member_ids,
)
from tests.provisioning.conformance.entra import (
    new_group,
    new_user,
    operations,
)


@pytest.fixture
def person(scim: Scim) -> Json:
    return scim.post("/Users", new_user()).ok(201).body


@pytest.fixture
def group(scim: Scim) -> Json:
    return scim.post("/Groups", new_group()).ok(201).body


def test_create_group(scim: Scim):
    """Always without members; a schema of Microsoft's own may be announced."""
    answer = scim.post("/Groups", new_group()).ok(201)

    assert answer["displayName"] == "displayName"
    assert answer["schemas"] == [CORE_GROUP]
    assert answer.body.get("members", []) == []


@pytest.mark.parametrize(
    "filter_",
    [
        'displayName eq "displayName"',
        'displayName eq "DISPLAYNAME"',
        'externalId eq "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159"',
    ],
)
def test_matching_group(scim: Scim, group: Json, filter_: str):
    answer = scim.get("/Groups", excludedAttributes="members", filter=filter_)

    [found] = listed(answer)
    assert found["id"] == group["id"]
    assert "members" not in found


def test_reading_group_without_members(scim: Scim, person: Json, group: Json):
    where = f"/Groups/{group['id']}"
    sent = {"op": "Add", "path": "members", "value": [{"value": person["id"]}]}
    operations(scim, where, sent).ok(204)

    assert "members" not in scim.get(where, excludedAttributes="members").ok().body
    assert member_ids(scim.group(group["id"])) == {person["id"]}


def test_is_this_person_a_member(scim: Scim, person: Json, group: Json):
    where = f"/Groups/{group['id']}"
    probe = f'id eq "{group["id"]}" and members eq "{person["id"]}"'
    asked = {"attributes": "id", "filter": probe}
    assert listed(scim.get("/Groups", **asked)) == []

    sent = {"op": "Add", "path": "members", "value": [{"value": person["id"]}]}
    operations(scim, where, sent).ok(204)

    assert ids(listed(scim.get("/Groups", **asked))) == [group["id"]]


@pytest.mark.parametrize("name", ["members", "manager"])
def test_is_this_person_referred_to(scim: Scim, person: Json, name: str):
    if name == "members":
        made = scim.create_group("Guides", person["id"])
        probe = {"filter": f'id eq "{made["id"]}" and members eq "{person["id"]}"'}
        assert ids(listed(scim.get("/Groups", **probe))) == [made["id"]]
        return
    made = scim.create_user("report", enterprise={"manager": {"value": person["id"]}})
    for attribute in (f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value"):
        probe = {"filter": f'id eq "{made["id"]}" and {attribute} eq "{person["id"]}"'}
        assert ids(listed(scim.get("/Users", **probe))) == [made["id"]]


@pytest.mark.parametrize("op", ["Replace", "replace", "Add"])
def test_renaming_group(scim: Scim, group: Json, op: str):
    where = f"/Groups/{group['id']}"

    operations(scim, where, {"op": op, "path": "displayName", "value": "New"}).ok(204)
    assert scim.group(group["id"])["displayName"] == "New"
    operations(scim, where, {"op": op, "value": {"displayName": "Newer"}}, flag=True).ok(204)
    assert scim.group(group["id"])["displayName"] == "Newer"


@pytest.mark.parametrize(
    ("joining", "leaving"),
    [
        (
            {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "{id}"}]},
            {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "{id}"}]},
        ),
        (
            {"op": "add", "path": "members", "value": [{"value": "{id}"}]},
            {"op": "remove", "path": 'members[value eq "{id}"]'},
        ),
        (
            {"op": "Add", "path": "members", "value": [{"value": "{id}"}]},
            {"op": "Remove", "path": "members", "value": [{"value": "{id}"}]},
        ),
        (
            {"name": "addMember", "op": "add", "path": "members", "value": [
                {"displayName": "new User", "value": "{id}"}]},
            {"op": "Remove", "path": 'members[value eq "{id}"]'},
        ),
        (
            {"op": "Add", "value": {"members": [{"value": "{id}"}]}},
            {"op": "remove", "path": "members", "value": [{"value": "{id}"}]},
        ),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("flag", [False, True], ids=["legacy", "flag"])
def test_joining_and_leaving(
    scim: Scim, person: Json, group: Json, joining: Json, leaving: Json, flag: bool
):
    where = f"/Groups/{group['id']}"
    stays = scim.create_user("stays")["id"]
    scim.patch(where, {"op": "Add", "path": "members", "value": [{"value": stays}]}).ok(204)

    def filled(operation: Any) -> Any:
        return json.loads(json.dumps(operation).replace("{id}", person["id"]))

    for _time in range(2):
        operations(scim, where, filled(joining), flag=flag).ok(204)
        assert scim.members(group["id"]) == {stays, person["id"]}
    for _time in range(2):
        operations(scim, where, filled(leaving), flag=flag).ok(204)
        assert scim.members(group["id"]) == {stays}


def test_all_leave(scim: Scim, person: Json):
    made = scim.create_group("Guides", person["id"])

    operations(scim, f"/Groups/{made['id']}", {"op": "remove", "path": "members"}).ok(204)

    assert scim.members(made["id"]) == set()


def test_deleting_group(scim: Scim, group: Json):
    scim.delete(f"/Groups/{group['id']}").ok(204)

    scim.get(f"/Groups/{group['id']}").refused(404)
    assert listed(scim.get("/Groups", filter='displayName eq "displayName"')) == []


def test_one_cycle(scim: Scim):
    """Initial cycle, then somebody moves, leaves and is removed."""
    people = []
    for number in range(3):
        name = f"user{number}"
        assert listed(scim.get("/Users", filter=f'userName eq "{name}@testuser.com"')) == []
        body = new_user(name, externalId=str(uuid.uuid4()))
        people.append(scim.post("/Users", body).ok(201).body)
    made = scim.post("/Groups", new_group("All")).ok(201)
    where = f"/Groups/{made['id']}"
    for each in people:
        sent = {"op": "Add", "path": "members", "value": [{"value": each["id"]}]}
        operations(scim, where, sent).ok(204)
    assert scim.members(made["id"]) == set(ids(people))

    mover, leaver, _stayer = people
    operations(
        scim,
        f"/Users/{mover['id']}",
        {"op": "Replace", "path": f"{ENTERPRISE}:department", "value": "Sales"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "moved@testuser.com"},
    ).ok()
    operations(
        scim, f"/Users/{leaver['id']}", {"op": "Replace", "path": "active", "value": "False"}
    ).ok()
    sent = {"op": "Remove", "path": "members", "value": [{"value": leaver["id"]}]}
    operations(scim, where, sent).ok(204)
    scim.delete(f"/Users/{leaver['id']}").ok(204)

    assert scim.members(made["id"]) == {people[0]["id"], people[2]["id"]}
    assert scim.user(mover["id"])["emails"][0]["value"] == "moved@testuser.com"
    assert scim.get("/Users")["totalResults"] == 2
