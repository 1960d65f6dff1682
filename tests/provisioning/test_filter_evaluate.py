from __future__ import annotations

from typing import Any

import pytest

from provisioning.filters import matches, matches_element, parse_filter, parse_value_filter
from provisioning.schema import CORE_USER, CUSTOM_USER, ENTERPRISE_USER, GROUP, USER
from provisioning.schema.attributes import Attribute

ENTERPRISE, CUSTOM = ENTERPRISE_USER.id, CUSTOM_USER.id

ANA: dict[str, Any] = {
    "id": "0190-ana",
    "userName": "Ana@Acme.example",
    "externalId": "AbC",
    "active": True,
    "title": "Straße 5%_",
    "nickName": "",
    "name": {"familyName": "Ünal", "givenName": "Ana"},
    "emails": [
        {"value": "ana@work.example", "type": "work", "primary": True},
        {"value": "ana@home.example", "type": "home"},
    ],
    "photos": [{"value": "https://Example.com/A"}],
    "groups": [{"value": "g1", "display": "Sales"}],
    "meta": {"created": "2024-02-03T04:05:06.700+01:00", "version": 'W/"1f"'},
    ENTERPRISE: {"department": "R&D", "manager": {"value": "m1"}},
    CUSTOM: {"Skills": ["Go", "Rust"], "level": 5, "remote": True},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('userName eq "ANA@acme.EXAMPLE"', True),
        ('externalId eq "AbC"', True),
        ('externalId eq "abc"', False),
        ('title co "STRASSE"', True),
        ('title co "%"', True),
        ('title sw "s%"', False),
        ('title ew "5%_"', True),
        ('name.familyName eq "ÜNAL"', True),
        ('name.familyName gt "u"', True),
        ('name.familyName lt "v"', False),
        ('userName ge "ana@acme.example"', True),
        ('userName gt "ana@acme.example"', False),
        ('userName le "ana@acme.example"', True),
        ('userName lt "ana@acme.example"', False),
        ("title pr", True),
        ("nickName pr", False),
        ('nickName eq ""', True),
        ("nickName eq null", True),
        ("locale pr", False),
        ('locale eq ""', False),
        ('locale ne "x"', True),
        ('not (locale eq "x")', True),
        ("name pr", True),
        ("name.middleName pr", False),
        ("emails pr", True),
        ("ims pr", False),
        ('emails co "@home"', True),
        ('emails.type eq "work" and emails.value co "@home"', True),
        ('emails[type eq "work" and value co "@home"]', False),
        ('emails[type eq "home" and value co "@home"]', True),
        ('emails[type eq "home"].value co "@home"', True),
        ('emails.type ne "work"', False),
        ('emails[type ne "work"]', True),
        ('emails[not (type eq "work") and not (type eq "home")]', False),
        ('ims[not (type eq "work")]', False),
        ("emails[primary eq false]", True),
        ("emails[primary eq true].type eq \"home\"", False),
        ("emails[type eq \"home\"].primary pr", False),
        ("ims.primary eq false", False),
        ('photos.value eq "https://example.com/A"', False),
        ('photos.value ew "/A"', True),
        ("active eq true", True),
        ("active ne true", False),
        ('groups eq "g1"', True),
        ('groups.display eq "SALES"', True),
        ('meta.created eq "2024-02-03T03:05:06.7Z"', True),
        ('meta.created gt "2024-02-03T03:05:06.699999Z"', True),
        ('meta.created ge "2024-02-03T03:05:06.7000001Z"', True),
        ('meta.created lt "2024-02-03T04:05:06.7Z"', True),
        ('meta.created sw "2024-02-03T03"', True),
        ('meta.created ew "700000z"', True),
        ('meta.lastModified sw "2"', False),
        ('meta.lastModified gt "2024-02-03T03:05:06.7Z"', False),
        (f'{ENTERPRISE}:department eq "r&d"', True),
        (f'{ENTERPRISE}:manager eq "m1"', True),
        (f'{ENTERPRISE}:manager[value eq "m1"]', True),
        (f'{ENTERPRISE}:manager[not (value eq "m1")]', False),
        (f'{CUSTOM}:skills eq "rust"', True),
        (f'{CUSTOM}:SKILLS[value eq "GO"]', True),
        (f'{CUSTOM}:skills[not (value eq "go")]', True),
        (f'{CUSTOM}:skills ne "go"', False),
        (f"{CUSTOM}:level eq 5.0", True),
        (f'{CUSTOM}:level eq "5"', True),
        (f"{CUSTOM}:remote eq true", True),
        (f'{CUSTOM}:badge eq "x"', False),
        (f'schemas eq "{CORE_USER.id}"', True),
        (f'schemas eq "{ENTERPRISE.upper()}"', True),
        ('schemas eq "urn:other"', False),
        ('schemas ne "urn:other"', True),
        ('schemas co "enterprise"', True),
        ("schemas pr", True),
        ("schemas eq null", False),
    ],
)  # fmt: skip
def test_a_filter_holds_of_a_document(text: str, expected: bool) -> None:
    assert matches(parse_filter(text, USER), ANA) is expected


def test_a_person_without_an_extension_does_not_have_its_schema() -> None:
    read = parse_filter(f'schemas eq "{ENTERPRISE}"', USER)

    assert not matches(read, {"userName": "ben"})


def test_groups_have_their_own_schema() -> None:
    read = parse_filter('schemas co "core:2.0:group"', GROUP)

    assert matches(read, {"displayName": "Sales"})


@pytest.mark.parametrize(
    ("text", "element", "expected"),
    [
        ('type eq "Work"', {"type": "work", "value": "x"}, True),
        ('type eq "work" and value eq "x"', {"type": "work", "value": "y"}, False),
        ('not (type eq "work")', {"value": "y"}, True),
        ("primary eq false", {"value": "y"}, True),
        ("type eq null", {"value": "y"}, True),
    ],
)
def test_patch_chooses_elements(text: str, element: dict[str, Any], expected: bool) -> None:
    emails = USER.attribute("emails")
    assert emails is not None

    assert matches_element(parse_value_filter(text, emails), element, emails) is expected


def test_elements_may_be_plain_values() -> None:
    skills = Attribute("skills")

    assert matches_element(parse_value_filter('value eq "GO"', skills), "go", skills)
    assert not matches_element(parse_value_filter('value eq "GO"', skills), "rust", skills)


def test_a_plain_value_has_no_further_parts() -> None:
    emails = USER.attribute("emails")
    assert emails is not None

    assert not matches_element(parse_value_filter("type pr", emails), "go", emails)
