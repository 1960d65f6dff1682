"""Between a SCIM document and the user's row: which attribute is which field.

A directory's document is kept whole beside the row (`DirectoryRecord`); the row has what the rest
of the portal works with.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from accounts import emails
from accounts.models import User
from provisioning.documents import Document
from provisioning.schema.tables import CUSTOM_USER_URN, ENTERPRISE_USER_URN

# Attributes that stand in the user's row and not in the stored document.
IN_ROW = ("userName", "externalId", "active")
# Which attribute to blame when a field of the row refuses its value.
ATTRIBUTE_OF_FIELD = {
    "user_name": "userName",
    "external_id": "externalId",
    "email": "emails",
    "first_name": "name.givenName",
    "last_name": "name.familyName",
    "title": "title",
    "department": f"{ENTERPRISE_USER_URN}:department",
    "location": f"{CUSTOM_USER_URN}:location",
    "manager_name": f"{ENTERPRISE_USER_URN}:manager",
}
# Which field of the row an attribute lands in.
FIELD_OF_ATTRIBUTE = {
    "active": "state",
    **{attribute: field for field, attribute in ATTRIBUTE_OF_FIELD.items()},
}
# What fills a field where the attribute that lands in it says nothing: `profile_of`.
STANDS_IN = {"displayName": "last_name", "name.formatted": "last_name", "addresses": "location"}


def profile_of(document: Mapping[str, Any]) -> dict[str, str]:
    """The fields of the row that a document speaks about; empty text where it says nothing."""
    name = document.get("name", {})
    enterprise = document.get(ENTERPRISE_USER_URN, {})
    first, last = name.get("givenName", ""), name.get("familyName", "")
    if not (first or last):
        # Some directories send a display name alone; better that than the user name.
        last = document.get("displayName", "") or name.get("formatted", "")
    return {
        "email": preferred_email(document),
        "first_name": first,
        "last_name": last,
        "title": document.get("title", ""),
        "department": enterprise.get("department", ""),
        "location": _location(document),
    }


def preferred_email(document: Mapping[str, Any]) -> str:
    """The primary address, else the one for work, else the first; empty if mail can't reach it.

    Directories hold addresses such as `ana@corp`, which are kept and given back all the same.
    """
    element = _preferred(document.get("emails", []))
    return emails.usable(str(element.get("value", "")))


def _preferred(elements: Collection[Mapping[str, Any]]) -> Mapping[str, Any]:
    ranked = sorted(
        elements,
        key=lambda each: (
            not each.get("primary", False),
            str(each.get("type", "")).lower() != "work",
        ),
    )
    return ranked[0] if ranked else {}


def _location(document: Mapping[str, Any]) -> str:
    own: str = document.get(CUSTOM_USER_URN, {}).get("location", "")
    return own or str(_preferred(document.get("addresses", [])).get("locality", ""))


def manager_value(document: Mapping[str, Any]) -> str:
    """What a document calls the person's manager: an id, or whatever the directory has instead."""
    manager: Mapping[str, str] = document.get(ENTERPRISE_USER_URN, {}).get("manager", {})
    return manager.get("value", "")


def document_of(user: User) -> Document:
    """The document of somebody of whom no directory has spoken yet, made from the row."""
    return mirrored({}, user, ATTRIBUTE_OF_FIELD)


def mirrored(document: Mapping[str, Any], user: User, fields: Collection[str]) -> Document:
    """A document after somebody else changed these fields of the row."""
    changed = copy.deepcopy(dict(document))
    names = changed.setdefault("name", {})
    enterprise = changed.setdefault(ENTERPRISE_USER_URN, {})
    custom = changed.setdefault(CUSTOM_USER_URN, {})
    for field, holder, attribute in (
        ("first_name", names, "givenName"),
        ("last_name", names, "familyName"),
        ("title", changed, "title"),
        ("department", enterprise, "department"),
        ("location", custom, "location"),
    ):
        if field in fields:
            _put(holder, attribute, getattr(user, field))
    if "first_name" in fields or "last_name" in fields:
        _put(changed, "displayName", f"{user.first_name} {user.last_name}".strip())
    if "email" in fields:
        _put_email(changed, user.email)
    for key in ("name", ENTERPRISE_USER_URN, CUSTOM_USER_URN):
        if not changed[key]:
            del changed[key]
    return changed


def _put(holder: Document, attribute: str, value: str) -> None:
    if value:
        holder[attribute] = value
    else:
        holder.pop(attribute, None)


def _put_email(document: Document, address: str) -> None:
    others = [each for each in document.get("emails", []) if each.get("type") != "work"]
    if address:
        for other in others:
            other.pop("primary", None)
        document["emails"] = [{"value": address, "type": "work", "primary": True}, *others]
    elif others:
        document["emails"] = others
    else:
        document.pop("emails", None)
