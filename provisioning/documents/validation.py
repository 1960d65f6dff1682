"""From a message's body to a document: strict about types, indifferent to what it doesn't know.

What directories send besides the standard is translated before (`provisioning.dialects`).
"""

from __future__ import annotations

import json
from collections.abc import Sized
from typing import Any, TypeAlias

from accounts.names import is_comparable
from provisioning.comparable import comparable_parts, comparable_value
from provisioning.documents.members import MEMBERS, member_ids
from provisioning.documents.values import (
    MAX_OPEN_ATTRIBUTES,
    check_ignored,
    check_names,
    is_unassigned,
    open_value,
    simple_value,
    wrong_type,
)
from provisioning.errors import InvalidSyntax, InvalidValue
from provisioning.limits import MAX_DOCUMENT
from provisioning.paths import UnknownPath, parse_path, shown
from provisioning.schema import GROUP, USER, Attribute, ResourceType, Schema

Document: TypeAlias = dict[str, Any]
Element: TypeAlias = dict[str, Any]

# Elements of a multi-valued attribute; a group's members come all at once.
MAX_VALUES = 100
MAX_MEMBERS = 100_000

# What is a column has the column's length.
MAX_NAME = 255
_NAMES = {"User": ("userName", "externalId"), "Group": ("displayName", "externalId")}


def validate(body: Any, resource_type: ResourceType) -> Document:
    """The full document that `body` describes.

    Ignored, as RFC 7643 (section 2.2) and RFC 7644 (section 3.3) have it: what is read-only, and
    attributes that the schema doesn't know, `password` among them.

    Raises `InvalidSyntax` for what is no such resource, `InvalidValue` for a value that is wrong or
    missing.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax(f"A {resource_type.name} is a JSON object.")
    check_names(body, f"the {resource_type.name}")
    _check_schemas(body, resource_type)
    document: Document = {}
    for name, value in body.items():
        schema = resource_type.schema_of(name)
        attribute = resource_type.attribute(name)
        if schema is not None and schema is not resource_type.schema:
            assigned: Any = extension_value(schema, value, resource_type)
            name = schema.id
        elif attribute is not None and not attribute.is_read_only:
            assigned = attribute_value(attribute, value, attribute.name)
            name = attribute.name
        else:
            check_ignored(name, value)
            continue
        if not is_unassigned(assigned):
            document[name] = assigned
    return complete(document, resource_type)


def _check_schemas(body: dict[str, Any], resource_type: ResourceType) -> None:
    """Extensions may be left out or unknown; the resource's own schema is its type's name."""
    schemas = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    if not isinstance(schemas, list) or not all(isinstance(urn, str) for urn in schemas):
        raise InvalidSyntax("schemas must be a list of strings.")
    if resource_type.schema.id.lower() not in {urn.lower() for urn in schemas}:
        raise InvalidSyntax(f"schemas must contain {resource_type.schema.id}.")


def extension_value(schema: Schema, value: Any, resource_type: ResourceType) -> Document:
    """What stands under an extension's URN. Raises `InvalidValue`, `InvalidSyntax`."""
    if is_unassigned(value):
        return {}
    if not isinstance(value, dict):
        raise wrong_type(schema.id, "an object", value)
    if schema.is_open:
        check_count(value, schema.id, MAX_OPEN_ATTRIBUTES)
    check_names(value, schema.id)
    extension: Document = {}
    for name, part in value.items():
        attribute = schema.attribute(name)
        if attribute is None:
            check_ignored(name, part)
            continue
        where = f"{schema.id}:{attribute.name}"
        if schema.is_open:
            check_open_name(schema, name, resource_type)
        if not is_unassigned(assigned := attribute_value(attribute, part, where, schema)):
            extension[attribute.name] = assigned
    return extension


def check_open_name(schema: Schema, name: str, resource_type: ResourceType) -> None:
    """A schema that takes any name still takes only names. Raises `InvalidValue`."""
    try:
        parse_path(f"{schema.id}:{name}", resource_type)
    except UnknownPath as error:
        raise InvalidValue(
            f"{shown(name)} is no attribute name: a letter, then letters, digits, - and _."
        ) from error


def attribute_value(
    attribute: Attribute, value: Any, where: str, schema: Schema | None = None
) -> Any:
    """The value under canonical names, None where there is none. Raises `InvalidValue`."""
    if is_unassigned(value):
        return None
    if schema is not None and schema.is_further(attribute):
        return open_value(value, where)
    if attribute.multi_valued:
        return elements(attribute, value, where)
    if attribute.is_complex:
        return complex_value(attribute, value, where)
    return simple_value(attribute, value, where)


def elements(attribute: Attribute, value: Any, where: str) -> list[Element]:
    """The values of a multi-valued attribute, each once. Raises `InvalidValue`."""
    return once_each(attribute, elements_as_sent(attribute, value, where))


def elements_as_sent(attribute: Attribute, value: Any, where: str) -> list[Element]:
    """As `elements`, with what stands there twice."""
    if not isinstance(value, list):
        raise wrong_type(where, "a list", value)
    check_count(value, where, MAX_MEMBERS if attribute is MEMBERS else MAX_VALUES)
    given = [complex_value(attribute, each, where) for each in value if not is_unassigned(each)]
    # A member of whom nothing is known but a name is none, and not nothing.
    return [element for element in given if element or attribute is MEMBERS]


def complex_value(attribute: Attribute, value: Any, where: str) -> Element:
    """An object with those parts that have a value and may be written. Raises `InvalidValue`."""
    parts = complex_parts(attribute, value, where)
    return {name: part for name, part in parts.items() if part is not None}


def complex_parts(attribute: Attribute, value: Any, where: str) -> dict[str, Any]:
    """As `complex_value`, with None for a part that is there and has no value."""
    if not isinstance(value, dict):
        raise wrong_type(where, "an object", value)
    check_names(value, where)
    parts: dict[str, Any] = {}
    for name, part in value.items():
        sub = attribute.sub(name)
        if sub is None or sub.is_read_only:
            check_ignored(name, part)
        elif is_unassigned(part):
            parts[sub.name] = None
        else:
            parts[sub.name] = simple_value(sub, part, f"{where}.{sub.name}")
    return parts


def once_each(attribute: Attribute, values: list[Element]) -> list[Element]:
    """Each value of each type once, in whatever case; what a later one says of it counts (RFC 7643,
    section 2.4)."""
    named = [sub for name in ("value", "type") if (sub := attribute.sub(name))]
    found: dict[object, Element] = {}
    for element in values:
        # An address has no `value`: it is the same where everything is.
        same: object = (
            tuple([comparable_value(sub, element.get(sub.name)) for sub in named])
            if "value" in element
            else frozenset(comparable_parts(attribute, element).items())
        )
        found[same] = {**found.get(same, {}), **element}
    return list(found.values())


def complete(document: Document, resource_type: ResourceType) -> Document:
    """The document, if it makes sense as a whole. Raises `InvalidValue`."""
    if not document.get("externalId", True):
        # Okta and Entra ID clear what they know nothing of any more with an empty text.
        del document["externalId"]
    if "userName" in document:
        # The one value that is not kept as it came: people sign in with it.
        document["userName"] = document["userName"].strip()
    for name in _NAMES[resource_type.name]:
        if len(document.get(name, "")) > MAX_NAME:
            raise InvalidValue(f"{name} is longer than {MAX_NAME} characters.")
    if resource_type is GROUP and not is_comparable(document.get("displayName", "")):
        raise InvalidValue("displayName is too long to be compared.")
    if resource_type is USER and len(json.dumps(document, ensure_ascii=False)) > MAX_DOCUMENT:
        raise InvalidValue(f"All of a User is longer than {MAX_DOCUMENT} characters of JSON.")
    for attribute in resource_type.top_level:
        value = document.get(attribute.name)
        if attribute.required and not (value and value.strip()):
            raise InvalidValue(f"{attribute.name} is required and must not be empty.")
        if attribute.multi_valued and value is not None:
            _check_elements(attribute, value)
    return document


def _check_elements(attribute: Attribute, values: list[Element]) -> None:
    if attribute is MEMBERS:
        member_ids(values)
    elif sum(element.get("primary", False) for element in values) > 1:
        raise InvalidValue(f"Only one of {attribute.name} can be primary.")


def check_count(values: Sized, where: str, limit: int = MAX_VALUES) -> None:
    """Refuse more values than are kept. Raises `InvalidValue`."""
    if len(values) > limit:
        raise InvalidValue(f"{where} has more than {limit} values.")
