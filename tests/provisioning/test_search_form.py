"""The form that filters and sorting read."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from provisioning.documents import search_form, validate
from provisioning.errors import ScimError
from provisioning.filters import matches, parse_filter
from provisioning.schema import GROUP, USER, Attribute, ResourceType, Schema, Type
from provisioning.schema.tables import CORE_USER_URN, CUSTOM_USER_URN, ENTERPRISE_USER_URN
from tests.provisioning.json_values import objects


def test_text_is_folded_where_case_does_not_count():
    document = {
        "externalId": "E-7",
        "userName": "Bo.Ek@ACME.example",
        "displayName": "ＢＯ Straße",
        "profileUrl": "https://x.example/Bo",
        "active": True,
        "name": {"givenName": "Bo"},
        ENTERPRISE_USER_URN: {"department": "Sales", "manager": {"value": "Ab1"}},
    }

    assert search_form(document, USER) == {
        "externalId": "E-7",
        "userName": "bo.ek@acme.example",
        "displayName": "bo strasse",
        "profileUrl": "https://x.example/Bo",
        "active": True,
        "name": {"givenName": "bo"},
        ENTERPRISE_USER_URN: {"department": "sales", "manager": {"value": "Ab1"}},
    }


def test_the_primary_value_comes_first_and_the_others_in_order():
    emails = [
        {"value": "A@x", "primary": False},
        {"value": "B@x"},
        {"value": "C@x", "primary": True, "type": "Work"},
    ]

    assert search_form({"emails": emails}, USER)["emails"] == [
        {"value": "c@x", "primary": True, "type": "work"},
        {"value": "a@x", "primary": False},
        {"value": "b@x"},
    ]


def test_attributes_of_an_open_schema_are_lists_of_text_under_lower_case_names():
    custom = {"location": "4th Floor", "badgeColor": "Red", "Tags": ["A", 5.0, True], "n": 7}

    assert search_form({CUSTOM_USER_URN: custom}, USER) == {
        CUSTOM_USER_URN: {
            "location": "4th floor",
            "badgecolor": [{"value": "red"}],
            "tags": [{"value": "a"}, {"value": "5"}, {"value": "true"}],
            "n": [{"value": "7"}],
        }
    }


def test_times_are_comparable_as_text():
    hired = ResourceType(
        name="X",
        endpoint="/x",
        description="",
        schema=Schema("urn:x", "X", "", (Attribute("hired", type=Type.DATE_TIME),)),
        common=(),
    )

    assert search_form({"hired": "2026-01-31T10:00:00+02:00"}, hired) == {
        "hired": "2026-01-31T08:00:00.000000Z"
    }


def test_what_the_schema_no_longer_knows_cannot_be_searched():
    document = {
        "userName": "bo",
        "gone": "x",
        "name": {"gone": "x"},
        ENTERPRISE_USER_URN: {"gone": "x"},
    }

    assert search_form(document, USER) == {"userName": "bo", "name": {}, ENTERPRISE_USER_URN: {}}


def test_a_group_has_a_search_form_too():
    assert search_form({"displayName": "Sales", "externalId": "X"}, GROUP) == {
        "displayName": "sales",
        "externalId": "X",
    }


@given(body=objects)
def test_every_document_has_a_search_form_of_which_the_same_filters_hold(body: dict[str, Any]):
    try:
        document = validate({**body, "schemas": [CORE_USER_URN], "userName": "Bo"}, USER)
    except ScimError:
        return
    form = search_form(document, USER)

    assert form.keys() == document.keys()
    for text in ('userName eq "BO"', "emails pr", 'emails[type eq "work"]', 'title co "A"'):
        wanted = parse_filter(text, USER)
        assert matches(wanted, form) == matches(wanted, document)
