"""What a User and a Group are: one table that everything else reads.

Discovery, validation, filters, PATCH, projection and sorting all ask it, so none of them can
disagree with another about a name, a type, or what may be written.
"""

from provisioning.schema.attributes import (
    Attribute,
    Mutability,
    ResourceType,
    Returned,
    Schema,
    Type,
    Uniqueness,
)
from provisioning.schema.resources import GROUP, RESOURCE_TYPES, USER
from provisioning.schema.tables import (
    CORE_GROUP,
    CORE_USER,
    CUSTOM_USER,
    ENTERPRISE_USER,
)

__all__ = [
    "CORE_GROUP",
    "CORE_USER",
    "CUSTOM_USER",
    "ENTERPRISE_USER",
    "GROUP",
    "RESOURCE_TYPES",
    "USER",
    "Attribute",
    "Mutability",
    "ResourceType",
    "Returned",
    "Schema",
    "Type",
    "Uniqueness",
]
