"""A small organization as hypothesis makes it up, in the database and as SCIM shows it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from accounts.models import DirectoryGroup, DirectoryGroupMembership, Organization, User
from accounts.names import name_key
from provisioning.adapters import GroupAdapter, UserAdapter
from provisioning.comparable import moment
from provisioning.documents import search_form
from provisioning.mapping import profile_of
from provisioning.models import DirectoryRecord
from provisioning.people import members_of
from provisioning.schema import USER
from tests.factories import CLOSED
from tests.provisioning.filter_strategies import ENTERPRISE, MOMENTS, stored_documents, words

_PREFIX = 0x0190 << 112 | 7 << 76 | 2 << 62
PEOPLE = [uuid.UUID(int=_PREFIX | number) for number in range(1, 6)]
GROUPS = [uuid.UUID(int=_PREFIX | number) for number in range(6, 9)]
IN_ROW = {"id", "userName", "externalId", "active", "groups", "meta"}
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
    return User(
        pk=person.id,
        organization=organization,
        user_name=person.user_name,
        external_id=person.external_id,
        state=person.state,
        deactivated_at=timezone.now() if person.state in CLOSED else None,
        source=User.Source.SCIM,
        **profile_of(person.document or {}),
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
    """How a directory sees somebody of `people_of`, as far as the search form knows it.

    Where there is no record, filters know what the row itself answers, and nothing else.
    """
    document: dict[str, Any] = UserAdapter(user).to_dict()
    if hasattr(user, "directory_record"):
        return document
    return {name: value for name, value in document.items() if name in IN_ROW}


def group_document(group: DirectoryGroup) -> dict[str, Any]:
    document: dict[str, Any] = GroupAdapter(group).to_dict(members_of([group.pk])[group.pk])
    return document
