"""PATCH on one user, said briefly."""

from __future__ import annotations

import copy
from typing import Any

from provisioning.patch import Kind, Operation, apply_patch
from provisioning.schema import USER
from provisioning.schema.tables import CUSTOM_USER_URN, ENTERPRISE_USER_URN

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
