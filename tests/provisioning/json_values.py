"""Arbitrary JSON, and messages that almost make sense, for hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from provisioning.schema import RESOURCE_TYPES

# Half of a surrogate pair and NUL included: JSON can write both.
texts = st.text(max_size=8) | st.sampled_from(["", "True", "false", "a\0b", "\ud800", "work"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)

_ATTRIBUTES = [
    attribute
    for resource_type in RESOURCE_TYPES
    for schema in resource_type.schemas
    for attribute in (*resource_type.common, *schema.attributes)
]
names = st.sampled_from(
    sorted(
        {attribute.name for attribute in _ATTRIBUTES}
        | {sub.name for attribute in _ATTRIBUTES for sub in attribute.sub_attributes}
        | {schema.id for resource_type in RESOURCE_TYPES for schema in resource_type.schemas}
        | {"schemas", "password", "__class__", "name.givenName", 'emails[type eq "work"].value'}
    )
)
# Objects with names that mean something, nested as those of resources are.
objects: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    names | texts,
    scalars
    | st.dictionaries(names, scalars | st.lists(scalars, max_size=2), max_size=4)
    | st.lists(st.dictionaries(names, scalars, max_size=4) | scalars, max_size=3),
    max_size=6,
)
