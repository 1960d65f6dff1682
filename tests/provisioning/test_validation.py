"""From bodies to documents."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.documents import member_ids, validate
from provisioning.documents.values import simple_value
from provisioning.errors import InvalidSyntax, InvalidValue
from provisioning.schema import GROUP, RESOURCE_TYPES, USER, Attribute, ResourceType, Type
from provisioning.schema.tables import (
    CORE_GROUP_URN,
    CORE_USER_URN,
    CUSTOM_USER_URN,
    ENTERPRISE_USER_URN,
)
from tests.provisioning.json_values import anything, objects


def user(**more: Any) -> dict[str, Any]:
    return validate({"schemas": [CORE_USER_URN], "userName": "bo", **more}, USER)


def group(**more: Any) -> dict[str, Any]:
    return validate({"schemas": [CORE_GROUP_URN], "displayName": "Sales", **more}, GROUP)


def extended(urn: str, value: Any) -> dict[str, Any]:
    return user(**{urn: value})


def test_a_user_is_kept_as_it_was_sent():
    full = {
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {"formatted": " Ms. Barbara  J Jensen, III", "familyName": "Jensen"},
        "profileUrl": "https://login.example.com/bjensen",
        "active": True,
        "emails": [
            {"value": "BJensen@Example.com", "type": "work", "primary": True},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        "addresses": [{"type": "work", "locality": "Hollywood", "primary": True}],
        "phoneNumbers": [{"value": "tel:555-555-5555;ext=1", "type": "work"}],
        "photos": [{"value": "https://photos.example.com/F", "type": "photo"}],
        "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEF\n BQ=="}],
        ENTERPRISE_USER_URN: {"employeeNumber": "701984", "manager": {"value": "26118915"}},
        CUSTOM_USER_URN: {"location": "4th floor", "badge": 12, "tags": ["a", 2, True, 1.5]},
    }

    assert validate({"schemas": [CORE_USER_URN], **full}, USER) == full


def test_names_ignore_case_and_are_kept_as_the_schema_writes_them():
    document = validate(
        {
            "SCHEMAS": [CORE_USER_URN.upper()],
            "USERNAME": "bo",
            "EMails": [{"VALUE": "bo@acme.example", "TYPE": "work"}],
            ENTERPRISE_USER_URN.lower(): {"DEPARTMENT": "Sales", "Manager": {"Value": "1"}},
        },
        USER,
    )

    assert document == {
        "userName": "bo",
        "emails": [{"value": "bo@acme.example", "type": "work"}],
        ENTERPRISE_USER_URN: {"department": "Sales", "manager": {"value": "1"}},
    }


@pytest.mark.parametrize("body", [None, "user", 7, [], [{}], True])
def test_a_resource_is_an_object(body: Any):
    with pytest.raises(InvalidSyntax, match="A User is a JSON object"):
        validate(body, USER)


@pytest.mark.parametrize("schemas", [None, [], "", CORE_USER_URN, [7], [CORE_GROUP_URN], {}])
def test_schemas_must_name_the_resource_type(schemas: Any):
    with pytest.raises(InvalidSyntax, match="schemas must"):
        validate({"schemas": schemas, "userName": "bo"}, USER)


def test_schemas_are_required():
    with pytest.raises(InvalidSyntax, match="schemas must be a list of strings"):
        validate({"userName": "bo"}, USER)


def test_extensions_need_not_be_listed_and_unknown_ones_may_be():
    document = validate(
        {
            "schemas": [CORE_GROUP_URN, "http://schemas.microsoft.com/2006/11/ADSCIM/2.0/Group"],
            "displayName": "Sales",
        },
        GROUP,
    )

    assert document == {"displayName": "Sales"}
    assert extended(ENTERPRISE_USER_URN, {"department": "x"})[ENTERPRISE_USER_URN]


@pytest.mark.parametrize(
    "more",
    [
        {"USERNAME": "other"},
        {"name": {"givenName": "a", "GIVENNAME": "b"}},
        {"emails": [{"value": "a", "Value": "b"}]},
        {ENTERPRISE_USER_URN: {"department": "a", "Department": "b"}},
        {ENTERPRISE_USER_URN: {}, ENTERPRISE_USER_URN.upper(): {}},
        {"unknown": 1, "UNKNOWN": 2},
    ],
)
def test_a_name_stands_once_whatever_its_case(more: dict[str, Any]):
    with pytest.raises(InvalidSyntax, match="stands twice"):
        user(**more)


@pytest.mark.parametrize(
    "more",
    [
        {"title": None},
        {"emails": []},
        {"emails": [None, {}, {"value": None}]},
        {"name": {}},
        {"name": {"givenName": None}},
        {"externalId": ""},
        {ENTERPRISE_USER_URN: None},
        {ENTERPRISE_USER_URN: {"manager": {"value": None}}},
        {CUSTOM_USER_URN: {"tags": [], "more": [None]}},
    ],
)
def test_no_value_is_no_attribute(more: dict[str, Any]):
    assert user(**more) == {"userName": "bo"}


@pytest.mark.parametrize(
    "more",
    [
        {"id": "42", "meta": {"version": 7}, "groups": "whatever"},
        {"password": "t1meMa$heen"},
        {"nobodyKnowsThis": {"deep": [1, {"deeper": "x"}]}},
        {"urn:example:extension": {"a": 1}},
        {CORE_USER_URN: {"title": "x"}},
        {ENTERPRISE_USER_URN: {"unknown": 1, "manager": {"displayName": "Cy"}}},
        {"is_superuser": True, "__class__": "x"},
    ],
)
def test_what_is_read_only_or_unknown_is_ignored(more: dict[str, Any]):
    assert user(**more) == {"userName": "bo"}


@pytest.mark.parametrize("name", [None, "", "   ", [], {}])
def test_a_user_name_is_required(name: Any):
    with pytest.raises(InvalidValue, match="userName is required"):
        user(userName=name)
    with pytest.raises(InvalidValue, match="userName is required"):
        validate({"schemas": [CORE_USER_URN]}, USER)


def test_a_group_name_is_required():
    with pytest.raises(InvalidValue, match="displayName is required"):
        group(displayName=" ")


def test_a_user_name_is_trimmed_as_everywhere_in_the_portal():
    assert user(userName="  bo ")["userName"] == "bo"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"userName": 7}, "userName must be a string, not a number"),
        ({"title": True}, "title must be a string, not a boolean"),
        ({"title": ["x"]}, "title must be a string, not a list"),
        ({"active": "yes"}, "active must be a boolean, true or false, not a string"),
        ({"active": "true"}, "active must be a boolean"),
        ({"active": ""}, "active must be a boolean, true or false, not an empty string"),
        ({"active": 0}, "active must be a boolean"),
        ({"name": "Bo"}, "name must be an object, not a string"),
        ({"name": {"givenName": {"x": 1}}}, "name.givenName must be a string, not an object"),
        ({"emails": "a@b"}, "emails must be a list, not a string"),
        ({"emails": {"value": "a@b"}}, "emails must be a list, not an object"),
        ({"emails": ["a@b"]}, "emails must be an object, not a string"),
        ({"emails": [{"value": 7}]}, "emails.value must be a string, not a number"),
        ({"emails": [{"value": "a", "primary": "x"}]}, "emails.primary must be a boolean"),
        ({"profileUrl": 7}, "profileUrl must be a reference"),
        ({"x509Certificates": [{"value": "no base64!"}]}, "x509Certificates.value must be binary"),
        ({"x509Certificates": [{"value": 7}]}, "x509Certificates.value must be binary"),
        ({ENTERPRISE_USER_URN: "x"}, "enterprise:2.0:User must be an object, not a string"),
        ({ENTERPRISE_USER_URN: {"manager": "1"}}, "User:manager must be an object"),
        ({CUSTOM_USER_URN: {"location": 4}}, "User:location must be a string"),
        ({CUSTOM_USER_URN: {"x": {"y": 1}}}, "User:x must be a string, a number, a boolean or"),
        ({CUSTOM_USER_URN: {"x": [["y"]]}}, "User:x must be a string, a number, a boolean or"),
        ({CUSTOM_USER_URN: {"x": 2**63}}, "User:x must be"),
        ({CUSTOM_USER_URN: {"x": float("nan")}}, "User:x must be"),
        ({CUSTOM_USER_URN: {"x": float("inf")}}, "User:x must be"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_the_right_one(more: dict[str, Any], message: str):
    with pytest.raises(InvalidValue) as refused:
        user(**more)

    assert message in refused.value.detail


@pytest.mark.parametrize(
    ("type", "right", "wrong"),
    [
        (Type.INTEGER, [0, -5, 2**62], [True, 1.0, 2**63, "1"]),
        (Type.DECIMAL, [0, 1.5, -2], [True, float("inf"), "1.5", 10**400]),
        (
            Type.DATE_TIME,
            ["2011-05-13T04:42:34Z", "2011-05-13t04:42:34.123+02:00", "2011-05-13T04:42:34"],
            ["2011-05-13", "yesterday", 7, "2011-13-13T04:42:34Z", "0001-01-01T00:00:00+14:00"],
        ),
        (Type.BINARY, ["YQ==", "YWI", "-_", "YWJj\nZGVm"], ["", "YQ=====", "a.b", "ü"]),
        (Type.REFERENCE, ["../Users/1", "https://x.example"], [7, None]),
    ],
)
def test_each_type_takes_its_own(type: Type, right: list[Any], wrong: list[Any]):
    attribute = Attribute("x", type=type)

    assert [simple_value(attribute, value, "x") for value in right] == right
    for value in wrong:
        with pytest.raises(InvalidValue, match="x must be"):
            simple_value(attribute, value, "x")


def test_at_most_one_value_is_primary():
    with pytest.raises(InvalidValue, match="Only one of emails can be primary"):
        user(emails=[{"value": "a", "primary": True}, {"value": "b", "primary": True}])


def test_the_same_value_of_the_same_type_is_kept_once():
    document = user(
        emails=[
            {"value": "a", "type": "work", "display": "A"},
            {"value": "b", "type": "work"},
            {"value": "a", "type": "home"},
            {"value": "a", "type": "work", "primary": True},
        ],
        addresses=[{"locality": "Ystad"}, {"locality": "Ystad"}, {"locality": "Lund"}],
    )

    assert document["emails"] == [
        {"value": "a", "type": "work", "display": "A", "primary": True},
        {"value": "b", "type": "work"},
        {"value": "a", "type": "home"},
    ]
    assert document["addresses"] == [{"locality": "Ystad"}, {"locality": "Lund"}]


def test_values_are_the_same_in_whatever_case_unless_it_counts():
    document = user(
        emails=[
            {"value": "ana@acme.example", "type": "work"},
            {"value": "Ana@Acme.example", "type": "Work"},
        ],
        addresses=[{"locality": "Ystad"}, {"locality": "YSTAD"}],
        photos=[{"value": "https://acme.example/a"}, {"value": "https://acme.example/A"}],
    )

    assert document["emails"] == [{"value": "Ana@Acme.example", "type": "Work"}]
    assert document["addresses"] == [{"locality": "YSTAD"}]
    assert len(document["photos"]) == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"userName": "x" * 256}, "userName is longer than 255"),
        ({"externalId": "x" * 256}, "externalId is longer than 255"),
        ({"title": "x" * 4097}, "title is longer than 4096"),
        ({"x509Certificates": [{"value": "A" * 65537}]}, "value is longer than 65536"),
        ({"emails": [{"value": str(n)} for n in range(101)]}, "emails has more than 100"),
        ({CUSTOM_USER_URN: {f"a{n}": n for n in range(51)}}, "User has more than 50 values"),
        ({CUSTOM_USER_URN: {"a": list(range(51))}}, "User:a has more than 50 values"),
        ({CUSTOM_USER_URN: {"a": "x" * 4097}}, "User:a is longer than 4096"),
    ],
)
def test_there_are_limits(more: dict[str, Any], message: str):
    with pytest.raises(InvalidValue, match=message):
        user(**more)


def test_the_limits_are_within_what_directories_send():
    document = user(
        userName=f" {'x' * 255} ",
        title="x" * 4096,
        x509Certificates=[{"value": "A" * 65536}],
        emails=[{"value": str(n)} for n in range(100)],
    )

    assert len(document["userName"]) == 255


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udfffb"])
@pytest.mark.parametrize(
    "more",
    [
        lambda text: {"title": text},
        lambda text: {"name": {"givenName": text}},
        lambda text: {CUSTOM_USER_URN: {"a": [text]}},
        lambda text: {"unknown": text},
        lambda text: {"unknown": [{"x": [text]}]},
        lambda text: {"unknown": {text: 1}},
        lambda text: {text: 1},
        lambda text: {"meta": {"version": text}},
        lambda text: {"name": {text: 1}},
        lambda text: {ENTERPRISE_USER_URN: {text: 1}},
    ],
)
def test_text_that_cannot_be_kept_is_refused_wherever_it_stands(more: Any, text: str):
    with pytest.raises(InvalidValue, match="can't be kept"):
        user(**more(text))


def test_text_of_any_language_is_kept():
    assert user(title="Größe 漢字 👩‍🚀")["title"] == "Größe 漢字 👩‍🚀"


@pytest.mark.parametrize("name", ["1st", "a b", "a.b", "", "a\0", "ä", "x" * 65])
def test_attributes_of_an_open_schema_have_attribute_names(name: str):
    with pytest.raises(InvalidValue, match="is no attribute name"):
        extended(CUSTOM_USER_URN, {name: "x"})


def test_members_are_people_with_ids():
    document = group(
        members=[{"value": "1", "display": "Bo", "$ref": None}, {"value": "2", "type": "user"}]
    )

    assert document["members"] == [{"value": "1"}, {"value": "2", "type": "user"}]
    assert member_ids([*document["members"], {"value": "1"}]) == ["1", "2"]


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ({"type": "User"}, "needs a value"),
        ({"display": "Bo"}, "needs a value"),
        ({"value": ""}, "needs a value"),
        ({"value": "1", "type": "Group"}, "Groups can't be members of groups here: “1” is one"),
        ({"value": "1", "$ref": "https://x.example/v2/Groups/1"}, "Groups can't be members"),
        ({"value": "1", "type": "Device"}, "Members are people, .* not “Device”"),
    ],
)
def test_other_members_are_refused(member: dict[str, Any], message: str):
    with pytest.raises(InvalidValue, match=message):
        group(members=[member])


def test_a_group_has_room_for_everybody():
    members = [{"value": str(number)} for number in range(100_001)]

    assert len(group(members=members[1:])["members"]) == 100_000
    with pytest.raises(InvalidValue, match="members has more than 100000 values"):
        group(members=members)


@given(body=anything | objects, resource_type=st.sampled_from(RESOURCE_TYPES))
def test_whatever_comes_is_a_document_or_a_refusal(body: Any, resource_type: ResourceType):
    required = {"schemas": [resource_type.schema.id], "userName": "bo", "displayName": "Sales"}
    for attempt in (body, {**body, **required} if isinstance(body, dict) else body):
        try:
            document = validate(attempt, resource_type)
        except (InvalidSyntax, InvalidValue):
            continue
        again = {**document, "schemas": [resource_type.schema.id]}
        assert validate(again, resource_type) == document
