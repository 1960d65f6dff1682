"""Attribute names are matched tolerantly; values are kept only as far as they are fit to keep."""

from __future__ import annotations

import pytest

from sso.attributes import (
    CUSTOM,
    MAX_CUSTOM_ATTRIBUTES,
    UNUSED,
    destinations,
    find_attribute,
    map_profile,
)

CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
MICROSOFT = "http://schemas.microsoft.com"


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("email", "email"),
        ("email", "Mail"),
        ("email", "emailAddress"),
        ("email", f"{CLAIMS}/emailaddress"),
        ("email", "urn:oid:0.9.2342.19200300.100.1.3"),
        ("first_name", "firstName"),
        ("first_name", f"{CLAIMS}/givenname"),
        ("first_name", "urn:oid:2.5.4.42"),
        ("last_name", "sn"),
        ("last_name", f"{CLAIMS}/surname"),
        ("last_name", "urn:oid:2.5.4.4"),
        ("department", "Department"),
        ("last_name", "urn:mace:dir:attribute-def:sn"),
        ("title", "title"),
        ("title", "urn:oid:2.5.4.12"),
        ("manager_name", "manager"),
        ("location", "location"),
        ("location", "urn:oid:2.5.4.7"),
        ("email", "urn:mace:dir:attribute-def:mail"),
        ("stable_id", "employeeID"),
        ("stable_id", f"{MICROSOFT}/identity/claims/objectidentifier"),
    ],
)
def test_a_field_is_found_under_its_usual_names(field, name):
    profile = map_profile({name: ("ana@acme.example",)}, {})

    assert getattr(profile, field) == "ana@acme.example"
    assert not profile.custom


@pytest.mark.parametrize(
    "name", ["groups", "memberOf", f"{MICROSOFT}/ws/2008/06/identity/claims/groups"]
)
def test_groups_are_found_under_their_usual_names(name):
    assert map_profile({name: ("a", "b")}, {}).groups == ("a", "b")


def test_a_map_of_the_administrator_replaces_the_usual_names():
    profile = map_profile(
        {"mail": ("wrong@acme.example",), "workAddress": ("right@acme.example",)},
        {"email": "WORKADDRESS"},
    )

    assert profile.email == "right@acme.example"
    assert profile.custom == {"mail": ["wrong@acme.example"]}


def test_what_fills_no_field_is_kept_as_custom():
    profile = map_profile({"costCenter": ("12", "13"), "sn": ("Diaz",)}, {})

    assert profile.given() == {"last_name": "Diaz", "attributes": {"costCenter": ["12", "13"]}}


def test_the_first_value_that_says_something_counts():
    assert map_profile({"title": ("", "  ", "Planner")}, {}).title == "Planner"


@pytest.mark.parametrize(
    "address", ["no address", "a@b", "<ana@acme.example>", "ana@acme.example, x@y.example"]
)
def test_an_address_nobody_can_write_to_is_none(address):
    assert map_profile({"mail": (address,)}, {}).email == ""


def test_values_are_cut_and_lose_what_cannot_be_printed():
    profile = map_profile({"title": ("Plan\u202ener\x07" + "x" * 999,)}, {})

    assert profile.title.startswith("Planner")
    assert len(profile.title) == 255


def test_custom_attributes_are_a_convenience_and_not_an_archive():
    many = {f"a{number}": ("x",) for number in range(500)}

    assert len(map_profile(many, {}).custom) == MAX_CUSTOM_ATTRIBUTES


def test_an_attribute_is_found_by_whole_name_or_last_segment():
    attributes = {f"{MICROSOFT}/identity/claims/objectidentifier": ("8-4-4",)}

    assert find_attribute(attributes, "ObjectIdentifier") == ("8-4-4",)
    assert find_attribute(attributes, f"{MICROSOFT}/identity/claims/objectidentifier") == ("8-4-4",)
    assert find_attribute(attributes, "identifier") == ()


def test_the_order_of_the_message_decides_nothing():
    claim = f"{MICROSOFT}/identity/claims/objectidentifier"
    attributes = {claim: ("8-4-4",), "employeeid": ("7",)}
    turned = dict(reversed(attributes.items()))

    assert map_profile(attributes, {}).stable_id == map_profile(turned, {}).stable_id == "7"


def test_an_address_that_is_none_gives_way_to_one_that_is():
    profile = map_profile({"mail": ("ana",), f"{CLAIMS}/emailaddress": ("ana@acme.example",)}, {})

    assert profile.email == "ana@acme.example"


def test_groups_are_kept():
    assert map_profile({"memberOf": ("a", "b")}, {}).given() == {
        "attributes": {"groups": ["a", "b"]}
    }


def test_what_speaks_of_this_sign_in_alone_is_not_kept():
    assert not map_profile({f"{MICROSOFT}/claims/authnmethodsreferences": ("pwd",)}, {}).given()


@pytest.mark.parametrize(
    ("attributes", "attribute_map", "becomes"),
    [
        ({"mail": ("ana",), "email": ("a@b.example",)}, {}, {"mail": [UNUSED], "email": ["email"]}),
        ({"mail": ("a@b.example",)}, {"email": "work"}, {"mail": [CUSTOM]}),
        ({"sn": ("Diaz",)}, {"first_name": "sn"}, {"sn": ["first_name", "last_name"]}),
        (
            {"memberOf": ("a", "b"), "groups": ("",)},
            {},
            {"memberOf": ["groups"], "groups": [UNUSED]},
        ),
        (
            {"authenticationinstant": ("now",), "shoe": ("42",)},
            {},
            {"authenticationinstant": [UNUSED], "shoe": [CUSTOM]},
        ),
        (
            {f"a{number}": ("x",) for number in range(MAX_CUSTOM_ATTRIBUTES + 1)},
            {"title": f"a{MAX_CUSTOM_ATTRIBUTES}"},
            {f"a{number}": [CUSTOM] for number in range(MAX_CUSTOM_ATTRIBUTES)}
            | {f"a{MAX_CUSTOM_ATTRIBUTES}": ["title"]},
        ),
    ],
)
def test_a_preview_says_what_a_sign_in_does(attributes, attribute_map, becomes):
    profile = map_profile(attributes, attribute_map)
    columns = {name: getattr(profile, name) for name in profile.__slots__ if name != "custom"}

    assert destinations(attributes, attribute_map) == becomes
    filled = {field for fields in becomes.values() for field in fields} - {CUSTOM, UNUSED}
    assert {name for name, value in columns.items() if value} == filled
    assert {*profile.custom} == {name for name, fields in becomes.items() if fields == [CUSTOM]}
