"""Attribute paths as filters, PATCH, sorting and projection write them.

attrPath = [URI ":"] ATTRNAME *1subAttr        (RFC 7644, section 3.4.2.2, Figure 1)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from provisioning.schema import Attribute, ResourceType, Schema

# `$ref` is the one name with a character that ATTRNAME does not have (RFC 7643, section 2.4).
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9_-]{0,63}\Z")


class UnknownPath(Exception):
    """No attribute is written like this. Filters, PATCH and sorting each say so in their way."""

    def __init__(self, text: str) -> None:
        super().__init__(f"There is no attribute {shown(text)}.")
        self.text = text


def shown(text: str) -> str:
    """Somebody else's words for a message: quoted, short, and without control characters."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text[:80])
    return f"“{printable}{'…' if len(text) > 80 else ''}”"


@dataclass(frozen=True)
class AttributePath:
    """An attribute, and one of its sub-attributes where the path names one.

    `schema` is the extension it belongs to; None at the top of the document.
    """

    attribute: Attribute
    sub: Attribute | None = None
    schema: Schema | None = None

    @property
    def leaf(self) -> Attribute:
        """What is compared or written: the sub-attribute if there is one."""
        return self.sub or self.attribute

    @property
    def compared(self) -> AttributePath | None:
        """What filters compare and sorting sorts by: of a complex attribute its `value`, if any."""
        if not self.leaf.is_complex:
            return self
        value = self.attribute.sub("value")
        return AttributePath(self.attribute, value, self.schema) if value else None

    @property
    def is_open(self) -> bool:
        """Whether it is an attribute that an open schema takes without listing it."""
        return self.schema is not None and self.schema.is_further(self.attribute)

    @property
    def keys(self) -> tuple[str, ...]:
        """The way there in a document, list elements left out."""
        names = (self.attribute.name, *((self.sub.name,) if self.sub else ()))
        return (self.schema.id, *names) if self.schema else names

    def __str__(self) -> str:
        dotted = ".".join(part.name for part in (self.attribute, self.sub) if part)
        return f"{self.schema.id}:{dotted}" if self.schema else dotted


def parse_path(text: str, resource_type: ResourceType) -> AttributePath:
    """The attribute a path names, whatever its case. Raises `UnknownPath`.

    A path that names a whole extension is no attribute; `split_urn` tells.
    """
    schema, rest = split_urn(text, resource_type)
    name, _dot, sub_name = rest.partition(".")
    if not _NAME.match(name):
        raise UnknownPath(text)
    if schema is None or schema is resource_type.schema:
        attribute, extension = resource_type.attribute(name), None
    else:
        attribute, extension = schema.attribute(name), schema
    if attribute is None:
        raise UnknownPath(text)
    if not _dot:
        return AttributePath(attribute, schema=extension)
    sub = attribute.sub(sub_name)
    if sub is None:
        raise UnknownPath(text)
    return AttributePath(attribute, sub, extension)


def split_urn(text: str, resource_type: ResourceType) -> tuple[Schema | None, str]:
    """The schema whose URN a path begins with, and what follows it; nothing if it ends there."""
    if text[:4].lower() != "urn:":
        return None, text
    lowered = text.lower()
    for schema in resource_type.schemas:
        urn = schema.id.lower()
        if lowered == urn:
            return schema, ""
        if lowered.startswith(f"{urn}:"):
            return schema, text[len(urn) + 1 :]
    raise UnknownPath(text)
