"""Reading one resource: RFC 7644, section 3.4.1."""

from __future__ import annotations

import pytest

from tests.provisioning.conformance.client import NOBODY, Json, Scim, listed, member_ids


def test_a_person_reads_the_same_everywhere(scim: Scim, person: Json):
    answer = scim.get(f"/Users/{person['id']}").ok()

    assert answer.body == person
    assert listed(scim.get("/Users")) == [person]
    assert listed(scim.get("/Users", filter='userName eq "bjensen"')) == [person]
    assert listed(scim.search("/Users", filter='userName eq "bjensen"')) == [person]
    assert answer.etag == person["meta"]["version"]


def test_a_group_reads_the_same_everywhere(scim: Scim, person: Json):
    group = scim.create_group("Guides", person["id"])

    assert scim.get(f"/Groups/{group['id']}").ok().body == group
    assert listed(scim.get("/Groups")) == [group]
    assert listed(scim.search("/Groups", filter='displayName eq "Guides"')) == [group]
    assert member_ids(group) == {person["id"]}


def test_an_id_is_opaque_and_stays(scim: Scim, person: Json):
    document = scim.user(person["id"]) | {"userName": "renamed"}
    scim.put(f"/Users/{person['id']}", document).ok()

    assert scim.user(person["id"])["userName"] == "renamed"
    assert scim.user(person["id"])["meta"]["location"] == person["meta"]["location"]


@pytest.mark.parametrize(
    "resource_id",
    [
        NOBODY,
        "1",
        "0",
        "-1",
        "x",
        "bjensen",
        "None",
        "null",
        "%20",
        "%00",
        "%2e%2e",
        "%FF",
        "a" * 5000,
        "🙂",
        "' OR 1=1 --",
    ],
)
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_nobody_is_not_found(scim: Scim, person: Json, path: str, resource_id: str):
    scim.get(f"{path}/{resource_id}").refused(404)
    scim.delete(f"{path}/{resource_id}").refused(404)


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_an_id_is_spelled_in_one_way(scim: Scim, person: Json, path: str):
    """It is an opaque text that is compared exactly: RFC 7643, section 3.1."""
    resource = person if path == "/Users" else scim.create_group()
    spelled = resource["id"]

    for other in (
        spelled.upper(),
        spelled.replace("-", ""),
        f"{{{spelled}}}",
        f"urn:uuid:{spelled}",
        f"{spelled} ",
    ):
        if other != spelled:
            scim.get(f"{path}/{other}").refused(404)


def test_a_person_is_no_group_and_a_group_no_person(scim: Scim, person: Json):
    group = scim.create_group()

    scim.get(f"/Groups/{person['id']}").refused(404)
    scim.get(f"/Users/{group['id']}").refused(404)
    scim.delete(f"/Groups/{person['id']}").refused(404)
    assert scim.user(person["id"])["id"] == person["id"]


def test_whatever_is_not_there_reads_alike(scim: Scim, person: Json):
    gone = scim.create_user("gone")
    scim.delete(f"/Users/{gone['id']}").ok(204)

    bodies = [
        scim.get(f"/Users/{each}").refused(404)["detail"].replace(each, "…")
        for each in (gone["id"], NOBODY, "x")
    ]

    assert len(set(bodies)) == 1


def test_locations_lead_back(scim: Scim, person: Json):
    group = scim.create_group("Guides", person["id"])

    for each in (person, group):
        assert scim.get(each["meta"]["location"]).ok()["id"] == each["id"]
    [entry] = scim.user(person["id"])["groups"]
    assert scim.get(entry["$ref"]).ok()["displayName"] == "Guides"


def test_a_group_that_is_renamed_shows_so_on_its_people(scim: Scim, person: Json):
    group = scim.create_group("Guides", person["id"])
    scim.put(f"/Groups/{group['id']}", group | {"displayName": "Leaders"}).ok()

    assert [each["display"] for each in scim.user(person["id"])["groups"]] == ["Leaders"]


def test_a_person_who_is_renamed_shows_so_in_their_groups(scim: Scim, person: Json):
    group = scim.create_group("Guides", person["id"])
    scim.put(f"/Users/{person['id']}", person | {"displayName": "Barbara"}).ok()

    assert [each["display"] for each in scim.group(group["id"])["members"]] == ["Barbara"]


def test_a_person_may_be_in_many_groups(scim: Scim, person: Json):
    made = {scim.create_group(f"Group {number}", person["id"])["id"] for number in range(12)}

    assert {each["value"] for each in scim.user(person["id"])["groups"]} == made
