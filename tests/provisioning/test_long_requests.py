"""What ends a directory's power ends it in the middle of a long request too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Organization, User
from provisioning.calls import Answer
from provisioning.handlers.bulk import Run, Step
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.services import configure_directory, pause_directory, revoke_token
from provisioning.services.brake import allow_removal
from tests.provisioning.conftest import Directory, user

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

Happening = Callable[[Organization, Any], None]


def the_token_is_revoked(acme: Organization, actor: Any) -> None:
    revoke_token(token=ScimToken.objects.get(organization=acme), actor=actor)


def the_organization_is_suspended(acme: Organization, actor: Any) -> None:
    Organization.objects.filter(pk=acme.pk).update(status=Organization.Status.SUSPENDED)


def the_directory_is_paused(acme: Organization, actor: Any) -> None:
    pause_directory(configuration=ScimConfiguration.objects.get(organization=acme), actor=actor)


@pytest.mark.parametrize(
    ("happening", "status"),
    [
        (the_token_is_revoked, "401"),
        (the_organization_is_suspended, "403"),
        (the_directory_is_paused, "503"),
    ],
)
def test_the_rest_of_a_bulk_request_is_refused(
    directory: Directory,
    acme: Organization,
    system_actor: Any,
    monkeypatch: pytest.MonkeyPatch,
    happening: Happening,
    status: str,
) -> None:
    attempt = Run._attempt

    def and_then(run: Run, step: Step, work: Callable[[Step], Answer]) -> None:
        attempt(run, step, work)
        if step.bulk_id == "1":
            happening(acme, system_actor)

    monkeypatch.setattr(Run, "_attempt", and_then)
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(number), "data": user(f"p{number}")}
        for number in range(4)
    ]

    answer = directory.call("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})

    assert [each["status"] for each in answer.json()["Operations"]] == ["201", "201", *[status] * 2]
    assert User.objects.in_organization(acme).count() == 2


def test_a_removal_that_began_before_the_pause_is_held(
    directory: Directory, acme: Organization, system_actor: Any
) -> None:
    as_it_was = ScimConfiguration.objects.get(organization=acme)
    the_directory_is_paused(acme, system_actor)

    assert not allow_removal(as_it_was)


def test_a_brake_put_on_in_between_holds(
    directory: Directory, acme: Organization, system_actor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten deactivations, of which the brake, once it is on, lets one pass."""
    configure_directory(organization=acme, changes={"brake_is_on": False}, actor=system_actor)
    ids = [directory.create_user(f"p{number}").json()["id"] for number in range(10)]
    attempt = Run._attempt

    def and_then(run: Run, step: Step, work: Callable[[Step], Answer]) -> None:
        attempt(run, step, work)
        if step.path.endswith(ids[4]):
            changes = {"brake_is_on": True, "brake_percent": 1, "brake_minimum": 1}
            configure_directory(organization=acme, changes=changes, actor=system_actor)

    monkeypatch.setattr(Run, "_attempt", and_then)
    operations = [{"method": "DELETE", "path": f"/Users/{id}"} for id in ids]

    directory.call("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})

    assert User.objects.in_organization(acme).present().count() == 4
