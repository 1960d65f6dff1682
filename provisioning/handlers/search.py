"""/.search, and queries at the root, which reach all resources (RFC 7644, 3.4.2.1 and 3.4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from accounts.models import DirectoryGroup, User
from provisioning.adapters import GroupAdapter, UserAdapter
from provisioning.calls import Answer, Call
from provisioning.documents import Document
from provisioning.handlers import groups, users
from provisioning.handlers.lists import list_response, shown_of
from provisioning.paging import Query, page_across
from provisioning.people import groups_of, members_of, people_on_pages, read_groups
from provisioning.schema import GROUP, USER, ResourceType


def search_users(call: Call) -> Answer:
    return users.list_users(_asked(call))


def search_groups(call: Call) -> Answer:
    return groups.list_groups(_asked(call))


def search_everything(call: Call) -> Answer:
    return query_everything(_asked(call))


def _asked(call: Call) -> Call:
    """The call with the query that its body spells out."""
    return replace(call, query=Query.from_body(call.body), body=None)


def query_everything(call: Call) -> Answer:
    """People and groups together, in one order."""
    organization = call.directory.organization
    sources: list[tuple[ResourceType, QuerySet[Any]]] = [
        (USER, people_on_pages(organization)),
        (GROUP, groups_of(organization)),
    ]
    found = page_across(
        sources,
        organization=organization.pk,
        query=call.query,
        owner=call.directory.token_id,
    )
    resources = _represented(call, found.rows)
    return Answer(body=list_response(found, resources), subject="Everything")


def _represented(call: Call, rows: Sequence[User | DirectoryGroup]) -> list[Document]:
    of_people, of_groups = shown_of(call, USER), shown_of(call, GROUP)
    group_ids = [row.pk for row in rows if isinstance(row, DirectoryGroup)]
    members = members_of(group_ids) if group_ids and of_groups.wants("members") else {}
    if of_people.wants("groups"):
        read_groups([row for row in rows if isinstance(row, User)])
    return [
        of_people.apply(UserAdapter(row).to_dict())
        if isinstance(row, User)
        else of_groups.apply(GroupAdapter(row).to_dict(members.get(row.pk, ())))
        for row in rows
    ]
