"""Messages as the provisioning service of Microsoft Entra ID writes them.

After "Develop and plan provisioning for a SCIM endpoint" and "Known issues and resolutions with
SCIM 2.0 protocol compliance" in Microsoft's documentation.
"""

from __future__ import annotations

import json
from typing import Any

from tests.provisioning.conformance.client import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    PATCH_OP,
    Answer,
    Json,
    Scim,
)

EXTERNAL_ID = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"


def new_user(name: str = "Test_User_ab6490ee", **more: Any) -> Json:
    """POST as the service sends it: every mapped attribute, the extension announced."""
    return {
        "schemas": [CORE_USER, ENTERPRISE],
        "externalId": EXTERNAL_ID,
        "userName": f"{name}@testuser.com",
        "active": True,
        "displayName": name,
        "emails": [{"primary": True, "type": "work", "value": f"{name}@testuser.com"}],
        "meta": {"resourceType": "User"},
        "name": {
            "formatted": "givenName familyName",
            "familyName": "familyName",
            "givenName": "givenName",
        },
        "roles": [],
    } | more


def new_group(name: str = "displayName", **more: Any) -> Json:
    return {
        "schemas": [CORE_GROUP,
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        "displayName": name,
        "meta": {"resourceType": "Group"},
    } | more  # fmt: skip


def operations(scim: Scim, path: str, *sent: Json, flag: bool = False) -> Answer:
    query = {"aadOptscim062020": ""} if flag else None
    body = {"schemas": [PATCH_OP], "Operations": list(sent)}
    return scim.send("PATCH", path, query=query, content=json.dumps(body).encode())
