"""That no way leads to the other tenant. Acme knows every name and id of Globex, and tries."""

from __future__ import annotations

from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    ENTERPRISE,
    NOBODY,
    PATCH_OP,
    Answer,
    Json,
    Scim,
    add,
    group,
    ids,
    listed,
    remove,
    replace,
    user,
)


@pytest.fixture
def theirs(other: Scim) -> Json:
    """Somebody in the other tenant."""
    return other.create_user(
        "jane@globex.example",
        externalId="G-1",
        displayName="Jane Globex",
        emails=[{"value": "jane@globex.example", "type": "work", "primary": True}],
        enterprise={"department": "Secret"},
    )


@pytest.fixture
def their_group(other: Scim, theirs: Json) -> Json:
    return other.create_group("Globex staff", theirs["id"], externalId="G-G")


@pytest.fixture
def untouched(other: Scim, theirs: Json, their_group: Json) -> Any:
    """Whatever the test did, there nothing has changed."""
    person, staff = other.user(theirs["id"]), other.group(their_group["id"])
    yield
    assert other.user(theirs["id"]) == person
    assert other.group(their_group["id"]) == staff
    assert ids(listed(other.get("/Users"))) == [theirs["id"]]
    assert ids(listed(other.get("/Groups"))) == [their_group["id"]]


def alike(answer: Answer, invented: Answer, resource_id: str) -> None:
    """Somebody else's answers as nobody's does, to the letter."""
    assert answer.status == invented.status, str(answer)
    seen = answer.content.decode().replace(resource_id, NOBODY)
    assert seen == invented.content.decode()
    assert {name.lower() for name in answer.headers} == {name.lower() for name in invented.headers}


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-None-Match": "*"}], ids=str)
@pytest.mark.usefixtures("untouched")
def test_by_id(
    scim: Scim, theirs: Json, their_group: Json, method: str, path: str, headers: dict[str, str]
):
    target = theirs if path == "/Users" else their_group
    for version in (None, target["meta"]["version"]):
        sent = {key: version or value for key, value in headers.items()}

        def ask(resource_id: str, sent: dict[str, str] = sent) -> Answer:
            where = f"{path}/{resource_id}"
            if method == "PUT":
                body = user("x") if path == "/Users" else group("x")
                return scim.put(where, body, headers=sent)
            if method == "PATCH":
                return scim.patch(where, replace("displayName", "x"), headers=sent)
            return scim.send(method, where, headers=sent)

        alike(ask(target["id"]).refused(404), ask(NOBODY), target["id"])


@pytest.mark.parametrize(
    "filter_",
    [
        'id eq "{id}"',
        'userName eq "jane@globex.example"',
        'userName co "globex"',
        'externalId eq "G-1"',
        'emails.value eq "jane@globex.example"',
        'emails[type eq "work" and value co "globex"]',
        'displayName sw "Jane"',
        f'{ENTERPRISE}:department eq "Secret"',
        'groups.value eq "{group}"',
        'groups.display eq "Globex staff"',
        'meta.location co "{id}"',
        'not (userName eq "x")',
        'userName eq "x" or userName pr',
        'userName eq "x" or id eq "{id}" and active eq true',
        "active eq true or active eq false",
        'meta.created gt "2011-05-13T04:42:34Z"',
        "userName pr",
    ],
)
@pytest.mark.usefixtures("untouched")
def test_by_filter(scim: Scim, theirs: Json, their_group: Json, filter_: str):
    ours = scim.create_user("ours")
    asked = filter_.replace("{id}", theirs["id"]).replace("{group}", their_group["id"])

    for answer in (
        scim.get("/Users", filter=asked),
        scim.search("/Users", filter=asked),
        scim.search(filter=asked),
        scim.get("/Users", filter=asked, sortBy="userName", sortOrder="descending"),
        scim.get("/Users", filter=asked, cursor="", count="1"),
    ):
        assert set(ids(listed(answer))) <= {ours["id"]}
        assert answer["totalResults"] <= 1
        assert "globex" not in answer.content.decode().lower().replace("globex staff", "x")


@pytest.mark.parametrize(
    "filter_",
    [
        'id eq "{group}"',
        'displayName eq "Globex staff"',
        'externalId eq "G-G"',
        'members.value eq "{id}"',
        'members eq "{id}"',
        'members[display eq "Jane Globex"]',
        'id eq "{group}" and members eq "{id}"',
        "displayName pr",
        'not (displayName eq "x")',
    ],
)
@pytest.mark.usefixtures("untouched")
def test_by_filter_of_groups(scim: Scim, theirs: Json, their_group: Json, filter_: str):
    asked = filter_.replace("{id}", theirs["id"]).replace("{group}", their_group["id"])

    for answer in (scim.get("/Groups", filter=asked), scim.search(filter=asked)):
        assert listed(answer) == []
        assert answer["totalResults"] == 0


@pytest.mark.usefixtures("untouched")
def test_by_lists(scim: Scim):
    for answer in (scim.get("/Users"), scim.get("/Groups"), scim.search(), scim.get("/")):
        assert listed(answer) == []
        assert answer["totalResults"] == 0


@pytest.mark.usefixtures("untouched")
def test_as_a_member(scim: Scim, theirs: Json):
    ours = scim.create_user("ours")
    made = scim.create_group("Ours", ours["id"])
    path = f"/Groups/{made['id']}"

    def tries(member: str) -> list[Answer]:
        value = [{"value": member}]
        return [
            scim.post("/Groups", group("New", member)),
            scim.post("/Groups", group("New", ours["id"], member)),
            scim.put(path, group("Ours", member)),
            scim.patch(path, add("members", value)),
            scim.patch(path, add("members", value[0])),
            scim.patch(path, replace("members", value)),
            scim.patch(path, add(None, {"members": value})),
            scim.patch(path, replace(None, {"members": value})),
        ]

    for answer, invented in zip(tries(theirs["id"]), tries(NOBODY), strict=True):
        answer.refused(400, "invalidValue")
        alike(answer, invented, theirs["id"])
    assert scim.group(made["id"]) == made
    assert len(listed(scim.get("/Groups"))) == 1


@pytest.mark.usefixtures("untouched")
def test_as_a_member_to_remove(scim: Scim, theirs: Json):
    ours = scim.create_user("ours")
    made = scim.create_group("Ours", ours["id"])
    path = f"/Groups/{made['id']}"

    scim.patch(path, remove(f'members[value eq "{theirs["id"]}"]')).ok(204)
    gone = {"op": "remove", "path": "members", "value": [{"value": theirs["id"]}]}
    scim.patch(path, gone).ok(204)

    assert scim.group(made["id"]) == made


@pytest.mark.usefixtures("untouched")
def test_as_a_manager(scim: Scim, theirs: Json):
    """Kept as a text that means nothing here."""
    made = scim.create_user("ours", enterprise={"manager": {"value": theirs["id"]}})
    assert made[ENTERPRISE]["manager"] == {"value": theirs["id"]}
    other = scim.create_user("more")
    for operation in (
        add(f"{ENTERPRISE}:manager", {"value": theirs["id"]}),
        replace(f"{ENTERPRISE}:manager.value", theirs["id"]),
        add(f"{ENTERPRISE}:manager", theirs["id"]),
    ):
        after = scim.patch(f"/Users/{other['id']}", operation).ok()
        assert after[ENTERPRISE]["manager"] == {"value": theirs["id"]}
    assert listed(scim.get("/Users", filter=f'{ENTERPRISE}:manager.displayName sw "Jane"')) == []


@pytest.mark.usefixtures("untouched")
def test_by_bulk(scim: Scim, theirs: Json, their_group: Json):
    patch = {"schemas": [PATCH_OP], "Operations": [replace("displayName", "x")]}

    def ask(person: str, staff: str) -> Answer:
        return scim.bulk(
            {"method": "PUT", "path": f"/Users/{person}", "data": user("x")},
            {"method": "PATCH", "path": f"/Users/{person}", "data": patch},
            {"method": "DELETE", "path": f"/Users/{person}"},
            {"method": "PUT", "path": f"/Groups/{staff}", "data": group("x")},
            {"method": "PATCH", "path": f"/Groups/{staff}", "data": patch},
            {"method": "DELETE", "path": f"/Groups/{staff}"},
            {
                "method": "POST",
                "path": "/Groups",
                "bulkId": "1",
                "data": group("x", person),
            },
            {
                "method": "DELETE",
                "path": f"/Users/{person}",
                "version": theirs["meta"]["version"],
            },
        )

    answer = ask(theirs["id"], their_group["id"]).ok()

    assert [each["status"] for each in answer["Operations"]] == ["404"] * 6 + ["400", "404"]
    seen = answer.content.decode().replace(theirs["id"], NOBODY).replace(their_group["id"], NOBODY)
    assert seen == ask(NOBODY, NOBODY).content.decode()


@pytest.mark.usefixtures("untouched")
def test_by_the_same_names(scim: Scim, theirs: Json):
    """Names and external ids are there once within a tenant, and never between two."""
    ours = scim.create_user("jane@globex.example", externalId="G-1")
    scim.create_group("Globex staff", externalId="G-G")

    assert ours["id"] != theirs["id"]
    assert "displayName" not in ours
    assert ids(listed(scim.get("/Users", filter='externalId eq "G-1"'))) == [ours["id"]]
    after = scim.patch(f"/Users/{ours['id']}", replace("displayName", "Ours")).ok()
    assert after["displayName"] == "Ours"
    scim.delete(f"/Users/{ours['id']}").ok(204)


@pytest.mark.usefixtures("untouched")
def test_by_an_id_in_the_message(scim: Scim, theirs: Json):
    made = scim.post("/Users", user("ours", id=theirs["id"])).ok(201)
    assert made["id"] != theirs["id"]

    after = scim.put(f"/Users/{made['id']}", user("ours", id=theirs["id"])).ok()
    assert after["id"] == made["id"]
    scim.patch(f"/Users/{made['id']}", replace("id", theirs["id"])).refused(400, "mutability")


@pytest.mark.usefixtures("untouched")
def test_by_a_group_in_the_message(scim: Scim, their_group: Json):
    made = scim.create_user("ours", groups=[{"value": their_group["id"]}])

    assert "groups" not in made
    answer = scim.patch(f"/Users/{made['id']}", add("groups", [{"value": their_group["id"]}]))
    answer.refused(400, "mutability")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "globex.example"},
        {"X-Organization": "globex"},
        {"X-Forwarded-Host": "globex.example"},
        {"X-Forwarded-Prefix": "/globex"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-Tenant": "globex"},
        {"Cookie": "organization=globex"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("untouched")
def test_by_a_header(scim: Scim, theirs: Json, headers: dict[str, str]):
    kept = {key: value for key, value in headers.items() if key != "Host"}

    assert listed(scim.get("/Users", headers=kept)) == []
    scim.get(f"/Users/{theirs['id']}", headers=kept).refused(404)


@pytest.mark.parametrize("name", ["organization", "organization_id", "tenant", "org"])
@pytest.mark.usefixtures("untouched")
def test_by_a_question(scim: Scim, name: str):
    assert listed(scim.get("/Users", **{name: "globex"})) == []


def test_addresses_name_no_tenant(scim: Scim, other: Scim):
    ours, theirs = scim.create_user("ours"), other.create_user("theirs")

    def base(document: Json) -> str:
        return document["meta"]["location"].removesuffix(document["id"])

    assert base(ours) == base(theirs)
    other.get(ours["meta"]["location"]).refused(404)
