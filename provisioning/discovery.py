"""What the service says of itself: RFC 7644, section 4, from the schema table.

`base_url` is the address below which all endpoints lie, without a slash at its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django_scim.constants import SchemaURI

from provisioning.errors import Forbidden, NotFound
from provisioning.limits import (
    BULK_MAX_BYTES,
    BULK_MAX_OPERATIONS,
    CURSOR_SECONDS,
    PAGE_DEFAULT,
    PAGE_MAX,
)
from provisioning.paths import shown
from provisioning.schema import RESOURCE_TYPES, Attribute, ResourceType, Schema
from provisioning.schema.service import (
    RESOURCE_TYPE_URN,
    SCHEMA_URN,
    SERVICE_PROVIDER_CONFIG_URN,
    SERVICE_SCHEMAS,
)

Json = dict[str, Any]

# Each schema once, in the order in which the resource types name them.
SCHEMAS: tuple[Schema, ...] = (
    *dict.fromkeys(schema for each in RESOURCE_TYPES for schema in each.schemas),
    *SERVICE_SCHEMAS,
)


def refuse_filter(parameters: Mapping[str, Any]) -> None:
    """Nobody may think that a filter was obeyed here. Raises `Forbidden` (RFC 7644, section 4)."""
    if any(name.lower() == "filter" for name in parameters):
        raise Forbidden("Discovery can't be filtered.")


def service_provider_config(base_url: str, *, documentation_url: str | None = None) -> Json:
    """What is supported, and the limits that hold."""
    documented = {"documentationUri": documentation_url} if documentation_url else {}
    return {
        "schemas": [SERVICE_PROVIDER_CONFIG_URN],
        **documented,
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": BULK_MAX_OPERATIONS,
            "maxPayloadSize": BULK_MAX_BYTES,
        },
        "filter": {"supported": True, "maxResults": PAGE_MAX},
        # Directories are never given people's passwords here.
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": PAGE_DEFAULT,
            "maxPageSize": PAGE_MAX,
            "cursorTimeout": CURSOR_SECONDS,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token from the console, in the Authorization header.",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                **documented,
                "primary": True,
            }
        ],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": f"{base_url}/ServiceProviderConfig",
        },
    }


def resource_types(base_url: str) -> Json:
    """The list of all of them."""
    return _listed([_resource_type(each, base_url) for each in RESOURCE_TYPES])


def resource_type(name: str, base_url: str) -> Json:
    """The one of this name. Raises `NotFound`."""
    for each in RESOURCE_TYPES:
        if each.name == name:
            return _resource_type(each, base_url)
    raise NotFound(f"There is no resource type {shown(name)}.")


def schemas(base_url: str) -> Json:
    """The list of all of them."""
    return _listed([_schema(each, base_url) for each in SCHEMAS])


def schema(urn: str, base_url: str) -> Json:
    """The one with this URN. Raises `NotFound`."""
    for each in SCHEMAS:
        if each.id.lower() == urn.lower():
            return _schema(each, base_url)
    raise NotFound(f"There is no schema {shown(urn)}.")


def _listed(resources: Sequence[Json]) -> Json:
    return {
        "schemas": [SchemaURI.LIST_RESPONSE],
        "totalResults": len(resources),
        "itemsPerPage": len(resources),
        "startIndex": 1,
        "Resources": resources,
    }


def _resource_type(each: ResourceType, base_url: str) -> Json:
    return {
        "schemas": [RESOURCE_TYPE_URN],
        "id": each.name,
        "name": each.name,
        "description": each.description,
        "endpoint": each.endpoint,
        "schema": each.schema.id,
        "schemaExtensions": [
            {"schema": extension.id, "required": False} for extension in each.extensions
        ],
        "meta": {
            "resourceType": "ResourceType",
            "location": f"{base_url}/ResourceTypes/{each.name}",
        },
    }


def _schema(each: Schema, base_url: str) -> Json:
    return {
        "schemas": [SCHEMA_URN],
        "id": each.id,
        "name": each.name,
        "description": each.description,
        "attributes": [_attribute(attribute) for attribute in each.attributes],
        "meta": {"resourceType": "Schema", "location": f"{base_url}/Schemas/{each.id}"},
    }


def _attribute(attribute: Attribute) -> Json:
    # Entra ID reads no nulls here: what has no value is left out.
    optional = {
        "canonicalValues": list(attribute.canonical_values),
        "referenceTypes": list(attribute.reference_types),
        "subAttributes": [_attribute(sub) for sub in attribute.sub_attributes],
    }
    return {
        "name": attribute.name,
        "type": attribute.type,
        "multiValued": attribute.multi_valued,
        "description": attribute.description,
        "required": attribute.required,
        "caseExact": attribute.case_exact,
        "mutability": attribute.mutability,
        "returned": attribute.returned,
        "uniqueness": attribute.uniqueness,
    } | {name: value for name, value in optional.items() if value}
