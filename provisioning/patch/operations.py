"""The envelope of a PATCH: what is to be done, in order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django_scim.constants import SchemaURI

from provisioning.documents.values import check_names
from provisioning.errors import InvalidPath, InvalidSyntax, InvalidValue, PayloadTooLarge
from provisioning.messages import require_schema
from provisioning.patch.effort import MAX_PATHS
from provisioning.paths import shown

# Okta may send one for each member of a group, though no more than a few hundred at a time.
MAX_OPERATIONS = 10_000


class Kind(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True)
class Operation:
    """One change. Without a `path` it is about the whole resource.

    `value` is None where there is none, or where it is null: both mean "no value".
    """

    kind: Kind
    path: str | None = None
    value: Any = None


def read_operations(body: Any) -> list[Operation]:
    """The operations of a PATCH message.

    Raises `InvalidSyntax` for what is no such message, `InvalidPath` for a path that is no text,
    `InvalidValue` where an operation lacks its value, `PayloadTooLarge` beyond `MAX_OPERATIONS`.
    """
    fields = _fields(body, "A PATCH")
    schemas, operations = fields.get("schemas"), fields.get("operations")
    require_schema(schemas, SchemaURI.PATCH_OP)
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations must be a list of at least one operation.")
    if len(operations) > MAX_OPERATIONS:
        raise PayloadTooLarge(f"A PATCH has at most {MAX_OPERATIONS} operations.")
    # Reading them is the work, even where they turn out to choose nobody.
    if paths_length(operations) > MAX_PATHS:
        raise PayloadTooLarge(
            f"The paths of a PATCH have {MAX_PATHS} characters at most, together."
        )
    return [_operation(each) for each in operations]


def paths_length(operations: list[Any]) -> int:
    """How many characters the paths of these operations have, whatever else is wrong with them."""
    return sum(
        len(path)
        for each in operations
        if isinstance(each, dict)
        for name, path in each.items()
        if name.lower() == "path" and isinstance(path, str)
    )


def _operation(body: Any) -> Operation:
    fields = _fields(body, "An operation")
    kind, path = fields.get("op"), fields.get("path")
    if not isinstance(kind, str) or kind not in set(Kind):
        written = shown(kind) if isinstance(kind, str) else "missing"
        raise InvalidSyntax(f"op must be add, remove or replace; it is {written}.")
    if path is not None and not isinstance(path, str):
        raise InvalidPath("path must be a string.")
    if kind != Kind.REMOVE and "value" not in fields:
        raise InvalidValue(f"{kind} needs a value.")
    return Operation(Kind(kind), path, fields.get("value"))


def _fields(body: Any, what: str) -> dict[str, Any]:
    """The fields of a message by their names in lower case (RFC 7643, section 2.1)."""
    if not isinstance(body, dict):
        raise InvalidSyntax(f"{what} is a JSON object.")
    check_names(body, what)
    return {name.lower(): value for name, value in body.items()}
