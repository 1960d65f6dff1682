"""What the service says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from provisioning import discovery
from provisioning.errors import Forbidden, NotFound
from provisioning.schema import GROUP, RESOURCE_TYPES, USER
from provisioning.schema.tables import (
    CORE_GROUP_URN,
    CORE_USER_URN,
    CUSTOM_USER_URN,
    ENTERPRISE_USER_URN,
)

BASE = "https://learning.example/scim/v2"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
CHARACTERISTICS = {
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
}


def everything(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict):
        for part in value.values():
            yield from everything(part)
    elif isinstance(value, list):
        for part in value:
            yield from everything(part)


def attributes_of(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for attribute in schema["attributes"]:
        yield attribute
        yield from attribute.get("subAttributes", ())


@pytest.mark.parametrize(
    "document",
    [
        discovery.service_provider_config(BASE),
        discovery.schemas(BASE),
        discovery.resource_types(BASE),
    ],
    ids=["config", "schemas", "types"],
)
def test_nothing_is_null_or_empty_text(document: dict[str, Any]):
    assert not [value for value in everything(document) if value is None or value == ""]


@pytest.mark.parametrize("listed", [discovery.schemas(BASE), discovery.resource_types(BASE)])
def test_lists_are_list_responses(listed: dict[str, Any]):
    count = len(listed["Resources"])

    assert listed["schemas"] == [LIST]
    assert (listed["totalResults"], listed["itemsPerPage"], listed["startIndex"]) == (
        count,
        count,
        1,
    )


def test_every_schema_in_use_is_listed_once():
    ids = [each["id"] for each in discovery.schemas(BASE)["Resources"]]
    core = "urn:ietf:params:scim:schemas:core:2.0"

    assert ids == [
        CORE_USER_URN,
        ENTERPRISE_USER_URN,
        CUSTOM_USER_URN,
        CORE_GROUP_URN,
        f"{core}:ServiceProviderConfig",
        f"{core}:ResourceType",
        f"{core}:Schema",
    ]


@pytest.mark.parametrize(
    "schema", discovery.schemas(BASE)["Resources"], ids=lambda each: each["id"]
)
def test_a_schema_gives_every_characteristic_of_its_attributes(schema: dict[str, Any]):
    for attribute in attributes_of(schema):
        assert attribute.keys() >= CHARACTERISTICS
        assert (attribute["type"] == "complex") == ("subAttributes" in attribute)
        assert (attribute["type"] == "reference") == ("referenceTypes" in attribute)


@pytest.mark.parametrize(
    "schema", discovery.schemas(BASE)["Resources"], ids=lambda each: each["id"]
)
def test_a_schema_is_found_by_its_urn_and_says_where_it_is(schema: dict[str, Any]):
    assert discovery.schema(schema["id"].upper(), BASE) == schema
    assert schema["meta"] == {
        "resourceType": "Schema",
        "location": f"{BASE}/Schemas/{schema['id']}",
    }


def test_user_names_are_required_and_unique_whatever_their_case():
    user_name = next(
        each
        for each in discovery.schema(CORE_USER_URN, BASE)["attributes"]
        if each["name"] == "userName"
    )

    assert user_name | {"description": ""} == {
        "name": "userName",
        "type": "string",
        "multiValued": False,
        "description": "",
        "required": True,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "server",
    }


def test_no_schema_has_a_password():
    names = {
        attribute["name"]
        for schema in discovery.schemas(BASE)["Resources"]
        for attribute in attributes_of(schema)
    }

    assert "password" not in names


def test_resource_types_name_their_schemas():
    user = discovery.resource_type("User", BASE)
    group = discovery.resource_type("Group", BASE)

    assert discovery.resource_types(BASE)["Resources"] == [user, group]
    assert (user["endpoint"], user["schema"]) == ("/Users", CORE_USER_URN)
    assert user["schemaExtensions"] == [
        {"schema": ENTERPRISE_USER_URN, "required": False},
        {"schema": CUSTOM_USER_URN, "required": False},
    ]
    assert (group["endpoint"], group["schema"]) == ("/Groups", CORE_GROUP_URN)
    assert group["meta"] == {
        "resourceType": "ResourceType",
        "location": f"{BASE}/ResourceTypes/Group",
    }


def test_what_is_not_there_is_not_found():
    with pytest.raises(NotFound, match="resource type “Printer”"):
        discovery.resource_type("Printer", BASE)
    with pytest.raises(NotFound, match="schema “urn:example”"):
        discovery.schema("urn:example", BASE)


def test_the_configuration_advertises_all_but_passwords():
    config = discovery.service_provider_config(BASE)

    supported = {
        name: value["supported"]
        for name, value in config.items()
        if isinstance(value, dict) and "supported" in value
    }
    assert supported == {
        "patch": True,
        "bulk": True,
        "filter": True,
        "changePassword": False,
        "sort": True,
        "etag": True,
    }
    assert config["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 1000,
        "cursorTimeout": 3600,
    }
    assert config["bulk"]["maxOperations"] == 1000
    assert config["bulk"]["maxPayloadSize"] == 1_048_576
    assert config["filter"]["maxResults"] == 1000
    assert [each["type"] for each in config["authenticationSchemes"]] == ["oauthbearertoken"]


def test_documentation_is_linked_where_there_is_some():
    config = discovery.service_provider_config(BASE, documentation_url="https://learning.example/d")

    assert config["documentationUri"] == "https://learning.example/d"
    assert config["authenticationSchemes"][0]["documentationUri"] == "https://learning.example/d"
    assert "documentationUri" not in discovery.service_provider_config(BASE)


def test_the_documents_have_the_attributes_that_their_schemas_list():
    documents = [
        discovery.service_provider_config(BASE, documentation_url="https://learning.example/d"),
        *discovery.resource_types(BASE)["Resources"],
        *discovery.schemas(BASE)["Resources"],
    ]
    for document in documents:
        schema = discovery.schema(document["schemas"][0], BASE)
        listed = {attribute["name"] for attribute in schema["attributes"]}
        needed = {each["name"] for each in schema["attributes"] if each["required"]}

        assert document.keys() - {"schemas", "meta"} <= listed
        assert document.keys() >= needed


def test_lists_refuse_a_filter_instead_of_ignoring_it():
    discovery.refuse_filter({"startIndex": "1"})
    with pytest.raises(Forbidden):
        discovery.refuse_filter({"FILTER": 'name eq "User"'})


def test_the_table_keeps_to_what_validation_understands():
    """Several values are objects, and parts of objects single simple values: all there is here."""
    for resource_type in RESOURCE_TYPES:
        for schema in resource_type.schemas:
            for attribute in schema.attributes:
                assert attribute.is_complex or not attribute.multi_valued
                assert not any(
                    sub.is_complex or sub.multi_valued for sub in attribute.sub_attributes
                )
    assert {USER.attribute("id"), GROUP.attribute("id")} == {USER.common[0]}
