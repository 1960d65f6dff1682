"""Microsoft Entra ID and people: its service in both dialects, and its validator."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_USER,
    ENTERPRISE,
    Json,
    Scim,
    ids,
    listed,
)
from tests.provisioning.conformance.entra import (
    EXTERNAL_ID,
    new_user,
    operations,
)


@pytest.fixture
def person(scim: Scim) -> Json:
    return scim.post("/Users", new_user()).ok(201).body


@pytest.fixture
def path(person: Json) -> str:
    return f"/Users/{person['id']}"


# Testing the connection and matching


@pytest.mark.parametrize("attribute", ["userName", "externalId", "emails.value", "displayName"])
def test_connection(scim: Scim, attribute: str):
    """A random GUID, and the answer is an empty list with 200."""
    answer = scim.get("/Users", filter=f'{attribute} eq "{uuid.uuid4()}"')

    assert listed(answer) == []
    assert (answer["totalResults"], answer["startIndex"]) == (0, 1)


@pytest.mark.parametrize(
    "filter_",
    [
        'userName eq "Test_User_ab6490ee@testuser.com"',
        'userName eq "TEST_USER_AB6490EE@TESTUSER.COM"',
        'userName EQ "Test_User_ab6490ee@testuser.com"',
        f'externalId eq "{EXTERNAL_ID}"',
        'emails[type eq "work"].value eq "Test_User_ab6490ee@testuser.com"',
        'emails[type eq "work"] eq "Test_User_ab6490ee@testuser.com"',
        'emails[type eq "work" and value eq "Test_User_ab6490ee@testuser.com"]',
        'emails.value eq "Test_User_ab6490ee@testuser.com"',
        f'userName eq "Test_User_ab6490ee@testuser.com" and externalId eq "{EXTERNAL_ID}"',
        'userName eq "Test_User_ab6490ee@testuser.com" and active eq true',
        'DisplayName eq "Test_User_ab6490ee"',
    ],
)
def test_matching(scim: Scim, person: Json, filter_: str):
    scim.post("/Users", new_user("other", externalId="other")).ok(201)

    assert ids(listed(scim.get("/Users", filter=filter_))) == [person["id"]]
    assert ids(listed(scim.get("/Users", filter=filter_, aadOptscim062020=""))) == [person["id"]]


@pytest.mark.parametrize(
    "filter_",
    [
        'emails[type eq "home"].value eq "Test_User_ab6490ee@testuser.com"',
        'emails[type eq "work"].value eq "nobody@testuser.com"',
        f'userName eq "nobody@testuser.com" and externalId eq "{EXTERNAL_ID}"',
    ],
)
def test_matching_nobody(scim: Scim, person: Json, filter_: str):
    assert listed(scim.get("/Users", filter=filter_)) == []


@pytest.mark.parametrize(
    "query", ["?aadOptscim062020&", "?aadOptscim062020=true&", "/?aadOptscim062020&", "/?"]
)
def test_the_flag_is_no_matter(scim: Scim, person: Json, query: str):
    answer = scim.send("GET", f"/Users{query}filter=userName+pr&attributes=userName")

    assert ids(listed(answer)) == [person["id"]]


# People


def test_create(scim: Scim):
    answer = scim.post("/Users", new_user()).ok(201)

    assert answer["userName"] == "Test_User_ab6490ee@testuser.com"
    assert answer["externalId"] == EXTERNAL_ID
    assert answer["active"] is True
    assert "roles" not in answer.body
    assert scim.user(answer["id"]) == answer.body


@pytest.mark.parametrize("active", ["True", "true", True])
def test_create_with_text_for_active(scim: Scim, active: Any):
    assert scim.post("/Users", new_user(active=active)).ok(201)["active"] is True


def test_create_with_attributes_in_other_cases(scim: Scim):
    answer = scim.post(
        "/Users",
        new_user(
            emails=[
                {"Primary": True, "type": "work", "value": "testing@bob.com"},
                {"Primary": False, "type": "home", "value": "testinghome@bob.com"},
            ],
            **{ENTERPRISE: {"Department": "bob", "Manager": {"Value": "SuzzyQ"}}},
        ),
    ).ok(201)

    assert answer["emails"][0] == {"primary": True, "type": "work", "value": "testing@bob.com"}
    assert answer[ENTERPRISE] == {"department": "bob", "manager": {"value": "SuzzyQ"}}


def test_create_with_nulls(scim: Scim):
    answer = scim.post(
        "/Users",
        new_user(
            addresses=[
                {"country": "Bermuda", "locality": "West", "type": "work", "primary": False},
                {"country": None, "formatted": "x", "locality": None, "type": "other"},
            ],
            phoneNumbers=[{"type": "fax", "value": None}],
            nickName=None,
            title=None,
        ),
    ).ok(201)

    assert answer["addresses"][1] == {"formatted": "x", "type": "other"}


def test_create_twice(scim: Scim, person: Json):
    scim.post("/Users", new_user()).refused(409, "uniqueness")
    again = new_user() | {"userName": person["userName"].upper(), "externalId": "x"}
    scim.post("/Users", again).refused(409, "uniqueness")


def test_create_without_user_name(scim: Scim):
    body = new_user()
    del body["userName"]

    scim.post("/Users", body).refused(400, "invalidValue")


@pytest.mark.parametrize("op", ["Replace", "replace", "Add", "add"])
@pytest.mark.parametrize(
    ("where", "value", "name", "expected"),
    [
        ("displayName", "New", "displayName", "New"),
        ("title", "Guide", "title", "Guide"),
        ("userName", "new@testuser.com", "userName", "new@testuser.com"),
        ("externalId", "other", "externalId", "other"),
        ("preferredLanguage", "de", "preferredLanguage", "de"),
        ("nickName", "Nick", "nickName", "Nick"),
        ("userType", "Guest", "userType", "Guest"),
        ("active", "False", "active", False),
        ("active", "false", "active", False),
        ("active", False, "active", False),
        ("active", "True", "active", True),
        (
            "name.givenName",
            "New",
            "name",
            {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "New"},
        ),
        (
            "name.honorificPrefix",
            "Dr.",
            "name",
            {
                "formatted": "givenName familyName",
                "familyName": "familyName",
                "givenName": "givenName",
                "honorificPrefix": "Dr.",
            },
        ),
        (
            'emails[type eq "work"].value',
            "new@testuser.com",
            "emails",
            [{"primary": True, "type": "work", "value": "new@testuser.com"}],
        ),
        (
            'emails[type eq "home"].value',
            "home@testuser.com",
            "emails",
            [
                {"primary": True, "type": "work", "value": "Test_User_ab6490ee@testuser.com"},
                {"type": "home", "value": "home@testuser.com"},
            ],
        ),
        (
            'phoneNumbers[type eq "mobile"].value',
            "+1 555",
            "phoneNumbers",
            [{"type": "mobile", "value": "+1 555"}],
        ),
        (
            'addresses[type eq "work"].locality',
            "Galway",
            "addresses",
            [{"type": "work", "locality": "Galway"}],
        ),
        ('roles[primary eq "True"].value', "tutor", "roles", [{"primary": True, "value": "tutor"}]),
        ("roles[primary eq true].value", "tutor", "roles", [{"primary": True, "value": "tutor"}]),
        (f"{ENTERPRISE}:department", "Sales", ENTERPRISE, {"department": "Sales"}),
        (f"{ENTERPRISE}:employeeNumber", "42", ENTERPRISE, {"employeeNumber": "42"}),
        (f"{ENTERPRISE}:manager", "boss", ENTERPRISE, {"manager": {"value": "boss"}}),
        (f"{ENTERPRISE}:manager", {"value": "boss"}, ENTERPRISE, {"manager": {"value": "boss"}}),
        (
            f"{ENTERPRISE}:manager",
            [{"$ref": "http://x.example/scim/Users/boss", "value": "boss"}],
            ENTERPRISE,
            {"manager": {"value": "boss"}},
        ),
        (f"{ENTERPRISE}:manager.value", "boss", ENTERPRISE, {"manager": {"value": "boss"}}),
        (f"{CORE_USER}:title", "Guide", "title", "Guide"),
    ],
)
def test_one_attribute_after_the_other(
    scim: Scim, person: Json, path: str, op: str, where: str, value: Any, name: str, expected: Any
):  # fmt: skip
    operation = {"op": op, "path": where, "value": value}
    operations(scim, path, operation, flag=op.islower()).ok()

    after = scim.user(person["id"])
    if name == ENTERPRISE and isinstance(expected, dict) and "manager" in expected:
        assert after[ENTERPRISE]["manager"]["value"] == "boss"
    else:
        assert after[name] == expected
    for other in ("userName", "displayName", "emails", "name", "externalId", "active"):
        if other != name:
            assert after[other] == person[other]


def test_an_address_in_six_operations(scim: Scim, person: Json, path: str):
    parts = {
        "country": "IE",
        "formatted": "1 Quay, Galway",
        "locality": "Galway",
        "postalCode": "H91",
        "region": "Connacht",
        "streetAddress": "1 Quay",
    }
    sent = [
        {"op": "Add", "path": f'addresses[type eq "work"].{name}', "value": value}
        for name, value in parts.items()
    ]

    operations(scim, path, *sent).ok()

    assert scim.user(person["id"])["addresses"] == [{"type": "work"} | parts]


def test_many_attributes_at_once(scim: Scim, person: Json, path: str):
    """As the validator's "Patch User - Add/Replace attributes" has it."""
    sent = [
        {"op": "add", "path": 'emails[type eq "home"].value', "value": "a@home.test"},
        {"op": "add", "path": 'phoneNumbers[type eq "work"].value', "value": "31-412-4413"},
        {"op": "add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "31-412-4414"},
        {"op": "add", "path": 'phoneNumbers[type eq "fax"].value', "value": "31-412-4415"},
        {"op": "add", "path": 'addresses[type eq "work"].formatted', "value": "DBQXKXEDVQLM"},
        {"op": "add", "path": 'addresses[type eq "work"].country', "value": "Tuvalu"},
        {"op": "add", "path": 'roles[primary eq "True"].display', "value": "Tutor"},
        {"op": "add", "path": 'roles[primary eq "True"].value', "value": "tutor"},
        {"op": "add", "path": 'roles[primary eq "True"].type', "value": "main"},
        {
            "op": "add",
            "value": {
                "name.givenName": "Adelbert",
                "name.middleName": "Q",
                "title": "VAMRNSVXZZNE",
                "preferredLanguage": "af-ZA",
                "locale": "MXBNJQ",
                "timezone": "America/Denver",
                f"{ENTERPRISE}:employeeNumber": "ZJCVQXBHCDBK",
                f"{ENTERPRISE}:costCenter": "VMPRJYAKWKSS",
                f"{ENTERPRISE}:organization": "SKXMPZYRGXTH",
                f"{ENTERPRISE}:division": "GWNWZPBCGBYM",
            },
        },
    ]

    operations(scim, path, *sent).ok()

    after = scim.user(person["id"])
    assert [each["type"] for each in after["phoneNumbers"]] == ["work", "mobile", "fax"]
    assert after["addresses"] == [
        {"type": "work", "formatted": "DBQXKXEDVQLM", "country": "Tuvalu"}
    ]
    assert after["roles"] == [
        {"primary": True, "display": "Tutor", "value": "tutor", "type": "main"}
    ]
    assert after["name"] == person["name"] | {"givenName": "Adelbert", "middleName": "Q"}
    assert after["title"] == "VAMRNSVXZZNE"
    assert after["timezone"] == "America/Denver"
    assert after[ENTERPRISE] == {
        "employeeNumber": "ZJCVQXBHCDBK",
        "costCenter": "VMPRJYAKWKSS",
        "organization": "SKXMPZYRGXTH",
        "division": "GWNWZPBCGBYM",
    }


@pytest.mark.parametrize("op", ["add", "replace", "Add", "Replace"])
def test_dotted_names_without_a_path(scim: Scim, person: Json, path: str, op: str):
    """What the flag aadOptscim062020 brings."""
    value = {
        "displayName": "New",
        "active": False,
        "name.familyName": "Bjfe",
        "name.honorificSuffix": "PhD",
        'emails[type eq "work"].value': "new@testuser.com",
        'addresses[type eq "work"].locality': "Galway",
        f"{ENTERPRISE}:department": "Sales",
        f"{ENTERPRISE}:manager": "boss",
        f"{CORE_USER}:nickName": "Nick",
    }

    operations(scim, path, {"op": op, "value": value}, flag=True).ok()

    after = scim.user(person["id"])
    assert after["displayName"] == "New"
    assert after["active"] is False
    assert after["nickName"] == "Nick"
    assert after["name"] == person["name"] | {"familyName": "Bjfe", "honorificSuffix": "PhD"}
    assert after["emails"] == [{"primary": True, "type": "work", "value": "new@testuser.com"}]
    assert after["addresses"] == [{"type": "work", "locality": "Galway"}]
    assert after[ENTERPRISE] == {"department": "Sales", "manager": {"value": "boss"}}


@pytest.mark.parametrize("op", ["Remove", "remove"])
@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("displayName", "displayName"),
        ("externalId", "externalId"),
        ("name", "name"),
        ('emails[type eq "work"].value', "emails"),
        ('emails[type eq "work"]', "emails"),
        (f"{ENTERPRISE}:department", ENTERPRISE),
        (f"{ENTERPRISE}:manager", ENTERPRISE),
    ],
)
def test_removing(scim: Scim, person: Json, path: str, op: str, where: str, name: str):
    if name == ENTERPRISE:
        value = "boss" if where.endswith("manager") else "Sales"
        operations(scim, path, {"op": "Add", "path": where, "value": value}).ok()

    operations(scim, path, {"op": op, "path": where}).ok()

    after = scim.user(person["id"])
    assert name not in after or "value" not in after[name][0]


def test_the_manager_is_somebody(scim: Scim, person: Json, path: str):
    boss = scim.post("/Users", new_user("boss", externalId="boss")).ok(201)
    for value in (boss["id"], {"value": boss["id"]}, [{"$ref": "x", "value": boss["id"]}]):
        operations(scim, path, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": value}).ok()

        manager = scim.user(person["id"])[ENTERPRISE]["manager"]
        assert manager["value"] == boss["id"]
        assert manager["displayName"] == "boss"
        operations(scim, path, {"op": "Remove", "path": f"{ENTERPRISE}:manager"}).ok()
        assert ENTERPRISE not in scim.user(person["id"])


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": False},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "value": {"active": False}},
        {"op": "Replace", "value": {"active": "False"}},
    ],
    ids=str,
)
def test_soft_delete_and_back(scim: Scim, person: Json, path: str, operation: Json):
    assert operations(scim, path, operation).ok()["active"] is False

    assert scim.user(person["id"])["active"] is False
    found = scim.get("/Users", filter=f'externalId eq "{EXTERNAL_ID}"')
    assert [each["active"] for each in listed(found)] == [False]
    back = {"op": "Replace", "path": "active", "value": "True"}
    assert operations(scim, path, back).ok()["active"] is True


def test_hard_delete(scim: Scim, person: Json, path: str):
    operations(scim, path, {"op": "Replace", "path": "active", "value": "False"}).ok()
    scim.delete(path).ok(204)

    scim.get(path).refused(404)
    scim.delete(path).refused(404)
    assert listed(scim.get("/Users", filter=f'externalId eq "{EXTERNAL_ID}"')) == []
    scim.post("/Users", new_user()).ok(201)


def test_reading_for_a_change(scim: Scim, person: Json, path: str):
    asked = 'id,userName,externalId,emails[type eq "work"].value,active'

    answer = scim.get(path, attributes=asked).ok()

    assert answer["userName"] == person["userName"]
    assert answer["active"] is True


def test_a_message_about_nobody(scim: Scim):
    change = {"op": "Replace", "path": "active", "value": "False"}

    operations(scim, f"/Users/{uuid.uuid4()}", change).refused(404)


def test_an_unknown_attribute_is_told(scim: Scim, person: Json, path: str):
    """SchemaAttributeNotFound in its log, with our words."""
    answer = operations(scim, path, {"op": "Add", "path": "shoeSize", "value": "44"})

    assert "shoeSize" in answer.refused(400, "invalidPath")["detail"]


def test_schemas_have_no_null(scim: Scim):
    """Its schema discovery stumbles over them; the client looks at every answer."""
    for path in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        assert b"null" not in scim.get(path).ok().content
