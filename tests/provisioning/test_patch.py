"""What PATCH does, case by case: RFC 7644, section 3.5.2."""

from __future__ import annotations

from typing import Any

import pytest

from provisioning.errors import (
    NotMutable,
)
from provisioning.patch import Kind, Operation, apply_patch
from provisioning.schema import GROUP
from provisioning.schema.tables import CORE_USER_URN, CUSTOM_USER_URN, ENTERPRISE_USER_URN
from tests.provisioning.patching import BO, HOME, WORK, changes, patch


@pytest.mark.parametrize("kind", ["add", "replace"])
@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("title", "Buyer", {"title": "Buyer"}),
        ("TITLE", "Buyer", {"title": "Buyer"}),
        ("nickName", "B", {"nickName": "B"}),
        ("active", False, {"active": False}),
        ("userName", " bo.ek ", {"userName": "bo.ek"}),
        (f"{CORE_USER_URN}:title", "Buyer", {"title": "Buyer"}),
        (f"{CORE_USER_URN.upper()}:name.givenName", "B", {"name": BO["name"] | {"givenName": "B"}}),
        ("name.givenName", "B", {"name": {"givenName": "B", "familyName": "Ek"}}),
        ("name", {"middleName": "M"}, {"name": BO["name"] | {"middleName": "M"}}),
        ("name", {"nobodyKnows": "M"}, {}),
        (
            f"{ENTERPRISE_USER_URN}:department",
            "Law",
            {ENTERPRISE_USER_URN: {"department": "Law", "manager": {"value": "1"}}},
        ),
        (
            f"{ENTERPRISE_USER_URN.lower()}:manager",
            {"value": "2", "displayName": "ignored"},
            {ENTERPRISE_USER_URN: {"department": "Sales", "manager": {"value": "2"}}},
        ),
        (
            f"{ENTERPRISE_USER_URN}:manager.$ref",
            "../Users/1",
            {
                ENTERPRISE_USER_URN: {
                    "department": "Sales",
                    "manager": {"value": "1", "$ref": "../Users/1"},
                }
            },
        ),
        (
            ENTERPRISE_USER_URN,
            {"division": "North"},
            {ENTERPRISE_USER_URN: BO[ENTERPRISE_USER_URN] | {"division": "North"}},
        ),
        (
            f"{CUSTOM_USER_URN}:BADGECOLOR",
            "blue",
            {CUSTOM_USER_URN: {"badgeColor": "blue", "tags": ["a"]}},
        ),
        (
            f"{CUSTOM_USER_URN}:floor",
            4,
            {CUSTOM_USER_URN: BO[CUSTOM_USER_URN] | {"floor": 4}},
        ),
        (None, {"title": "Buyer", "nickName": "B"}, {"title": "Buyer", "nickName": "B"}),
        (None, {"name": {"givenName": "B"}}, {"name": BO["name"] | {"givenName": "B"}}),
        (
            None,
            {ENTERPRISE_USER_URN: {"department": "Law"}},
            {ENTERPRISE_USER_URN: BO[ENTERPRISE_USER_URN] | {"department": "Law"}},
        ),
        (CORE_USER_URN, {"title": "Buyer"}, {"title": "Buyer"}),
        (None, {}, {}),
        (None, {"id": "7", "schemas": [], "meta": {}, "groups": [1], "title": "B"}, {"title": "B"}),
        (None, {"nobodyKnows": 1, "password": "x", "title": "Buyer"}, {"title": "Buyer"}),
        ("schemas", [CORE_USER_URN], {}),
        (
            'emails[type eq "work"].value',
            "b@acme.example",
            {"emails": [WORK | {"value": "b@acme.example"}, HOME]},
        ),
        (
            'emails[type eq "WORK" and primary eq true].display',
            "Office",
            {"emails": [WORK | {"display": "Office"}, HOME]},
        ),
        ("emails.display", "x", {"emails": [WORK | {"display": "x"}, HOME | {"display": "x"}]}),
    ],
)
def test_add_and_replace_give_one_value(kind: str, path: Any, value: Any, expected: Any):
    assert changes((kind, path, value)) == expected


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("emails", [{"value": "new", "type": "other"}], [{"value": "new", "type": "other"}]),
        (None, {"emails": [HOME]}, [HOME]),
        ("emails", [], None),
        ("emails", None, None),
        ("emails", [None, {}], None),
        # A whole value is replaced by another; what the filter says of it stays true.
        ('emails[type eq "WORK"]', {"value": "new"}, [{"type": "work", "value": "new"}, HOME]),
        (
            'emails[type eq "home" and primary eq false]',
            {"value": "new"},
            [WORK, {"type": "home", "value": "new"}],
        ),
        (
            'emails[value sw "bo@"]',
            {"value": "new", "type": "work"},
            [{"value": "new", "type": "work"}],
        ),
        ('emails[type eq "work"]', {"nobodyKnows": "x"}, [WORK, HOME]),
        ('emails[type eq "work"]', None, [HOME]),
        ('emails[type eq "work"].value', None, [HOME]),
    ],
)
def test_replace_of_several_values(path: Any, value: Any, expected: Any):
    assert patch(("replace", path, value)).get("emails") == expected


NEW = {"value": "new", "type": "other"}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("emails", [NEW], [WORK, HOME, NEW]),
        (None, {"emails": [NEW]}, [WORK, HOME, NEW]),
        ("emails", [HOME, WORK], [WORK, HOME]),
        ("emails", [HOME | {"display": "H"}], [WORK, HOME | {"display": "H"}]),
        (
            "emails",
            [NEW | {"primary": True}],
            [WORK | {"primary": False}, HOME, NEW | {"primary": True}],
        ),
        (
            "emails",
            [HOME | {"primary": True}],
            [WORK | {"primary": False}, HOME | {"primary": True}],
        ),
        ("emails", [], [WORK, HOME]),
        ("emails", None, [WORK, HOME]),
        ('emails[type eq "work"]', {"display": "Office"}, [WORK | {"display": "Office"}, HOME]),
        # What is not there yet is made as the filter describes it.
        ('emails[type eq "other"].value', "new", [WORK, HOME, NEW]),
        ('emails[type eq "other"]', {"value": "new"}, [WORK, HOME, NEW]),
        ('emails[type eq "other"]', {"nobodyKnows": "new"}, [WORK, HOME]),
        (
            'emails[type eq "Other" and primary eq "True"].value',
            "new",
            [
                WORK | {"primary": False},
                HOME,
                {"type": "Other", "primary": True, "value": "new"},
            ],
        ),
        (
            'emails[type eq "home"].primary',
            True,
            [WORK | {"primary": False}, HOME | {"primary": True}],
        ),
        ('emails[type eq "work"].primary', False, [WORK | {"primary": False}, HOME]),
        ('emails[type eq "home"].value', None, [WORK, HOME]),
    ],
)
def test_add_to_several_values(path: Any, value: Any, expected: Any):
    assert patch(("add", path, value))["emails"] == expected


def test_parts_of_one_address_in_a_row_make_one_address():
    after = patch(
        ("add", 'addresses[type eq "work"].locality', "Lund"),
        ("add", 'addresses[type eq "work"].country', "SE"),
        ("replace", 'addresses[type eq "work"].locality', "Ystad"),
    )

    assert after["addresses"] == [{"type": "work", "locality": "Ystad", "country": "SE"}]


@pytest.mark.parametrize("kind", ["add", "replace"])
def test_a_part_given_to_no_values_makes_one(kind: str):
    assert patch((kind, "ims.value", "bo"))["ims"] == [{"value": "bo"}]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("title", None, {"title": None}),
        ("title", "whatever", {"title": None}),
        ("nickName", None, {}),
        ("name", None, {"name": None}),
        ("name.givenName", None, {"name": {"familyName": "Ek"}}),
        ("name.middleName", None, {}),
        ("emails", None, {"emails": None}),
        ("emails", [], {}),
        ("emails", [{"value": "bo@home.example"}], {"emails": [WORK]}),
        ("emails", [{"value": "bo@home.example", "type": "work"}], {}),
        ("emails", [WORK, HOME], {"emails": None}),
        ('emails[type eq "work"]', None, {"emails": [HOME]}),
        ('emails[type eq "fax"]', None, {}),
        ('emails[type eq "work" or not (value ew "x")]', None, {"emails": None}),
        # Listed, in whatever case.
        ("emails", [{"value": "BO@home.example", "type": "Home"}], {"emails": [WORK]}),
        ("emails", [{"value": "BO@home.example", "type": "work"}], {}),
        # What is left of a value without its value says nothing.
        ('emails[type eq "work"].value', "whatever", {"emails": [HOME]}),
        (
            'emails[type eq "work"].primary',
            None,
            {"emails": [{"value": "bo@acme.example", "type": "work"}, HOME]},
        ),
        ('emails[type eq "home"].display', None, {}),
        (
            "emails.type",
            None,
            {
                "emails": [
                    {"value": "bo@acme.example", "primary": True},
                    {"value": "bo@home.example"},
                ]
            },
        ),
        ("photos", None, {}),
        (ENTERPRISE_USER_URN, None, {ENTERPRISE_USER_URN: None}),
        (
            f"{ENTERPRISE_USER_URN}:manager",
            None,
            {ENTERPRISE_USER_URN: {"department": "Sales"}},
        ),
        (
            f"{ENTERPRISE_USER_URN}:manager.value",
            None,
            {ENTERPRISE_USER_URN: {"department": "Sales"}},
        ),
        (f"{CUSTOM_USER_URN}:TAGS", None, {CUSTOM_USER_URN: {"badgeColor": "red"}}),
        (f"{CUSTOM_USER_URN}:other", None, {}),
    ],
)
def test_remove(path: str, value: Any, expected: Any):
    assert changes(("remove", path, value)) == expected


@pytest.mark.parametrize(
    ("operation", "manager"),
    [
        (("replace", "manager", {"value": "2"}), {"value": "2"}),
        (("add", "manager.value", "2"), {"value": "2"}),
        (("replace", "manager.value", "1"), {"value": "1", "$ref": "../Users/1"}),
        (("replace", "manager", {"value": "2", "$ref": "x"}), {"value": "2", "$ref": "x"}),
        (("remove", "manager.value"), None),
        (("remove", "manager.$ref"), {"value": "1"}),
    ],
)
def test_a_managers_address_goes_with_the_manager(operation: tuple[Any, ...], manager: Any):
    kind, path, *value = operation
    document = {
        "userName": "bo",
        ENTERPRISE_USER_URN: {"manager": {"value": "1", "$ref": "../Users/1"}},
    }

    after = patch((kind, f"{ENTERPRISE_USER_URN}:{path}", *value), document=document)

    assert after.get(ENTERPRISE_USER_URN, {}).get("manager") == manager


def test_an_extension_without_attributes_is_gone():
    after = patch(
        ("remove", f"{CUSTOM_USER_URN}:badgeColor"), ("remove", f"{CUSTOM_USER_URN}:tags")
    )

    assert CUSTOM_USER_URN not in after


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("title", None, {"title": None}),
        (None, {"title": None, "emails": []}, {"title": None, "emails": None}),
        (None, {"name": {"givenName": None}}, {"name": {"familyName": "Ek"}}),
        ("name", {"givenName": None, "familyName": []}, {"name": None}),
        (None, {ENTERPRISE_USER_URN: None}, {ENTERPRISE_USER_URN: None}),
        (ENTERPRISE_USER_URN, {}, {ENTERPRISE_USER_URN: None}),
        ("externalId", "", {"externalId": None}),
    ],
)
def test_replacing_by_nothing_removes(path: Any, value: Any, expected: Any):
    assert changes(("replace", path, value)) == expected


@pytest.mark.parametrize("value", [None, {"title": None}, {"name": {"givenName": None}}])
def test_adding_nothing_changes_nothing(value: Any):
    path = "title" if value is None else None

    assert changes(("add", path, value)) == {}
    assert changes(("add", ENTERPRISE_USER_URN, None)) == {}


@pytest.mark.parametrize(
    ("kind", "before", "value", "after"),
    [
        ("add", "a", "b", "b"),
        ("add", "a", ["b"], ["a", "b"]),
        ("add", ["a"], "b", ["a", "b"]),
        ("add", ["a", 1], ["a", True, 1], ["a", 1, True]),
        ("add", None, ["a"], ["a"]),
        ("replace", ["a"], "b", "b"),
        ("replace", "a", ["b", "c"], ["b", "c"]),
    ],
)
def test_attributes_of_an_open_schema_have_as_many_values_as_they_are_given(
    kind: str, before: Any, value: Any, after: Any
):
    document = {"userName": "bo"} | ({} if before is None else {CUSTOM_USER_URN: {"x": before}})

    patched = patch((kind, f"{CUSTOM_USER_URN}:X", value), document=document)

    assert list(patched[CUSTOM_USER_URN].values()) == [after]


def test_operations_see_what_those_before_have_done():
    after = patch(
        ("remove", "emails"),
        ("add", "emails", [NEW]),
        ("replace", 'emails[type eq "other"].type', "work"),
        ("add", 'emails[type eq "work"].primary', True),
    )

    assert after["emails"] == [{"value": "new", "type": "work", "primary": True}]


def test_a_required_attribute_is_missed_at_the_end_alone():
    """Two operations may pass through a state that could not stay."""
    after = patch(
        ("replace", "emails", [WORK, HOME | {"primary": True}]),
        ("replace", 'emails[type eq "work"].primary', False),
    )

    assert after["emails"] == [WORK | {"primary": False}, HOME | {"primary": True}]


def test_a_group_is_renamed_like_anything_else():
    renamed = apply_patch(
        {"displayName": "Sales"}, [Operation(Kind.REPLACE, "displayName", "Law")], GROUP
    )

    assert renamed.document == {"displayName": "Law"}
    with pytest.raises(NotMutable, match="displayName is required"):
        apply_patch({"displayName": "Sales"}, [Operation(Kind.REMOVE, "displayName")], GROUP)
