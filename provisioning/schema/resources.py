"""The resources there are, and where."""

from __future__ import annotations

from provisioning.schema.attributes import ResourceType
from provisioning.schema.tables import (
    COMMON,
    CORE_GROUP,
    CORE_USER,
    CUSTOM_USER,
    ENTERPRISE_USER,
)

USER = ResourceType(
    name="User",
    endpoint="/Users",
    description="People of the organization.",
    schema=CORE_USER,
    common=COMMON,
    extensions=(ENTERPRISE_USER, CUSTOM_USER),
)
GROUP = ResourceType(
    name="Group",
    endpoint="/Groups",
    description="Groups of people of the organization.",
    schema=CORE_GROUP,
    common=COMMON,
)
RESOURCE_TYPES = (USER, GROUP)
