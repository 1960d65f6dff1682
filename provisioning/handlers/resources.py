"""Answers about one resource: what people and groups have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.models import DirectoryGroup, User
from provisioning.adapters import location_of
from provisioning.calls import Answer, Call
from provisioning.documents import Document
from provisioning.handlers.lists import shown_of
from provisioning.schema import ResourceType
from provisioning.versions import names, version_of


def etag(row: User | DirectoryGroup) -> dict[str, str]:
    """The entity tag of a resource as it stands (RFC 7644, section 3.14)."""
    return {"ETag": version_of(row.updated_at)}


def unchanged(call: Call, row: User | DirectoryGroup) -> Answer | None:
    """The answer to a directory that has this version already and wants only a newer one."""
    if not call.if_none_match or not names(call.if_none_match, version_of(row.updated_at)):
        return None
    return Answer(304, headers=etag(row), resource_id=row.pk, subject=str(row))


def about(
    call: Call,
    resource_type: ResourceType,
    row: User | DirectoryGroup,
    document: Document,
    *,
    changes: Mapping[str, Any],
    status: int = 200,
) -> Answer:
    """The resource as the call wants to see it, and where it is if it was just added."""
    headers = etag(row)
    if status == 201:
        headers["Location"] = location_of(resource_type, row.pk)
    return Answer(
        status,
        shown_of(call, resource_type).apply(document),
        headers,
        resource_id=row.pk,
        subject=str(row),
        changes=changes,
    )
