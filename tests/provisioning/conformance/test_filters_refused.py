"""Filters that make no sense or never end: RFC 7644, sections 3.4.2.2 and 3.12."""

from __future__ import annotations

import pytest

from tests.provisioning.conformance.client import CORE_USER, ENTERPRISE, listed
from tests.provisioning.conformance.people import Library


@pytest.mark.parametrize(
    "filter_",
    [
        # Attributes that no schema has: never dropped, since a match on the rest would be wrong.
        'foo eq "x"',
        "foo pr",
        'userName eq "bob" and foo eq "x"',
        'userName eq "bob" or foo eq "x"',
        "not (foo pr)",
        'name.foo eq "x"',
        'userName.foo eq "x"',
        'emails.foo eq "x"',
        'emails[foo eq "x"]',
        'emails[type eq "work" and foo pr]',
        'members eq "x"',
        'password eq "x"',
        "password pr",
        "is_superuser eq true",
        '__class__ eq "x"',
        'organization__slug eq "globex"',
        'userName__startswith eq "b"',
        'user_name eq "bob"',
        'urn:example:other:userName eq "bob"',
        f'{ENTERPRISE}:userName eq "bob"',
        f'{CORE_USER}:department eq "Sales"',
        f'{ENTERPRISE} eq "x"',
        f'{ENTERPRISE}:manager.foo eq "x"',
        # Comparisons that an attribute does not know: RFC 7644, section 3.4.2.2, Table 3.
        "active gt true",
        "active ge false",
        "active lt true",
        "active le true",
        'x509Certificates.value gt "MII"',
        "emails[primary gt false]",
        'meta.created gt "yesterday"',
        "meta.created eq true",
        'meta.lastModified ge ""',
        # What the grammar of Figure 1 does not read.
        "userName",
        "userName eq",
        "userName eq ",
        "eq",
        '"bob"',
        'eq "bob"',
        '"userName" eq "bob"',
        'userName == "bob"',
        'userName = "bob"',
        'userName like "bob"',
        "userName eq bob",
        "userName eq 'bob'",
        'userName eq "bob',
        'userName eq bob"',
        'userName eq "b\\x"',
        'userName eq "b\\u12"',
        'userName eq "b" "c"',
        'userName eq "bob" userName eq "min"',
        'userName eq "bob" and',
        'and userName eq "bob"',
        'userName eq "bob" and and title pr',
        'userName eq "bob" xor title pr',
        'userName eq "bob" & title pr',
        'userName eq "bob", title pr',
        'userName pr "bob"',
        "pr",
        "and",
        "not",
        "not title pr",
        "not ()",
        "()",
        '(userName eq "bob"',
        'userName eq "bob")',
        ")(",
        'userName eq ("bob")',
        'userName eq {"a": 1}',
        'userName eq ["bob"]',
        "userName eq 1.2.3",
        "userName eq -",
        "userName eq nul",
        '.userName eq "bob"',
        'userName. eq "bob"',
        'name..familyName eq "x"',
        'name.familyName.x eq "x"',
        '1userName eq "x"',
        'user-Name! eq "x"',
        "emails[",
        "emails[]",
        'emails[type eq "work"',
        'emails[type eq "work"]]',
        'emails type eq "work"]',
        'emails["work"]',
        "emails[0]",
        'emails[emails[type eq "work"]]',
        'emails[type eq "work"][value pr]',
        'emails[type eq "work"].',
        'userName eq "bob"; drop table users',
        'userName eq "bob"\x00',
        "\x00",
        "🙂",
    ],
    ids=ascii,
)
def test_a_filter_that_makes_no_sense_is_refused(library: Library, filter_: str):
    library.scim.get("/Users", filter=filter_).refused(400, "invalidFilter")


@pytest.mark.parametrize(
    "filter_",
    ['userName eq "bob"', "emails pr", 'members.foo eq "x"', f"{ENTERPRISE}:department pr"],
)
def test_a_filter_of_groups_knows_the_attributes_of_groups(library: Library, filter_: str):
    library.scim.get("/Groups", filter=filter_).refused(400, "invalidFilter")


def test_a_filter_may_have_a_hundred_terms(library: Library):
    terms = [f'userName eq "nobody-{number}"' for number in range(99)]
    found = listed(library.scim.get("/Users", filter=" or ".join([*terms, 'userName eq "bob"'])))

    assert library.names(found) == {"bob"}


def test_a_filter_may_be_nested(library: Library):
    filter_ = "(" * 20 + 'userName eq "bob"' + ")" * 20

    assert library.names(listed(library.scim.get("/Users", filter=filter_))) == {"bob"}


@pytest.mark.parametrize(
    "filter_",
    [
        " or ".join(['userName eq "bob"'] * 3000),
        "(" * 20_000 + 'userName eq "bob"' + ")" * 20_000,
        "not (" * 5_000 + "title pr" + ")" * 5_000,
        "(" * 100_000,
        'userName eq "' + "x" * 200_000 + '"',
        "x" * 100_000 + " pr",
        " and ".join(['emails[type eq "work" and value co "x"]'] * 500),
    ],
    ids=["terms", "parentheses", "nots", "open", "value", "name", "paths"],
)
def test_an_endless_filter_is_no_failure(library: Library, filter_: str):
    """Answered or refused, and quickly."""
    answer = library.scim.search("/Users", filter=filter_)

    if answer.status != 200:
        answer.refused(400, "invalidFilter", "tooMany")
