"""Which attributes an answer carries: RFC 7644, section 3.9, and `returned` of RFC 7643."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias, Union

from provisioning.documents import Document
from provisioning.paths import UnknownPath, parse_path, split_urn
from provisioning.schema import Attribute, ResourceType, Returned

# Names, lower-cased, to what of them is meant: some of their parts, or with None all.
_Tree: TypeAlias = dict[str, Union["_Tree", None]]


@dataclass(frozen=True)
class Projection:
    """What one request wants to see. Made by `projection`."""

    resource_type: ResourceType
    # None: whatever is returned by default.
    included: _Tree | None
    excluded: _Tree

    def wants(self, name: str) -> bool:
        """Whether something of this attribute can be in the answer.

        Who loads the resource asks: members that nobody reads need not be fetched.
        """
        key = name.lower()
        is_included = self.included is None or key in self.included
        return is_included and self.excluded.get(key, {}) is not None

    def apply(self, document: Mapping[str, Any]) -> Document:
        """The document as it is answered, with the `schemas` of what is in it."""
        kept: Mapping[str, Any] = document
        if self.included is not None:
            kept = _only(kept, self.included)
        if self.excluded:
            kept = _without(kept, self.excluded)
        extensions = [each.id for each in self.resource_type.extensions if each.id in kept]
        return {"schemas": [self.resource_type.schema.id, *extensions], **kept}


def attribute_names(text: str) -> tuple[str, ...]:
    """The names in a query parameter, which separates them by commas."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


@lru_cache(maxsize=256)
def projection(
    attributes: tuple[str, ...], excluded: tuple[str, ...], resource_type: ResourceType
) -> Projection:
    """What a request with these parameters wants. With no `attributes`: the default.

    Kept for the next request, so nobody may ask with names without end (`paging.MAX_NAMES`).
    """
    hidden = list(_paths(resource_type, Returned.NEVER))
    always = list(_paths(resource_type, Returned.ALWAYS))
    if attributes:
        named = [keys for name in attributes for keys in _named(name, resource_type)]
        included = _tree([*named, *always])
    else:
        included = None
        hidden += _paths(resource_type, Returned.REQUEST)
    unwanted = [keys for name in excluded for keys in _named(name, resource_type)]
    kept = set(always)
    return Projection(
        resource_type, included, _tree([*(keys for keys in unwanted if keys not in kept), *hidden])
    )


def _named(name: str, resource_type: ResourceType) -> Iterator[tuple[str, ...]]:
    """The ways to what a name means: an attribute, a part of one, or a whole schema."""
    try:
        schema, rest = split_urn(name, resource_type)
        if schema is None or rest:
            yield parse_path(name, resource_type).keys
        elif schema is resource_type.schema:
            yield from ((attribute.name,) for attribute in schema.attributes)
        else:
            yield (schema.id,)
    except UnknownPath:
        return


def _paths(resource_type: ResourceType, returned: Returned) -> Iterator[tuple[str, ...]]:
    """The ways to every attribute that is returned so."""

    def walk(attributes: Iterable[Attribute], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for attribute in attributes:
            keys = (*above, attribute.name)
            if attribute.returned is returned:
                yield keys
            yield from walk(attribute.sub_attributes, keys)

    yield from walk(resource_type.top_level, ())
    for extension in resource_type.extensions:
        yield from walk(extension.attributes, (extension.id,))


def _tree(paths: Iterable[tuple[str, ...]]) -> _Tree:
    root: _Tree = {}
    for keys in paths:
        here = root
        *above, last = (key.lower() for key in keys)
        for key in above:
            below = here.setdefault(key, {})
            if below is None:
                # All of it is meant already.
                break
            here = below
        else:
            here[last] = None
    return root


def _only(value: Mapping[str, Any], tree: _Tree) -> Document:
    kept = {}
    for name, part in value.items():
        below = tree.get(name.lower(), {})
        if below is None:
            kept[name] = part
        elif below and (rest := _each(part, below, _only)):
            kept[name] = rest
    return kept


def _without(value: Mapping[str, Any], tree: _Tree) -> Document:
    kept = {}
    for name, part in value.items():
        below = tree.get(name.lower(), {})
        if below == {}:
            kept[name] = part
        elif below and (rest := _each(part, below, _without)):
            kept[name] = rest
    return kept


def _each(part: Any, tree: _Tree, pick: Callable[[Mapping[str, Any], _Tree], Document]) -> Any:
    """What is picked of an object, or of every element of a list; empty if nothing is left."""
    if isinstance(part, list):
        return [rest for element in part if (rest := pick(element, tree))]
    return pick(part, tree)
