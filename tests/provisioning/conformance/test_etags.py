"""Versions of resources: RFC 7644, section 3.14, and RFC 9110, section 13.1."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.provisioning.conformance.client import (
    NOBODY,
    Answer,
    Json,
    Scim,
    add,
    listed,
    replace,
)

WRITERS: dict[str, Callable[[Scim, str, Json, dict[str, str]], Answer]] = {
    "PUT": lambda scim, path, body, headers: scim.put(
        path, body | {"displayName": "Changed"}, headers=headers
    ),
    "PATCH": lambda scim, path, body, headers: scim.patch(
        path, replace("displayName", "Changed"), headers=headers
    ),
    "DELETE": lambda scim, path, body, headers: scim.delete(path, headers=headers),
}
DONE = {("PUT", "/Users"): 200, ("PATCH", "/Users"): 200, ("DELETE", "/Users"): 204} | {
    ("PUT", "/Groups"): 200,
    ("PATCH", "/Groups"): 204,
    ("DELETE", "/Groups"): 204,
}


@pytest.fixture(params=["/Users", "/Groups"])
def path(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def resource(scim: Scim, path: str) -> Json:
    return scim.create_user("bjensen") if path == "/Users" else scim.create_group()


def test_a_version_is_a_weak_tag(scim: Scim, path: str, resource: Json):
    version = resource["meta"]["version"]

    assert version.startswith('W/"')
    assert version.endswith('"')
    assert scim.get(f"{path}/{resource['id']}").ok().etag == version
    assert [each["meta"]["version"] for each in listed(scim.get(path))] == [version]


def test_reading_makes_no_version(scim: Scim, path: str, resource: Json):
    first, second = (scim.get(f"{path}/{resource['id']}").etag for _time in range(2))

    assert first == second


@pytest.mark.parametrize("spelling", ["{}", '"other", {}', '{}, W/"other"', "*"])
def test_what_has_not_changed_is_not_sent_again(
    scim: Scim, path: str, resource: Json, spelling: str
):
    header = spelling.format(resource["meta"]["version"])

    answer = scim.get(f"{path}/{resource['id']}", headers={"If-None-Match": header}).ok(304)

    assert answer.headers["ETag"] == resource["meta"]["version"]


def test_tags_are_compared_weakly_for_reading(scim: Scim, path: str, resource: Json):
    strong = resource["meta"]["version"].removeprefix("W/")

    scim.get(f"{path}/{resource['id']}", headers={"If-None-Match": strong}).ok(304)


@pytest.mark.parametrize("header", ['W/"other"', '"other"', "other", "", '""'])
def test_what_has_changed_is_sent(scim: Scim, path: str, resource: Json, header: str):
    answer = scim.get(f"{path}/{resource['id']}", headers={"If-None-Match": header}).ok()

    assert answer.body == resource


def test_who_is_not_there_is_not_found_all_the_same(scim: Scim, path: str):
    scim.get(f"{path}/{NOBODY}", headers={"If-None-Match": "*"}).refused(404)


@pytest.mark.parametrize("spelling", ["{}", 'W/"other", {}', "*"])
@pytest.mark.parametrize("method", WRITERS)
def test_the_right_version_may_be_changed(
    scim: Scim, path: str, resource: Json, method: str, spelling: str
):
    headers = {"If-Match": spelling.format(resource["meta"]["version"])}

    answer = WRITERS[method](scim, f"{path}/{resource['id']}", resource, headers)

    answer.ok(DONE[method, path])


@pytest.mark.parametrize("header", ['W/"other"', '"other"', "other", 'W/"a", W/"b"'])
@pytest.mark.parametrize("method", WRITERS)
def test_a_wrong_version_may_not(scim: Scim, path: str, resource: Json, method: str, header: str):
    answer = WRITERS[method](scim, f"{path}/{resource['id']}", resource, {"If-Match": header})

    answer.refused(412)
    assert scim.get(f"{path}/{resource['id']}").ok().body == resource


@pytest.mark.parametrize("method", WRITERS)
def test_an_old_version_may_not(scim: Scim, path: str, resource: Json, method: str):
    where = f"{path}/{resource['id']}"
    scim.patch(where, replace("displayName", "Meanwhile"))
    meanwhile = scim.get(where).ok().body
    headers = {"If-Match": resource["meta"]["version"]}

    WRITERS[method](scim, where, resource, headers).refused(412)
    assert scim.get(where).ok().body == meanwhile


@pytest.mark.parametrize("method", WRITERS)
def test_a_version_of_nobody_is_not_found(scim: Scim, path: str, resource: Json, method: str):
    headers = {"If-Match": resource["meta"]["version"]}

    WRITERS[method](scim, f"{path}/{NOBODY}", resource, headers).refused(404)


def test_each_change_is_a_version_of_its_own(scim: Scim, path: str, resource: Json):
    where = f"{path}/{resource['id']}"
    versions = [resource["meta"]["version"]]
    for number in range(5):
        scim.patch(where, replace("displayName", f"Name {number}"))
        versions.append(scim.get(where).etag)
    scim.patch(where, replace("displayName", "Name 0"))
    versions.append(scim.get(where).etag)

    assert len(set(versions)) == len(versions)


def test_versions_chain(scim: Scim, path: str, resource: Json):
    where = f"{path}/{resource['id']}"
    version = resource["meta"]["version"]
    for number in range(3):
        change = replace("displayName", f"Name {number}")
        version = scim.patch(where, change, headers={"If-Match": version}).etag

    assert scim.get(where).ok()["displayName"] == "Name 2"


def test_members_are_part_of_the_version(scim: Scim, person: Json):
    group = scim.create_group()
    member = add("members", [{"value": person["id"]}])
    scim.patch(f"/Groups/{group['id']}", member).ok(204)
    headers = {"If-Match": group["meta"]["version"]}

    scim.patch(f"/Groups/{group['id']}", member, headers=headers).refused(412)


def test_a_list_has_no_version(scim: Scim, path: str, resource: Json):
    answer = scim.get(path, headers={"If-None-Match": resource["meta"]["version"]})

    assert listed(answer) == [resource]
