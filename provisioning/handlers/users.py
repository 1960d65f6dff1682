"""/Users (RFC 7644, sections 3.3 to 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import User
from provisioning.adapters import UserAdapter
from provisioning.calls import Answer, Call
from provisioning.dialects import normalize_patch, normalize_resource
from provisioning.documents import Document, validate
from provisioning.errors import NotFound
from provisioning.filters import Comparison, Operator, parse_filter
from provisioning.handlers.lists import list_answer, page_answer, shown_of
from provisioning.handlers.resources import about, unchanged
from provisioning.paging import Page
from provisioning.patch import apply_patch, read_operations
from provisioning.people import PEOPLE, person, read_groups
from provisioning.schema import USER
from provisioning.services.people import Written, deprovision_user, provision_user, revise_user

# By these there is one person at most.
UNIQUE = tuple(USER.attribute(name) for name in ("id", "userName", "externalId"))


def list_users(call: Call) -> Answer:
    def represent(rows: Sequence[User]) -> list[Document]:
        return [UserAdapter(row).to_dict() for row in rows]

    def represent_many(rows: Sequence[User]) -> list[Document]:
        if shown_of(call, USER).wants("groups"):
            read_groups(rows)
        return represent(rows)

    if (found := _looked_up(call)) is not None:
        return page_answer(call, found, USER, represent)
    return list_answer(call, PEOPLE, USER, represent_many)


def _looked_up(call: Call) -> Page[User] | None:
    """The page of a query that names one person: what directories ask before they write.

    None for every other query.
    """
    query = call.query
    is_plain = query.cursor is None and query.sort_by is None and query.sort_order is None
    is_first = (query.start_index or 1) <= 1 and (query.count is None or query.count >= 1)
    if not (is_plain and is_first) or query.filter is None:
        return None
    match parse_filter(query.filter, USER):
        case Comparison(path, Operator.EQ, str(value)) if path.attribute in UNIQUE:
            found = person(call.directory.organization, path.attribute.name, value)
            rows = [] if found is None else [found]
            return Page(rows, len(rows), start_index=1)
        case _:
            return None


def read_user(call: Call) -> Answer:
    user = person(call.directory.organization, "id", call.id)
    if user is None:
        raise NotFound
    return unchanged(call, user) or _answer(call, Written(user))


def create_user(call: Call) -> Answer:
    document = validate(normalize_resource(call.body, USER), USER)
    written = provision_user(directory=call.directory, document=document)
    return _answer(call, written, status=201)


def replace_user(call: Call) -> Answer:
    document = validate(normalize_resource(call.body, USER), USER)

    def revision(current: Document) -> Document:
        # Leaving `active` out is no way to let somebody in or to shut them out.
        return {**({"active": current["active"]} if "active" in current else {}), **document}

    written = revise_user(
        directory=call.directory,
        id=call.id,
        revision=revision,
        if_match=call.if_match,
    )
    return _answer(call, written)


def modify_user(call: Call) -> Answer:
    operations = read_operations(normalize_patch(call.body, USER, call.dialect))
    written = revise_user(
        directory=call.directory,
        id=call.id,
        revision=lambda current: apply_patch({"id": call.id, **current}, operations, USER).document,
        if_match=call.if_match,
    )
    return _answer(call, written)


def delete_user(call: Call) -> Answer:
    user = deprovision_user(directory=call.directory, id=call.id, if_match=call.if_match)
    return Answer(204, resource_id=user.pk, subject=str(user), changes={"active": [True, False]})


def _answer(call: Call, written: Written, status: int = 200) -> Answer:
    document = UserAdapter(written.user).to_dict()
    return about(call, USER, written.user, document, changes=written.changes, status=status)
