"""Values in other forms than the schema wants. What a tolerance does not know, it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from provisioning.documents.members import MEMBERS
from provisioning.schema import ENTERPRISE_USER, Attribute, Type

ValueTolerance: TypeAlias = Callable[[Attribute, Any], Any]

_MANAGER = next(each for each in ENTERPRISE_USER.attributes if each.name == "manager")
_MANAGER_ID = _MANAGER.sub("value")


def value_in_a_list(attribute: Attribute, value: Any) -> Any:
    """`[{"value": "x"}]` for "x", of an attribute that has one value; in PATCH alone.

    Entra ID's older jobs, after whose requests Microsoft's own libraries were written
    (MicrosoftDocs/azure-docs, issue 42220: `displayName` as `[{"$ref": null, "value": "x"}]`).
    """
    if attribute.multi_valued or not isinstance(value, list) or len(value) != 1:
        return value
    only = value[0]
    if not isinstance(only, dict):
        return value
    return only if attribute.is_complex else only.get("value", value)


def boolean_as_text(attribute: Attribute, value: Any) -> Any:
    """`"False"` for false, in whatever case.

    Entra ID without the flag aadOptscim062020, for `active` (learn.microsoft.com, "Known issues
    with System for Cross-Domain Identity Management (SCIM) 2.0 protocol compliance", requests made
    to disable users), and for `primary`.
    """
    if attribute.type is not Type.BOOLEAN or not isinstance(value, str):
        return value
    return {"true": True, "false": False}.get(value.lower(), value)


def manager_in_other_forms(attribute: Attribute, value: Any) -> Any:
    """The manager as the id alone, by an address or as `managerId`; an empty text for none.

    Entra ID sends the id alone (learn.microsoft.com, "Tutorial: Develop and plan provisioning for a
    SCIM endpoint", the example of a user; Captain-P-Goldfish/SCIM-SDK, issue 686, for PATCH).
    In Okta's own profile the attribute is called `managerId`.
    """
    if attribute is _MANAGER_ID:
        return None if value == "" else value
    if attribute is not _MANAGER:
        return value
    if isinstance(value, str):
        return {"value": value} if value.strip() else None
    if not isinstance(value, dict):
        return value
    given = {name.lower(): part for name, part in value.items()}
    if "value" in given:
        return None if given["value"] == "" else value
    address = given.get("managerid") or given.get("$ref")
    return {**value, "value": _id_in(address)} if isinstance(address, str) else value


def one_of_several(attribute: Attribute, value: Any) -> Any:
    """One object where a list of them belongs.

    No directory documents it. Scripts send it: what they add is one, and RFC 7644 (section 3.5.2.1)
    has `value` be what is added.
    """
    return [value] if attribute.multi_valued and isinstance(value, dict) else value


def member_by_id_alone(attribute: Attribute, value: Any) -> Any:
    """Members as ids, or by addresses, instead of as objects with a `value`.

    No directory documents it. Scripts send it, and RFC 7643 (section 4.2) has both `value` and
    `$ref` say who it is.
    """
    if attribute is not MEMBERS:
        return value
    if isinstance(value, str):
        return [{"value": value}]
    if not isinstance(value, list):
        return value
    return [_member(each) for each in value]


def _member(member: Any) -> Any:
    if isinstance(member, str):
        return {"value": member}
    if isinstance(member, dict) and member.get("value") is None:
        address = member.get("$ref")
        if isinstance(address, str) and address:
            return {**member, "value": _id_in(address)}
    return member


def _id_in(address: str) -> str:
    """The id that an address ends with; an id alone is one too."""
    return address.rstrip("/").rpartition("/")[2]


# In the order in which they are tried.
VALUE_TOLERANCES: tuple[ValueTolerance, ...] = (
    boolean_as_text,
    manager_in_other_forms,
    one_of_several,
    member_by_id_alone,
)
PATCH_VALUE_TOLERANCES: tuple[ValueTolerance, ...] = (value_in_a_list, *VALUE_TOLERANCES)


def translated(attribute: Attribute, value: Any, tolerances: tuple[ValueTolerance, ...]) -> Any:
    """The value of one attribute, and what is in it, after all tolerances."""
    for tolerance in tolerances:
        value = tolerance(attribute, value)
    if not any(sub.type is Type.BOOLEAN for sub in attribute.sub_attributes):
        return value
    if isinstance(value, list):
        return [_with_booleans(attribute, each) for each in value]
    return _with_booleans(attribute, value)


def _with_booleans(attribute: Attribute, value: Any) -> Any:
    """An element of several, whose `primary` may be text."""
    if not isinstance(value, dict):
        return value
    return {
        name: boolean_as_text(sub, part) if (sub := attribute.sub(name)) else part
        for name, part in value.items()
    }
