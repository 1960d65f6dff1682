"""Where the values of attributes are: which column, which key of a JSON column, which other rows.

One table for people and one for groups. Filters compare what it names, and sorting sorts by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

from django.db.models import (
    Case,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, Trim
from django.db.models.lookups import Exact

from accounts.models import DirectoryGroupMembership, User
from provisioning.addresses import base_url
from provisioning.filters.conditions import (
    Address,
    Column,
    Constant,
    Identity,
    Moment,
    Place,
    Text,
    Truth,
    address_text,
    not_empty,
)
from provisioning.filters.sql import (
    Element,
    ElementExists,
    IdText,
    MadeAnew,
    VersionText,
    json_text,
)
from provisioning.paths import AttributePath
from provisioning.schema import GROUP, RESOURCE_TYPES, USER, ResourceType, Type
from provisioning.schema.tables import ENTERPRISE_USER_URN, VALUE

# Values of `type` that never vary, as they are compared: its case does not count.
_DIRECT, _USER = "direct", "user"

# What the addresses of resources of each type begin with.
Addresses: TypeAlias = Mapping[ResourceType, str]

_RECORD = F("directory_record__search")
_MANAGER = "directory_record__manager"
_IS_OPEN = Q(state__in=User.OPEN_STATES)


class Several(Protocol):
    """The values of a multi-valued attribute."""

    def several(self, path: AttributePath) -> None:
        """One of the values has no further values in it."""

    def place(self, path: AttributePath) -> Place:
        """Where a part of one value is, inside of the condition for `exists`."""

    def exists(self, condition: Q, example: dict[str, Any] | None) -> Q:
        """Some value satisfies the condition; `example`, if any, says the same by itself."""

    def present(self) -> Q:
        """There is a value."""

    def sort_key(self, path: AttributePath) -> Column:
        """A part of the primary value, else of the first (RFC 7644, section 3.4.2.3)."""


@dataclass(frozen=True)
class JsonList:
    """A list of objects in a JSON column, the primary one first."""

    holder: F
    keys: tuple[str, ...]

    def several(self, path: AttributePath) -> None:
        return None

    def place(self, path: AttributePath) -> Place:
        text = Text(json_text(Element(), _part(path)))
        if path.leaf.type is Type.BOOLEAN:
            return Truth(Q(Exact(text.column, "true")), given=text.present())
        return text

    def exists(self, condition: Q, example: dict[str, Any] | None) -> Q:
        return Q(ElementExists(self.holder, self.keys, condition, example))

    def present(self) -> Q:
        return Text(json_text(self.holder, *self.keys)).present()

    def sort_key(self, path: AttributePath) -> Column:
        return Text(json_text(self.holder, *self.keys, "0", _part(path))).sort_key()


@dataclass(frozen=True)
class Rows:
    """Rows of another table, in the order in which they are shown.

    `rows` makes the queryset, anew for each use: its references to the outer query are resolved in
    place, so that one used twice would mean the first place at both, for as long as it is kept.
    """

    rows: Callable[[], QuerySet[Any]]
    parts: Mapping[str, Place]

    def several(self, path: AttributePath) -> None:
        return None

    def place(self, path: AttributePath) -> Place:
        return self.parts[_part(path)]

    def exists(self, condition: Q, example: dict[str, Any] | None) -> Q:
        return Q(Exists(self.rows().filter(condition)))

    def present(self) -> Q:
        return Q(Exists(self.rows()))

    def sort_key(self, path: AttributePath) -> Column:
        place = self.place(path)

        def first() -> Subquery:
            keys = self.rows().annotate(sort_key=place.sort_key())
            return Subquery(keys.values("sort_key")[:1])

        return MadeAnew(first)


def _part(path: AttributePath) -> str:
    return path.sub.name if path.sub else VALUE.name


@dataclass(frozen=True)
class Resource:
    """Where everything about a resource is: columns, other rows, and for the rest a JSON column."""

    columns: Mapping[tuple[str, ...], Place]
    rows: Mapping[str, Several] = field(default_factory=dict)
    document: F | None = None

    def several(self, path: AttributePath) -> Several | None:
        """None for an attribute with one value at most."""
        if path.attribute.name in self.rows:
            return self.rows[path.attribute.name]
        if self.document is None or not (path.attribute.multi_valued or path.is_open):
            return None
        return JsonList(self.document, _holder(path))

    def place(self, path: AttributePath) -> Place:
        if self.document is None or path.keys in self.columns:
            return self.columns[path.keys]
        return Text(json_text(self.document, *path.keys))


def _holder(path: AttributePath) -> tuple[str, ...]:
    """The way to the list of an attribute's values in the search form."""
    whole = AttributePath(path.attribute, schema=path.schema)
    return (*whole.keys[:-1], whole.keys[-1].lower()) if path.is_open else whole.keys


def resource(resource_type: ResourceType) -> Resource:
    return _resource(resource_type, base_url())


@lru_cache(maxsize=8)
def _resource(resource_type: ResourceType, base: str) -> Resource:
    """Made once: expressions are copied where they are used, and making them takes longer."""
    addresses = {each: f"{base}{each.endpoint}/" for each in RESOURCE_TYPES}
    return _group(addresses) if resource_type is GROUP else _person(addresses)


def _common(resource_type: ResourceType, addresses: Addresses) -> dict[tuple[str, ...], Place]:
    """`id`, `externalId` and `meta`, which every resource has."""
    return {
        ("id",): Identity(F("id")),
        ("externalId",): Text(F("external_id")),
        # Nothing compares it as a whole, and it is always there.
        ("meta",): Constant(""),
        ("meta", "resourceType"): Constant(resource_type.name),
        ("meta", "created"): Moment(F("created_at")),
        ("meta", "lastModified"): Moment(F("updated_at")),
        ("meta", "location"): Address(addresses[resource_type], F("id")),
        ("meta", "version"): Text(VersionText(F("updated_at"))),
    }


def _person(addresses: Addresses) -> Resource:
    manager = (ENTERPRISE_USER_URN, "manager")
    return Resource(
        columns={
            **_common(USER, addresses),
            ("userName",): Text(F("user_name_key")),
            # Compared as it is even where the directory has taken it off: who may come in is found.
            ("active",): Truth(_IS_OPEN, given=_states_active()),
            (*manager, "value"): _of_manager("value", IdText(F(f"{_MANAGER}_id"))),
            (*manager, "$ref"): _of_manager(
                "$ref", address_text(addresses[USER], F(f"{_MANAGER}_id"))
            ),
            (*manager, "displayName"): _of_manager("displayName", shown_name(f"{_MANAGER}__")),
        },
        rows={
            "groups": Rows(
                _groups_of_person,
                {
                    "value": Identity(F("group_id")),
                    "$ref": Address(addresses[GROUP], F("group_id")),
                    "display": Text(F("group__display_name_key")),
                    "type": Constant(_DIRECT),
                },
            )
        },
        document=_RECORD,
    )


def _states_active() -> Q:
    """`people.states_active` as a condition."""
    withheld = "directory_record__withheld_active"
    return (
        Q(**{withheld: None})
        | (Q(**{withheld: True}) & ~_IS_OPEN)
        | (Q(**{withheld: False}) & _IS_OPEN)
    )


def _group(addresses: Addresses) -> Resource:
    return Resource(
        columns={**_common(GROUP, addresses), ("displayName",): Text(F("display_name_key"))},
        rows={
            "members": Rows(
                _members_of_group,
                {
                    "value": Identity(F("user_id")),
                    "$ref": Address(addresses[USER], F("user_id")),
                    "display": Text(shown_name("user__")),
                    "type": Constant(_USER),
                },
            )
        },
    )


def _groups_of_person() -> QuerySet[DirectoryGroupMembership]:
    return DirectoryGroupMembership.objects.filter(user=OuterRef("pk")).order_by("group_id")


def _members_of_group() -> QuerySet[DirectoryGroupMembership]:
    return (
        DirectoryGroupMembership.objects.filter(group=OuterRef("pk"))
        .exclude(user__state=User.State.DELETED)
        .order_by("pk")
    )


def _of_manager(part: str, known: Column) -> Text:
    """A part of `manager`: of the person who it is, if it is one of us; else as it was sent."""
    is_one_of_us = Q(directory_record__manager__isnull=False) & ~Q(
        directory_record__manager__state=User.State.DELETED
    )
    sent = json_text(_RECORD, ENTERPRISE_USER_URN, "manager", part)
    return Text(Case(When(is_one_of_us, then=known), default=sent, output_field=TextField()))


def shown_name(person: str) -> Column:
    """`people.shown_name` in comparable form, of the person at the end of a relation.

    Made from the search form as `mapping.profile_of` makes the row from the document, since
    databases don't fold case as we do.
    """
    search = F(f"{person}directory_record__search")
    both = Concat(
        json_text(search, "name", "givenName"),
        Value(" "),
        json_text(search, "name", "familyName"),
        output_field=TextField(),
    )
    return Coalesce(
        not_empty(json_text(search, "displayName")),
        not_empty(Trim(both)),
        json_text(search, "name", "formatted"),
        output_field=TextField(),
    )
