"""Removing resources: RFC 7644, section 3.6."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.roles import Role
from tests.provisioning.conformance.client import (
    ENTERPRISE,
    NOBODY,
    Json,
    Scim,
    listed,
    replace,
    user,
)


def test_whoever_is_deleted_is_not_there(scim: Scim, person: Json):
    path = f"/Users/{person['id']}"
    scim.delete(path).ok(204)

    scim.get(path).refused(404)
    scim.put(path, person).refused(404)
    scim.patch(path, replace("title", "x")).refused(404)
    scim.delete(path).refused(404)
    assert listed(scim.get("/Users")) == []
    assert scim.get("/Users")["totalResults"] == 0
    assert listed(scim.search(filter="userName pr")) == []


def test_their_names_can_be_given_again(scim: Scim):
    person = scim.create_user("bjensen", externalId="E-1", title="Guide")
    scim.delete(f"/Users/{person['id']}").ok(204)

    again = scim.create_user("BJensen", externalId="E-1")

    assert again["id"] != person["id"]
    assert "title" not in again
    scim.get(f"/Users/{person['id']}").refused(404)
    scim.delete(f"/Users/{again['id']}").ok(204)
    scim.create_user("bjensen", externalId="E-1")


def test_a_renamed_person_can_take_them_as_well(scim: Scim, person: Json):
    other = scim.create_user("other")
    scim.delete(f"/Users/{person['id']}").ok(204)

    after = scim.patch(f"/Users/{other['id']}", replace("userName", "bjensen")).ok()

    assert after["userName"] == "bjensen"


def test_deactivated_people_keep_their_names(scim: Scim, person: Json):
    scim.patch(f"/Users/{person['id']}", replace("active", False)).ok()

    scim.post("/Users", user("bjensen")).refused(409, "uniqueness")


def test_they_leave_their_groups(scim: Scim, person: Json):
    other = scim.create_user("other")
    group = scim.create_group("Guides", person["id"], other["id"])
    scim.delete(f"/Users/{person['id']}").ok(204)

    after = scim.group(group["id"])
    assert [each["value"] for each in after["members"]] == [other["id"]]
    assert after["meta"]["version"] != group["meta"]["version"]
    assert listed(scim.get("/Groups", filter=f'members.value eq "{person["id"]}"')) == []


def test_they_are_nobodys_manager(scim: Scim, person: Json):
    report = scim.create_user("report", enterprise={"manager": {"value": person["id"]}})
    scim.delete(f"/Users/{person['id']}").ok(204)

    assert scim.user(report["id"])[ENTERPRISE]["manager"] == {"value": person["id"]}


def test_a_group(scim: Scim, person: Json):
    group = scim.create_group("Guides", person["id"], externalId="g-1")
    scim.delete(f"/Groups/{group['id']}").ok(204)

    scim.get(f"/Groups/{group['id']}").refused(404)
    scim.delete(f"/Groups/{group['id']}").refused(404)
    assert listed(scim.get("/Groups")) == []
    assert "groups" not in scim.user(person["id"])
    scim.create_group("Guides", externalId="g-1")


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_nobody_can_not_be_deleted(scim: Scim, path: str):
    scim.delete(f"{path}/{NOBODY}").refused(404)


def test_a_body_is_no_matter(scim: Scim, person: Json):
    scim.send("DELETE", f"/Users/{person['id']}", content=b"{}").ok(204)


@pytest.fixture
def last_admin(scim: Scim) -> Json:
    person = scim.create_user("root", displayName="Root")
    User.objects.filter(pk=person["id"]).update(role=Role.FULL_ADMIN)
    return person


def test_the_last_full_administrator_stays(scim: Scim, last_admin: Json):
    path = f"/Users/{last_admin['id']}"
    before = scim.user(last_admin["id"])

    for answer in (
        scim.delete(path),
        scim.patch(path, replace("active", False)),
        scim.patch(path, replace("title", "Gone"), replace("active", "False")),
        scim.put(path, before | {"active": False}),
    ):
        assert answer.status in (403, 409), str(answer)
        assert len(answer["detail"]) > 20
    assert scim.user(last_admin["id"]) == before


def test_the_last_but_one_may_go(scim: Scim, last_admin: Json):
    other = scim.create_user("other")
    User.objects.filter(pk=other["id"]).update(role=Role.FULL_ADMIN)

    scim.patch(f"/Users/{other['id']}", replace("active", False)).ok()
    answer = scim.patch(f"/Users/{last_admin['id']}", replace("active", False))
    assert answer.status in (403, 409)
