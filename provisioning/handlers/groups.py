"""/Groups (RFC 7644, sections 3.3 to 3.6)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from accounts.models import DirectoryGroup
from provisioning.adapters import GroupAdapter
from provisioning.calls import Answer, Call
from provisioning.dialects import normalize_patch, normalize_resource
from provisioning.documents import Document, member_ids, validate
from provisioning.handlers.lists import list_answer, shown_of
from provisioning.handlers.resources import about, etag, unchanged
from provisioning.patch import MembersChange, PatchResult, apply_patch, read_operations
from provisioning.people import GROUPS, Member, group_document, groups_of, members_of, one_of
from provisioning.schema import GROUP
from provisioning.services.groups import (
    Written,
    deprovision_group,
    provision_group,
    revise_group,
)


def list_groups(call: Call) -> Answer:
    def represent(rows: Sequence[DirectoryGroup]) -> list[Document]:
        members = _wanted_members(call, [row.pk for row in rows])
        return [GroupAdapter(row).to_dict(members.get(row.pk, ())) for row in rows]

    return list_answer(call, GROUPS, GROUP, represent)


def read_group(call: Call) -> Answer:
    group = one_of(groups_of(call.directory.organization), call.id)
    return unchanged(call, group) or _answer(call, Written(group))


def create_group(call: Call) -> Answer:
    document = validate(normalize_resource(call.body, GROUP), GROUP)
    written = provision_group(directory=call.directory, document=document)
    return _answer(call, written, status=201)


def replace_group(call: Call) -> Answer:
    document = validate(normalize_resource(call.body, GROUP), GROUP)
    everybody = tuple(member_ids(document.get("members", [])))
    revised = PatchResult(document, MembersChange(is_replaced=True, added=everybody))
    written = revise_group(
        directory=call.directory,
        id=call.id,
        revision=lambda _group: revised,
        if_match=call.if_match,
    )
    return _answer(call, written)


def modify_group(call: Call) -> Answer:
    """204 unless something of the group is asked for: it may have very many members, and Entra ID
    wants none of them back."""
    operations = read_operations(normalize_patch(call.body, GROUP, call.dialect))

    def revision(group: DirectoryGroup) -> PatchResult:
        return apply_patch(
            {"id": str(group.pk), **group_document(group)},
            operations,
            GROUP,
            present_members=lambda: GroupAdapter(group).members(members_of([group.pk])[group.pk]),
        )

    written = revise_group(
        directory=call.directory, id=call.id, revision=revision, if_match=call.if_match
    )
    if call.query.attributes or call.query.excluded_attributes:
        return _answer(call, written)
    return Answer(
        204,
        headers=etag(written.group),
        resource_id=written.group.pk,
        subject=str(written.group),
        changes=written.changes,
    )


def delete_group(call: Call) -> Answer:
    group = deprovision_group(directory=call.directory, id=call.id, if_match=call.if_match)
    return Answer(204, resource_id=group.pk, subject=str(group))


def _wanted_members(call: Call, groups: list[uuid.UUID]) -> dict[uuid.UUID, list[Member]]:
    return members_of(groups) if shown_of(call, GROUP).wants("members") else {}


def _answer(call: Call, written: Written, status: int = 200) -> Answer:
    group = written.group
    members = _wanted_members(call, [group.pk]).get(group.pk, ())
    document = GroupAdapter(group).to_dict(members)
    return about(call, GROUP, group, document, changes=written.changes, status=status)
