"""Whether a filter holds of a document in memory.

PATCH chooses elements with it, and tests hold the compiled form (`compile`) against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from provisioning.comparable import moment, moment_text, open_text, text_key
from provisioning.filters.ast import And, Comparison, Filter, Not, Operator, Or, Present, ValuePath
from provisioning.paths import AttributePath
from provisioning.schema import Attribute, Type
from provisioning.schema.tables import VALUE


def matches(filter: Filter, document: Mapping[str, Any]) -> bool:
    """Whether the resource with this document, in canonical names, satisfies the filter."""
    match filter:
        case And(operands):
            return all(matches(operand, document) for operand in operands)
        case Or(operands):
            return any(matches(operand, document) for operand in operands)
        case Not(operand):
            return not matches(operand, document)
        case ValuePath(path, inner):
            return any(
                matches_element(inner, element, path.attribute)
                for element in _elements(document, path)
            )
        case Present(path):
            return any(value not in (None, "", [], {}) for value in _values(document, path))
        case _:
            return any(holds(filter, value) for value in _values(document, filter.path))


def matches_element(filter: Filter, element: Any, attribute: Attribute) -> bool:
    """Whether one element of a multi-valued attribute satisfies a filter on sub-attributes."""
    return matches(filter, {attribute.name: [element]})


def holds(comparison: Comparison, value: Any) -> bool:
    """Whether one value, as documents have it, stands in the relation that the filter wants.

    A boolean that nobody gave counts as false (RFC 7643, section 2.4, on `primary`); nothing else
    that is missing compares with anything.
    """
    attribute, wanted = comparison.path.leaf, comparison.value
    match wanted:
        case bool():
            return bool(value) is wanted
        case _ if value is None:
            return False
        case datetime():
            return stands(comparison.operator, moment(value), wanted)
        case str() if attribute.type is Type.DATE_TIME:
            return stands(comparison.operator, moment_text(moment(value)), wanted)
        case _:
            return stands(comparison.operator, text_key(attribute, open_text(value)), wanted)


def stands(operator: Operator, left: Any, right: Any) -> bool:
    """Whether two values in comparable form stand in this relation."""
    match operator:
        case Operator.EQ:
            return bool(left == right)
        case Operator.CO:
            return right in left
        case Operator.SW:
            return bool(left.startswith(right))
        case Operator.EW:
            return bool(left.endswith(right))
        case Operator.GT:
            return bool(left > right)
        case Operator.GE:
            return bool(left >= right)
        case Operator.LT:
            return bool(left < right)
        case _:
            return bool(left <= right)


def _elements(document: Mapping[str, Any], path: AttributePath) -> list[Any]:
    """What the attribute holds, several values or one; names in an open schema ignore case."""
    holder = document.get(path.schema.id, {}) if path.schema else document
    held = holder.get(path.attribute.name)
    if held is None and path.schema and path.schema.is_open:
        wanted = path.attribute.name.lower()
        held = next((holder[name] for name in holder if name.lower() == wanted), None)
    if held is None:
        return []
    return held if isinstance(held, list) else [held]


def _values(document: Mapping[str, Any], path: AttributePath) -> Iterable[Any]:
    for element in _elements(document, path):
        if path.sub is None:
            yield element
        elif isinstance(element, Mapping):
            yield element.get(path.sub.name)
        elif path.sub.name == VALUE.name:
            yield element
