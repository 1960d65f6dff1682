"""What one operation makes of the value of one attribute. Nothing is changed in place.

Results that are empty mean that the attribute has no value any more.
"""

from __future__ import annotations

from typing import Any

from provisioning.comparable import comparable_parts
from provisioning.documents import Element
from provisioning.documents.validation import (
    complex_parts,
    complex_value,
    elements_as_sent,
    once_each,
)
from provisioning.documents.values import open_value, simple_value
from provisioning.errors import NoTarget
from provisioning.filters import matches_element
from provisioning.patch.operations import Kind
from provisioning.patch.targets import Target

# Parts that say something about a value; without one, they say nothing.
_LABELS = {"type", "primary", "display"}


def changed(kind: Kind, target: Target, before: Any, value: Any) -> Any:
    """The attribute's value afterwards; `before` is None where there was none.

    Raises `InvalidValue` for a value of the wrong type, `NoTarget` where a filter chooses nothing.
    """
    if target.attribute.multi_valued:
        if target.filter is None and target.sub is None:
            return _values(kind, target, before or [], value)
        return _chosen_values(kind, target, before or [], value)
    if target.path.is_open:
        return _open(kind, target, before, value)
    if target.attribute.is_complex:
        return _complex(kind, target, before or {}, value)
    return None if kind is Kind.REMOVE else simple_value(target.attribute, value, target.where)


def _complex(kind: Kind, target: Target, before: Element, value: Any) -> Element:
    """Only the parts that are named change (RFC 7644, sections 3.5.2.1 and 3.5.2.3)."""
    parts: dict[str, Any]
    if kind is Kind.REMOVE:
        parts = dict.fromkeys([target.sub.name] if target.sub else before)
    elif target.sub is not None:
        parts = {target.sub.name: simple_value(target.sub, value, target.where)}
    else:
        parts = complex_parts(target.attribute, value, target.where)
    if kind is Kind.ADD:
        parts = _given(parts)
    if "value" in parts and "$ref" not in parts and parts["value"] != before.get("value"):
        # The address was that of the manager before.
        parts = {"$ref": None, **parts}
    return _given({**before, **parts})


def _given(parts: dict[str, Any]) -> Element:
    return {name: part for name, part in parts.items() if part is not None}


def _open(kind: Kind, target: Target, before: Any, value: Any) -> Any:
    """Nobody says whether it has several values; whoever sends or has a list says so."""
    if kind is Kind.REMOVE:
        return None
    after = open_value(value, target.where)
    if kind is Kind.ADD and before is not None and list in {type(before), type(after)}:
        several = [*_listed(before), *_listed(after)]
        # By type too, since Python takes true for 1.
        once = {(type(each), each): each for each in several}
        return open_value(list(once.values()), target.where)
    return after


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _values(kind: Kind, target: Target, before: list[Element], value: Any) -> list[Element]:
    """All values of the attribute."""
    if kind is Kind.REMOVE and value is None:
        return []
    given = elements_as_sent(target.attribute, value, target.where)
    if kind is Kind.REPLACE:
        return once_each(target.attribute, given)
    if kind is Kind.ADD:
        if any(element.get("primary") for element in given):
            before = [_not_primary(element) for element in before]
        return once_each(target.attribute, [*before, *given])
    # Not in the RFC: Entra ID and others list what is to go.
    going = [comparable_parts(target.attribute, listed).items() for listed in given]

    def stays(element: Element) -> bool:
        parts = comparable_parts(target.attribute, element).items()
        return not any(listed <= parts for listed in going)

    return [element for element in before if stays(element)]


def _chosen_values(kind: Kind, target: Target, before: list[Element], value: Any) -> list[Element]:
    """Those values that the filter chooses, or all; of each the part that the path names, or all.

    Where none is chosen, `remove` has nothing to do, and `add` makes what the filter describes: so
    directories give somebody a first work e-mail. `replace` fails, unless there was no filter that
    could choose (section 3.5.2.3).
    """
    chosen = [
        target.filter is None or matches_element(target.filter, element, target.attribute)
        for element in before
    ]
    if kind is Kind.REMOVE:
        return _without_chosen(target, before, chosen)
    stated = _stated(target, value)
    if not stated:
        return before
    if any(chosen):
        is_whole = kind is Kind.REPLACE and target.sub is None
        after = [
            {**(_pinned_of(target, element) if is_whole else element), **stated}
            if is_it
            else element
            for element, is_it in zip(before, chosen, strict=True)
        ]
    elif kind is Kind.ADD or target.filter is None:
        chosen = [*chosen, True]
        after = [*before, new_element(target, value)]
    else:
        raise NoTarget(f"No value of {target.where} is what the path describes.")
    if any(element.get("primary") for element, is_it in zip(after, chosen, strict=True) if is_it):
        after = [
            element if is_it else _not_primary(element)
            for element, is_it in zip(after, chosen, strict=True)
        ]
    return once_each(target.attribute, after)


def new_element(target: Target, value: Any) -> Element:
    """What the filter describes, and what is said of it. Raises `NoTarget`, `InvalidValue`."""
    pinned = target.pinned
    if pinned is None:
        raise NoTarget(f"No value of {target.where} is what the path describes.")
    described = complex_value(target.attribute, pinned, target.attribute.name)
    return {**described, **_stated(target, value)}


def _pinned_of(target: Target, element: Element) -> Element:
    """What the filter said of a value, which stays true when all of it is replaced."""
    pinned = target.pinned or {}
    return {name: part for name, part in element.items() if name in pinned}


def _stated(target: Target, value: Any) -> Element:
    """What the operation says of each value."""
    if target.sub is None:
        return complex_value(target.attribute, value, target.where)
    return {target.sub.name: simple_value(target.sub, value, target.where)}


def _not_primary(element: Element) -> Element:
    """Where another becomes the primary one, this is none any more (section 3.5.2)."""
    return {**element, "primary": False} if element.get("primary") else element


def _without_chosen(target: Target, before: list[Element], chosen: list[bool]) -> list[Element]:
    after = []
    for element, is_it in zip(before, chosen, strict=True):
        if not is_it:
            after.append(element)
        elif target.sub is not None:
            rest = {name: part for name, part in element.items() if name != target.sub.name}
            if rest == element or not rest.keys() <= _LABELS:
                after.append(rest)
    return after
