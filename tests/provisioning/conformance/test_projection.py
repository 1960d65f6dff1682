"""Which attributes an answer has: RFC 7644, section 3.9, and RFC 7643, section 7 (returned)."""

from __future__ import annotations

import pytest

from tests.provisioning.conformance.client import (
    CORE_USER,
    ENTERPRISE,
    Json,
    Scim,
    add,
    listed,
    replace,
    user,
)
from tests.provisioning.conformance.people import Library

ALWAYS = {"schemas", "id"}


def read(library: Library, **query: str) -> Json:
    """Ada, by id; a list says the same of her."""
    ada = library.people["ada"]["id"]
    found = library.scim.get(f"/Users/{ada}", **query).ok().body
    [listed_one] = listed(library.scim.get("/Users", filter=f'id eq "{ada}"', **query))
    assert listed_one == found
    return found


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("userName", "userName"),
        ("USERNAME", "userName"),
        ("userName,displayName", "userName displayName"),
        ("userName, displayName", "userName displayName"),
        ("id", ""),
        ("schemas", ""),
        ("meta", "meta"),
        ("active", "active"),
        ("externalId", "externalId"),
        ("emails", "emails"),
        ("groups", "groups"),
        ("name", "name"),
        ("x509Certificates", "x509Certificates"),
        (f"{CORE_USER}:userName", "userName"),
        (f"{CORE_USER}:name.familyName", "name"),
        (ENTERPRISE, ENTERPRISE),
        (f"{ENTERPRISE}:department", ENTERPRISE),
        (f"{ENTERPRISE}:department,title", f"{ENTERPRISE} title"),
        (ENTERPRISE.upper(), ENTERPRISE),
        ("userName,userName", "userName"),
        ("userName,foo", "userName"),
        ("foo", ""),
        ("password", ""),
        ("name.foo", ""),
        ("urn:example:other:foo", ""),
        ("emails.value,emails.type", "emails"),
        (",userName,", "userName"),
    ],
)
def test_only_what_was_asked_for(library: Library, attributes: str, expected: str):
    found = read(library, attributes=attributes)

    assert set(found) == ALWAYS | set(expected.split())


@pytest.mark.parametrize(
    ("attributes", "name", "expected"),
    [
        ("name.familyName", "name", {"familyName": "Lovelace"}),
        ("name.familyName,name.givenName", "name", {"familyName": "Lovelace", "givenName": "Ada"}),
        ("NAME.FAMILYNAME", "name", {"familyName": "Lovelace"}),
        ("emails.value", "emails", [{"value": "ada@acme.example"}, {"value": "ada@home.example"}]),
        (
            "emails.value,emails.type",
            "emails",
            [
                {"value": "ada@acme.example", "type": "work"},
                {"value": "ada@home.example", "type": "home"},
            ],
        ),
        (f"{ENTERPRISE}:department", ENTERPRISE, {"department": "R&D"}),
        (
            f"{ENTERPRISE}:department,{ENTERPRISE}:costCenter",
            ENTERPRISE,
            {"department": "R&D", "costCenter": "4130"},
        ),
        ("meta.resourceType", "meta", {"resourceType": "User"}),
        ("groups.display", "groups", [{"display": "Engineers"}]),
    ],
)
def test_only_the_parts_that_were_asked_for(
    library: Library, attributes: str, name: str, expected: object
):
    found = read(library, attributes=attributes)

    assert found[name] == expected
    assert set(found) == ALWAYS | {name}


@pytest.mark.parametrize(
    ("excluded", "missing"),
    [
        ("emails", "emails"),
        ("EMAILS", "emails"),
        ("emails,name", "emails name"),
        ("emails, name", "emails name"),
        ("meta", "meta"),
        ("groups", "groups"),
        ("userName", "userName"),
        (ENTERPRISE, ENTERPRISE),
        (f"{CORE_USER}:title", "title"),
        # What is always returned can't be left out.
        ("id", ""),
        ("id,schemas,title", "title"),
        ("foo", ""),
        ("foo,title", "title"),
    ],
)
def test_all_but_what_was_left_out(library: Library, excluded: str, missing: str):
    whole = read(library)

    found = read(library, excludedAttributes=excluded)

    kept = {key: each for key, each in whole.items() if key not in missing.split()}
    assert found == kept | {"schemas": found["schemas"]}


def test_schemas_are_those_of_what_is_shown(library: Library):
    """They define "the attributes present in the current JSON structure": RFC 7643, section 3."""
    assert read(library)["schemas"] == [CORE_USER, ENTERPRISE]
    assert read(library, attributes="userName")["schemas"] == [CORE_USER]
    assert read(library, attributes=f"{ENTERPRISE}:department")["schemas"] == [
        CORE_USER,
        ENTERPRISE,
    ]
    assert read(library, excludedAttributes=ENTERPRISE)["schemas"] == [CORE_USER]


@pytest.mark.parametrize(
    ("excluded", "name", "part"),
    [
        ("name.familyName", "name", "familyName"),
        ("NAME.familyname", "name", "familyName"),
        (f"{ENTERPRISE}:department", ENTERPRISE, "department"),
        ("meta.location", "meta", "location"),
    ],
)
def test_all_but_the_parts_that_were_left_out(
    library: Library, excluded: str, name: str, part: str
):
    whole = read(library)

    found = read(library, excludedAttributes=excluded)

    kept = {key: each for key, each in whole[name].items() if key != part}
    assert found == whole | {name: kept}


def test_parts_of_lists_are_left_out(library: Library):
    found = read(library, excludedAttributes="emails.type,emails.primary,emails.display")

    assert found["emails"] == [{"value": "ada@acme.example"}, {"value": "ada@home.example"}]


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/"])
def test_one_way_or_the_other(library: Library, path: str):
    answer = library.scim.get(path, attributes="displayName", excludedAttributes="emails")

    answer.refused(400, "invalidValue")


def test_one_way_or_the_other_for_one(library: Library):
    path = f"/Users/{library.people['ada']['id']}"
    query = {"attributes": "userName", "excludedAttributes": "emails"}

    library.scim.get(path, **query).refused(400, "invalidValue")
    library.scim.patch(path, replace("title", "x"), query=query).refused(400, "invalidValue")
    library.scim.put(path, library.people["ada"], query=query).refused(400, "invalidValue")
    library.scim.post("/Users", user("x"), query=query).refused(400, "invalidValue")
    assert library.scim.get(path).ok()["title"] == "Engineer"


def test_groups(library: Library):
    path = f"/Groups/{library.groups['engineers']['id']}"
    whole = library.scim.get(path).ok().body

    without = library.scim.get(path, excludedAttributes="members").ok()
    assert without.body == {key: each for key, each in whole.items() if key != "members"}
    assert set(library.scim.get(path, attributes="members").ok().body) == ALWAYS | {"members"}
    values = library.scim.get(path, attributes="members.value").ok()["members"]
    assert all(set(each) == {"value"} for each in values)
    assert set(library.scim.get(path, attributes="displayName").ok().body) == (
        ALWAYS | {"displayName"}
    )
    for each in listed(library.scim.get("/Groups", excludedAttributes="members,meta")):
        assert not {"members", "meta"} & set(each)


def test_a_filter_may_use_what_is_not_shown(library: Library):
    [found] = listed(library.scim.get("/Users", filter='title eq "under_score"', attributes="id"))

    assert set(found) == ALWAYS


def test_writing_answers_with_parts_as_well(scim: Scim):
    asked = {"attributes": "userName"}
    made = scim.post("/Users", user("ana", title="Guide"), query=asked).ok(201)
    assert set(made.body) == ALWAYS | {"userName"}
    assert made.headers["Location"].endswith(made["id"])
    path = f"/Users/{made['id']}"

    put = scim.put(path, user("ana", title="Tutor"), query=asked).ok()
    assert set(put.body) == ALWAYS | {"userName"}
    patch = scim.patch(path, add("nickName", "A"), query={"excludedAttributes": "meta"}).ok()
    assert "meta" not in patch.body
    assert patch["nickName"] == "A"
    assert scim.user(made["id"])["title"] == "Tutor"


def test_versions_travel_in_the_header_whatever_is_shown(library: Library):
    ada = library.people["ada"]

    answer = library.scim.get(f"/Users/{ada['id']}", attributes="userName").ok()

    assert answer.etag == ada["meta"]["version"]
