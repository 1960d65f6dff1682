"""The form of a document that filters and sorting read (`DirectoryRecord.search`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioning.comparable import comparable_parts, comparable_value, open_text, text_key
from provisioning.schema import Attribute, ResourceType, Schema
from provisioning.schema.tables import VALUE


def search_form(document: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """The document in the form in which values are compared (`provisioning.comparable`).

    The primary of several values comes first. What an open schema takes without listing it stands
    under its name in lower case, and is always a list of objects with a `value`.
    """
    form = {}
    for name, value in document.items():
        attribute = resource_type.attribute(name)
        if attribute is not None:
            form[name] = _comparable(attribute, value)
        elif (schema := resource_type.schema_of(name)) is not None:
            form[name] = _extension(schema, value)
    return form


def _extension(schema: Schema, holder: Mapping[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for name, value in holder.items():
        attribute = schema.attribute(name)
        if attribute is None:
            continue
        if schema.is_further(attribute):
            values = value if isinstance(value, list) else [value]
            form[name.lower()] = [
                {VALUE.name: text_key(attribute, open_text(each))} for each in values
            ]
        else:
            form[name] = _comparable(attribute, value)
    return form


def _comparable(attribute: Attribute, value: Any) -> Any:
    if attribute.multi_valued:
        return [
            comparable_parts(attribute, element)
            for element in sorted(value, key=lambda each: not each.get("primary", False))
        ]
    if attribute.is_complex:
        return comparable_parts(attribute, value)
    return comparable_value(attribute, value)
