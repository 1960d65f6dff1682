"""How the server says no: RFC 7644, section 3.12, and RFC 6750, section 3.

That every refusal is a SCIM error with its status as text is checked by the client, so most tests
here do no more than ask for something wrong.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Organization
from audit.actors import Actor
from provisioning.models import ScimToken
from provisioning.services import revoke_token
from tests.factories import make_user, sign_in
from tests.provisioning.conformance.client import (
    BASE,
    CORE_USER,
    MEDIA_TYPE,
    NOBODY,
    Answer,
    Json,
    Scim,
    listed,
    replace,
    user,
)
from tests.provisioning.conformance.conftest import Tenants


@pytest.fixture(scope="module")
def standing(tenants: Tenants) -> Json:
    return tenants.of_acme.create_user("bjensen", displayName="Babs Jensen")


@pytest.fixture
def person(scim: Scim, standing: Json) -> Json:
    return standing


EVERYWHERE = [
    ("GET", "/Users"),
    ("POST", "/Users"),
    ("GET", f"/Users/{NOBODY}"),
    ("PUT", f"/Users/{NOBODY}"),
    ("PATCH", f"/Users/{NOBODY}"),
    ("DELETE", f"/Users/{NOBODY}"),
    ("GET", "/Groups"),
    ("POST", "/Groups"),
    ("GET", f"/Groups/{NOBODY}"),
    ("PUT", f"/Groups/{NOBODY}"),
    ("PATCH", f"/Groups/{NOBODY}"),
    ("DELETE", f"/Groups/{NOBODY}"),
    ("POST", "/.search"),
    ("POST", "/Users/.search"),
    ("POST", "/Groups/.search"),
    ("POST", "/Bulk"),
    ("GET", "/Me"),
]


def unauthorized(answer: Answer) -> None:
    answer.refused(401)
    assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
def test_nothing_without_a_token(scim: Scim, method: str, path: str):
    unauthorized(Scim(None).send(method, path, content=b"{}" if method != "GET" else b""))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer null",
        "Bearer lps_" + "x" * 43,
        "Bearer é",
        "Bearer " + "x" * 5000,
        "Bearer \x7f",
        "Basic YWRtaW46YWRtaW4=",
        "Token {token}",
        "{token}",
        "Bearer{token}",
        "Bearer {token}x",
        "Bearer x{token}",
        "Bearer {token} x",
        "Bearer {token}, Bearer {token}",
        "Bearer {TOKEN}",
    ],
)
def test_only_a_token_opens(scim: Scim, value: str):
    token = str(scim.token)
    header = value.replace("{token}", token).replace("{TOKEN}", token.upper())

    unauthorized(scim.get("/Users", headers={"Authorization": header}))


def test_the_scheme_is_read_whatever_its_case(scim: Scim):
    for scheme in ("bearer", "BEARER", "Bearer"):
        scim.get("/Users", headers={"Authorization": f"{scheme} {scim.token}"}).ok()


def test_a_token_in_the_address_opens_nothing(scim: Scim):
    unauthorized(Scim(None).get("/Users", access_token=str(scim.token)))


def test_a_revoked_token_opens_nothing(scim: Scim, acme: Organization):
    scim.get("/Users").ok()
    revoke_token(token=ScimToken.objects.get(organization=acme), actor=Actor.system("tests"))

    unauthorized(scim.get("/Users"))


def test_an_expired_token_opens_nothing(scim: Scim):
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        unauthorized(scim.get("/Users"))


def test_refused_tokens_are_refused_alike(scim: Scim, acme: Organization):
    unknown = Scim("x").get("/Users")
    revoke_token(token=ScimToken.objects.get(organization=acme), actor=Actor.system("tests"))

    assert scim.get("/Users").content == unknown.content


def test_a_session_opens_nothing(scim: Scim, acme: Organization):
    browser = sign_in(Client(), make_user("root", organization=acme, role="full_admin"))

    response = browser.get(f"{BASE}/Users")

    assert response.status_code == 401
    assert response.json()["status"] == "401"


def test_a_token_opens_nothing_else(scim: Scim):
    headers = {"Authorization": f"Bearer {scim.token}"}

    assert Client().get("/api/v1/me", headers=headers).status_code in (401, 403)


def test_a_token_starts_no_session(scim: Scim):
    response = Client().get(f"{BASE}/Users", headers={"Authorization": f"Bearer {scim.token}"})

    assert response.status_code == 200
    assert not response.cookies


@pytest.mark.parametrize(
    "path",
    [
        "/Robots",
        "/Robots/1",
        "/users",
        "/USERS",
        "/User",
        "/Users/1/2",
        f"/Users/{NOBODY}/emails",
        "/Groups/1/members",
        "/.well-known",
        "/search",
        "/bulk",
        "/v2/Users",
        "//Users",
        "/Users//",
        "/../Users",
        "/%00",
        "/%FF",
        "/🙂",
        "/" + "x" * 5000,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_there_is_nothing_elsewhere(scim: Scim, method: str, path: str):
    content = b"" if method in ("GET", "DELETE") else b"{}"

    scim.send(method, path, content=content).refused(404)


def test_elsewhere_wants_a_token_too(scim: Scim):
    unauthorized(Scim(None).get("/Robots"))


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/Users", "GET HEAD POST"),
        ("PATCH", "/Users", "GET HEAD POST"),
        ("DELETE", "/Users", "GET HEAD POST"),
        ("PUT", "/Groups", "GET HEAD POST"),
        ("PATCH", "/Groups", "GET HEAD POST"),
        ("DELETE", "/Groups", "GET HEAD POST"),
        ("POST", "/Users/{id}", "GET HEAD PUT PATCH DELETE"),
        ("POST", "/Groups/{id}", "GET HEAD PUT PATCH DELETE"),
        ("OPTIONS", "/Users", "GET HEAD POST"),
        ("TRACE", "/Users", "GET HEAD POST"),
        ("MOVE", "/Users", "GET HEAD POST"),
    ],
)
def test_a_method_that_does_not_fit_is_refused(
    scim: Scim, person: Json, method: str, path: str, allowed: str
):
    where = path.replace("{id}", person["id"] if "Users" in path else scim.create_group()["id"])

    answer = scim.send(method, where, content=b"{}").refused(405)

    offered = {each.strip() for each in answer.headers["Allow"].split(",")}
    assert set(allowed.split()) <= offered
    assert method not in offered


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_nobody_is_me(scim: Scim, method: str):
    """A token speaks for an organization and is no person: section 3.11."""
    content = b"" if method in ("GET", "DELETE") else json.dumps(user()).encode()

    scim.send(method, "/Me", content=content).refused(501)


NO_JSON = [
    b"",
    b" ",
    b"{",
    b"}",
    b"{]",
    b"nonsense",
    b"{'userName': 'x'}",
    b'{"userName": "x",}',
    b'{"userName": "x"} {}',
    b'{"userName": "x" /* why */}',
    b'{"userName": undefined}',
    b'{"userName": NaN}',
    b'{"userName": Infinity}',
    b'{"userName": -Infinity}',
    b'{"userName": 01}',
    b'{"userName": "\x01"}',
    b'{"userName": "\\x41"}',
    b'{"userName": "\xff"}',
    b'{"userName": "\xed\xa0\x80"}',
    b'{"userName": "\xc0\x80"}',
    b"\xff\xfe{\x00}\x00",
    b"\x00",
    b'{"userName": "x"}\x00',
    b"<xml/>",
    b"userName=x",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"userName": ' + b"9" * 10_000 + b"}",
]
NO_OBJECT = [b"null", b"true", b"1", b"1.5", b'"x"', b"[]", b"[{}]", b'[{"userName": "x"}]']


@pytest.mark.parametrize("content", [*NO_JSON, *NO_OBJECT], ids=lambda each: ascii(each[:30]))
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/Users"),
        ("PUT", "/Users/{id}"),
        ("PATCH", "/Users/{id}"),
        ("POST", "/Bulk"),
        ("POST", "/.search"),
    ],
)
def test_a_body_that_is_no_message_is_refused(
    scim: Scim, person: Json, method: str, path: str, content: bytes
):
    answer = scim.send(method, path.replace("{id}", person["id"]), content=content)

    answer.refused(400, "invalidSyntax", "invalidValue")
    assert listed(scim.get("/Users")) == [person]


def test_a_deep_value_is_no_failure(scim: Scim):
    deep = b'{"schemas":["' + CORE_USER.encode() + b'"],"userName":"x","foo":'
    for depth in (50, 500, 5000):
        content = deep + b"[" * depth + b"]" * depth + b"}"
        answer = scim.send("POST", "/Users", content=content)
        if answer.status == 201:
            scim.delete(f"/Users/{answer['id']}").ok(204)
        else:
            answer.refused(400, "invalidSyntax", "invalidValue")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_ten_megabytes_are_too_much(scim: Scim, person: Json, method: str):
    path = "/Users" if method == "POST" else f"/Users/{person['id']}"
    content = json.dumps(user("big") | {"title": "x" * 10_000_000}).encode()

    scim.send(method, path, content=content).refused(413)
    assert listed(scim.get("/Users")) == [person]


def test_a_large_group_is_not_too_much(scim: Scim, person: Json):
    """Some megabytes: tens of thousands of members in one message."""
    members = [{"value": person["id"], "display": "x" * 40}] * 30_000
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All"}
    content = json.dumps(body | {"members": members}).encode()
    assert 2_500_000 < len(content) < 8 * 1024 * 1024

    made = scim.send("POST", "/Groups", content=content).ok(201)

    assert scim.members(made["id"]) == {person["id"]}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "text/html",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/jsonp",
        "application/scim",
        "nonsense",
        "*/*",
        "application/json, text/plain",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_another_media_type_is_refused(scim: Scim, person: Json, method: str, content_type: str):
    path = "/Users" if method == "POST" else f"/Users/{person['id']}"
    content = json.dumps(user("other")).encode()

    scim.send(method, path, content=content, content_type=content_type).refused(415)
    assert listed(scim.get("/Users")) == [person]


@pytest.mark.parametrize(
    "query",
    [
        "filter=%00",
        "filter=%FF",
        "filter=%ED%A0%80",
        "sortBy=%00",
        "sortBy=%FF",
        "count=%00",
        "startIndex=%FF",
        "cursor=%FF",
        "filter=" + "x" * 20_000,
    ],
)
def test_a_question_that_is_no_text_is_refused(scim: Scim, query: str):
    scim.send("GET", f"/Users?{query}").refused(400)


@pytest.mark.parametrize(
    "query", ["", "&", "&&&", "=", "foo", "foo=bar", "%00=%00", "attributes=%00", "attributes=%FF"]
)
def test_questions_that_mean_nothing_change_nothing(scim: Scim, person: Json, query: str):
    assert len(listed(scim.send("GET", f"/Users?{query}"))) == 1


def test_what_was_wrong_is_said(scim: Scim, person: Json):
    """The directory's administrator reads it and has nothing else."""
    path = f"/Users/{person['id']}"
    for answer, word in (
        (scim.get("/Users", filter='shoeSize eq "44"'), "shoeSize"),
        (scim.patch(path, replace("shoeSize", "44")), "shoeSize"),
        (scim.post("/Users", user("x", displayName=5)), "displayName"),
        (scim.post("/Users", user("BJensen")), "userName"),
        (scim.post("/Users", {"schemas": [CORE_USER]}), "userName"),
        (scim.get("/Users", sortBy="shoeSize"), "shoeSize"),
        (scim.get("/Users", count="many"), "count"),
    ):
        assert word in answer["detail"], str(answer)


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "a\r\nX-Header: 1", "\x1b[31m", "x" * 5000, "ᛗ🙂"]
)
def test_foreign_words_in_a_message_stay_harmless(scim: Scim, person: Json, words: str):
    for answer in (
        scim.get("/Users", filter=f'{words} eq "x"'),
        scim.patch(f"/Users/{person['id']}", replace(words, "x")),
        scim.post("/Users", user("x", active=words)),
    ):
        answer.refused(400)
        assert len(answer["detail"]) < 500
        assert not any(ord(letter) < 32 for letter in answer["detail"])


def test_answers_are_never_kept_by_the_way(scim: Scim, person: Json):
    for answer in (scim.get("/Users"), scim.get(f"/Users/{person['id']}")):
        control = answer.headers.get("Cache-Control", "")
        assert "no-store" in control or "private" in control, control


def test_every_answer_is_json(scim: Scim, person: Json):
    answer = scim.get(f"/Users/{person['id']}", headers={"Accept": "text/html"})

    assert answer.headers["Content-Type"].startswith(MEDIA_TYPE)


@pytest.mark.parametrize("name", ["schemas", "userName"])
def test_names_that_come_twice_are_no_failure(scim: Scim, name: str):
    body: Any = json.dumps(user("first"))[:-1] + f', "{name}": {json.dumps(user("x")[name])}' + "}"

    answer = scim.send("POST", "/Users", content=body.encode())

    assert answer.status in (201, 400), str(answer)
