"""What a Bulk request says when something in it goes wrong: nothing is done that it keeps quiet."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from provisioning.handlers import users
from provisioning.models import ProvisioningLogEntry
from provisioning.services import people
from tests.provisioning.conftest import ENTERPRISE, PATCH_OP, Directory, user

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


def bulk(directory: Directory, *operations: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    body = {"schemas": [BULK_REQUEST], "Operations": list(operations), **more}
    done: list[dict[str, Any]] = directory.call("POST", "/Bulk", body).json()["Operations"]
    return done


def add(name: str, manager: str = "") -> dict[str, Any]:
    """Of a person whose bulkId is their name."""
    extension = {ENTERPRISE: {"manager": {"value": f"bulkId:{manager}"}}} if manager else {}
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": user(name, **extension)}


def statuses(done: list[dict[str, Any]]) -> dict[str, str]:
    return {each["bulkId"]: each["status"] for each in done}


def test_an_error_that_nobody_foresaw_costs_its_own_operation(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(**values: Any) -> Any:
        if values["document"]["userName"] == "bob":
            raise ZeroDivisionError
        return people.provision_user(**values)

    monkeypatch.setattr(users, "provision_user", failing)

    done = bulk(directory, add("ana"), add("bob"), add("cem"))

    assert statuses(done) == {"ana": "201", "bob": "500", "cem": "201"}
    assert "ZeroDivisionError" not in str(done)
    assert set(User.objects.filter(source="scim").values_list("user_name", flat=True)) == {
        "ana",
        "cem",
    }
    lines = ProvisioningLogEntry.objects.order_by("pk").values_list("operation", "status")
    assert list(lines) == [("bulk", 200), ("create", 201), ("create", 500), ("create", 201)]


def test_whoever_was_added_for_a_circle_that_broke_is_told_of(directory: Directory) -> None:
    directory.create_user("ana")

    done = bulk(directory, add("ana", manager="bob"), add("bob", manager="ana"))

    assert statuses(done) == {"ana": "409", "bob": "400"}
    [bob] = [each for each in done if each["bulkId"] == "bob"]
    assert bob["location"].endswith(str(User.objects.get(user_name="bob").pk))
    assert all("location" not in each for each in done if each["bulkId"] == "ana")


def test_a_circle_that_is_begun_is_closed_after_the_last_error_too(directory: Directory) -> None:
    nothing = {"method": "DELETE", "path": "/Users/nobody", "bulkId": "nobody"}
    circle = [add("ana", manager="bob"), add("bob", manager="ana")]

    done = bulk(directory, *circle, nothing, add("cem"), failOnErrors=1)

    assert statuses(done) == {"ana": "201", "bob": "201", "nobody": "404"}
    ana, bob = (directory.get(f"/Users/{each['location'][-36:]}").json() for each in done[:2])
    assert ana[ENTERPRISE]["manager"]["value"] == bob["id"]
    assert bob[ENTERPRISE]["manager"]["value"] == ana["id"]


def test_what_is_refused_has_a_line_in_the_log_of_whom_it_was_about(directory: Directory) -> None:
    change = {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "foo", "value": "x"}]}

    bulk(
        directory,
        add("ana"),
        {"method": "PATCH", "path": "/Users/bulkId:ana", "data": change},
        {"method": "GET", "path": "/Users/bulkId:ana"},
    )

    ana = User.objects.get(user_name="ana").pk
    lines = ProvisioningLogEntry.objects.exclude(operation="bulk").order_by("pk")
    assert list(lines.values_list("method", "operation", "status", "resource_id")) == [
        ("POST", "create", 201, ana),
        ("PATCH", "modify", 400, ana),
        ("GET", "other", 400, ana),
    ]
