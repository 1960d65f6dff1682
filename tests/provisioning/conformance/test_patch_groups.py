"""Changing groups and who is in them: RFC 7644, section 3.5.2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_GROUP,
    NOBODY,
    Json,
    Scim,
    add,
    listed,
    member_ids,
    remove,
    replace,
)
from tests.provisioning.conformance.conftest import Tenants


@dataclass(frozen=True)
class Guides:
    """A group of Ana and Bob; Cem and Dan are in none."""

    id: str
    people: dict[str, str]
    group: Json

    def fill_in(self, value: Any) -> Any:
        """`{ana}` and the like become ids, wherever they stand."""
        if isinstance(value, str):
            for name, each in self.people.items():
                value = value.replace(f"{{{name}}}", each)
            return value.replace("{group}", self.id)
        if isinstance(value, list):
            return [self.fill_in(each) for each in value]
        if isinstance(value, dict):
            return {key: self.fill_in(each) for key, each in value.items()}
        return value


@pytest.fixture(scope="module")
def standing(tenants: Tenants) -> Guides:
    scim = tenants.of_acme
    people = {
        name: scim.create_user(name, displayName=name.title())["id"]
        for name in ("ana", "bob", "cem", "dan")
    }
    group = scim.create_group("Guides", people["ana"], people["bob"], externalId="g-1")
    return Guides(group["id"], people, group)


@pytest.fixture
def guides(scim: Scim, standing: Guides) -> Guides:
    return standing


def one(name: str) -> Json:
    return {"value": f"{{{name}}}"}


def many(*names: str) -> list[Json]:
    return [one(name) for name in names]


MEMBERS = [
    ("add one", [add("members", many("cem"))], "ana bob cem"),
    ("add one, no list", [add("members", one("cem"))], "ana bob cem"),
    ("add several", [add("members", many("cem", "dan"))], "ana bob cem dan"),
    ("add who is there", [add("members", many("ana"))], "ana bob"),
    ("add who is there and another", [add("members", many("ana", "cem"))], "ana bob cem"),
    ("add one twice", [add("members", many("cem", "cem"))], "ana bob cem"),
    ("add nobody", [add("members", [])], "ana bob"),
    ("add without a path", [add(None, {"members": many("cem")})], "ana bob cem"),
    ("add with all that is known", [add("members", [
        {"value": "{cem}", "type": "User", "display": "Cem", "$ref": "/scim/v2/Users/{cem}"}])],
            "ana bob cem"),
    ("add with a wrong display", [add("members", [{"value": "{cem}", "display": "Nobody"}])],
        "ana bob cem"),
    ("add by the whole name", [add(f"{CORE_GROUP}:members", many("cem"))], "ana bob cem"),
    ("add in capitals", [{"op": "Add", "path": "Members", "value": [{"Value": "{cem}"}]}],
        "ana bob cem"),
    ("add in two operations", [add("members", many("cem")), add("members", many("dan"))],
        "ana bob cem dan"),
    ("replace all", [replace("members", many("cem", "dan"))], "cem dan"),
    ("replace all, no list", [replace("members", one("cem"))], "cem"),
    ("replace some", [replace("members", many("bob", "cem"))], "bob cem"),
    ("replace with the same", [replace("members", many("bob", "ana"))], "ana bob"),
    ("replace with nobody", [replace("members", [])], ""),
    ("replace with null", [replace("members", None)], ""),
    ("replace without a path", [replace(None, {"members": many("cem")})], "cem"),
    ("replace without a path, nobody", [replace(None, {"members": []})], ""),
    ("remove all", [remove("members")], ""),
    ("remove one", [remove('members[value eq "{ana}"]')], "bob"),
    ("remove one, whatever the case", [remove('MEMBERS[VALUE EQ "{ana}"]')], "bob"),
    ("remove one by the whole name", [remove(CORE_GROUP + ':members[value eq "{ana}"]')], "bob"),
    ("remove with or", [remove('members[value eq "{ana}" or value eq "{bob}"]')], ""),
    ("remove with and", [remove('members[value eq "{ana}" and type eq "User"]')], "bob"),
    ("remove with not", [remove('members[not (value eq "{ana}")]')], "ana"),
    ("remove with ne", [remove('members[value ne "{ana}"]')], "ana"),
    ("remove by kind", [remove('members[type eq "User"]')], ""),
    ("remove by name", [remove('members[display eq "ana"]')], "bob"),
    ("remove whoever has a value", [remove("members[value pr]")], ""),
    ("remove one after the other",
     [remove('members[value eq "{ana}"]'), remove('members[value eq "{bob}"]')], ""),
    ("remove and add", [remove('members[value eq "{ana}"]'), add("members", many("cem"))],
        "bob cem"),
    ("add and remove", [add("members", many("cem")), remove('members[value eq "{ana}"]')],
        "bob cem"),
    ("add and remove the same", [add("members", many("cem")), remove('members[value eq "{cem}"]')],
        "ana bob"),
    ("remove and add the same", [remove('members[value eq "{ana}"]'), add("members", many("ana"))],
        "ana bob"),
    ("remove all and add", [remove("members"), add("members", many("cem"))], "cem"),
    ("replace and add", [replace("members", many("cem")), add("members", many("dan"))], "cem dan"),
    ("replace and remove",
        [replace("members", many("cem", "dan")), remove('members[value eq "{dan}"]')], "cem"),
    # Whoever is not in the group is not in it afterwards: repeating is no failure.
    ("remove a list", [{"op": "remove", "path": "members", "value": many("ana")}], "bob"),
    ("remove a list of both", [{"op": "remove", "path": "members", "value": many("ana", "bob")}],
        ""),
    ("remove a list with a stranger",
        [{"op": "remove", "path": "members", "value": many("ana", "cem")}], "bob"),
    ("remove a list of one, no list", [{"op": "remove", "path": "members", "value": one("ana")}],
        "bob"),
    ("remove a stranger", [remove('members[value eq "{cem}"]')], "ana bob"),
    ("remove nobody there is", [remove(f'members[value eq "{NOBODY}"]')], "ana bob"),
    ("remove what is no id", [remove('members[value eq "x"]')], "ana bob"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operations", "expected"), [pytest.param(*each[1:], id=each[0]) for each in MEMBERS]
)
def test_members(scim: Scim, guides: Guides, operations: list[Json], expected: str):
    scim.patch(f"/Groups/{guides.id}", *guides.fill_in(operations)).ok(204)

    group = scim.group(guides.id)
    assert member_ids(group) == {guides.people[name] for name in expected.split()}
    assert group["displayName"] == "Guides"
    assert group["externalId"] == "g-1"
    if not expected:
        assert "members" not in group or group["members"] == []


@pytest.mark.parametrize(
    ("operations", "expected"), [pytest.param(*each[1:], id=each[0]) for each in MEMBERS[::6]]
)
def test_people_know_their_groups(
    scim: Scim, guides: Guides, operations: list[Json], expected: str
):
    scim.patch(f"/Groups/{guides.id}", *guides.fill_in(operations)).ok(204)

    for name, person_id in guides.people.items():
        groups = scim.user(person_id).get("groups", [])
        assert [each["value"] for each in groups] == ([guides.id] if name in expected else [])


@pytest.mark.parametrize(
    ("operations", "changes"),
    [
        ([replace("displayName", "Leaders")], {"displayName": "Leaders"}),
        ([replace(None, {"displayName": "Leaders"})], {"displayName": "Leaders"}),
        ([replace(None, {"id": "{group}", "displayName": "Leaders"})], {"displayName": "Leaders"}),
        ([add("displayName", "Leaders")], {"displayName": "Leaders"}),
        ([replace("DISPLAYNAME", "guides")], {"displayName": "guides"}),
        ([replace("externalId", "g-2")], {"externalId": "g-2"}),
        ([remove("externalId")], {"externalId": None}),
        ([replace("externalId", None)], {"externalId": None}),
        (
            [replace("displayName", "L"), replace("externalId", "g-2")],
            {"displayName": "L", "externalId": "g-2"},
        ),
        (
            [replace(None, {"displayName": "Führer 🙂", "externalId": "g-2"})],
            {"displayName": "Führer 🙂", "externalId": "g-2"},
        ),
    ],
    ids=str,
)
def test_attributes(scim: Scim, guides: Guides, operations: list[Json], changes: Json):
    scim.patch(f"/Groups/{guides.id}", *guides.fill_in(operations)).ok(204)

    group = scim.group(guides.id)
    for name in ("displayName", "externalId"):
        assert group.get(name) == (guides.group | changes)[name]
    assert member_ids(group) == {guides.people["ana"], guides.people["bob"]}


REFUSED = [
    ("an id nobody has", add("members", [{"value": NOBODY}]), "invalidValue"),
    ("what is no id", add("members", [{"value": "x"}]), "invalidValue"),
    ("a number", add("members", [{"value": 1}]), "invalidValue"),
    ("no value", add("members", [{"display": "Ana"}]), "invalidValue"),
    ("an empty value", add("members", [{"value": ""}]), "invalidValue"),
    ("a null", add("members", [{"value": None}]), "invalidValue"),
    ("numbers", add("members", [1]), "invalidValue"),
    ("a number for members", replace("members", 5), "invalidValue"),
    ("one known and one not", add("members", [*many("cem"), {"value": NOBODY}]), "invalidValue"),
    ("replace with one that is not", replace("members", [*many("ana"), {"value": NOBODY}]),
        "invalidValue"),
    ("itself", add("members", [{"value": "{group}"}]), "invalidValue"),
    ("a group, so it says", add("members", [{"value": "{cem}", "type": "Group"}]), "invalidValue"),
    ("the members' names", replace('members[value eq "{ana}"].display', "X"), "mutability"),
    ("a member's value", replace('members[value eq "{ana}"].value', "{cem}"), "mutability"),
    ("a member's kind", replace('members[value eq "{ana}"].type', "Group"),
        "mutability invalidValue"),
    ("no name", replace("displayName", ""), "invalidValue"),
    ("a null for the name", replace("displayName", None), "invalidValue mutability"),
    ("the name, removed", remove("displayName"), "mutability invalidValue"),
    ("a number for the name", replace("displayName", 1), "invalidValue"),
    ("the id", replace("id", NOBODY), "mutability"),
    ("meta", replace("meta.created", "2011-05-13T04:42:34Z"), "mutability"),
    ("an unknown attribute", replace("foo", "x"), "invalidPath"),
    ("an attribute of people", replace("userName", "x"), "invalidPath"),
    ("an unknown part", remove('members[foo eq "x"]'), "invalidPath invalidFilter"),
    ("an unclosed bracket", remove('members[value eq "x"'), "invalidPath invalidFilter"),
    ("nowhere", {"op": "remove"}, "noTarget"),
    ("an unknown operation", {"op": "move", "path": "members"}, "invalidSyntax invalidValue"),
    ("no value to add", {"op": "add", "path": "members"}, "invalidSyntax invalidValue"),
    ("a column", replace("organization", "globex"), "invalidPath"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "scim_types"), [pytest.param(*each[1:], id=each[0]) for each in REFUSED]
)
def test_refused(scim: Scim, guides: Guides, operation: Json, scim_types: str):
    """All operations or none: section 3.5.2."""
    before = scim.group(guides.id)

    answer = scim.patch(
        f"/Groups/{guides.id}",
        *guides.fill_in([replace("displayName", "Undone"), add("members", many("dan")), operation]),
    )

    answer.refused(400, *scim_types.split())
    assert scim.group(guides.id) == before


def test_a_group_in_a_group_is_refused(scim: Scim, guides: Guides):
    nested = scim.create_group("Nested")

    for value in ({"value": nested["id"]}, {"value": nested["id"], "type": "Group"}):
        answer = scim.patch(f"/Groups/{guides.id}", add("members", [value]))
        answer.refused(400, "invalidValue")


def test_a_change_is_a_new_version(scim: Scim, guides: Guides):
    before = guides.group["meta"]
    for operation in (
        add("members", many("cem")),
        remove('members[value eq "{cem}"]'),
        replace("members", many("dan")),
        replace("displayName", "Leaders"),
    ):
        scim.patch(f"/Groups/{guides.id}", guides.fill_in(operation)).ok(204)

        after = scim.group(guides.id)["meta"]
        assert after["lastModified"] > before["lastModified"]
        assert after["version"] != before["version"]
        assert after["created"] == before["created"]
        before = after


@pytest.mark.parametrize(
    "operation",
    [
        add("members", many("ana")),
        add("members", many("ana", "bob")),
        add("members", []),
        add("displayName", "Guides"),
        replace("members", many("bob", "ana")),
        remove('members[value eq "{cem}"]'),
    ],
    ids=str,
)
def test_no_change_is_no_new_version(scim: Scim, guides: Guides, operation: Json):
    scim.patch(f"/Groups/{guides.id}", guides.fill_in(operation)).ok(204)

    assert scim.group(guides.id)["meta"] == guides.group["meta"]


def test_the_new_version_comes_with_the_answer(scim: Scim, guides: Guides):
    answer = scim.patch(f"/Groups/{guides.id}", replace("displayName", "Leaders")).ok(204)

    assert answer.headers["ETag"] == scim.group(guides.id)["meta"]["version"]


def test_who_asks_for_attributes_gets_an_answer(scim: Scim, guides: Guides):
    """ "Unless the client requested attributes": section 3.5.2."""
    answer = scim.patch(
        f"/Groups/{guides.id}",
        guides.fill_in(add("members", many("cem"))),
        query={"attributes": "displayName,members.value"},
    ).ok()

    assert answer["displayName"] == "Guides"
    assert member_ids(answer.body) == {guides.people[name] for name in ("ana", "bob", "cem")}
    assert "meta" not in answer.body


def test_a_member_is_shown_with_name_and_address(scim: Scim, guides: Guides):
    members = {each["value"]: each for each in scim.group(guides.id)["members"]}

    ana = members[guides.people["ana"]]
    assert ana["display"] == "Ana"
    assert ana["type"] == "User"
    assert scim.get(ana["$ref"]).ok()["id"] == guides.people["ana"]


def test_deactivated_people_stay_members(scim: Scim, guides: Guides):
    scim.patch(f"/Users/{guides.people['ana']}", replace("active", False)).ok()

    assert guides.people["ana"] in scim.members(guides.id)


def test_deleted_people_leave(scim: Scim, guides: Guides):
    scim.delete(f"/Users/{guides.people['ana']}").ok(204)

    assert scim.members(guides.id) == {guides.people["bob"]}
    answer = scim.patch(f"/Groups/{guides.id}", add("members", [{"value": guides.people["ana"]}]))
    answer.refused(400, "invalidValue")
    scim.patch(f"/Groups/{guides.id}", remove(f'members[value eq "{guides.people["ana"]}"]')).ok(
        204
    )


def test_an_external_id_of_another_group_is_refused(scim: Scim, guides: Guides):
    other = scim.create_group("Other", externalId="g-2")

    answer = scim.patch(f"/Groups/{other['id']}", replace("externalId", "g-1"))

    answer.refused(409, "uniqueness")


def test_two_groups_may_have_one_name(scim: Scim, guides: Guides):
    other = scim.create_group("Other")

    scim.patch(f"/Groups/{other['id']}", replace("displayName", "Guides")).ok(204)

    assert len(listed(scim.get("/Groups", filter='displayName eq "Guides"'))) == 2


def test_a_group_of_hundreds(scim: Scim, make_crowd: Callable[[int], list[str]]):
    people = make_crowd(260)
    group = scim.create_group("All")
    path = f"/Groups/{group['id']}"

    scim.patch(path, add("members", [{"value": each} for each in people])).ok(204)
    assert scim.members(group["id"]) == set(people)

    scim.patch(path, *(remove(f'members[value eq "{each}"]') for each in people[:120])).ok(204)
    assert scim.members(group["id"]) == set(people[120:])

    scim.patch(path, replace("members", [{"value": each} for each in people[:200]])).ok(204)
    assert scim.members(group["id"]) == set(people[:200])

    leaving = [{"value": each} for each in people[50:]]
    scim.patch(path, {"op": "remove", "path": "members", "value": leaving}).ok(204)
    assert scim.members(group["id"]) == set(people[:50])


def test_nobody_has_no_members(scim: Scim):
    scim.patch(f"/Groups/{NOBODY}", add("members", [])).refused(404)
