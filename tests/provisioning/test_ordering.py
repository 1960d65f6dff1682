"""`sortBy` and `sortOrder`, on either database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import DirectoryGroup, Organization, User
from accounts.names import name_key
from provisioning.documents import search_form
from provisioning.errors import InvalidPath, InvalidValue
from provisioning.models import DirectoryRecord
from provisioning.ordering import ordering
from provisioning.schema import CUSTOM_USER, ENTERPRISE_USER, GROUP, USER
from provisioning.schema.tables import CORE_USER_URN
from tests.provisioning.filter_strategies import WORDS

ENTERPRISE, CUSTOM = ENTERPRISE_USER.id, CUSTOM_USER.id


@pytest.fixture
def make_person(acme: Organization, make_user: Callable[..., User]) -> Callable[..., User]:
    """`make_person("ana", {"title": …}, state=…)`: with a record of this document."""

    def make(user_name: str, document: dict[str, Any] | None = None, **fields: Any) -> User:
        person = make_user(user_name, **fields)
        if document is not None:
            DirectoryRecord.objects.create(
                user=person,
                organization=acme,
                document=document,
                search=search_form(document, USER),
                manager_id=document.get(ENTERPRISE, {}).get("manager", {}).get("value"),
            )
        return person

    return make


def people(sort_by: str, sort_order: str | None = None) -> list[str]:
    order = ordering(sort_by, sort_order, USER)
    rows = User.objects.order_by(*order.expressions())
    return list(rows.values_list("user_name", flat=True))


@pytest.mark.parametrize(
    ("sort_by", "documents"),
    [
        ("title", [{"title": "a"}, {"title": "B"}, {"title": "c"}]),
        ("name.familyName", [{"name": {"familyName": name}} for name in ("Ünal", "ünsal", "Š")]),
        (f"{CORE_USER_URN}:nickName", [{"nickName": "x"}, {"nickName": "Y"}]),
        # References keep their case, and capitals come first.
        ("profileUrl", [{"profileUrl": "B"}, {"profileUrl": "a"}]),
        # The primary one, wherever it stands; else the first.
        ("emails", [
            {"emails": [{"value": "z"}, {"value": "a", "primary": True}]},
            {"emails": [{"value": "B"}, {"value": "a"}]},
            {"emails": [{"value": "c", "primary": True}, {"value": "a"}]},
        ]),
        ("emails.type", [
            {"emails": [{"value": "1", "type": "home"}, {"value": "2", "type": "work"}]},
            {"emails": [{"value": "1", "type": "work"}, {"value": "2", "type": "home"}]},
        ]),
        ("addresses.locality", [{"addresses": [{"locality": name}]} for name in "ab"]),
        (f"{ENTERPRISE}:department", [{ENTERPRISE: {"department": name}} for name in "aBc"]),
        (f"{CUSTOM}:BADGE", [{CUSTOM: {"badge": "a"}}, {CUSTOM: {"Badge": "B"}}]),
        (f"{CUSTOM}:skills", [{CUSTOM: {"skills": ["b", "a"]}}, {CUSTOM: {"skills": ["C"]}}]),
    ],
)  # fmt: skip
def test_people_are_sorted_by_any_attribute_and_who_has_none_is_last_or_first(
    make_person: Callable[..., User], sort_by: str, documents: list[dict[str, Any]]
) -> None:
    names = [f"{number}" for number in range(len(documents))]
    for name, document in reversed(list(zip(names, documents, strict=True))):
        make_person(name, document)
    make_person("none", {"title": "", "locale": "x"} if sort_by != "title" else {})

    assert people(sort_by) == [*names, "none"]
    assert people(sort_by, "descending") == ["none", *reversed(names)]


def test_somebody_without_a_record_has_no_value(make_person: Callable[..., User]) -> None:
    make_person("none")
    make_person("some", {"title": "x"})

    assert people("title") == ["some", "none"]


def test_texts_are_ordered_by_code_points_on_every_database(
    make_person: Callable[..., User],
) -> None:
    words = sorted({name_key(word) for word in WORDS if word.strip()})
    for word in reversed(words):
        make_person(word, {"title": word})

    assert people("userName") == words
    assert people("title") == words


def test_people_are_sorted_by_whether_they_are_active(make_person: Callable[..., User]) -> None:
    make_person("on")
    make_person("off", state=User.State.DEACTIVATED)
    make_person("invited", state=User.State.INVITED)

    assert people("active") == ["off", "on", "invited"]


@pytest.mark.parametrize("sort_by", ["meta.created", "meta.lastModified", "meta.version"])
def test_people_are_sorted_by_time(make_person: Callable[..., User], sort_by: str) -> None:
    for second, name in ((2, "b"), (10, "c"), (1, "a")):
        moment = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
        person = make_person(name)
        User.objects.filter(pk=person.pk).update(created_at=moment, updated_at=moment)

    assert people(sort_by) == ["a", "b", "c"]


@pytest.mark.parametrize("sort_by", ["id", "meta.location", "meta.resourceType"])
def test_people_are_sorted_by_what_their_ids_decide(
    make_person: Callable[..., User], sort_by: str
) -> None:
    made = sorted((make_person(f"{number}") for number in range(3)), key=lambda each: each.pk)

    assert people(sort_by) == [each.user_name for each in made]
    assert people(sort_by, "descending") == [each.user_name for each in reversed(made)]


def test_people_are_sorted_by_their_managers_name(make_person: Callable[..., User]) -> None:
    first = make_person("zoe", {"name": {"givenName": "Abe"}}, first_name="Abe", last_name="")
    second = make_person("bob", {"name": {"givenName": "Bob"}}, first_name="Bob", last_name="")
    make_person("under-bob", {ENTERPRISE: {"manager": {"value": str(second.pk)}}})
    make_person("under-abe", {ENTERPRISE: {"manager": {"value": str(first.pk)}}})

    names = people(f"{ENTERPRISE}:manager.displayName")

    assert names[:2] == ["under-abe", "under-bob"]


@pytest.mark.parametrize("part", ["value", "display", "$ref"])
def test_people_and_groups_are_sorted_by_each_other(
    acme: Organization, make_person: Callable[..., User], part: str
) -> None:
    groups = [DirectoryGroup.objects.create(organization=acme, display_name=name) for name in "ab"]
    groups.sort(key=lambda each: each.pk)
    members = [make_person(name, {"displayName": name}) for name in "xy"]
    members.sort(key=lambda each: each.pk)
    loner = make_person("loner")
    for group, member in zip(groups, members, strict=True):
        group.memberships.create(user=member)
    by_name = part == "display"

    expected = sorted(members, key=lambda each: each.directory_groups.get().display_name)
    assert people(f"groups.{part}") == [
        each.user_name for each in ([*expected, loner] if by_name else [*members, loner])
    ]
    rows = DirectoryGroup.objects.order_by(*ordering(f"members.{part}", None, GROUP).expressions())
    by_member = sorted(groups, key=lambda each: each.members.get().user_name)
    assert list(rows) == (by_member if by_name else groups)


def test_groups_are_sorted_by_name_without_case(acme: Organization) -> None:
    for name in ("b", "C", "A"):
        DirectoryGroup.objects.create(organization=acme, display_name=name)

    rows = DirectoryGroup.objects.order_by(
        *ordering("displayName", "descending", GROUP).expressions()
    )

    assert [group.display_name for group in rows] == ["C", "b", "A"]


@pytest.mark.parametrize(
    "sort_by",
    ["nothing", "name", "meta", "addresses", "schemas", "emails[type eq \"work\"]", "title.value",
     ENTERPRISE, "members", " title"],
)  # fmt: skip
def test_what_cannot_be_sorted_by_is_refused(sort_by: str) -> None:
    with pytest.raises(InvalidPath, match="sortBy"):
        ordering(sort_by, None, USER)


def test_an_order_that_is_neither_up_nor_down_is_refused() -> None:
    with pytest.raises(InvalidValue, match="sortOrder is ascending or descending"):
        ordering(None, "up", USER)


def test_beside_other_types_their_attributes_may_be_sorted_by() -> None:
    assert ordering("members", None, USER, beside=(USER, GROUP)).key is not None
    with pytest.raises(InvalidPath):
        ordering("nothing", None, USER, beside=(USER, GROUP))
