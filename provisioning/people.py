"""The people and groups a directory may see, read with what their representation needs in one
statement, and what it may write of each."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

from django.db import models
from django.db.models import F, JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from accounts.models import DirectoryGroup, DirectoryGroupMembership, Organization, User
from database.compiled import Blank, CompiledQuery
from provisioning.documents import Document
from provisioning.errors import NotFound, TooMany
from provisioning.filters.sql import IdText, json_text
from provisioning.limits import PAGE_MAX_GROUPS, PAGE_MAX_MEMBERS
from provisioning.listing import Listing
from provisioning.mapping import document_of
from provisioning.models import DirectoryRecord

Row = TypeVar("Row", User, DirectoryGroup)

FIELDS = (
    "id",
    "organization_id",
    "user_name",
    "external_id",
    "email",
    "first_name",
    "last_name",
    "title",
    "department",
    "location",
    "manager_name",
    "state",
    "source",
    "role",
    "created_at",
    "updated_at",
    "deactivated_at",
)


# A member of a group: id, `displayName`, first name, last name.
Member: TypeAlias = tuple[uuid.UUID, str | None, str, str]


class JSONArray(Subquery):
    """The rows of a subquery as one JSON array. Its one column is called `element`."""

    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = (
            "(SELECT COALESCE(jsonb_agg(gathered.element), '[]') FROM (%(subquery)s) gathered)"
        )
        return super().as_sql(compiler, connection, template=template, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        # json() says that the text is JSON already; a subquery forgets it.
        template = "(SELECT json_group_array(json(gathered.element)) FROM (%(subquery)s) gathered)"
        return super().as_sql(compiler, connection, template=template, **extra)


# A page reads so many groups of each person with the person; hardly anybody is in more.
GROUPS_AT_FIRST = 50


def groups_of_person(at_most: int | None = None) -> JSONArray:
    """The groups of each user of a queryset, as a list of `{"value": …, "display": …}`, in order;
    `at_most` so many of them are any."""
    memberships = DirectoryGroupMembership.objects.filter(user=OuterRef("pk"))
    # Ordered, so few of them would be looked for in the order of all groups.
    chosen = memberships.order_by("group_id") if at_most is None else memberships.order_by()
    return JSONArray(
        chosen.values(
            element=JSONObject(value=IdText(F("group_id")), display=F("group__display_name"))
        )[:at_most]
    )


def people_of(
    organization: Organization | uuid.UUID | Blank, groups_at_most: int | None = None
) -> models.QuerySet[User]:
    """Everybody of the organization whom a directory may see: all but the deleted.

    With `directory_record` and its manager, `manager_display_name` and `group_list`.
    """
    return (
        User.objects.get_queryset()
        .filter(organization=organization)
        .present()
        .select_related("directory_record__manager")
        .only(
            *FIELDS,
            "directory_record__document",
            "directory_record__withheld_active",
            "directory_record__manager__user_name",
            "directory_record__manager__first_name",
            "directory_record__manager__last_name",
            "directory_record__manager__state",
        )
        .annotate(
            group_list=groups_of_person(groups_at_most),
            # Nothing else of the manager's document: as large as it is, it is that of very many.
            manager_display_name=json_text(
                F("directory_record__manager__directory_record__document"), "displayName"
            ),
        )
    )


def people_on_pages(organization: Organization | uuid.UUID | Blank) -> models.QuerySet[User]:
    """`people_of` for whoever reads very many at once: `read_groups` completes `group_list`."""
    return people_of(organization, groups_at_most=GROUPS_AT_FIRST + 1)


def _person_by(field: str) -> CompiledQuery[User]:
    return CompiledQuery(lambda: people_of(Blank("organization")).filter(**{field: Blank("value")}))


# What directories ask most: for one person, by what is unique in the organization.
_PERSON_BY = {
    "id": _person_by("pk"),
    "userName": _person_by("user_name_key"),
    "externalId": _person_by("external_id"),
}


def person(organization: Organization, attribute: str, value: str) -> User | None:
    """The person of the organization with this `id`, `userName` or `externalId`.

    The name is given in the form in which names are compared. One statement.
    """
    wanted: Any = parse_id(value) if attribute == "id" else value
    if wanted is None:
        return None
    return _PERSON_BY[attribute].first(organization=organization.pk, value=wanted)


def groups_of(organization: Organization | uuid.UUID | Blank) -> models.QuerySet[DirectoryGroup]:
    """The organization's groups, those made in the console too: a directory may take them over."""
    return DirectoryGroup.objects.filter(organization=organization).only(
        "id",
        "organization_id",
        "display_name",
        "external_id",
        "source",
        "created_at",
        "updated_at",
    )


# What directories read from one end to the other.
PEOPLE = Listing(people_on_pages)
GROUPS = Listing(groups_of)


def is_active(user: User) -> bool:
    """SCIM's `active`. Somebody invited is not switched off; they have only not come yet."""
    return user.state in User.OPEN_STATES


def states_active(user: User) -> bool:
    """Whether a person's document has `active`: not where the directory has taken it off, which
    leaves it unassigned (RFC 7644, section 3.5.2.2), and nobody has switched the person since."""
    record = DirectoryRecord.of(user)
    return record is None or record.withheld_active is not is_active(user)


def person_document(user: User) -> Document:
    """What the directory may write of a person, as it stands: the record and what the row has."""
    record = DirectoryRecord.of(user)
    document: Document = {"userName": user.user_name}
    if user.external_id is not None:
        document["externalId"] = user.external_id
    if states_active(user):
        document["active"] = is_active(user)
    return document | (record.document if record else document_of(user))


def group_document(group: DirectoryGroup) -> Document:
    """What the directory may write of a group, members left out: there may be very many."""
    document: Document = {"displayName": group.display_name}
    if group.external_id is not None:
        document["externalId"] = group.external_id
    return document


def shown_name(display_name: str | None, first_name: str, last_name: str) -> str:
    """A person's name beside a reference to them: `displayName`, else the full name; empty where
    nothing but a user name is known."""
    return display_name or f"{first_name} {last_name}".strip()


def parse_id(text: str) -> uuid.UUID | None:
    """The UUID a path or message names, in the one form in which we write them; else None.

    Ids are opaque and compared exactly (RFC 7643, section 3.1).
    """
    try:
        value = uuid.UUID(text)
    except (ValueError, AttributeError):
        return None
    return value if str(value) == text else None


def one_of(rows: models.QuerySet[Row], id: str) -> Row:
    """The row of this id, as a path or message names it. Raises `NotFound`."""
    key = parse_id(id)
    row = rows.filter(pk=key).first() if key else None
    if row is None:
        raise NotFound
    return row


def members_of(groups: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Member]]:
    """The members of each of these groups, in the order in which they came. One statement.

    One group may be as large as it is; several together are in memory at once. Raises `TooMany`.
    """
    found: dict[uuid.UUID, list[Member]] = {group: [] for group in groups}
    rows = (
        DirectoryGroupMembership.objects.filter(group__in=groups)
        .exclude(user__state=User.State.DELETED)
        .order_by("pk")
        .values_list(
            "group_id",
            "user_id",
            json_text(F("user__directory_record__document"), "displayName"),
            "user__first_name",
            "user__last_name",
        )
    )
    limit = PAGE_MAX_MEMBERS if len(found) > 1 else None
    for number, (group_id, *member) in enumerate(rows.iterator(chunk_size=5_000)):
        if number == limit:
            raise TooMany(
                f"These groups have more than {limit} members together: ask for fewer groups at a "
                "time, or with excludedAttributes=members."
            )
        found[group_id].append(tuple(member))
    return found


def read_groups(rows: Sequence[User]) -> None:
    """Put the groups of people of `people_on_pages` in order, and read those that are missing.

    One statement where somebody is in more than `GROUPS_AT_FIRST`, else none. One person may be in
    as many as they are; several together are in memory at once. Raises `TooMany`.
    """
    found = {row.pk: _groups_read(row) for row in rows}
    incomplete = [pk for pk, groups in found.items() if len(groups) > GROUPS_AT_FIRST]
    limit = PAGE_MAX_GROUPS if len(found) > 1 else None
    _refuse_too_many_groups(found, limit)
    if incomplete:
        for pk in incomplete:
            found[pk].clear()
        memberships = DirectoryGroupMembership.objects.filter(user__in=incomplete)
        rest = memberships.order_by().values_list("user_id", "group_id", "group__display_name")
        # One more than there may be tells that there are too many.
        for user_id, group_id, display in rest[: limit and limit + 1]:
            found[user_id].append({"value": str(group_id), "display": display})
        _refuse_too_many_groups(found, limit)
    for groups in found.values():
        groups.sort(key=itemgetter("value"))


def _groups_read(row: User) -> list[dict[str, str]]:
    groups: list[dict[str, str]] = row.group_list  # type: ignore[attr-defined]  # annotated
    return groups


def _refuse_too_many_groups(found: Mapping[uuid.UUID, list[Any]], limit: int | None) -> None:
    if limit is not None and sum(map(len, found.values())) > limit:
        raise TooMany(
            f"These people are in more than {limit} groups together: ask for fewer people at a "
            "time, or with excludedAttributes=groups."
        )
