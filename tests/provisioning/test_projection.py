"""Which attributes an answer carries."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.projection import attribute_names, projection
from provisioning.schema import GROUP, USER, Attribute, ResourceType, Returned, Schema, Type
from provisioning.schema.tables import CORE_USER_URN, CUSTOM_USER_URN, ENTERPRISE_USER_URN

DOCUMENT: dict[str, Any] = {
    "id": "7",
    "externalId": "e-7",
    "userName": "bo",
    "active": False,
    "name": {"givenName": "Bo", "familyName": "Ek"},
    "emails": [
        {"value": "bo@acme.example", "type": "work", "primary": True},
        {"type": "home"},
    ],
    ENTERPRISE_USER_URN: {"department": "Sales", "manager": {"value": "1", "displayName": "Cy"}},
    CUSTOM_USER_URN: {"badgeColor": "red"},
    "meta": {"resourceType": "User", "version": 'W/"1"'},
}
EVERY_SCHEMA = [CORE_USER_URN, ENTERPRISE_USER_URN, CUSTOM_USER_URN]


def user(attributes: str = "", excluded: str = "") -> dict[str, Any]:
    return projection(attribute_names(attributes), attribute_names(excluded), USER).apply(DOCUMENT)


def test_without_parameters_everything_is_there_under_its_schemas():
    assert user() == {"schemas": EVERY_SCHEMA, **DOCUMENT}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("userName", {"userName": "bo"}),
        ("USERNAME", {"userName": "bo"}),
        (" userName , active ", {"userName": "bo", "active": False}),
        (f"{CORE_USER_URN}:userName", {"userName": "bo"}),
        ("name", {"name": {"givenName": "Bo", "familyName": "Ek"}}),
        ("name.givenName", {"name": {"givenName": "Bo"}}),
        ("name.givenName,name", {"name": {"givenName": "Bo", "familyName": "Ek"}}),
        ("name,name.givenName", {"name": {"givenName": "Bo", "familyName": "Ek"}}),
        ("name.middleName", {}),
        ("emails.value", {"emails": [{"value": "bo@acme.example"}]}),
        ("emails.display", {}),
        ("meta.version", {"meta": {"version": 'W/"1"'}}),
        ("nickName", {}),
        ("nobodyKnowsThis", {}),
        ("urn:example:unknown:attribute", {}),
        ("name.nobodyKnowsThis", {}),
    ],
)
def test_named_attributes_come_with_the_id_alone(attributes: str, expected: dict[str, Any]):
    assert user(attributes) == {"schemas": [CORE_USER_URN], "id": "7", **expected}


@pytest.mark.parametrize(
    ("attributes", "urn", "expected"),
    [
        (ENTERPRISE_USER_URN, ENTERPRISE_USER_URN, DOCUMENT[ENTERPRISE_USER_URN]),
        (
            f"{ENTERPRISE_USER_URN.upper()}:department",
            ENTERPRISE_USER_URN,
            {"department": "Sales"},
        ),
        (
            f"{ENTERPRISE_USER_URN}:manager.value",
            ENTERPRISE_USER_URN,
            {"manager": {"value": "1"}},
        ),
        (f"{CUSTOM_USER_URN}:BADGECOLOR", CUSTOM_USER_URN, {"badgeColor": "red"}),
    ],
)
def test_extensions_are_named_by_their_urn(attributes: str, urn: str, expected: dict[str, Any]):
    assert user(attributes) == {"schemas": [CORE_USER_URN, urn], "id": "7", urn: expected}


def test_the_core_urn_names_what_the_core_schema_lists():
    assert set(user(CORE_USER_URN)) == {"schemas", "id", "userName", "active", "name", "emails"}


@pytest.mark.parametrize(
    ("excluded", "gone"),
    [
        ("emails", {"emails"}),
        ("EMAILS,name", {"emails", "name"}),
        ("meta,externalId", {"meta", "externalId"}),
        ("id", set()),
        ("schemas", set()),
        ("nobodyKnowsThis", set()),
        (CUSTOM_USER_URN, {CUSTOM_USER_URN}),
        (f"{CUSTOM_USER_URN}:badgeColor", {CUSTOM_USER_URN}),
        (CORE_USER_URN, {"userName", "active", "name", "emails"}),
    ],
)
def test_excluded_attributes_are_gone(excluded: str, gone: set[str]):
    kept = {name: value for name, value in DOCUMENT.items() if name not in gone}

    assert user("", excluded) == {
        "schemas": [urn for urn in EVERY_SCHEMA if urn not in gone],
        **kept,
    }


def test_a_part_can_be_excluded():
    answer = user("", f"emails.type,name.familyName,{ENTERPRISE_USER_URN}:manager.displayName")

    assert answer["emails"] == [{"value": "bo@acme.example", "primary": True}]
    assert answer["name"] == {"givenName": "Bo"}
    assert answer[ENTERPRISE_USER_URN] == {"department": "Sales", "manager": {"value": "1"}}


def test_what_is_named_can_be_excluded_again():
    assert user("name,userName", "name.givenName") == {
        "schemas": [CORE_USER_URN],
        "id": "7",
        "userName": "bo",
        "name": {"familyName": "Ek"},
    }


def test_the_document_stays_as_it_was():
    before = repr(DOCUMENT)
    user("name.givenName", "emails.value")

    assert repr(DOCUMENT) == before


@pytest.mark.parametrize(
    ("attributes", "excluded", "wanted"),
    [
        ("", "", True),
        ("", "members", False),
        ("", "members.display", True),
        ("displayName", "", False),
        ("displayName,members.value", "", True),
        ("members", "MEMBERS", False),
    ],
)
def test_whoever_loads_a_group_knows_whether_to_load_members(
    attributes: str, excluded: str, *, wanted: bool
):
    wish = projection(attribute_names(attributes), attribute_names(excluded), GROUP)

    assert wish.wants("members") is wanted


THING = ResourceType(
    name="Thing",
    endpoint="/Things",
    description="",
    schema=Schema(
        "urn:example:Thing",
        "Thing",
        "",
        attributes=(
            Attribute("plain"),
            Attribute("asked", returned=Returned.REQUEST),
            Attribute("secret", returned=Returned.NEVER),
            Attribute(
                "parts",
                type=Type.COMPLEX,
                sub_attributes=(Attribute("open"), Attribute("hidden", returned=Returned.NEVER)),
            ),
        ),
    ),
    common=(Attribute("id", returned=Returned.ALWAYS),),
)
A_THING = {
    "id": "1",
    "plain": "a",
    "asked": "b",
    "secret": "c",
    "parts": {"open": "d", "hidden": "e"},
}


def test_some_attributes_are_returned_on_request_and_some_never():
    by_default = projection((), (), THING).apply(A_THING)
    asked = projection(("asked", "secret", "parts"), (), THING).apply(A_THING)

    assert by_default == {
        "schemas": ["urn:example:Thing"],
        "id": "1",
        "plain": "a",
        "parts": {"open": "d"},
    }
    assert asked == {
        "schemas": ["urn:example:Thing"],
        "id": "1",
        "asked": "b",
        "parts": {"open": "d"},
    }
