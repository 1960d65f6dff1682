"""What PATCH refuses, and its envelope."""

from __future__ import annotations

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
from provisioning.patch import Kind, Operation, read_operations
from provisioning.patch import effort as effort_module
from provisioning.patch import operations as operations_module
from provisioning.schema.tables import CORE_USER_URN, CUSTOM_USER_URN, ENTERPRISE_USER_URN
from tests.provisioning.patching import HOME, PATCH_OP, WORK, patch


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
        (("replace", None, {"groups": [{"value": "1"}]}), NotMutable, "groups is read-only"),
        (("add", None, {"meta": {}, "x": 1}), NotMutable, "meta is read-only"),
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
    of_a_value = len('type eq "work"') + effort_module.CHARACTERS_OF_A_STEP
    monkeypatch.setattr(effort_module, "MAX_EFFORT", 2 * of_a_value)

    assert patch(("add", path, "a"))
    with pytest.raises(PayloadTooLarge, match="too many values"):
        patch(("add", path, "a"), ("add", path, "b"))
