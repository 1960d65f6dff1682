"""The reference page says what the schema table, the limits and the causes say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from provisioning.causes import CAUSE_OF_STATUS, CAUSE_OF_TYPE, cause_of
from provisioning.filters.parser import MAX_COMPARISONS, MAX_DEPTH
from provisioning.limits import (
    BULK_MAX_BYTES,
    BULK_MAX_OPERATIONS,
    CURSOR_SECONDS,
    GROUP_MAX_BYTES,
    MAX_BODY_BYTES,
    MAX_DOCUMENT,
    PAGE_DEFAULT,
    PAGE_MAX,
    PAGE_MAX_GROUPS,
    PAGE_MAX_MEMBERS,
    SEARCH_SECONDS,
)
from provisioning.paging import MAX_NAMES
from provisioning.schema import RESOURCE_TYPES, Attribute, Mutability, Uniqueness
from provisioning.services import DEFAULT_DAYS, MAX_DAYS

PAGE = Path("docs/reference/scim.md").read_text()
SECTIONS = {
    schema.id: [*each.common, *schema.attributes] if schema is each.schema else schema.attributes
    for each in RESOURCE_TYPES
    for schema in each.schemas
}


def flattened(attributes: Iterable[Attribute]) -> Iterator[tuple[str, Attribute]]:
    for attribute in attributes:
        yield attribute.name, attribute
        yield from ((f"{attribute.name}.{sub.name}", sub) for sub in attribute.sub_attributes)


def marks(attribute: Attribute) -> str:
    said = {
        "several": attribute.multi_valued,
        "required": attribute.required,
        str(attribute.mutability): attribute.mutability is not Mutability.READ_WRITE,
        "unique": attribute.uniqueness is not Uniqueness.NONE,
        "case counts": attribute.case_exact,
    }
    return ", ".join(mark for mark, holds in said.items() if holds)


def rows(section: str) -> list[tuple[str, ...]]:
    found = re.findall(r"^\| (.*?) \|$", section, re.MULTILINE)
    return [tuple(cell.strip() for cell in row.split("|")) for row in found]


@pytest.mark.parametrize("urn", SECTIONS)
def test_the_page_lists_each_attribute_as_the_schema_has_it(urn: str) -> None:
    section = PAGE.partition(f"`{urn}`\n")[2].partition("\n#")[0].partition("\n\nBesides")[0]

    assert rows(section)[2:] == [
        (f"`{name}`", str(each.type), marks(each), each.description)
        for name, each in flattened(SECTIONS[urn])
    ]


def test_the_page_lists_each_error_with_the_cause_that_the_console_says() -> None:
    section = PAGE.partition("## Errors")[2].partition("\n## ")[0]
    listed = {
        (int(status), scim_type): cause
        for status, types, cause in rows(section)[2:]
        for scim_type in re.findall(r"\w+", types) or [""]
    }

    assert listed == {key: str(cause_of(*key).label) for key in listed}
    assert {scim_type for _status, scim_type in listed} == {"", *CAUSE_OF_TYPE}
    # 400 without a type is what no refusal of ours is.
    assert {status for status, _type in listed} == set(CAUSE_OF_STATUS)


@pytest.mark.parametrize(
    "number",
    [
        BULK_MAX_OPERATIONS,
        BULK_MAX_BYTES,
        MAX_BODY_BYTES,
        GROUP_MAX_BYTES,
        MAX_DOCUMENT,
        MAX_NAMES,
        MAX_COMPARISONS,
        MAX_DEPTH,
        CURSOR_SECONDS,
        PAGE_DEFAULT,
        PAGE_MAX,
        PAGE_MAX_GROUPS,
        PAGE_MAX_MEMBERS,
        SEARCH_SECONDS,
        DEFAULT_DAYS,
        MAX_DAYS,
    ],
)
def test_the_page_names_the_limits_that_hold(number: int) -> None:
    assert re.search(rf"\b{number:,}\b", PAGE)
