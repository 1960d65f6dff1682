"""The parts that a schema is made of (RFC 7643, sections 2 and 7)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Type(StrEnum):
    STRING = "string"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    READ_ONLY = "readOnly"
    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


class Returned(StrEnum):
    ALWAYS = "always"
    NEVER = "never"
    DEFAULT = "default"
    REQUEST = "request"


class Uniqueness(StrEnum):
    NONE = "none"
    SERVER = "server"
    GLOBAL = "global"


@dataclass(frozen=True)
class Attribute:
    """One attribute with its characteristics. Names compare ignoring case (RFC 7643, 2.1)."""

    name: str
    description: str = ""
    type: Type = Type.STRING
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: Returned = Returned.DEFAULT
    uniqueness: Uniqueness = Uniqueness.NONE
    # Suggestions, never a closed list (RFC 7643, section 7).
    canonical_values: tuple[str, ...] = ()
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple[Attribute, ...] = ()

    @cached_property
    def _subs(self) -> dict[str, Attribute]:
        return {sub.name.lower(): sub for sub in self.sub_attributes}

    def sub(self, name: str) -> Attribute | None:
        return self._subs.get(name.lower())

    @property
    def is_complex(self) -> bool:
        return self.type is Type.COMPLEX

    @property
    def is_read_only(self) -> bool:
        return self.mutability is Mutability.READ_ONLY


@dataclass(frozen=True)
class Schema:
    """Attributes under one URN.

    An open schema takes further attributes of any name that the grammar allows, each a string, a
    number, a boolean or a list of these: what an organization calls them is its own affair.
    """

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]
    is_open: bool = False

    @cached_property
    def _by_name(self) -> dict[str, Attribute]:
        return {attribute.name.lower(): attribute for attribute in self.attributes}

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of this name; in an open schema there is always one."""
        found = self._by_name.get(name.lower())
        if found is None and self.is_open:
            return Attribute(name)
        return found

    def is_further(self, attribute: Attribute) -> bool:
        """Whether the schema takes the attribute without listing it, as an open one does."""
        return self.is_open and attribute.name.lower() not in self._by_name


@dataclass(frozen=True, eq=False)
class ResourceType:
    """A kind of resource: its endpoint, its core schema and the extensions it may carry.

    Each is itself alone, so that as a key it costs nothing: comparing two would walk their tables.
    """

    name: str
    endpoint: str
    description: str
    schema: Schema
    # `id`, `externalId` and `meta`, which every resource has (RFC 7643, section 3.1).
    common: tuple[Attribute, ...]
    extensions: tuple[Schema, ...] = ()

    @cached_property
    def _common(self) -> dict[str, Attribute]:
        return {attribute.name.lower(): attribute for attribute in self.common}

    @cached_property
    def schemas(self) -> tuple[Schema, ...]:
        return (self.schema, *self.extensions)

    @cached_property
    def top_level(self) -> tuple[Attribute, ...]:
        """Everything that stands at the top of a document, extensions aside."""
        return (*self.common, *self.schema.attributes)

    def schema_of(self, urn: str) -> Schema | None:
        """The schema with this URN; URNs compare ignoring case."""
        wanted = urn.lower()
        return next((each for each in self.schemas if each.id.lower() == wanted), None)

    def attribute(self, name: str) -> Attribute | None:
        """The core or common attribute of this name."""
        return self._common.get(name.lower()) or self.schema.attribute(name)
