"""Messages in other forms than RFC 7644 wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from django_scim.constants import SchemaURI

from provisioning.dialects.recognition import Dialect
from provisioning.dialects.values import (
    PATCH_VALUE_TOLERANCES,
    VALUE_TOLERANCES,
    ValueTolerance,
    translated,
)
from provisioning.documents.values import is_unassigned
from provisioning.errors import ScimError
from provisioning.patch.effort import MAX_PATHS
from provisioning.patch.operations import Kind, paths_length
from provisioning.patch.targets import Target, parse_target
from provisioning.schema import ResourceType, Schema

# Of one object in which paths are looked for; all that Entra ID can map are fewer.
MAX_NAMES = 500

# Names of its fields in lower case.
Operation: TypeAlias = dict[str, Any]
MessageTolerance: TypeAlias = Callable[[Operation, ResourceType, Dialect], Iterator[Operation]]


def normalize_resource(body: Any, resource_type: ResourceType) -> Any:
    """The body of a POST or PUT as the standard would have it."""
    return _object(body, resource_type, VALUE_TOLERANCES, resource_type.schema)


def normalize_patch(
    body: Any, resource_type: ResourceType, dialect: Dialect = Dialect.OTHER
) -> Any:
    """The body of a PATCH as the standard would have it."""
    if not isinstance(body, dict):
        return body
    return {
        name: _operations(value, resource_type, dialect)
        if name.lower() == "operations" and isinstance(value, list)
        else value
        for name, value in body.items()
    }


def operations_alone(data: Any) -> Any:
    """In Bulk, a PATCH as its operations alone, or as a message without `schemas`.

    The example of RFC 7644 (section 3.7.3) has a list of operations there. Ping's SDK sends an
    object with `Operations` and nothing else (pingidentity/scim2, class `BulkOperation`).
    """
    message = {"Operations": data} if isinstance(data, list) else data
    if not isinstance(message, dict) or any(name.lower() == "schemas" for name in message):
        return message
    return {"schemas": [SchemaURI.PATCH_OP], **message}


def _operations(listed: list[Any], resource_type: ResourceType, dialect: Dialect) -> list[Any]:
    operations = [_with_plain_names(each) for each in listed]
    if paths_length(operations) > MAX_PATHS:
        return operations
    for tolerance in MESSAGE_TOLERANCES:
        operations = [
            after
            for before in operations
            for after in (
                tolerance(before, resource_type, dialect) if isinstance(before, dict) else [before]
            )
        ]
    return operations


def _with_plain_names(operation: Any) -> Any:
    """With the names of its fields in lower case, if these are different ones."""
    if not isinstance(operation, dict):
        return operation
    lowered = {name.lower(): value for name, value in operation.items()}
    return lowered if len(lowered) == len(operation) else operation


def capital_operation(
    operation: Operation, resource_type: ResourceType, dialect: Dialect
) -> Iterator[Operation]:
    """`Add`, `Replace`, `Remove`.

    Entra ID without the flag aadOptscim062020 (learn.microsoft.com, "Tutorial: Develop and plan
    provisioning for a SCIM endpoint", general guidelines).
    """
    kind = operation.get("op")
    yield operation | {"op": kind.lower()} if isinstance(kind, str) else operation


def paths_as_names(
    operation: Operation, resource_type: ResourceType, dialect: Dialect
) -> Iterator[Operation]:
    """Without a path, names in the value that are paths: `name.givenName`, `urn:…:User:department`.

    Entra ID with the flag aadOptscim062020 (learn.microsoft.com, "Known issues with System for
    Cross-Domain Identity Management (SCIM) 2.0 protocol compliance", requests made to replace
    multiple attributes).
    """
    value = operation.get("value")
    has_path = operation.get("path") is not None
    if has_path or not isinstance(value, dict) or len(value) > MAX_NAMES:
        yield operation
        return
    paths = {
        name: target
        for name in value
        if isinstance(target := _target(name, resource_type), Target)
        and name.lower() != target.attribute.name.lower()
    }
    # As anywhere in an object of attributes, what is read-only is passed over.
    written = [name for name, target in paths.items() if not _is_read_only(target)]
    rest = {name: part for name, part in value.items() if name not in paths}
    if rest or not written:
        yield operation | {"value": rest}
    for name in written:
        yield operation | {"path": name, "value": value[name]}


def value_forms(
    operation: Operation, resource_type: ResourceType, dialect: Dialect
) -> Iterator[Operation]:
    """The forms of values that are listed below, wherever a PATCH has them."""
    path, value = operation.get("path"), operation.get("value")
    if value is None:
        yield operation
        return
    target = resource_type.schema if path is None else _target(path, resource_type)
    if isinstance(target, Schema):
        value = _object(value, resource_type, PATCH_VALUE_TOLERANCES, target)
    elif isinstance(target, Target):
        value = translated(target.path.leaf, value, PATCH_VALUE_TOLERANCES)
        is_one = target.filter is not None and target.sub is None
        if is_one and isinstance(value, list) and len(value) == 1:
            # What replaces a chosen value is one value, not several.
            value = value[0]
    yield operation | {"value": value}


def create_missing_value(
    operation: Operation, resource_type: ResourceType, dialect: Dialect
) -> Iterator[Operation]:
    """`replace` of `emails[type eq "work"].value` where there is no such e-mail yet: it is made.

    Entra ID alone, which chooses freely between `add` and `replace` (learn.microsoft.com, question
    1373350). From others it is what RFC 7644 (section 3.5.2.3) calls an error, `noTarget`; `add`
    makes the value for everybody.
    """
    makes = dialect.is_entra and operation.get("op") == Kind.REPLACE
    if makes and not is_unassigned(operation.get("value")):
        target = _target(operation.get("path"), resource_type)
        if isinstance(target, Target) and target.filter is not None and target.sub is not None:
            operation = operation | {"op": Kind.ADD.value}
    yield operation


# In the order in which they are tried.
MESSAGE_TOLERANCES: tuple[MessageTolerance, ...] = (
    capital_operation,
    paths_as_names,
    value_forms,
    create_missing_value,
)


def _target(path: Any, resource_type: ResourceType) -> Target | Schema | None:
    try:
        return parse_target(path, resource_type) if isinstance(path, str) else None
    except ScimError:
        return None


def _is_read_only(target: Target) -> bool:
    return target.attribute.is_read_only or target.path.leaf.is_read_only


def _object(
    value: Any,
    resource_type: ResourceType,
    tolerances: tuple[ValueTolerance, ...],
    schema: Schema,
) -> Any:
    """An object of attributes: an extension's, or those of the resource and of its extensions."""
    if not isinstance(value, dict):
        return value
    is_core = schema is resource_type.schema
    result = {}
    for name, part in value.items():
        inner = resource_type.schema_of(name) if is_core else None
        attribute = (resource_type if is_core else schema).attribute(name)
        if attribute is not None:
            part = translated(attribute, part, tolerances)
        elif inner is not None and inner is not schema:
            part = _object(part, resource_type, tolerances, inner)
        result[name] = part
    return result
