"""Groups as a directory writes them. Members change by whole sets: no statement for each of them,
and none that reads those who stay."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, models
from django.db.models import Value
from django.utils import timezone

from accounts.errors import GroupExternalIdTaken
from accounts.models import DirectoryGroup, DirectoryGroupMembership, User
from accounts.names import name_key
from audit.actions import Action
from audit.services import record
from database.compiled import Blank, CompiledQuery, CompiledUpdate
from provisioning.authentication import Directory
from provisioning.documents import Document, member_ids
from provisioning.errors import InvalidValue, NotFound
from provisioning.patch import MembersChange, PatchResult
from provisioning.paths import shown
from provisioning.people import group_document, groups_of, parse_id
from provisioning.services.changes import change, difference
from provisioning.versions import require, version_of

# Ids in one statement; both databases limit how many values a statement may have.
BATCH = 5_000

# What becomes of a group: its document without members, and who of them comes and goes.
Revision = Callable[[DirectoryGroup], PatchResult]


@dataclass(frozen=True, slots=True)
class Written:
    """The group after a write, and what changed."""

    group: DirectoryGroup
    changes: dict[str, Any] = field(default_factory=dict)


def provision_group(*, directory: Directory, document: Document) -> Written:
    """Add a group with its members. Raises `NotUnique` and `InvalidValue`."""
    with change(directory):
        name = document["displayName"]
        group = DirectoryGroup(
            organization=directory.organization,
            display_name=name,
            external_id=document.get("externalId"),
            source=DirectoryGroup.Source.SCIM,
        )
        try:
            group.save(force_insert=True)
        except IntegrityError as error:
            raise GroupExternalIdTaken from error
        record(
            Action.GROUP_CREATED,
            organization=directory.organization,
            actor=directory.actor,
            target=group,
            changes={"source": DirectoryGroup.Source.SCIM},
        )
        arriving = MembersChange(added=tuple(member_ids(document.get("members", []))))
        changes = {"displayName": [None, name], **_change_members(directory, group, arriving)}
        return Written(group, changes)


def revise_group(
    *, directory: Directory, id: str, revision: Revision, if_match: str = ""
) -> Written:
    """Write what `revision` makes of a group, under the group's lock.

    Raises `NotFound`, `PreconditionFailed`, and whatever `revision` and `change` raise.
    """
    with change(directory):
        group = _get(directory, id)
        require(if_match, version_of(group.updated_at))
        group.organization = directory.organization
        before = group_document(group)
        revised = revision(group)
        document = {name: value for name, value in revised.document.items() if name != "members"}
        changes = difference(before, document)
        moved = _change_members(directory, group, revised.members or MembersChange())
        if changes or moved:
            _store(directory, group, document, changes)
        return Written(group, changes | moved)


def deprovision_group(*, directory: Directory, id: str, if_match: str = "") -> DirectoryGroup:
    """Delete a group; the people in it stay. Raises `NotFound`."""
    with change(directory):
        group = _get(directory, id)
        require(if_match, version_of(group.updated_at))
        record(
            Action.GROUP_DELETED,
            organization=directory.organization,
            actor=directory.actor,
            target=group,
        )
        DirectoryGroup.objects.filter(pk=group.pk).delete()
        return group


_LOCKED_BY_ID = CompiledQuery(
    lambda: groups_of(Blank("organization")).select_for_update(no_key=True).filter(pk=Blank("id"))
)
_STORE = CompiledUpdate(
    lambda: DirectoryGroup.objects.filter(pk=Blank("id")),
    **{
        name: Blank(name)
        for name in ("display_name", "display_name_key", "external_id", "source", "updated_at")
    },
)


def _get(directory: Directory, id: str) -> DirectoryGroup:
    """The group of this id, locked. Raises `NotFound`."""
    key = parse_id(id)
    group = _LOCKED_BY_ID.first(organization=directory.organization.pk, id=key) if key else None
    if group is None:
        raise NotFound
    return group


def _store(
    directory: Directory, group: DirectoryGroup, document: Document, changes: dict[str, Any]
) -> None:
    """Even where only members changed the row is written, since its version tells of them."""
    group.display_name = document["displayName"]
    group.external_id = document.get("externalId")
    # From now on the directory looks after this group.
    group.source = DirectoryGroup.Source.SCIM
    group.updated_at = timezone.now()
    try:
        _STORE.run(
            id=group.pk,
            display_name=group.display_name,
            display_name_key=name_key(group.display_name),
            external_id=group.external_id,
            source=group.source,
            updated_at=group.updated_at,
        )
    except IntegrityError as error:
        raise GroupExternalIdTaken from error
    if changes:
        record(
            Action.GROUP_CHANGED,
            organization=directory.organization,
            actor=directory.actor,
            target=group,
            changes=changes,
        )


def _change_members(
    directory: Directory, group: DirectoryGroup, wanted: MembersChange
) -> dict[str, Any]:
    """Let people in and out; answers how many, for the log. Raises `InvalidValue` for strangers."""
    arriving = {each: parse_id(each) for each in wanted.added}
    keys = sorted({key for key in arriving.values() if key})
    leaving = {key for each in wanted.removed if (key := parse_id(each))}
    memberships = DirectoryGroupMembership.objects.filter(group=group)
    removed = 0
    if wanted.is_replaced:
        # Who stays keeps their row, and with it the moment since when.
        gone = memberships
        if keys:
            gone = memberships.exclude(user__in=keys)
        removed += gone.delete()[0]
    for batch in _batches(leaving):
        removed += memberships.filter(user__in=batch).delete()[0]
    added = sum(_insert(group, batch) for batch in _batches(keys))
    if added < len(arriving):  # some were members before, or somebody is no person here
        _refuse_strangers(directory, arriving)
    if not (added or removed):
        return {}
    counts = {"added": added, "removed": removed}
    counts = {name: number for name, number in counts.items() if number}
    record(
        Action.GROUP_MEMBERS_CHANGED,
        organization=directory.organization,
        actor=directory.actor,
        target=group,
        changes=counts,
    )
    return {"members": counts}


def _refuse_strangers(directory: Directory, ids: Mapping[str, uuid.UUID | None]) -> None:
    """Raises `InvalidValue` naming the first of these ids that is not one of a person here."""
    here = User.objects.in_organization(directory.organization).present()
    known: set[uuid.UUID] = set()
    for batch in _batches({key for key in ids.values() if key}):
        known.update(here.filter(pk__in=batch).values_list("pk", flat=True))
    for text, key in ids.items():
        if key not in known:
            raise InvalidValue(f"members: there is no person {shown(text)} here.")


def _insert(group: DirectoryGroup, users: Sequence[uuid.UUID]) -> int:
    """Memberships for those of the group's organization who have none; answers how many came.

    One statement: the ORM has no INSERT … SELECT, and Django sends SQLite a few hundred rows at a
    time.
    """
    rows = (
        User.objects.in_organization(group.organization_id)
        .present()
        .filter(pk__in=users)
        .order_by("pk")
        .values_list(
            Value(group.pk, models.UUIDField()), "id", Value(timezone.now(), models.DateTimeField())
        )
    )
    select, parameters = rows.query.sql_with_params()
    table = connection.ops.quote_name(DirectoryGroupMembership._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (group_id, user_id, created_at) {select} "
            "ON CONFLICT (group_id, user_id) DO NOTHING",
            parameters,
        )
        return int(cursor.rowcount)


def _batches(ids: Iterable[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
