"""A directory of Acme, and one of Globex, speaking as their identity providers do."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, settings

from accounts.models import Organization
from provisioning.log import recorder
from provisioning.models import ProvisioningLogEntry
from provisioning.services import create_token

# How fast a machine is says nothing about what hypothesis tests. The same examples in every run, so
# that a build that turns red does so for what was changed; "explore" looks for new ones.
settings.register_profile(
    "portal", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", settings.get_profile("portal"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "portal"))

CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Directory:
    """A directory with a token: what it sends, and what comes back."""

    def __init__(self, organization: Organization, token: str) -> None:
        self.organization = organization
        self.token = token
        self.client = Client()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method,
            f"/scim/v2{path}",
            content,
            content_type="application/scim+json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def create_user(self, user_name: str, **attributes: Any) -> Any:
        return self.call("POST", "/Users", user(user_name, **attributes))

    def create_group(self, name: str, *members: str) -> Any:
        return self.call("POST", "/Groups", group(name, *members))

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Any:
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return self.call("PATCH", path, body, **headers)


def user(user_name: str, **attributes: Any) -> dict[str, Any]:
    return {"schemas": [CORE_USER], "userName": user_name, **attributes}


def group(name: str, *members: str) -> dict[str, Any]:
    return {
        "schemas": [CORE_GROUP],
        "displayName": name,
        "members": [{"value": member} for member in members],
    }


@pytest.fixture
def directory(acme: Organization, system_actor: Any) -> Directory:
    """Acme's."""
    made = create_token(organization=acme, name="Okta", actor=system_actor)
    return Directory(acme, made.text)


@pytest.fixture
def other_directory(globex: Organization, system_actor: Any) -> Directory:
    """Globex's."""
    made = create_token(organization=globex, name="Entra ID", actor=system_actor)
    return Directory(globex, made.text)


@pytest.fixture
def log_apart(monkeypatch: pytest.MonkeyPatch) -> list[ProvisioningLogEntry]:
    """Log lines stay in memory, as they do for a second in a running portal: no statement."""
    lines: list[ProvisioningLogEntry] = []
    monkeypatch.setattr(recorder, "add", lines.append)
    return lines
