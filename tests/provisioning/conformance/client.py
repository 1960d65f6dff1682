"""A SCIM client that knows the standards and nothing of the portal behind the address.

Whatever it asks, it holds the answer to what RFC 7644 wants of every answer: the media type, an
error body with its status as text, no body where there is none to be. So each test checks that as
well as what it is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"

MEDIA_TYPE = "application/scim+json"
BASE = "/scim/v2"
NOBODY = "00000000-0000-4000-8000-000000000000"

# RFC 7644, section 3.12, Table 9, and RFC 9865, section 2.1.
SCIM_TYPES = {
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
}

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back, and what it was an answer to."""

    request: str
    status: int
    headers: Mapping[str, str]
    content: bytes
    body: Any

    def __str__(self) -> str:
        return f"{self.request} → {self.status} {self.content[:2000].decode(errors='replace')}"

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    def ok(self, status: int = 200) -> Answer:
        assert self.status == status, str(self)
        return self

    def refused(self, status: int, *scim_types: str) -> Answer:
        """Refused with this status and, where given, one of these scimTypes."""
        assert self.status == status, str(self)
        if scim_types:
            assert self.body.get("scimType") in scim_types, str(self)
        return self


def check_error(body: Any, status: int) -> None:
    """RFC 7644, section 3.12."""
    assert isinstance(body, dict), body
    assert body["schemas"] == [ERROR], body
    assert body["status"] == str(status), body
    assert isinstance(body["detail"], str), body
    assert body["detail"].strip(), body
    assert set(body) <= {"schemas", "status", "detail", "scimType"}, body
    if "scimType" in body:
        assert body["scimType"] in SCIM_TYPES, body
        assert status in (400, 409), body


def _check(answer: Answer) -> None:
    if answer.status in (204, 304):
        assert answer.content == b"", str(answer)
        return
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip()
    assert media_type == MEDIA_TYPE, str(answer)
    assert isinstance(answer.body, dict), str(answer)
    assert answer.status < 500 or answer.status in (501, 503), str(answer)
    if answer.status >= 400:
        check_error(answer.body, answer.status)
    else:
        assert None not in list(_leaves(answer.body)), str(answer)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


class Scim:
    """One directory, with one organization's token."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self._http = Client()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Any = None,
        content: bytes = b"",
        content_type: str = MEDIA_TYPE,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Anything at all. `path` is below the base address, or a whole address of ours."""
        sent = dict(headers or {})
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        path = "/" + path.split("/", 3)[3] if path.startswith("http") else BASE + path
        response = self._http.generic(
            method, path, content, content_type, headers=sent, query_params=query
        )
        body = None
        if response.content:
            try:
                body = json.loads(response.content)
            except ValueError:
                body = response.content
        answer = Answer(
            f"{method} {path} {query or ''} {content[:1000].decode(errors='replace')}",
            response.status_code,
            response.headers,
            response.content,
            body,
        )
        _check(answer)
        return answer

    def get(self, path: str, *, headers: Mapping[str, str] | None = None, **query: Any) -> Answer:
        return self.send("GET", path, query=query or None, headers=headers)

    def post(self, path: str, body: Any, **more: Any) -> Answer:
        return self.send("POST", path, content=_encoded(body), **more)

    def put(self, path: str, body: Any, **more: Any) -> Answer:
        return self.send("PUT", path, content=_encoded(body), **more)

    def patch(self, path: str, *operations: Any, **more: Any) -> Answer:
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return self.send("PATCH", path, content=_encoded(body), **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.send("DELETE", path, **more)

    def bulk(self, *operations: Any, **more: Any) -> Answer:
        return self.post(
            "/Bulk", {"schemas": [BULK_REQUEST], "Operations": list(operations)} | more
        )

    def search(self, path: str = "", **parameters: Any) -> Answer:
        """POST to `/.search` of a resource type, or of the root."""
        return self.post(f"{path}/.search", {"schemas": [SEARCH_REQUEST]} | parameters)

    def create_user(self, user_name: str = "bjensen", **attributes: Any) -> Json:
        return self.post("/Users", user(user_name, **attributes)).ok(201).body

    def create_group(self, name: str = "Tour Guides", *members: str, **attributes: Any) -> Json:
        return self.post("/Groups", group(name, *members, **attributes)).ok(201).body

    def user(self, resource_id: str) -> Json:
        return self.get(f"/Users/{resource_id}").ok().body

    def group(self, resource_id: str) -> Json:
        return self.get(f"/Groups/{resource_id}").ok().body

    def members(self, group_id: str) -> set[str]:
        return member_ids(self.group(group_id))


def _encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def user(user_name: str = "bjensen", **attributes: Any) -> Json:
    """A message that describes a user. `enterprise` stands for the extension's URN."""
    enterprise = attributes.pop("enterprise", None)
    extension = {} if enterprise is None else {ENTERPRISE: enterprise}
    schemas = [CORE_USER, *extension]
    return {"schemas": schemas, "userName": user_name} | attributes | extension


def group(name: str = "Tour Guides", *members: str, **attributes: Any) -> Json:
    body: Json = {"schemas": [CORE_GROUP], "displayName": name}
    if members:
        body["members"] = [{"value": each} for each in members]
    return body | attributes


def add(path: str | None, value: Any) -> Json:
    return _operation("add", path, value)


def replace(path: str | None, value: Any) -> Json:
    return _operation("replace", path, value)


def remove(path: str) -> Json:
    return {"op": "remove", "path": path}


def _operation(op: str, path: str | None, value: Any) -> Json:
    return {"op": op, **({} if path is None else {"path": path}), "value": value}


def listed(answer: Answer) -> list[Json]:
    """The resources of a ListResponse that is one: RFC 7644, section 3.4.2."""
    answer.ok()
    body = answer.body
    assert body["schemas"] == [LIST_RESPONSE], str(answer)
    resources = body["Resources"]
    assert isinstance(resources, list), str(answer)
    assert isinstance(body["totalResults"], int), str(answer)
    assert body["totalResults"] >= len(resources), str(answer)
    assert body["itemsPerPage"] == len(resources), str(answer)
    for each in resources:
        assert each["id"], str(answer)
        assert each["schemas"], str(answer)
    return resources


def ids(resources: Iterable[Json]) -> list[str]:
    return [each["id"] for each in resources]


def member_ids(document: Json) -> set[str]:
    found = [each["value"] for each in document.get("members", [])]
    assert len(found) == len(set(found)), "a member is there twice"
    return set(found)


def without_meta(document: Json) -> Json:
    return {key: value for key, value in document.items() if key != "meta"}
