"""What the server says of itself: RFC 7644, section 4, and RFC 7643, sections 5 to 8."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.provisioning.conformance.client import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    Json,
    Scim,
    listed,
)

DISCOVERY = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"]
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"


@pytest.fixture
def config(scim: Scim) -> Json:
    return scim.get("/ServiceProviderConfig").ok().body


@pytest.fixture
def schemas(scim: Scim) -> dict[str, Json]:
    return {each["id"]: each for each in listed(scim.get("/Schemas"))}


def test_what_is_supported(config: Json):
    assert config["schemas"] == [CONFIG]
    assert config["patch"] == {"supported": True}
    assert config["bulk"] == {
        "supported": True,
        "maxOperations": 1000,
        "maxPayloadSize": 1_048_576,
    }
    assert config["filter"]["supported"] is True
    assert config["filter"]["maxResults"] >= 100
    assert config["changePassword"] == {"supported": False}
    assert config["sort"] == {"supported": True}
    assert config["etag"] == {"supported": True}


def test_how_to_authenticate(config: Json):
    scheme, *_more = config["authenticationSchemes"]

    assert scheme["type"] == "oauthbearertoken"
    assert scheme["name"]
    assert scheme["description"]


def test_how_pages_are_cut(config: Json):
    """RFC 9865, section 4."""
    pagination = config["pagination"]

    assert pagination["cursor"] is True
    assert pagination["index"] is True
    assert pagination["defaultPaginationMethod"] == "index"
    assert 0 < pagination["defaultPageSize"] <= pagination["maxPageSize"]
    assert pagination["maxPageSize"] == config["filter"]["maxResults"]
    assert pagination["cursorTimeout"] >= 60


def test_where_it_stands(scim: Scim, config: Json):
    assert config["meta"]["resourceType"] == "ServiceProviderConfig"
    assert scim.get(config["meta"]["location"]).ok().body == config


def test_resource_types(scim: Scim):
    found = {each["id"]: each for each in listed(scim.get("/ResourceTypes"))}

    assert set(found) == {"User", "Group"}
    for name, endpoint, schema in (("User", "/Users", CORE_USER), ("Group", "/Groups", CORE_GROUP)):
        each = found[name]
        assert each["schemas"] == [RESOURCE_TYPE]
        assert (each["name"], each["endpoint"], each["schema"]) == (name, endpoint, schema)
        assert each["description"]
        assert each["meta"]["resourceType"] == "ResourceType"
        assert scim.get(each["meta"]["location"]).ok().body == each
        assert scim.get(f"/ResourceTypes/{name}").ok().body == each
        scim.get(each["endpoint"]).ok()


def test_the_extension_is_optional(scim: Scim):
    extensions = scim.get("/ResourceTypes/User").ok()["schemaExtensions"]

    assert {"schema": ENTERPRISE, "required": False} in extensions
    for each in extensions:
        scim.get(f"/Schemas/{each['schema']}").ok()


def test_schemas_are_there_one_by_one(scim: Scim, schemas: dict[str, Json]):
    assert {CORE_USER, CORE_GROUP, ENTERPRISE} <= set(schemas)
    for urn, each in schemas.items():
        assert each["schemas"] == [SCHEMA]
        assert each["name"]
        assert each["description"]
        assert each["meta"]["resourceType"] == "Schema"
        assert each["meta"]["location"].endswith(f"/Schemas/{urn}")
        assert scim.get(f"/Schemas/{urn}").ok().body == each
        assert scim.get(each["meta"]["location"]).ok().body == each


def test_the_server_describes_its_own_descriptions(schemas: dict[str, Json]):
    assert {SCHEMA, RESOURCE_TYPE, CONFIG} <= set(schemas)


def _attributes(attributes: list[Json], prefix: str = "") -> Iterator[tuple[str, Json]]:
    for each in attributes:
        yield prefix + each["name"], each
        yield from _attributes(each.get("subAttributes", []), f"{prefix}{each['name']}.")


def test_every_attribute_is_described_in_full(schemas: dict[str, Json]):
    """RFC 7643, section 7."""
    for urn, schema in schemas.items():
        names = [name.lower() for name, _each in _attributes(schema["attributes"])]
        assert len(names) == len(set(names)), urn
        for name, each in _attributes(schema["attributes"]):
            where = f"{urn}:{name}"
            assert each["description"], where
            for flag in ("multiValued", "required"):
                assert isinstance(each[flag], bool), where
            assert each["type"] in {
                "string", "boolean", "decimal", "integer", "dateTime", "reference", "binary",
                "complex",
            }, where  # fmt: skip
            assert each["mutability"] in {"readOnly", "readWrite", "immutable", "writeOnly"}, where
            assert each["returned"] in {"always", "never", "default", "request"}, where
            if each["type"] in ("string", "reference"):
                assert isinstance(each["caseExact"], bool), where
                assert each["uniqueness"] in {"none", "server", "global"}, where
            if each["type"] == "reference":
                assert each["referenceTypes"], where
            assert ("subAttributes" in each) == (each["type"] == "complex"), where


# Section 8.7.1: type, multiValued, required, caseExact, mutability, returned, uniqueness.
TEXT = ("string", False, False, False, "readWrite", "default", "none")
LIST = ("complex", True, False, None, "readWrite", "default", None)
FLAG = ("boolean", False, False, None, "readWrite", "default", None)
LINK = ("reference", False, False, True, "readWrite", "default", "none")
BYTES = ("binary", False, False, None, "readWrite", "default", None)
FIXED = ("string", False, False, None, "immutable", "default", "none")
READ = ("string", False, False, None, "readOnly", "default", "none")
PERSON = {
    "userName": ("string", False, True, False, "readWrite", "default", "server"),
    "name": ("complex", False, False, None, "readWrite", "default", None),
    **dict.fromkeys(
        (
            "name.formatted", "name.familyName", "name.givenName", "name.middleName",
            "name.honorificPrefix", "name.honorificSuffix", "displayName", "nickName", "title",
            "userType", "preferredLanguage", "locale", "timezone", "emails.value",
            "emails.display", "emails.type", "phoneNumbers.value", "phoneNumbers.type",
            "phoneNumbers.display", "ims.value", "ims.display", "ims.type", "photos.display",
            "photos.type", "addresses.formatted", "addresses.streetAddress", "addresses.locality",
            "addresses.region", "addresses.postalCode", "addresses.country", "addresses.type",
            "entitlements.value", "entitlements.display", "entitlements.type", "roles.value",
            "roles.display", "roles.type", "x509Certificates.display", "x509Certificates.type",
        ),
        TEXT,
    ),
    "profileUrl": LINK,
    "photos.value": LINK,
    "active": FLAG,
    **dict.fromkeys(
        (
            "emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles",
            "x509Certificates",
        ),
        LIST,
    ),
    **dict.fromkeys(
        (
            "emails.primary", "phoneNumbers.primary", "ims.primary", "photos.primary",
            "entitlements.primary", "roles.primary", "x509Certificates.primary",
        ),
        FLAG,
    ),
    "x509Certificates.value": BYTES,
    "groups": ("complex", True, False, None, "readOnly", "default", None),
    "groups.value": READ,
    "groups.$ref": ("reference", False, False, None, "readOnly", "default", "none"),
    "groups.display": READ,
    "groups.type": READ,
}  # fmt: skip
EMPLOYEE = {
    **dict.fromkeys(
        ("employeeNumber", "costCenter", "organization", "division", "department"), TEXT
    ),
    "manager": ("complex", False, False, None, "readWrite", "default", None),
    "manager.value": ("string", False, False, None, "readWrite", "default", "none"),
    "manager.$ref": ("reference", False, False, None, "readWrite", "default", "none"),
    "manager.displayName": ("string", False, False, False, "readOnly", "default", "none"),
}
GROUP = {
    "displayName": ("string", False, None, False, "readWrite", "default", "none"),
    "members": LIST,
    "members.value": FIXED,
    "members.$ref": ("reference", False, False, None, "immutable", "default", "none"),
    "members.type": FIXED,
}
COLUMNS = ("type", "multiValued", "required", "caseExact", "mutability", "returned", "uniqueness")


@pytest.mark.parametrize(
    ("urn", "attributes"),
    [(CORE_USER, PERSON), (ENTERPRISE, EMPLOYEE), (CORE_GROUP, GROUP)],
    ids=["User", "EnterpriseUser", "Group"],
)
def test_schemas_say_what_the_rfc_says(schemas: dict[str, Json], urn: str, attributes: Json):
    found = dict(_attributes(schemas[urn]["attributes"]))

    for name, wanted in attributes.items():
        assert name in found, name
        for column, value in zip(COLUMNS, wanted, strict=True):
            if value is not None:
                assert found[name].get(column) == value, f"{name}: {column}"


def test_there_is_no_password(schemas: dict[str, Json]):
    assert "password" not in dict(_attributes(schemas[CORE_USER]["attributes"]))


@pytest.mark.parametrize("path", [*DISCOVERY, "/ResourceTypes/User"])
def test_questions_are_ignored(scim: Scim, path: str):
    """ "Filtering, sorting, and pagination SHALL be ignored": section 4."""
    whole = scim.get(path).ok().body

    for query in (
        {"count": "1"},
        {"startIndex": "2"},
        {"startIndex": "2", "count": "1"},
        {"count": "0"},
        {"sortBy": "id", "sortOrder": "descending"},
        {"aadOptscim062020": ""},
        {"count": "x"},
        {"cursor": "", "startIndex": "1"},
        {"attributes": "name", "excludedAttributes": "id"},
    ):
        assert scim.get(path, **query).ok().body == whole, query


@pytest.mark.parametrize("path", DISCOVERY)
def test_a_filter_is_refused(scim: Scim, path: str):
    """Rather than let somebody believe that it was applied: section 4."""
    scim.get(path, filter='id eq "User"').refused(403)


@pytest.mark.parametrize(
    "path",
    [
        "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Robot",
        "/Schemas/User",
        "/Schemas/x",
        "/ResourceTypes/Robot",
        "/ResourceTypes/urn:ietf:params:scim:schemas:core:2.0:User",
        "/ServiceProviderConfig/x",
        "/ServiceProviderConfigs",
    ],
)
def test_what_is_not_described_is_not_found(scim: Scim, path: str):
    scim.get(path).refused(404)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [*DISCOVERY, "/ResourceTypes/User", f"/Schemas/{CORE_USER}"])
def test_descriptions_are_only_read(scim: Scim, path: str, method: str):
    body = b"" if method == "DELETE" else b"{}"

    answer = scim.send(method, path, content=body).refused(405)

    assert "GET" in answer.headers["Allow"]
    assert method not in answer.headers["Allow"]


def test_both_tenants_read_the_same(scim: Scim, other: Scim):
    def read(each: Scim) -> list[Any]:
        return [each.get(path).ok().body for path in DISCOVERY]

    assert read(scim) == read(other)
