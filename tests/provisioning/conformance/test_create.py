"""Adding people: RFC 7644, section 3.3, and RFC 7643, sections 3, 4 and 8."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    NOBODY,
    Json,
    Scim,
    group,
    ids,
    listed,
    user,
    without_meta,
)

# After the example of RFC 7643, section 8.2, without what a client may not set.
FULL: Json = {
    "externalId": "701984",
    "name": {
        "formatted": "Ms. Barbara J Jensen, III",
        "familyName": "Jensen",
        "givenName": "Barbara",
        "middleName": "Jane",
        "honorificPrefix": "Ms.",
        "honorificSuffix": "III",
    },
    "displayName": "Babs Jensen",
    "nickName": "Babs",
    "profileUrl": "https://login.example.com/bjensen",
    "emails": [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ],
    "addresses": [
        {
            "type": "work",
            "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "USA",
            "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA",
            "primary": True,
        },
        {"type": "home", "streetAddress": "456 Hollywood Blvd", "locality": "Hollywood"},
    ],
    "phoneNumbers": [
        {"value": "555-555-5555", "type": "work"},
        {"value": "555-555-4444", "type": "mobile"},
    ],
    "ims": [{"value": "someaimhandle", "type": "aim"}],
    "photos": [
        {"value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo"},
        {"value": "https://photos.example.com/profilephoto/72930000000Ccne/T", "type": "thumbnail"},
    ],
    "userType": "Employee",
    "title": "Tour Guide",
    "preferredLanguage": "en-US",
    "locale": "en-US",
    "timezone": "America/Los_Angeles",
    "active": True,
    "entitlements": [{"value": "courses:all", "display": "All courses"}],
    "roles": [{"value": "tutor", "display": "Tutor", "type": "main", "primary": True}],
    "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UEBhM="}],
}
EMPLOYEE: Json = {
    "employeeNumber": "701984",
    "costCenter": "4130",
    "organization": "Universal Studios",
    "division": "Theme Park",
    "department": "Tour Operations",
}


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    assert parsed.tzinfo is not None
    return parsed


def test_the_answer_is_the_person_and_where_they_are(scim: Scim):
    answer = scim.post("/Users", user("bjensen")).ok(201)

    assert answer["userName"] == "bjensen"
    assert answer["schemas"] == [CORE_USER]
    assert answer.headers["Location"] == answer["meta"]["location"]
    assert answer["meta"]["location"].startswith("http")
    assert answer["meta"]["location"].endswith(f"/scim/v2/Users/{answer['id']}")
    assert answer["meta"]["resourceType"] == "User"
    assert answer.etag == answer["meta"]["version"]
    assert scim.get(answer["meta"]["location"]).ok().body == answer.body


def test_meta_tells_when(scim: Scim):
    before = datetime.now(UTC)
    meta = scim.create_user()["meta"]

    assert meta["created"] == meta["lastModified"]
    assert before <= moment(meta["created"]) <= datetime.now(UTC)
    assert set(meta) == {"resourceType", "created", "lastModified", "location", "version"}


def test_whoever_is_added_is_active(scim: Scim):
    assert scim.create_user()["active"] is True


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("True", True), ("False", False), ("true", True)],
)
def test_whoever_is_added_may_be_inactive(scim: Scim, value: Any, expected: bool):
    person = scim.create_user(active=value)

    assert person["active"] is expected
    assert scim.user(person["id"])["active"] is expected


def test_everything_comes_back_as_it_was_sent(scim: Scim):
    person = scim.create_user("bjensen", **copy.deepcopy(FULL), enterprise=EMPLOYEE)

    kept = scim.user(person["id"])
    assert kept == person
    assert kept["schemas"] == [CORE_USER, ENTERPRISE]
    for name, value in FULL.items():
        assert kept[name] == value, name
    assert kept[ENTERPRISE] == EMPLOYEE
    assert set(kept) == {"schemas", "id", "meta", "userName", ENTERPRISE, *FULL}


def test_the_extension_counts_without_being_announced(scim: Scim):
    body = user("bjensen") | {ENTERPRISE: {"department": "Sales"}}

    person = scim.post("/Users", body).ok(201)

    assert person[ENTERPRISE] == {"department": "Sales"}
    assert set(person["schemas"]) == {CORE_USER, ENTERPRISE}


def test_an_announced_extension_may_be_empty(scim: Scim):
    body = {"schemas": [CORE_USER, ENTERPRISE], "userName": "bjensen"}

    person = scim.post("/Users", body).ok(201)

    assert person["schemas"] == [CORE_USER]
    assert ENTERPRISE not in person.body


def test_names_are_read_whatever_their_case(scim: Scim):
    """RFC 7643, section 2.1."""
    person = scim.post(
        "/Users",
        {
            "SCHEMAS": [CORE_USER.upper(), ENTERPRISE.upper()],
            "USERNAME": "bjensen",
            "displayname": "Babs",
            "Name": {"GivenName": "Barbara"},
            "eMails": [{"VALUE": "b@example.com", "Type": "work", "Primary": True}],
            ENTERPRISE.lower(): {"Department": "Sales", "MANAGER": {"Value": "somebody"}},
        },
    ).ok(201)

    assert person["userName"] == "bjensen"
    assert person["displayName"] == "Babs"
    assert person["name"] == {"givenName": "Barbara"}
    assert person["emails"] == [{"value": "b@example.com", "type": "work", "primary": True}]
    assert person[ENTERPRISE] == {"department": "Sales", "manager": {"value": "somebody"}}
    assert person["schemas"] == [CORE_USER, ENTERPRISE]


def test_what_a_client_may_not_set_is_ignored(scim: Scim):
    """ "readOnly attributes SHALL be ignored": section 3.3."""
    group_id = scim.create_group()["id"]
    person = scim.create_user(
        id=NOBODY,
        meta={"created": "2011-05-13T04:42:34Z", "resourceType": "Robot", "version": "x"},
        groups=[{"value": group_id}],
    )

    assert person["id"] != NOBODY
    assert "groups" not in person
    assert person["meta"]["resourceType"] == "User"
    assert moment(person["meta"]["created"]).year > 2011
    assert scim.members(group_id) == set()


@pytest.mark.parametrize(
    "unknown",
    [
        {"foo": "bar"},
        {"password": "t1meMa$heen"},
        {"is_superuser": True, "is_staff": True, "role": "full_admin"},
        {"organization": "globex"},
        {"urn:example:params:scim:schemas:other:2.0:User": {"foo": "bar"}},
        {"name": {"givenName": "Babs", "foo": "bar"}},
        {"emails": [{"value": "b@x.org", "foo": "bar"}]},
        {"__class__": "x"},
        {"": "x"},
    ],
    ids=str,
)
def test_unknown_attributes_are_left_out(scim: Scim, unknown: Json):
    answer = scim.post("/Users", user("bjensen") | copy.deepcopy(unknown)).ok(201)

    assert b"foo" not in answer.content
    assert set(answer.body) <= {"schemas", "id", "meta", "userName", "active", "name", "emails"}


@pytest.mark.parametrize(
    "empty",
    [
        {"title": None},
        {"name": None},
        {"name": {"familyName": None}},
        {"emails": None},
        {"emails": []},
        {"addresses": [{"type": "other", "locality": None, "country": None}]},
        {"externalId": None},
        {"active": None},
        {ENTERPRISE: {}},
        {ENTERPRISE: None},
        {ENTERPRISE: {"department": None}},
        {ENTERPRISE: {"manager": None}},
        {"emails": [{"value": "a@b.c", "type": None, "primary": None}]},
    ],
    ids=str,
)
def test_null_is_nothing(scim: Scim, empty: Json):
    """RFC 7643, section 2.5. The client checks that no answer has a null."""
    person = scim.post("/Users", user("bjensen") | copy.deepcopy(empty)).ok(201)

    assert not {"title", "name", "externalId", ENTERPRISE} & set(person.body)
    assert person["schemas"] == [CORE_USER]
    assert person["active"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [CORE_USER]},
        user(""),
        user(" "),
        user("\t\n"),
        user() | {"userName": None},
        user() | {"userName": 5},
        user() | {"userName": ["bjensen"]},
        user() | {"userName": {"value": "bjensen"}},
        user() | {"userName": True},
        user() | {"displayName": 5},
        user() | {"displayName": True},
        user() | {"displayName": ["Babs"]},
        user() | {"displayName": {"value": "Babs"}},
        user() | {"title": 1.5},
        user() | {"externalId": 701984},
        user() | {"externalId": {"value": "x"}},
        user() | {"active": "perhaps"},
        user() | {"active": 1},
        user() | {"name": "Babs Jensen"},
        user() | {"name": ["Babs"]},
        user() | {"name": {"familyName": 5}},
        user() | {"name": {"familyName": {"x": "y"}}},
        user() | {"emails": "b@example.com"},
        user() | {"emails": 5},
        user() | {"emails": [5]},
        user() | {"emails": [{"value": 5}]},
        user() | {"emails": [{"value": ["b@example.com"]}]},
        user() | {"emails": [{"value": "b@example.com", "primary": "perhaps"}]},
        user() | {"emails": [[{"value": "b@example.com"}]]},
        user() | {"emails": [{"value": "a@x.org", "primary": True},
            {"value": "b@x.org", "primary": True}]},
        user() | {"roles": [{"value": {"x": 1}}]},
        user() | {ENTERPRISE: "Sales"},
        user() | {ENTERPRISE: ["Sales"]},
        user() | {ENTERPRISE: {"department": 5}},
        user() | {ENTERPRISE: {"employeeNumber": 701984}},
        user() | {ENTERPRISE: {"manager": {"value": 5}}},
        user() | {"displayName": "a\x00b"},
        user("a\x00b"),
        user() | {"externalId": "\x00"},
        user() | {"emails": [{"value": "a\x00@b.c"}]},
    ],
    ids=str,
)  # fmt: skip
def test_what_a_person_can_not_be_is_refused(scim: Scim, body: Json):
    scim.post("/Users", body).refused(400, "invalidValue")

    assert listed(scim.get("/Users")) == []


@pytest.mark.parametrize("value", ["\ud800", "\udfff\ud800", "a\udc80"])
def test_half_characters_are_refused(scim: Scim, value: str):
    scim.post("/Users", user(value)).refused(400, "invalidValue", "invalidSyntax")
    answer = scim.post("/Users", user("bjensen", displayName=value))
    answer.refused(400, "invalidValue", "invalidSyntax")


@pytest.mark.parametrize(
    "schemas",
    [None, [], "x", CORE_USER, {}, 5, [5], [None], [CORE_GROUP], ["urn:example:other"]],
    ids=str,
)
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_schemas_are_required(scim: Scim, path: str, schemas: Any):
    if path == "/Groups" and schemas == [CORE_GROUP]:
        schemas = [CORE_USER]
    body = {"userName": "bjensen", "displayName": "Babs"}
    if schemas is not None:
        body["schemas"] = schemas

    scim.post(path, body).refused(400, "invalidSyntax", "invalidValue")
    assert listed(scim.get(path)) == []


def test_missing_schemas_are_bad_syntax(scim: Scim):
    scim.post("/Users", {"userName": "bjensen"}).refused(400, "invalidSyntax")
    scim.post("/Groups", {"displayName": "Guides"}).refused(400, "invalidSyntax")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("bjensen", "bjensen"),
        ("bjensen", "BJENSEN"),
        ("BJensen@example.com", "bjensen@EXAMPLE.com"),
        ("josé", "jose\u0301"),
        ("JOSÉ", "jose\u0301"),
        ("bjensen", "ｂｊｅｎｓｅｎ"),
        ("straße", "STRASSE"),
        ("ﬁnn", "finn"),
        ("Σίσυφος", "σίσυφοσ"),
    ],
)
def test_a_user_name_is_there_once(scim: Scim, first: str, second: str):
    scim.create_user(first)

    scim.post("/Users", user(second)).refused(409, "uniqueness")
    assert len(listed(scim.get("/Users"))) == 1


def test_a_user_name_is_kept_as_it_was_sent(scim: Scim):
    for name in ("BJensen@Example.COM", "jose\u0301", "李雷", "o'neil+x&y=z/ü?#%", "🙂", "a" * 100):
        person = scim.create_user(name)
        assert person["userName"] == name
        assert scim.user(person["id"])["userName"] == name


def test_user_names_that_only_look_alike_are_two(scim: Scim):
    for name in ("bjensen", "bjensen1", "b.jensen", "bjensen%", "bj_nsen", "bjеnsen"):
        scim.create_user(name)

    assert len(listed(scim.get("/Users"))) == 6


def test_an_external_id_is_there_once(scim: Scim):
    scim.create_user("a", externalId="E-1")

    scim.post("/Users", user("b", externalId="E-1")).refused(409, "uniqueness")


def test_external_ids_differ_by_case_and_by_kind(scim: Scim):
    scim.create_user("a", externalId="E-1")
    scim.create_user("b", externalId="e-1")
    scim.create_user("c")
    scim.create_user("d")
    scim.create_group("E", externalId="E-1")
    scim.create_group("F", externalId="e-1")

    scim.post("/Groups", group("G", externalId="e-1")).refused(409, "uniqueness")


@pytest.mark.parametrize("value", ["1", "0042", "1e3", "-1", "true", "null", " x ", NOBODY])
def test_an_external_id_is_text(scim: Scim, value: str):
    person = scim.create_user("a", externalId=value)

    assert person["externalId"] == value
    assert ids(listed(scim.get("/Users", filter=f'externalId eq "{value}"'))) == [person["id"]]
    scim.get(f"/Users/{value}").refused(404)


@pytest.mark.parametrize("length", [255, 256, 1000, 10_000, 100_000])
@pytest.mark.parametrize("attribute", ["userName", "displayName", "externalId", "title"])
def test_long_values_are_kept_or_refused(scim: Scim, attribute: str, length: int):
    value = "x" * length
    answer = scim.post("/Users", user() | {attribute: value})

    if answer.status == 201:
        assert answer[attribute] == value
        assert scim.user(answer["id"])[attribute] == value
    else:
        answer.refused(400, "invalidValue")
        assert length > 255


def test_long_names_and_addresses_of_mail_are_kept_or_refused(scim: Scim):
    value = "x" * 5000
    for number, more in enumerate(
        (
            {"name": {"givenName": value, "familyName": value}},
            {"emails": [{"value": f"{value}@example.com", "type": "work", "primary": True}]},
            {"enterprise": {"department": value, "manager": {"value": value}}},
            {"roles": [{"value": value}] * 20},
        )
    ):
        answer = scim.post("/Users", user(f"person-{number}", **more))
        if answer.status != 201:
            answer.refused(400, "invalidValue")


def test_a_manager_of_the_organization_is_a_reference(scim: Scim):
    boss = scim.create_user("boss", displayName="The Boss")
    person = scim.create_user(enterprise={"manager": {"value": boss["id"], "displayName": "X"}})

    manager = person[ENTERPRISE]["manager"]
    assert manager["value"] == boss["id"]
    assert manager["displayName"] == "The Boss"
    assert manager["$ref"] == boss["meta"]["location"]


@pytest.mark.parametrize("value", ["somebody", NOBODY, "42", "CN=Boss,OU=People"])
def test_a_manager_that_is_nobody_here_is_text(scim: Scim, value: str):
    person = scim.create_user(enterprise={"manager": {"value": value}})

    assert person[ENTERPRISE]["manager"] == {"value": value}


def test_one_refused_leaves_nothing(scim: Scim):
    scim.create_user("taken")
    before = [without_meta(each) for each in listed(scim.get("/Users"))]

    scim.post("/Users", user("Taken", displayName="Other")).refused(409)

    assert [without_meta(each) for each in listed(scim.get("/Users"))] == before


@pytest.mark.parametrize(
    "content_type",
    [
        "application/scim+json",
        "application/json",
        "application/scim+json; charset=utf-8",
        "application/json;charset=UTF-8",
        "Application/SCIM+JSON",
    ],
)
def test_both_media_types_are_read(scim: Scim, content_type: str):
    scim.post("/Users", user(), content_type=content_type).ok(201)


@pytest.mark.parametrize(
    "accept",
    ["application/scim+json", "application/json", "*/*", "application/scim+json, application/json"],
)
def test_both_media_types_are_answered(scim: Scim, accept: str):
    scim.post("/Users", user(), headers={"Accept": accept}).ok(201)


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_a_slash_at_the_end_is_no_matter(scim: Scim, path: str):
    body = user() if path == "/Users" else group()

    created = scim.post(f"{path}/", body).ok(201)

    assert ids(listed(scim.get(f"{path}/"))) == [created["id"]]
    assert scim.get(f"{path}/{created['id']}/").ok()["id"] == created["id"]
