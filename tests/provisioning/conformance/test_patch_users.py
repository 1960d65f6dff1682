"""Changing parts of a person: RFC 7644, section 3.5.2.

The tables say what an operation changes; whatever a row does not name has to stay as it was.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_USER,
    ENTERPRISE,
    NOBODY,
    PATCH_OP,
    Json,
    Scim,
    add,
    remove,
    replace,
    user,
)
from tests.provisioning.conformance.conftest import Tenants
from tests.provisioning.conformance.patch_tables import (
    ADD,
    BABS,
    EMPLOYEE,
    GONE,
    HOME,
    IN_A_ROW,
    OTHER,
    REFUSED,
    REMOVE,
    REPLACE,
    WORK,
)


@pytest.fixture(scope="module")
def standing(tenants: Tenants) -> Json:
    return tenants.of_acme.create_user("bjensen", **copy.deepcopy(BABS))


@pytest.fixture
def babs(scim: Scim, standing: Json) -> Json:
    return standing


def comparable(value: Any) -> Any:
    """Lists without their order, `primary: false` as good as none (RFC 7643, section 2.4)."""
    if isinstance(value, dict):
        return {
            key: comparable(each)
            for key, each in value.items()
            if not (key == "primary" and each is False)
        }
    if isinstance(value, list):
        return sorted(map(comparable, value), key=lambda each: json.dumps(each, sort_keys=True))
    return value


def expected_after(before: Json, changes: Json) -> Json:
    after = {key: value for key, value in (before | changes).items() if value is not GONE}
    after["schemas"] = [CORE_USER, *([ENTERPRISE] if ENTERPRISE in after else [])]
    after.pop("meta")
    return after


def check_patch(scim: Scim, before: Json, operations: list[Json], changes: Json) -> Json:
    answer = scim.patch(f"/Users/{before['id']}", *operations).ok()
    after = scim.user(before["id"])

    assert answer.body == after
    assert comparable({**after, "meta": GONE}) == comparable(
        {**expected_after(before, changes), "meta": GONE}
    )
    return after


@pytest.mark.parametrize(("operations", "changes"), ADD)
def test_add(scim: Scim, babs: Json, operations: list[Json], changes: Json):
    check_patch(scim, babs, operations, changes)


@pytest.mark.parametrize(("operations", "changes"), REPLACE)
def test_replace(scim: Scim, babs: Json, operations: list[Json], changes: Json):
    check_patch(scim, babs, operations, changes)


@pytest.mark.parametrize(("operations", "changes"), REMOVE)
def test_remove(scim: Scim, babs: Json, operations: list[Json], changes: Json):
    check_patch(scim, babs, operations, changes)


@pytest.mark.parametrize(("operations", "changes"), IN_A_ROW)
def test_operations_follow_each_other(
    scim: Scim, babs: Json, operations: list[Json], changes: Json
):
    check_patch(scim, babs, operations, changes)


@pytest.mark.parametrize(
    ("operation", "scim_types"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED]
)
def test_refused(scim: Scim, babs: Json, operation: Any, scim_types: str):
    """And whatever stood before it in the message is not done either."""
    before = scim.user(babs["id"])

    answer = scim.patch(f"/Users/{babs['id']}", replace("title", "Undone"), operation)

    answer.refused(400, *scim_types.split())
    assert scim.user(babs["id"]) == before


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [PATCH_OP]},
        {"schemas": [PATCH_OP], "Operations": []},
        {"schemas": [PATCH_OP], "Operations": None},
        {"schemas": [PATCH_OP], "Operations": "replace"},
        {"schemas": [PATCH_OP], "Operations": {"op": "replace", "path": "title", "value": "x"}},
        {"Operations": [replace("title", "x")]},
        {"schemas": [], "Operations": [replace("title", "x")]},
        {"schemas": None, "Operations": [replace("title", "x")]},
        {"schemas": PATCH_OP, "Operations": [replace("title", "x")]},
        {"schemas": [CORE_USER], "Operations": [replace("title", "x")]},
        {"schemas": [CORE_USER], "title": "x"},
        [replace("title", "x")],
        "title",
        None,
    ],
    ids=str,
)
def test_a_message_that_is_no_patch_is_refused(scim: Scim, babs: Json, body: Any):
    answer = scim.send("PATCH", f"/Users/{babs['id']}", content=json.dumps(body).encode())

    answer.refused(400, "invalidSyntax")
    assert scim.user(babs["id"])["title"] == "Tour Guide"


@pytest.mark.parametrize("path", ['emails[type eq "other"]', 'roles[value eq "nobody"]'])
def test_removing_what_is_not_found_changes_nothing(scim: Scim, babs: Json, path: str):
    """The RFC names noTarget for it; a directory that repeats itself may be let through."""
    answer = scim.patch(f"/Users/{babs['id']}", remove(path))

    if answer.status != 200:
        answer.refused(400, "noTarget")
    assert comparable(scim.user(babs["id"])["emails"]) == comparable([WORK, HOME])


def test_unknown_attributes_without_a_path_change_nothing(scim: Scim, babs: Json):
    answer = scim.patch(f"/Users/{babs['id']}", replace(None, {"foo": "bar", "password": "x"}))

    if answer.status != 200:
        answer.refused(400, "invalidPath", "invalidValue")
    assert not {"foo", "password"} & set(scim.user(babs["id"]))


def test_read_only_attributes_without_a_path_change_nothing(scim: Scim, babs: Json):
    value = {"id": NOBODY, "meta": {"version": "x"}, "groups": [{"value": NOBODY}]}

    answer = scim.patch(f"/Users/{babs['id']}", replace(None, value))

    if answer.status != 200:
        answer.refused(400, "mutability")
    assert scim.user(babs["id"])["id"] == babs["id"]
    assert "groups" not in scim.user(babs["id"])


def test_a_change_is_a_new_version(scim: Scim, babs: Json):
    answer = scim.patch(f"/Users/{babs['id']}", replace("title", "VP")).ok()

    assert answer["meta"]["created"] == babs["meta"]["created"]
    assert answer["meta"]["lastModified"] > babs["meta"]["lastModified"]
    assert answer["meta"]["version"] != babs["meta"]["version"]
    assert answer.etag == answer["meta"]["version"]


@pytest.mark.parametrize(
    "operation",
    [
        add("title", "Tour Guide"),
        add("emails", [HOME]),
        add("name", {"givenName": "Barbara"}),
        add(f"{ENTERPRISE}:department", "Tour Operations"),
        add(None, {"title": "Tour Guide", "active": True}),
        replace("title", "Tour Guide"),
        remove("nickName"),
    ],
    ids=str,
)
def test_no_change_is_no_new_version(scim: Scim, babs: Json, operation: Json):
    """ "This operation SHALL NOT change the modify timestamp": section 3.5.2.1."""
    answer = scim.patch(f"/Users/{babs['id']}", operation).ok()

    assert answer["meta"] == babs["meta"]


@pytest.mark.parametrize("value", [False, "False", "false"])
def test_active_may_be_text(scim: Scim, babs: Json, value: Any):
    assert scim.patch(f"/Users/{babs['id']}", replace("active", value)).ok()["active"] is False
    back = scim.patch(f"/Users/{babs['id']}", replace("active", "True")).ok()
    assert back["active"] is True


def test_deactivated_people_can_be_read_and_changed(scim: Scim, babs: Json):
    scim.patch(f"/Users/{babs['id']}", replace("active", False)).ok()

    answer = scim.patch(f"/Users/{babs['id']}", replace("title", "Former guide")).ok()

    assert answer["active"] is False
    assert scim.user(babs["id"])["title"] == "Former guide"


@pytest.mark.parametrize("name", ["taken", "TAKEN", "ｔａｋｅｎ"])
def test_a_user_name_of_somebody_else_is_refused(scim: Scim, babs: Json, name: str):
    scim.create_user("taken")

    for operation in (replace("userName", name), replace(None, {"userName": name})):
        scim.patch(f"/Users/{babs['id']}", operation).refused(409, "uniqueness")
    assert scim.user(babs["id"]) == babs


def test_an_external_id_of_somebody_else_is_refused(scim: Scim, babs: Json):
    scim.create_user("other", externalId="x-1")

    answer = scim.patch(f"/Users/{babs['id']}", replace("externalId", "x-1"))

    answer.refused(409, "uniqueness")
    assert scim.user(babs["id"]) == babs


def test_the_extension_appears_with_its_schema(scim: Scim):
    person = scim.create_user("ana")

    after = scim.patch(f"/Users/{person['id']}", add(f"{ENTERPRISE}:department", "Sales")).ok()

    assert after["schemas"] == [CORE_USER, ENTERPRISE]
    assert after[ENTERPRISE] == {"department": "Sales"}


def test_lists_appear_where_nothing_was(scim: Scim):
    person = scim.create_user("ana")

    after = scim.patch(
        f"/Users/{person['id']}", add("emails", OTHER), add("name.givenName", "Ana")
    ).ok()

    assert after["emails"] == [OTHER]
    assert after["name"] == {"givenName": "Ana"}


def test_the_manager_is_somebody_of_the_organization(scim: Scim, babs: Json):
    boss = scim.create_user("boss", displayName="The Boss")

    after = scim.patch(
        f"/Users/{babs['id']}", add(f"{ENTERPRISE}:manager", {"value": boss["id"]})
    ).ok()

    manager = after[ENTERPRISE]["manager"]
    assert manager["value"] == boss["id"]
    assert manager["displayName"] == "The Boss"
    assert manager["$ref"] == boss["meta"]["location"]
    after = scim.patch(f"/Users/{babs['id']}", remove(f"{ENTERPRISE}:manager")).ok()
    assert after[ENTERPRISE] == EMPLOYEE


def test_the_answer_can_be_a_part(scim: Scim, babs: Json):
    answer = scim.patch(
        f"/Users/{babs['id']}", replace("title", "VP"), query={"attributes": "title"}
    ).ok()

    assert answer.body == {"schemas": [CORE_USER], "id": babs["id"], "title": "VP"}


def test_nobody_is_not_changed(scim: Scim):
    scim.patch(f"/Users/{NOBODY}", replace("title", "VP")).refused(404)


def test_a_hundred_operations_are_one_change(scim: Scim, babs: Json):
    operations = [replace("title", f"Title {number}") for number in range(100)]

    assert scim.patch(f"/Users/{babs['id']}", *operations).ok()["title"] == "Title 99"


def test_patch_and_put_end_alike(scim: Scim, babs: Json):
    """The same person, made in one go and in steps."""
    whole = scim.create_user("whole", **copy.deepcopy(BABS | {"externalId": "w"}))
    steps = scim.post("/Users", user("steps")).ok(201)
    given = copy.deepcopy(BABS | {"externalId": "s"})
    enterprise = given.pop("enterprise")
    operations = [add(name, value) for name, value in given.items()]
    after = scim.patch(f"/Users/{steps['id']}", *operations, add(ENTERPRISE, enterprise)).ok()

    differing = {"id", "meta", "userName", "externalId"}
    assert {key: value for key, value in after.body.items() if key not in differing} == {
        key: value for key, value in whole.items() if key not in differing
    }
