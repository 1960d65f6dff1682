"""What others think of it: every check of `scim2-tester`, against the application itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.test.client import ClientHandler
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from tests.provisioning.conformance.client import BASE, Scim


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """The portal, without closing the test's database after each request."""
    response = ClientHandler(enforce_csrf_checks=False)(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", [*response.items()])
    return [response.content]


def test_scim2_tester_finds_no_error(scim: Scim):
    client = WSGISCIMClient(
        application,
        base_url=f"http://testserver{BASE}",
        headers={"Authorization": f"Bearer {scim.token}"},
    )

    results = check_server(client)

    wrong = [
        f"{each.title} ({each.resource_type}): {each.reason}"
        for each in results
        if each.status not in (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE)
    ]
    assert not wrong, "\n".join(wrong)
    # That it looked at anything: people and groups, reading, writing, and each kind of PATCH.
    looked = Counter((each.resource_type, each.title) for each in results)
    for resource_type in ("User", "Group"):
        for title in (
            "object_creation",
            "object_query",
            "object_replacement",
            "object_deletion",
            "check_add_attribute",
            "check_replace_attribute",
            "check_remove_attribute",
            "search_with_attributes",
        ):
            assert looked[resource_type, title]
