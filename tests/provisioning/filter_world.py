"""A small organization as hypothesis makes it up, in the database and as SCIM shows it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from accounts.models import DirectoryGroup, DirectoryGroupMembership, Organization, User
from accounts.names import name_key
from provisioning.addresses import base_url
from provisioning.comparable import moment, moment_text
from provisioning.documents import search_form
from provisioning.models import DirectoryRecord
from provisioning.schema import GROUP, USER, ResourceType
from provisioning.versions import version_of
from tests.provisioning.filter_strategies import ENTERPRISE, MOMENTS, stored_documents, words

_PREFIX = 0x0190 << 112 | 7 << 76 | 2 << 62
PEOPLE = [uuid.UUID(int=_PREFIX | number) for number in range(1, 6)]
GROUPS = [uuid.UUID(int=_PREFIX | number) for number in range(6, 9)]
IDS = [str(each) for each in (*PEOPLE, *GROUPS)]


@dataclass(frozen=True)
class Person:
    id: uuid.UUID
    user_name: str
    external_id: str | None
    state: str
    created_at: str
    updated_at: str
    # None: no record at all.
    document: dict[str, Any] | None
    manager: uuid.UUID | None


@dataclass(frozen=True)
class World:
    people: list[Person]
    groups: dict[uuid.UUID, str]
    memberships: set[tuple[uuid.UUID, uuid.UUID]]


@st.composite
def worlds(draw: DrawFn) -> World:
    size = len(PEOPLE)
    moments = st.sampled_from(MOMENTS)
    names = draw(st.lists(words, min_size=size, max_size=size, unique_by=name_key))
    external_ids = draw(st.lists(words, min_size=size, max_size=size, unique=True))
    people = [
        Person(
            id=id,
            user_name=name,
            external_id=draw(st.sampled_from([external_id, None])),
            state=draw(st.sampled_from(User.State.values)),
            created_at=draw(moments),
            updated_at=draw(moments),
            document=draw(st.one_of(st.none(), stored_documents)),
            manager=draw(st.one_of(st.none(), st.sampled_from(PEOPLE))),
        )
        for id, name, external_id in zip(PEOPLE, names, external_ids, strict=True)
    ]
    return World(
        people,
        {id: draw(words) for id in GROUPS},
        draw(st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(GROUPS)), max_size=6)),
    )


def build(world: World, organization: Organization) -> None:
    User.objects.bulk_create(_row(person, organization) for person in world.people)
    for person in world.people:
        User.objects.filter(pk=person.id).update(
            created_at=moment(person.created_at), updated_at=moment(person.updated_at)
        )
    DirectoryRecord.objects.bulk_create(
        _record(person, person.document, organization)
        for person in world.people
        if person.document is not None
    )
    DirectoryGroup.objects.bulk_create(
        DirectoryGroup(pk=id, organization=organization, display_name=name)
        for id, name in world.groups.items()
    )
    DirectoryGroupMembership.objects.bulk_create(
        DirectoryGroupMembership(user_id=user, group_id=group)
        for user, group in sorted(world.memberships)
    )


def _row(person: Person, organization: Organization) -> User:
    document = person.document or {}
    name = document.get("name", {})
    first, last = name.get("givenName", ""), name.get("familyName", "")
    if not (first or last):
        last = document.get("displayName", "") or name.get("formatted", "")
    return User(
        pk=person.id,
        organization=organization,
        user_name=person.user_name,
        external_id=person.external_id,
        state=person.state,
        source=User.Source.SCIM,
        first_name=first,
        last_name=last,
    )


def _record(
    person: Person, document: dict[str, Any], organization: Organization
) -> DirectoryRecord:
    manager = person.manager if "manager" in document.get(ENTERPRISE, {}) else None
    if manager:
        enterprise = document[ENTERPRISE] | {"manager": {"value": str(manager)}}
        document = document | {ENTERPRISE: enterprise}
    return DirectoryRecord(
        user_id=person.id,
        organization=organization,
        document=document,
        search=search_form(document, USER),
        manager_id=manager,
    )


def person_document(user: User) -> dict[str, Any]:
    record: DirectoryRecord | None = getattr(user, "directory_record", None)
    document = {
        **_common(user, USER),
        "userName": user.user_name,
        "active": user.state in {User.State.ACTIVE, User.State.INVITED},
        **(record.document if record else {}),
    }
    groups = user.directory_groups.order_by("id")
    if shown := [{**_reference(each, GROUP), "display": each.display_name, "type": "direct"}
                 for each in groups]:  # fmt: skip
        document["groups"] = shown
    if record and record.manager and record.manager.state != User.State.DELETED:
        manager = {**_reference(record.manager, USER), "displayName": record.manager.display_name}
        document[ENTERPRISE] = document[ENTERPRISE] | {"manager": manager}
    return document


def group_document(group: DirectoryGroup) -> dict[str, Any]:
    document = {**_common(group, GROUP), "displayName": group.display_name}
    members = group.members.exclude(state=User.State.DELETED).order_by("id")
    if shown := [{**_reference(each, USER), "display": each.display_name, "type": "User"}
                 for each in members]:  # fmt: skip
        document["members"] = shown
    return document


def _common(row: User | DirectoryGroup, resource_type: ResourceType) -> dict[str, Any]:
    meta = {
        "resourceType": resource_type.name,
        "created": moment_text(row.created_at),
        "lastModified": moment_text(row.updated_at),
        "location": _reference(row, resource_type)["$ref"],
        "version": version_of(row.updated_at),
    }
    external_id = {} if row.external_id is None else {"externalId": row.external_id}
    return {"id": str(row.pk), "meta": meta, **external_id}


def _reference(row: User | DirectoryGroup, resource_type: ResourceType) -> dict[str, str]:
    address = f"{base_url()}{resource_type.endpoint}/{row.pk}"
    return {"value": str(row.pk), "$ref": address}
