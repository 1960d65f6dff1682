"""What directories send, and what it means in the standard's words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.dialects import (
    TOLERANCES,
    Dialect,
    normalize_patch,
    normalize_resource,
    recognize,
)
from provisioning.documents import validate
from provisioning.errors import InvalidSyntax, InvalidValue, ScimError
from provisioning.patch import apply_patch, read_operations
from provisioning.schema import RESOURCE_TYPES, USER, ResourceType
from provisioning.schema.tables import CUSTOM_USER_URN, ENTERPRISE_USER_URN
from tests.provisioning.json_values import anything, objects
from tests.provisioning.sending import PATCH_OP, created, members, message, sent

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "scim-dialects.md"


@pytest.mark.parametrize(
    ("user_agent", "body", "query", "expected"),
    [
        ("Okta SCIM Client 1.0.0", None, "", Dialect.OKTA),
        ("", None, "aadOptscim062020", Dialect.ENTRA_OPTSCIM),
        ("", message({"op": "Add"}), "filter=x&AADOPTSCIM062020=", Dialect.ENTRA_OPTSCIM),
        ("", None, "AzureAdScimPatch2017", Dialect.ENTRA),
        ("", message({"op": "Replace", "path": "title", "value": "x"}), "", Dialect.ENTRA),
        ("", {"operations": [{"OP": "Add"}]}, "", Dialect.ENTRA),
        (
            "",
            {
                "schemas": [
                    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
                ]
            },
            "",
            Dialect.ENTRA,
        ),
        (
            "",
            message({"op": "replace", "value": {"name.givenName": "x"}}),
            "",
            Dialect.ENTRA_OPTSCIM,
        ),
        ("", message({"op": "replace", "value": {ENTERPRISE_USER_URN: {}}}), "", Dialect.OTHER),
        ("", message({"op": "replace", "path": "title", "value": {"a.b": 1}}), "", Dialect.OTHER),
        ("curl/8", message({"op": "replace", "value": {"active": False}}), "", Dialect.OTHER),
        ("", None, "", Dialect.OTHER),
        ("", [1], "", Dialect.OTHER),
        ("", {"Operations": "x", "schemas": 7}, "", Dialect.OTHER),
        ("", message(7, {"op": 7, "value": 7}), "", Dialect.OTHER),  # type: ignore[arg-type]
    ],
)
def test_a_dialect_is_recognized_by_its_shape(
    user_agent: str, body: Any, query: str, expected: Dialect
):
    assert recognize(user_agent, body, query) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"active": "true"}, {"active": True}),
        ({"ACTIVE": "FALSE"}, {"active": False}),
        (
            {"emails": [{"value": "a", "primary": "True"}]},
            {"emails": [{"value": "a", "primary": True}]},
        ),
        (
            {"emails": {"value": "a", "Primary": "False"}},
            {"emails": [{"value": "a", "primary": False}]},
        ),
        ({"title": "True"}, {"title": "True"}),
        (
            {ENTERPRISE_USER_URN: {"manager": "9", "department": "x"}},
            {ENTERPRISE_USER_URN: {"manager": {"value": "9"}, "department": "x"}},
        ),
        ({ENTERPRISE_USER_URN: {"manager": ""}}, {}),
        (
            {ENTERPRISE_USER_URN.lower(): {"Manager": {"managerId": "9"}}},
            {ENTERPRISE_USER_URN: {"manager": {"value": "9"}}},
        ),
        (
            {ENTERPRISE_USER_URN: {"manager": {"$ref": "https://x.example/scim/v2/Users/9/"}}},
            {
                ENTERPRISE_USER_URN: {
                    "manager": {"$ref": "https://x.example/scim/v2/Users/9/", "value": "9"}
                }
            },
        ),
        ({ENTERPRISE_USER_URN: {"manager": {"displayName": "Cy"}}}, {}),
        (
            {CUSTOM_USER_URN: {"x": "True", "y": ["a"]}},
            {CUSTOM_USER_URN: {"x": "True", "y": ["a"]}},
        ),
    ],
)
def test_resources_have_the_same_tolerances(body: dict[str, Any], expected: dict[str, Any]):
    assert created(**body) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"active": "yes"},
        {"active": 1},
        {"emails": ["a@b"]},
        {"emails": "a@b"},
        {"title": 7},
        {"title": [{"value": "x"}]},
        {"emails": [{"value": "a", "primary": "maybe"}]},
        {ENTERPRISE_USER_URN: {"manager": 7}},
        {ENTERPRISE_USER_URN: "x"},
    ],
)
def test_what_nobody_sends_is_still_wrong(body: dict[str, Any]):
    with pytest.raises(InvalidValue):
        created(**body)


@pytest.mark.parametrize(
    ("value", "added"),
    [
        ("1", ("1",)),
        (["1", "2"], ("1", "2")),
        ({"value": "1"}, ("1",)),
        ([{"$ref": "../Users/1"}], ("1",)),
        ([{"value": "1", "$ref": "../Users/2"}], ("1",)),
    ],
)
def test_members_may_be_named_by_ids_and_addresses(value: Any, added: tuple[str, ...]):
    assert members({"op": "add", "path": "members", "value": value}) == (False, added, ())
    assert members({"op": "add", "value": {"members": value}}) == (False, added, ())


def test_a_member_without_either_is_none():
    with pytest.raises(InvalidValue, match="needs a value"):
        members({"op": "add", "path": "members", "value": [{"display": "Bo", "$ref": None}]})
    with pytest.raises(InvalidValue, match="members must be a list"):
        members({"op": "add", "path": "members", "value": 7})


def test_one_object_does_for_one_of_several_values():
    after = sent(
        {"op": "add", "path": "emails", "value": {"value": "a", "primary": "true"}},
        {"op": "replace", "path": 'emails[value eq "a"]', "value": [{"value": "b"}]},
        {"op": "remove", "path": "emails", "value": {"value": "z"}},
    )

    assert after["emails"] == [{"value": "b"}]


@pytest.mark.parametrize(
    "body",
    [
        None,
        7,
        [1],
        {"Operations": 7},
        {"Operations": [7, None, {"op": 7, "path": 7, "value": 7}]},
    ],
)
def test_what_makes_no_sense_is_left_for_the_strict_part(body: Any):
    assert normalize_patch(body, USER, Dialect.ENTRA) == body


def test_a_field_that_stands_twice_is_left_for_the_strict_part():
    body = message({"op": "add", "OP": "remove", "path": "title"})

    with pytest.raises(InvalidSyntax, match="stands twice"):
        read_operations(normalize_patch(body, USER))


def test_a_value_that_is_not_there_is_not_made_up():
    body = message({"op": "Replace", "path": "title"})

    assert normalize_patch(body, USER, Dialect.ENTRA) == message({"op": "replace", "path": "title"})


strict_bodies = st.fixed_dictionaries(
    {
        "schemas": st.just([PATCH_OP]),
        "Operations": st.lists(
            st.fixed_dictionaries(
                {"op": st.sampled_from(["add", "Replace", "remove"])},
                optional={
                    "path": st.sampled_from(["members", "active", "emails", "name", "x[y eq 1].z"]),
                    "value": objects | anything,
                },
            )
            | anything,
            max_size=3,
        ),
    }
)


@given(
    body=anything | objects | strict_bodies,
    resource_type=st.sampled_from(RESOURCE_TYPES),
    user_agent=st.text(max_size=5),
    query=st.text(max_size=5),
)
def test_whatever_comes_translation_does_not_fail(
    body: Any, resource_type: ResourceType, user_agent: str, query: str
):
    before = repr(body)
    dialect = recognize(user_agent, body, query)
    plain = normalize_patch(body, resource_type, dialect)
    resource = normalize_resource(body, resource_type)

    assert repr(body) == before
    # What is plain already stays as it is.
    assert repr(normalize_resource(resource, resource_type)) == repr(resource)
    assert repr(normalize_patch(plain, resource_type)) == repr(plain)
    try:
        apply_patch({"userName": "bo"}, read_operations(plain), USER)
        validate(resource, resource_type)
    except ScimError as error:
        assert error.status == 400  # noqa: PT017 - either outcome is right


def test_the_reference_lists_every_tolerance():
    listed = re.findall(r"^\| `([a-z_]+)` \|", REFERENCE.read_text(), re.MULTILINE)

    assert listed == [tolerance.__name__ for tolerance in TOLERANCES]
