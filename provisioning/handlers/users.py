"""/Users (RFC 7644, sections 3.3 to 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import User
from provisioning.adapters import UserAdapter, location_of
from provisioning.calls import Answer, Call
from provisioning.dialects import normalize_patch, normalize_resource
from provisioning.documents import Document, validate
from provisioning.errors import NotFound
from provisioning.handlers.conditions import etag, not_modified
from provisioning.handlers.lists import list_answer, shown_of
from provisioning.patch import apply_patch, read_operations
from provisioning.people import parse_id, people_of
from provisioning.schema import USER
from provisioning.services.people import Written, deprovision_user, provision_user, revise_user
from provisioning.versions import version_of


def list_users(call: Call) -> Answer:
    def represent(rows: Sequence[User]) -> list[Document]:
        return [UserAdapter(row).to_dict() for row in rows]

    return list_answer(call, people_of(call.directory.organization), USER, represent)


def read_user(call: Call) -> Answer:
    key = parse_id(call.id)
    user = people_of(call.directory.organization).filter(pk=key).first() if key else None
    if user is None:
        raise NotFound("There is no such resource.")
    version = version_of(user.updated_at)
    if not_modified(call, version):
        return Answer(304, headers=etag(version), resource_id=user.pk, subject=str(user))
    return _answer(call, Written(user))


def create_user(call: Call) -> Answer:
    document = validate(normalize_resource(call.body, USER), USER)
    written = provision_user(directory=call.directory, document=document)
    return _answer(call, written, status=201)


def replace_user(call: Call) -> Answer:
    document = validate(normalize_resource(call.body, USER), USER)
    written = revise_user(
        directory=call.directory,
        id=call.id,
        revision=lambda _current: document,
        if_match=call.if_match,
    )
    return _answer(call, written)


def modify_user(call: Call) -> Answer:
    operations = read_operations(normalize_patch(call.body, USER, call.dialect))
    written = revise_user(
        directory=call.directory,
        id=call.id,
        revision=lambda current: apply_patch(current, operations, USER).document,
        if_match=call.if_match,
    )
    return _answer(call, written)


def delete_user(call: Call) -> Answer:
    user = deprovision_user(directory=call.directory, id=call.id, if_match=call.if_match)
    return Answer(204, resource_id=user.pk, subject=str(user), changes={"active": [True, False]})


def _answer(call: Call, written: Written, status: int = 200) -> Answer:
    user: User = written.user
    headers = etag(version_of(user.updated_at))
    if status == 201:
        headers["Location"] = location_of(USER, user.pk)
    return Answer(
        status,
        shown_of(call, USER).apply(UserAdapter(user).to_dict()),
        headers,
        resource_id=user.pk,
        subject=str(user),
        changes=written.changes,
    )
