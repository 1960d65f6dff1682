"""PATCH, case by case: RFC 7644, section 3.5.2."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from provisioning.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    NoTarget,
    NotMutable,
    PayloadTooLarge,
    ScimError,
)
from provisioning.patch import Kind, Operation, apply_patch, read_operations
from provisioning.patch import effort as effort_module
from provisioning.patch import operations as operations_module
from provisioning.schema import GROUP, USER
from provisioning.schema.tables import CORE_USER_URN, CUSTOM_USER_URN, ENTERPRISE_USER_URN

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
WORK = {"value": "bo@acme.example", "type": "work", "primary": True}
HOME = {"value": "bo@home.example", "type": "home"}
BO: dict[str, Any] = {
    "userName": "bo",
    "externalId": "e-7",
    "active": True,
    "title": "Seller",
    "name": {"givenName": "Bo", "familyName": "Ek"},
    "emails": [WORK, HOME],
    ENTERPRISE_USER_URN: {"department": "Sales", "manager": {"value": "1"}},
    CUSTOM_USER_URN: {"badgeColor": "red", "tags": ["a"]},
}


def patch(*operations: tuple[Any, ...], document: dict[str, Any] = BO) -> dict[str, Any]:
    """The document after operations, each as kind, path and value."""
    before = copy.deepcopy(document)
    done = [Operation(Kind(kind), *rest) for kind, *rest in operations]
    try:
        return apply_patch(document, done, USER).document
    finally:
        assert document == before


def changes(*operations: tuple[Any, ...], document: dict[str, Any] = BO) -> dict[str, Any]:
    """What is different afterwards; None for what is gone."""
    after = patch(*operations, document=document)
    return {
        name: after.get(name)
        for name in document.keys() | after.keys()
        if document.get(name) != after.get(name)
    }


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


@pytest.mark.parametrize(
    ("operation", "error", "message"),
    [
        (("replace", 'emails[type eq "fax"].value', "x"), NoTarget, "No value of emails.value"),
        (("replace", 'emails[type eq "fax"]', {"value": "x"}), NoTarget, "No value of emails"),
        (
            ("add", f'emails[type eq "{"x" * 4097}"].value', "x"),
            InvalidValue,
            "emails.type is longer than 4096",
        ),
        (("add", 'emails[value ew "nowhere"].type', "x"), NoTarget, "No value of emails.type"),
        (("add", 'emails[type eq "a" or type eq "b"].value', "x"), NoTarget, "No value"),
        (("add", 'emails[type eq "a" and type eq "b"].value', "x"), NoTarget, "No value"),
        (("add", 'emails[not (type eq "work" or type eq "home")].value', "x"), NoTarget, "No"),
        (("add", 'emails[type eq "a" and display pr].value', "x"), NoTarget, "No value"),
        (("add", 'emails[type eq null and value eq "x"].value', "x"), NoTarget, "No value"),
        (("remove", None), NoTarget, "remove needs a path"),
        (("remove", CORE_USER_URN), NoTarget, "remove needs the path of an attribute"),
        (("remove", "userName"), NotMutable, "userName is required"),
        (("replace", "userName", None), NotMutable, "userName is required"),
        (("replace", "userName", ""), InvalidValue, "userName is required"),
        (("replace", "userName", " "), InvalidValue, "userName is required"),
        (("replace", "id", "9"), NotMutable, "id is read-only"),
        (("add", "meta.version", "9"), NotMutable, "meta.version is read-only"),
        (("remove", "groups"), NotMutable, "groups is read-only"),
        (("remove", 'groups[value eq "1"]'), NotMutable, "groups is read-only"),
        (("remove", "schemas"), NotMutable, "schemas can't be removed"),
        (
            ("replace", f"{ENTERPRISE_USER_URN}:manager.displayName", "x"),
            NotMutable,
            "manager.displayName is read-only",
        ),
        (("replace", "nobodyKnows", "x"), InvalidPath, "no attribute “nobodyKnows”"),
        (("replace", "name.nobodyKnows", "x"), InvalidPath, "no attribute “name.nobodyKnows”"),
        (("add", "__class__", "x"), InvalidPath, "no attribute “__class__”"),
        (("add", "is_superuser", True), InvalidPath, "no attribute “is_superuser”"),
        (("replace", "password", "x"), InvalidPath, "Passwords are never taken"),
        (("replace", f"{CORE_USER_URN}:PASSWORD", "x"), InvalidPath, "Passwords are never taken"),
        (("replace", None, {"password": "x"}), InvalidPath, "Passwords are never taken"),
        (("replace", None, {"nobodyKnows": "x"}), InvalidPath, "no attribute “nobodyKnows”"),
        (("replace", None, {CORE_USER_URN: {"title": "x"}}), InvalidPath, "no attribute"),
        (("add", ENTERPRISE_USER_URN, {"nobodyKnows": 1}), InvalidPath, "no attribute"),
        (("add", "urn:example:x", {"a": 1}), InvalidPath, "no attribute “urn:example:x”"),
        (("add", "", "x"), InvalidPath, "no attribute “”"),
        (("add", "emails.", "x"), InvalidPath, "no attribute"),
        (("add", "emails value", "x"), InvalidPath, "no attribute"),
        (("add", 'emails[type eq "work"', "x"), InvalidPath, "brackets"),
        (("add", 'emails[type eq "work"]]', "x"), InvalidPath, "brackets"),
        (("add", 'emails[type eq "work"]value', "x"), InvalidPath, "brackets"),
        (("add", 'emails[type eq "work"].', "x"), InvalidPath, "no attribute"),
        (("add", 'emails[type eq "work"].nobody', "x"), InvalidPath, "no attribute"),
        (("add", 'emails.value[type eq "work"]', "x"), InvalidPath, "no values to choose from"),
        (("add", 'emails.type[type eq "work"].value', "x"), InvalidPath, "no attribute"),
        (("add", 'title[value eq "x"]', "x"), InvalidPath, "no values to choose from"),
        (("add", 'name[givenName eq "Bo"]', {}), InvalidPath, "no values to choose from"),
        (("add", f'{ENTERPRISE_USER_URN}[a eq "b"]', {}), InvalidPath, "no attribute"),
        (("add", "emails[]", "x"), InvalidFilter, ""),
        (("add", "emails[type eq work].value", "x"), InvalidFilter, "text stands in double"),
        (("remove", 'emails[nobody eq "x"]'), InvalidFilter, "no attribute"),
        (("replace", "title", 7), InvalidValue, "title must be a string, not a number"),
        (("replace", "active", "False"), InvalidValue, "active must be a boolean"),
        (("replace", "name", "Bo"), InvalidValue, "name must be an object"),
        (("replace", "name.givenName", {"a": 1}), InvalidValue, "name.givenName must be a string"),
        (("replace", "emails", "x"), InvalidValue, "emails must be a list"),
        (("add", "emails", ["x"]), InvalidValue, "emails must be an object"),
        (("add", 'emails[type eq "work"]', "x"), InvalidValue, "emails must be an object"),
        (("add", 'emails[type eq "work"].primary', "x"), InvalidValue, "emails.primary must be"),
        (("add", None, "x"), InvalidValue, "value must be an object of attributes"),
        (("add", None, None), InvalidValue, "value must be an object of attributes"),
        (("add", CORE_USER_URN, [1]), InvalidValue, "value must be an object of attributes"),
        (("add", ENTERPRISE_USER_URN, "x"), InvalidValue, "value must be an object of attributes"),
        (("replace", f"{CUSTOM_USER_URN}:x", {"a": 1}), InvalidValue, "x must be a string, a"),
        (("add", CUSTOM_USER_URN, {"1st": "x"}), InvalidValue, "is no attribute name"),
        (("add", f"{CUSTOM_USER_URN}:1st", "x"), InvalidPath, "no attribute"),
        (("add", "emails.primary", True), InvalidValue, "Only one of emails can be primary"),
        (("replace", "emails", [WORK, HOME | {"primary": True}]), InvalidValue, "Only one of"),
        (("replace", "title", "a\0"), InvalidValue, "can't be kept"),
        (("replace", None, {"title": "a", "unknown": "\ud800"}), InvalidValue, "can't be kept"),
        (("replace", None, {"title": "a", "TITLE": "b"}), InvalidSyntax, "stands twice"),
        (("add", "emails", [{"value": str(n)} for n in range(99)]), InvalidValue, "more than 100"),
    ],
)
def test_refusals(operation: tuple[Any, ...], error: type[ScimError], message: str):
    with pytest.raises(error) as refused:
        patch(("add", "nickName", "before"), operation)

    assert type(refused.value) is error
    assert message in refused.value.detail


def test_an_id_may_be_repeated_and_not_changed():
    document = {"id": "7", "userName": "bo"}

    assert patch(("replace", None, {"id": "7", "title": "x"}), document=document) == {
        "userName": "bo",
        "title": "x",
    }
    with pytest.raises(NotMutable, match="id of a resource never changes"):
        patch(("replace", None, {"id": "8", "title": "x"}), document=document)


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


def envelope(*operations: Any, schemas: Any = (PATCH_OP,), name: str = "Operations") -> Any:
    return {"schemas": list(schemas), name: list(operations)}


def test_the_envelope_is_read_whatever_the_case_of_its_names():
    body = {
        "SCHEMAS": [PATCH_OP.upper()],
        "operations": [{"OP": "add", "Path": "title", "value": "x"}, {"op": "remove", "path": "a"}],
    }

    assert read_operations(body) == [
        Operation(Kind.ADD, "title", "x"),
        Operation(Kind.REMOVE, "a"),
    ]


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (None, InvalidSyntax, "A PATCH is a JSON object"),
        ([], InvalidSyntax, "A PATCH is a JSON object"),
        ({"Operations": [{"op": "remove", "path": "a"}]}, InvalidSyntax, "schemas must be"),
        (envelope({"op": "remove"}, schemas=[CORE_USER_URN, 7]), InvalidSyntax, "schemas must be"),
        (envelope(), InvalidSyntax, "at least one operation"),
        ({"schemas": [PATCH_OP]}, InvalidSyntax, "at least one operation"),
        ({"schemas": [PATCH_OP], "Operations": {}}, InvalidSyntax, "at least one operation"),
        (envelope("x"), InvalidSyntax, "An operation is a JSON object"),
        (envelope({"path": "title"}), InvalidSyntax, "op must be .* missing"),
        (envelope({"op": 7}), InvalidSyntax, "op must be .* missing"),
        (envelope({"op": "Add", "value": 1}), InvalidSyntax, "it is “Add”"),
        (envelope({"op": "move"}), InvalidSyntax, "it is “move”"),
        (envelope({"op": "remove", "OP": "add"}), InvalidSyntax, "stands twice"),
        (envelope({"op": "remove", "path": 7}), InvalidPath, "path must be a string"),
        (envelope({"op": "add", "path": "title"}), InvalidValue, "add needs a value"),
        (envelope({"op": "replace"}), InvalidValue, "replace needs a value"),
    ],
)
def test_other_envelopes_are_refused(body: Any, error: type[ScimError], message: str):
    with pytest.raises(error, match=message):
        read_operations(body)


def test_there_are_not_too_many_operations(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(operations_module, "MAX_OPERATIONS", 1)
    one = {"op": "remove", "path": "title"}

    assert len(read_operations(envelope(one))) == 1
    with pytest.raises(PayloadTooLarge):
        read_operations(envelope(one, one))


def test_a_message_cannot_pile_up_more_than_is_kept():
    many = [("add", "emails", [{"value": f"{n}-{m}"} for m in range(50)]) for n in range(3)]

    with pytest.raises(InvalidValue, match="emails has more than 100"):
        patch(*many, ("remove", "emails"))
    with pytest.raises(InvalidValue, match="has more than 50"):
        patch(*(("add", f"{CUSTOM_USER_URN}:a{n}", n) for n in range(50)))


def test_filters_have_a_limit_together(monkeypatch: pytest.MonkeyPatch):
    path = 'emails[type eq "work"].display'
    monkeypatch.setattr(effort_module, "MAX_EFFORT", 2 * len('type eq "work"'))

    assert patch(("add", path, "a"))
    with pytest.raises(PayloadTooLarge, match="too many, or too long"):
        patch(("add", path, "a"), ("add", path, "b"))


def test_a_group_is_renamed_like_anything_else():
    renamed = apply_patch(
        {"displayName": "Sales"}, [Operation(Kind.REPLACE, "displayName", "Law")], GROUP
    )

    assert renamed.document == {"displayName": "Law"}
    with pytest.raises(NotMutable, match="displayName is required"):
        apply_patch({"displayName": "Sales"}, [Operation(Kind.REMOVE, "displayName")], GROUP)
