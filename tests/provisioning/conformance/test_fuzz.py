"""Requests that nobody would write: whatever comes, a SCIM answer goes back.

`Scim.send` holds every answer to that; 501 is for `/Me` alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.provisioning.conformance.client import (
    BULK_REQUEST,
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    NOBODY,
    PATCH_OP,
    SEARCH_REQUEST,
    Json,
    Scim,
)

# The same examples in every run, so that a failure is one that can be seen again.
FUZZED = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

STRANGE = st.sampled_from(
    [
        None, True, False, 0, 1, -1, 10**400, 1.5, -0.0, 1e308, "", " ", "\x00", "a\x00b", "\ud800",
        "é", "e\u0301", "🙂", "\u202e", "%", "_", "%00", "'", '"', "\\", "' OR 1=1 --", "x" * 3000,
        "True", "False", "null", "2011-05-13T04:42:34Z", "9999-99-99T99:99:99Z", NOBODY, "{ana}",
        "{group}", "bulkId:x", "__class__", "id", "members", "emails[",
            'emails[type eq "work"].value',
        [], {}, [[]], [None], [{}], {"": None}, {"value": None}, [{"value": "{ana}"}], {"$ref": 1},
        [{"value": "a", "primary": True}] * 2, CORE_USER, ENTERPRISE, {"a": {"b": {"c": []}}},
    ]
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "schemas", "id", "meta", "userName", "USERNAME", "externalId", "active", "name", "emails",
        "groups", "members", "value", "primary", "type", "$ref", "display", "displayName",
            ENTERPRISE,
        "manager", "Operations", "op", "path", "method", "bulkId", "data", "version",
            "failOnErrors",
        "filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count",
        "cursor", "", "__proto__", "foo", "\x00", "password",
    ]
)  # fmt: skip


def message(kind: str) -> Json:
    person = {
        "schemas": [CORE_USER, ENTERPRISE],
        "userName": "new",
        "externalId": "E-9",
        "active": True,
        "name": {"givenName": "Ana", "familyName": "Test"},
        "emails": [{"value": "ana@x.org", "type": "work", "primary": True}],
        ENTERPRISE: {"department": "Sales", "manager": {"value": "{ana}"}},
    }
    group = {"schemas": [CORE_GROUP], "displayName": "G", "members": [{"value": "{ana}"}]}
    patch = {
        "schemas": [PATCH_OP],
        "Operations": [
            {"op": "add", "path": 'emails[type eq "home"].value', "value": "x@y.z"},
            {"op": "replace", "value": {"displayName": "X", "name": {"givenName": "Y"}}},
            {"op": "remove", "path": f"{ENTERPRISE}:manager"},
        ],
    }
    members = {
        "schemas": [PATCH_OP],
        "Operations": [
            {"op": "add", "path": "members", "value": [{"value": "{ana}"}]},
            {"op": "remove", "path": 'members[value eq "{ana}"]'},
            {"op": "replace", "value": {"displayName": "X", "members": []}},
        ],
    }
    bulk = {
        "schemas": [BULK_REQUEST],
        "failOnErrors": 5,
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "x", "data": person},
            {"method": "PATCH", "path": "/Groups/{group}", "data": members},
            {"method": "PUT", "path": "/Users/{ana}", "version": "*", "data": person},
            {"method": "DELETE", "path": f"/Users/{NOBODY}"},
        ],
    }
    search = {
        "schemas": [SEARCH_REQUEST],
        "filter": 'emails[type eq "work"] and displayName pr',
        "attributes": ["userName", "emails.value"],
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 1,
        "count": 10,
    }
    return {
        "person": person,
        "group": group,
        "patch": patch,
        "members": members,
        "bulk": bulk,
        "search": search,
    }[kind]


REQUESTS = st.sampled_from(
    [
        ("POST", "/Users", "person"),
        ("PUT", "/Users/{ana}", "person"),
        ("PATCH", "/Users/{ana}", "patch"),
        ("PATCH", "/Users/{ana}", "patch"),
        ("POST", "/Groups", "group"),
        ("PUT", "/Groups/{group}", "group"),
        ("PATCH", "/Groups/{group}", "members"),
        ("PATCH", "/Groups/{group}", "members"),
        ("POST", "/Bulk", "bulk"),
        ("POST", "/Users/.search", "search"),
        ("POST", "/.search", "search"),
        ("POST", "/Groups/.search", "search"),
    ]
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) within a message."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, str, Any]:
    """A good request with up to three of its values exchanged, lost, renamed or doubled."""
    method, path, kind = draw(REQUESTS)
    body = copy.deepcopy(message(kind))
    for _change in range(draw(st.integers(1, 3))):
        found = places(body)
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["exchange", "exchange", "lose", "rename", "double", "wrap"])):
            case "exchange":
                container[key] = copy.deepcopy(draw(STRANGE | st.text(max_size=20)))
            case "lose":
                del container[key]
            case "rename" if isinstance(container, dict):
                container[draw(NAMES)] = container.pop(key)
            case "double" if isinstance(container, list):
                container.append(copy.deepcopy(container[key]))
            case _:
                container[key] = [container[key]]
    return method, path, body


@pytest.fixture
def world(scim: Scim) -> tuple[Scim, Callable[[str], str]]:
    """A person, a group, and how their ids get into a text."""
    ana = scim.create_user("ana", displayName="Ana", emails=[{"value": "a@x.org", "type": "work"}])
    group = scim.create_group("Guides", ana["id"])

    def fill_in(text: str) -> str:
        return text.replace("{ana}", ana["id"]).replace("{group}", group["id"])

    return scim, fill_in


def sent(scim: Scim, *args: Any, **more: Any) -> None:
    """Send, and take back what it did: each example meets the same world."""
    with transaction.atomic():
        answer = scim.send(*args, **more)
        transaction.set_rollback(True)
    assert answer.status < 500 or "/Me" in answer.request, str(answer)


@FUZZED
@given(request=spoiled())
def test_spoiled_messages(world: Any, request: tuple[str, str, Any]):
    scim, fill_in = world
    method, path, body = request

    sent(scim, method, fill_in(path), content=fill_in(json.dumps(body)).encode())


PIECES = st.sampled_from(
    [
        "userName", "emails", "emails.value", "name", "active", "members", "meta.created", "id",
            "groups",
        f"{ENTERPRISE}:department", "urn:", ":", ".", "[", "]", "(", ")", " ", " eq ", " ne ",
            " co ", " sw ",
        " pr", " gt ", " and ", " or ", "not ", "not (", '"x"', '"', "\\", '"\\u0041"', "true",
            "null", "1",
        "1.5e9", "-", 'type eq "work"', "$ref", "\x00", "é", "🙂", "%", "{ana}",
    ]
)  # fmt: skip
EXPRESSIONS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40)


@FUZZED
@given(
    path=st.sampled_from(["/Users", "/Groups", "/", "/Users/{ana}", "/Groups/{group}"]),
    query=st.dictionaries(
        st.sampled_from(
            [
                "filter", "filter", "filter", "sortBy", "sortOrder", "startIndex", "count",
                    "cursor",
                "attributes", "excludedAttributes",
            ]
        ),
        EXPRESSIONS | st.integers().map(str),
        max_size=4,
    ),
)  # fmt: skip
def test_spoiled_questions(world: Any, path: str, query: dict[str, str]):
    scim, fill_in = world
    query = {key: fill_in(value) for key, value in query.items() if "\ud800" not in value}

    sent(scim, "GET", fill_in(path), query=query)


@FUZZED
@given(
    op=st.sampled_from(["add", "replace", "remove", "Add", "Remove"]),
    path=EXPRESSIONS,
    value=STRANGE,
    target=st.sampled_from(["/Users/{ana}", "/Groups/{group}"]),
)
def test_spoiled_paths(world: Any, op: str, path: str, value: Any, target: str):
    scim, fill_in = world
    operation = {"op": op, "path": path, "value": value}
    body = json.dumps({"schemas": [PATCH_OP], "Operations": [operation]})

    sent(scim, "PATCH", fill_in(target), content=fill_in(body).encode())


@FUZZED
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "X"]),
    path=st.lists(
        st.sampled_from(
            [
                "Users", "Groups", "{ana}", "{group}", ".search", "Bulk", "Me", "Schemas", "..",
                    ".", "",
                "%00", "%FF", "%2F", "🙂", "ResourceTypes", "User", CORE_USER, "x" * 500,
            ]
        ),
        max_size=4,
    ).map(lambda parts: "/" + "/".join(parts)),
    content=st.binary(max_size=60) | st.sampled_from([b"", b"{}", b"[]", b"null"]),
    headers=st.dictionaries(
        st.sampled_from(["If-Match", "If-None-Match", "Accept", "Authorization", "User-Agent"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
        max_size=2,
    ),
    content_type=st.sampled_from(["application/scim+json", "application/json", "text/plain", "x"]),
)  # fmt: skip
def test_spoiled_requests(
    world: Any,
    method: str,
    path: str,
    content: bytes,
    headers: dict[str, str],
    content_type: str,
):
    scim, fill_in = world

    sent(scim, method, fill_in(path), content=content, headers=headers, content_type=content_type)
