"""What a directory is shown: rows as SCIM documents. Adapters translate and decide nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from django_scim.adapters import SCIMGroup, SCIMUser

from accounts.models import DirectoryGroup, User
from provisioning.addresses import base_url
from provisioning.documents import Document
from provisioning.models import DirectoryRecord
from provisioning.people import Member, group_document, person_document, shown_name
from provisioning.schema import GROUP, USER, ResourceType
from provisioning.schema.tables import ENTERPRISE_USER_URN
from provisioning.versions import version_of


def location_of(resource_type: ResourceType, id: uuid.UUID | str) -> str:
    return f"{base_url()}{resource_type.endpoint}/{id}"


def instant(moment: datetime) -> str:
    """A dateTime in UTC (RFC 7643, section 2.3.5), as exact as filters compare it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _meta(resource_type: ResourceType, id: str, row: User | DirectoryGroup) -> Document:
    return {
        "resourceType": resource_type.name,
        "created": instant(row.created_at),
        "lastModified": instant(row.updated_at),
        "location": location_of(resource_type, id),
        "version": version_of(row.updated_at),
    }


class UserAdapter(SCIMUser):  # type: ignore[misc]  # the library is untyped
    """A user of `people.people_of`, or one just written, as a document."""

    id_field = "pk"
    obj: User

    @property
    def location(self) -> str:
        return location_of(USER, self.obj.pk)

    def to_dict(self) -> Document:
        user = self.obj
        id = str(user.pk)
        record = DirectoryRecord.of(user)
        document: Document = {"id": id} | person_document(user)
        if groups := self._groups():
            document["groups"] = groups
        if record and record.manager and record.manager.state != User.State.DELETED:
            enterprise = document[ENTERPRISE_USER_URN]
            display_name = getattr(user, "manager_display_name", None)
            manager = _manager(record.manager, display_name)
            document[ENTERPRISE_USER_URN] = enterprise | {"manager": manager}
        document["meta"] = _meta(USER, id, user)
        return document

    def _groups(self) -> list[Document]:
        found: list[dict[str, str]] = getattr(self.obj, "group_list", [])
        return [
            {
                "value": group["value"],
                "$ref": location_of(GROUP, group["value"]),
                "display": group["display"],
                "type": "direct",
            }
            for group in found
        ]


def _manager(manager: User, display_name: str | None) -> Document:
    shown = shown_name(display_name, manager.first_name, manager.last_name)
    return {
        "value": str(manager.pk),
        "$ref": location_of(USER, manager.pk),
        **({"displayName": shown} if shown else {}),
    }


class GroupAdapter(SCIMGroup):  # type: ignore[misc]  # the library is untyped
    """A group of `people.groups_of` as a document, with its members where they were read."""

    id_field = "pk"
    obj: DirectoryGroup

    @property
    def location(self) -> str:
        return location_of(GROUP, self.obj.pk)

    def to_dict(self, members: Iterable[Member] = ()) -> Document:
        group = self.obj
        id = str(group.pk)
        document: Document = {"id": id} | group_document(group)
        if shown := self.members(members):
            document["members"] = shown
        document["meta"] = _meta(GROUP, id, group)
        return document

    @staticmethod
    def members(rows: Iterable[Member]) -> list[Document]:
        return [_member(*row) for row in rows]


def _member(id: uuid.UUID, display_name: str | None, first_name: str, last_name: str) -> Document:
    member = {"value": str(id), "$ref": location_of(USER, id), "type": "User"}
    shown = shown_name(display_name, first_name, last_name)
    return member | {"display": shown} if shown else member
