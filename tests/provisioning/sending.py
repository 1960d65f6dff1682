"""What becomes of a message that a directory sends, dialect and all."""

from __future__ import annotations

import copy
from typing import Any

from provisioning.dialects import Dialect, normalize_patch, normalize_resource, recognize
from provisioning.documents import validate
from provisioning.patch import apply_patch, read_operations
from provisioning.schema import GROUP, USER
from provisioning.schema.tables import CORE_USER_URN

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def message(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def sent(
    *operations: dict[str, Any],
    dialect: Dialect | None = None,
    **document: Any,
) -> dict[str, Any]:
    """The user after a PATCH, sent by whom it looks like."""
    body = message(*operations)
    before = copy.deepcopy(body)
    plain = normalize_patch(body, USER, dialect or recognize("", body, ""))
    assert body == before
    return apply_patch({"userName": "bo"} | document, read_operations(plain), USER).document


def members(*operations: dict[str, Any]) -> tuple[bool, tuple[str, ...], tuple[str, ...]]:
    """Whether all members are replaced, who is added, who removed."""
    plain = normalize_patch(message(*operations), GROUP)
    change = apply_patch({"displayName": "Sales"}, read_operations(plain), GROUP).members
    assert change is not None
    return change.is_replaced, change.added, change.removed


def created(**body: Any) -> dict[str, Any]:
    """The user whom a POST makes."""
    full = {"schemas": [CORE_USER_URN], "userName": "bo", **body}
    before = copy.deepcopy(full)
    document = validate(normalize_resource(full, USER), USER)
    assert full == before
    return {name: value for name, value in document.items() if name != "userName"}
