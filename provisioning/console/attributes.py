"""The attribute map: what becomes of each attribute that a directory may send.

Its rows are the schema's own, so that it can't promise what validation would refuse. How often an
attribute was sent is counted over the people added last: the number of people in an organization
must not decide how long the page takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization, User
from provisioning.console.pages import Visit
from provisioning.console.words import directory_name
from provisioning.documents import Document
from provisioning.log import masked
from provisioning.mapping import FIELD_OF_ATTRIBUTE, STANDS_IN
from provisioning.people import person_document
from provisioning.schema import CUSTOM_USER, GROUP, USER, Attribute
from provisioning.schema.tables import CUSTOM_USER_URN, ENTERPRISE_USER_URN
from provisioning.standing import facts_of

Text = str | Promise
LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class TheirName:
    """What an attribute is filled from in each product; empty where its mapping has no such row.

    What is told in a sentence is translated; what stands in the product's own pages is not.
    """

    entra: Text = ""
    okta: Text = ""

    @property
    def is_told_of_entra(self) -> bool:
        return isinstance(self.entra, Promise)

    @property
    def is_told_of_okta(self) -> bool:
        return isinstance(self.okta, Promise)


_OWN = TheirName(
    gettext_lazy("a row of your own"), gettext_lazy("an attribute of your own in Profile Editor")
)
THEIR_NAMES: Mapping[str, TheirName] = {
    "userName": TheirName("userPrincipalName", "user.login"),
    "externalId": TheirName("objectId", gettext_lazy("Okta’s own id, by itself")),
    "active": TheirName("Switch([IsSoftDeleted], …)", gettext_lazy("by itself: assigned or not")),
    "name.givenName": TheirName("givenName", "user.firstName"),
    "name.familyName": TheirName("surname", "user.lastName"),
    "name.formatted": TheirName('Join(" ", [givenName], [surname])'),
    "name.middleName": TheirName(okta="user.middleName"),
    "name.honorificPrefix": TheirName(okta="user.honorificPrefix"),
    "name.honorificSuffix": TheirName(okta="user.honorificSuffix"),
    "displayName": TheirName("displayName", "user.displayName"),
    "nickName": TheirName(okta="user.nickName"),
    "profileUrl": TheirName(okta="user.profileUrl"),
    "title": TheirName("jobTitle", "user.title"),
    "userType": TheirName(okta="user.userType"),
    "preferredLanguage": TheirName("preferredLanguage", "user.preferredLanguage"),
    "locale": TheirName(okta="user.locale"),
    "timezone": TheirName(okta="user.timezone"),
    "emails": TheirName("mail", "user.email"),
    "phoneNumbers": TheirName("telephoneNumber, mobile", "user.primaryPhone"),
    "addresses": TheirName("streetAddress, city, …", "user.streetAddress, user.city, …"),
    f"{ENTERPRISE_USER_URN}:employeeNumber": TheirName("employeeId", "user.employeeNumber"),
    f"{ENTERPRISE_USER_URN}:costCenter": TheirName(okta="user.costCenter"),
    f"{ENTERPRISE_USER_URN}:organization": TheirName(okta="user.organization"),
    f"{ENTERPRISE_USER_URN}:division": TheirName(okta="user.division"),
    f"{ENTERPRISE_USER_URN}:department": TheirName("department", "user.department"),
    f"{ENTERPRISE_USER_URN}:manager": TheirName("manager", "user.managerId"),
    f"{CUSTOM_USER_URN}:location": TheirName("physicalDeliveryOfficeName", _OWN.okta),
}
GROUP_NAMES: Mapping[str, TheirName] = {
    "displayName": TheirName("displayName", gettext_lazy("the group’s name")),
    "externalId": TheirName("objectId"),
    "members": TheirName("members", gettext_lazy("the people assigned to the app")),
}
GROUP_FIELDS: Mapping[str, Text] = {
    "displayName": gettext_lazy("name"),
    "externalId": gettext_lazy("external id"),
    "members": gettext_lazy("people"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute: what it is called there and here, and what of it has arrived."""

    path: str
    name: str
    extension: str
    description: str
    theirs: TheirName
    # The field of the portal; empty for what is kept and given back alone.
    field: str = ""
    # It fills the field only where another attribute says nothing.
    stands_in: bool = False
    seen: int = 0
    example: str = ""


@dataclass(slots=True)
class Seen:
    """How many of the people looked at have a value in an attribute, and the latest, masked."""

    people: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, document: Document) -> None:
        self.people += 1
        for path, value in leaves(document):
            self.counts[path] += 1
            self.examples.setdefault(path, _example(value))


def show(request: HttpRequest) -> HttpResponse:
    """Three statements beside those that say who asks."""
    visit = Visit.of(request)
    dialect = facts_of(visit.organization, timezone.now()).last_dialect
    seen = what_was_seen(visit.organization)
    rows = list(rows_of(seen))
    return visit.page(
        "attributes.html",
        title=_("Attribute map"),
        name=directory_name(dialect),
        has_entra=dialect != "okta",
        has_okta=not dialect.startswith("entra"),
        landing=[row for row in rows if row.field],
        kept=[row for row in rows if not row.field and (row.seen or not seen.people)],
        unsent=[row for row in rows if not row.field and seen.people and not row.seen],
        groups=group_rows(),
        seen=seen,
        custom=CUSTOM_USER_URN,
    )


def what_was_seen(organization: Organization) -> Seen:
    """Of the people whom the directory looks after, those added last. One statement."""
    people = (
        User.objects.in_organization(organization)
        .present()
        .filter(source=User.Source.SCIM)
        .select_related("directory_record")
        .order_by("-id")[:LOOKED_AT]
    )
    seen = Seen()
    for user in people:
        seen.add(person_document(user))
    return seen


def leaves(document: Document) -> Iterator[tuple[str, Any]]:
    """Every row of the map that a document fills, with its value."""
    for name, value in document.items():
        if name in {ENTERPRISE_USER_URN, CUSTOM_USER_URN}:
            yield from ((f"{name}:{attribute}", inner) for attribute, inner in value.items())
        elif name == "name":
            yield from ((f"name.{part}", inner) for part, inner in value.items())
        else:
            yield name, value


def _example(value: Any) -> str:
    """A value as the log shows values; of several the first, of a complex one its `value`."""
    match value:
        case [first, *_rest]:
            return _example(first)
        case {"value": inner} | {"displayName": inner} | {"formatted": inner}:
            return _example(inner)
        case bool():
            return _("yes") if value else _("no")
        case _:
            return str(masked(value))


def rows_of(seen: Seen) -> Iterator[Row]:
    """Everything that a directory may write of a person, the schema's order, then what it sent."""
    for schema in USER.schemas:
        attributes = USER.top_level if schema is USER.schema else schema.attributes
        extension = "" if schema is USER.schema else schema.id
        for path, name, attribute in _written(attributes, extension):
            yield _row(path, name, extension, attribute.description, seen)
    known = {f"{CUSTOM_USER_URN}:{each.name}" for each in CUSTOM_USER.attributes}
    for path in sorted(seen.counts):
        if path.startswith(f"{CUSTOM_USER_URN}:") and path not in known:
            name = path.removeprefix(f"{CUSTOM_USER_URN}:")
            yield _row(path, name, CUSTOM_USER_URN, _("An attribute of your own."), seen)


def _written(
    attributes: Iterable[Attribute], extension: str
) -> Iterator[tuple[str, str, Attribute]]:
    prefix = f"{extension}:" if extension else ""
    for attribute in attributes:
        if attribute.is_read_only:
            continue
        if attribute.name == "name":
            for part in attribute.sub_attributes:
                yield f"name.{part.name}", f"name.{part.name}", part
        else:
            yield f"{prefix}{attribute.name}", attribute.name, attribute


def _row(path: str, name: str, extension: str, description: str, seen: Seen) -> Row:
    landing = FIELD_OF_ATTRIBUTE.get(path) or STANDS_IN.get(path, "")
    own = _OWN if extension == CUSTOM_USER_URN else TheirName()
    return Row(
        path,
        name,
        extension,
        description,
        THEIR_NAMES.get(path, own),
        field=field_label(landing) if landing else "",
        stands_in=path in STANDS_IN,
        seen=seen.counts[path],
        example=seen.examples.get(path, ""),
    )


def field_label(name: str) -> str:
    """A field of a person as the console calls it."""
    column = User._meta.get_field(name)
    assert isinstance(column, Field)  # none of them is a relation seen from the other side
    return str(column.verbose_name)


def group_rows() -> list[Row]:
    return [
        Row(
            attribute.name,
            attribute.name,
            "",
            attribute.description,
            GROUP_NAMES.get(attribute.name, TheirName()),
            field=str(GROUP_FIELDS[attribute.name]),
        )
        for attribute in GROUP.top_level
        if not attribute.is_read_only
    ]
