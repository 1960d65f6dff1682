"""Which resources a filter means: RFC 7644, section 3.4.2.2."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.provisioning.conformance.client import NOBODY, Scim, ids, listed
from tests.provisioning.conformance.people import Library

EVERYBODY = "ada bob cem zoe eve min"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LONG_AGO, IN_A_CENTURY = '"2011-05-13T04:42:34Z"', '"2111-05-13T04:42:34Z"'

EQUALITY = [
    # userName is compared ignoring case (RFC 7643, section 4.1.1), beyond ASCII as well.
    ('userName eq "bob"', "bob"),
    ('userName eq "BOB"', "bob"),
    ('userName eq "ada.lovelace@ACME.example"', "ada"),
    ('userName eq "ZOË@acme.example"', "zoe"),
    ('userName eq "zoe\u0308@acme.example"', "zoe"),
    ('userName eq "bo"', ""),
    ('userName eq "bob "', ""),
    ('userName eq ""', ""),
    ('userName eq "cem%"', ""),
    ('userName eq "cem?y"', ""),
    # externalId and id are compared exactly (RFC 7643, section 3.1).
    ('externalId eq "E-100"', "ada"),
    ('externalId eq "e-100"', "bob"),
    ('externalId eq "200"', "eve"),
    ('id eq "{bob}"', "bob"),
    (f'id eq "{NOBODY}"', ""),
    ('id eq "1"', ""),
    ('id eq "no uuid"', ""),
    ('displayName eq "ada lovelace"', "ada"),
    ('displayName eq "ZOË ÅNGSTRÖM"', "zoe"),
    ('nickName eq "COUNTESS"', "ada"),
    ('title eq "engineer"', "ada zoe eve"),
    ('name.familyName eq "lovelace"', "ada"),
    ('name.givenName eq "Zoë"', "zoe"),
    ('name.middleName eq "King"', "ada"),
    ('name.formatted eq "Ms. Ada King Lovelace III"', "ada"),
    ('name.honorificPrefix eq "Ms."', "ada"),
    ('name.honorificSuffix eq "III"', "ada"),
    ('preferredLanguage eq "sv"', "zoe"),
    ('locale eq "en-gb"', "ada"),
    ('timezone eq "Europe/London"', "ada"),
    ('profileUrl eq "https://people.example/ada"', "ada"),
    ('profileUrl eq "https://people.example/ADA"', ""),
    ("active eq true", "ada bob cem eve min"),
    ("active eq false", "zoe"),
    ("active ne true", "zoe"),
    ("active ne false", "ada bob cem eve min"),
    ('userType ne "Employee"', "bob zoe min"),
    ('id ne "{bob}"', "ada cem zoe eve min"),
    ('userName ne "BOB"', "ada cem zoe eve min"),
    ('externalId ne "E-100"', "bob cem zoe eve min"),
    # null is what is unassigned (RFC 7643, section 2.5).
    ("title eq null", "min"),
    ("title ne null", "ada bob cem zoe eve"),
    ('meta.resourceType eq "User"', EVERYBODY),
    ('meta.resourceType eq "Group"', ""),
    ('meta.location eq "{bob.location}"', "bob"),
]
PARTS_OF_TEXT = [
    ('userName co "ACME"', "ada zoe"),
    ('userName sw "ADA."', "ada"),
    ('userName sw "lovelace"', ""),
    ('userName ew "@acme.EXAMPLE"', "ada zoe"),
    ('userName ew "acme"', ""),
    ('userName co "%"', ""),
    ('userName co "_"', "cem"),
    ('userName sw "___"', ""),
    ('title co "%"', "bob"),
    ('title sw "100%"', "bob"),
    ('title ew "_score"', "cem"),
    ('title co "r_s"', "cem"),
    ('title co "remo"', "bob"),
    ('displayName co "ångström"', "zoe"),
    ('displayName ew "ÖM"', "zoe"),
    ('displayName co "*"', ""),
    ('displayName sw "ad"', "ada"),
    ('name.familyName co "\'"', "bob"),
    ('name.familyName co "O\'N"', "bob"),
    ('externalId sw "E-"', "ada"),
    ('externalId sw "e-"', "bob"),
    ('externalId co "100"', "ada bob"),
    ('id co "{bob}"', "bob"),
    ('id sw "{bob}"', "bob"),
    ('id ew "{bob}"', "bob"),
    ('preferredLanguage sw "en"', "ada"),
    ('profileUrl ew "/ada"', "ada"),
]
ESCAPES = [
    ('displayName eq "Bob \\"Bobby\\" O\'Neil"', "bob"),
    ('displayName co "\\""', "bob"),
    ('displayName co "\\\\"', "cem"),
    ('displayName eq "Cem \\\\ Yılmaz"', "cem"),
    ('displayName eq "\\u0041da Lovelace"', "ada"),
    ('displayName eq "Ada\\u0020Lovelace"', "ada"),
    ('profileUrl eq "https:\\/\\/people.example\\/ada"', "ada"),
    ('addresses.formatted co "\\n"', "ada"),
    ('displayName eq "x\\" or userName pr or displayName eq \\""', ""),
    ('displayName eq "\' OR 1=1 --"', ""),
]
ORDER = [
    ('userName gt "cem_y"', "eve min zoe"),
    ('userName ge "CEM_Y"', "cem eve min zoe"),
    ('userName lt "Bob"', "ada"),
    ('userName le "BOB"', "ada bob"),
    ('title gt "engineer"', "cem"),
    ('title lt "F"', "ada bob zoe eve"),
    ('externalId lt "E"', "eve"),
    ('externalId ge "E-100"', "ada bob"),
    ('externalId gt "E-100"', "bob"),
    (f"meta.created gt {LONG_AGO}", EVERYBODY),
    (f"meta.created lt {LONG_AGO}", ""),
    (f"meta.lastModified ge {LONG_AGO}", EVERYBODY),
    (f"meta.lastModified le {IN_A_CENTURY}", EVERYBODY),
    (f"meta.lastModified gt {IN_A_CENTURY}", ""),
    ('meta.created gt "2011-05-13T04:42:34.8617979-07:00"', EVERYBODY),
    ('meta.created gt "2011-05-13T04:42:34"', EVERYBODY),
    ('meta.created eq "{ada.created}"', "ada"),
    ('meta.created le "{ada.created}"', "ada"),
    ('meta.created gt "{ada.created}"', "bob cem zoe eve min"),
    ('meta.created ne "{ada.created}"', "bob cem zoe eve min"),
]
PRESENCE = [
    ("userName pr", EVERYBODY),
    ("id pr", EVERYBODY),
    ("meta pr", EVERYBODY),
    ("meta.created pr", EVERYBODY),
    ("active pr", EVERYBODY),
    ("externalId pr", "ada bob eve"),
    ("title pr", "ada bob cem zoe eve"),
    ("not (title pr)", "min"),
    ("name pr", "ada bob zoe"),
    ("name.middleName pr", "ada"),
    ("emails pr", "ada bob cem eve"),
    ("emails.display pr", "ada"),
    ("emails.primary pr", "ada eve"),
    ("addresses.region pr", "ada"),
    ("x509Certificates pr", "ada"),
    ("groups pr", "ada bob eve"),
    ("not (groups pr)", "cem zoe min"),
    (f"{ENTERPRISE}:department pr", "ada bob eve"),
    (f"{ENTERPRISE}:manager pr", "bob eve"),
    (f"{ENTERPRISE}:manager.value pr", "bob eve"),
    (f"{ENTERPRISE}:manager.displayName pr", "bob"),
]
SPELLING = [
    # Names and operators are compared ignoring case (RFC 7643, 2.1; RFC 7644, 3.4.2.2).
    ('USERNAME eq "bob"', "bob"),
    ('username EQ "bob"', "bob"),
    ('userName Eq "bob"', "bob"),
    ('Name.FAMILYNAME eq "lovelace"', "ada"),
    ("title PR", "ada bob cem zoe eve"),
    ('title eq "engineer" AND active eq true', "ada eve"),
    ('userName eq "bob" OR userName eq "min"', "bob min"),
    ("NOT (title pr)", "min"),
    ("not(title pr)", "min"),
    ("(title pr)", "ada bob cem zoe eve"),
    ("((title pr))", "ada bob cem zoe eve"),
    ("( title pr )", "ada bob cem zoe eve"),
    ('  userName eq "bob"  ', "bob"),
    ('userName  eq  "bob"', "bob"),
    (f'{CORE}:userName eq "bob"', "bob"),
    (f'{CORE}:userName sw "B"', "bob"),
    (f'{CORE}:name.familyName eq "Lovelace"', "ada"),
    (f'{CORE}:emails[type eq "home"]', "ada bob cem"),
    (f'{CORE.upper()}:USERNAME eq "bob"', "bob"),
    (f'{ENTERPRISE}:department eq "R&D"', "ada eve"),
    (f'{ENTERPRISE}:department eq "Sales"', "bob"),
    (f'{ENTERPRISE.upper()}:DEPARTMENT eq "sales"', "bob"),
    (f'{ENTERPRISE}:employeeNumber eq "701984"', "ada"),
    (f'{ENTERPRISE}:costCenter sw "41"', "ada"),
    (f'{ENTERPRISE}:organization ew "engines"', "ada"),
    (f'{ENTERPRISE}:division ne null and {ENTERPRISE}:division eq "research"', "ada"),
    (f'{ENTERPRISE}:manager.value eq "{{ada}}"', "bob"),
    (f'{ENTERPRISE}:manager.value eq "nobody we know"', "eve"),
    (f'{ENTERPRISE}:manager.displayName eq "ada lovelace"', "bob"),
]
LOGIC = [
    ('title pr and userType eq "Employee"', "ada cem eve"),
    ('title pr or userType eq "Intern"', "ada bob cem zoe eve"),
    # `and` binds closer than `or`, `not` closest.
    ('userName eq "min" or title eq "engineer" and active eq false', "min zoe"),
    ('title eq "engineer" and active eq false or userName eq "min"', "min zoe"),
    ('(userName eq "min" or title eq "engineer") and active eq false', "zoe"),
    ('userName eq "ada" or userName eq "bob" or userName eq "eve"', "bob eve"),
    ('title pr and active eq true and userType eq "employee" and emails pr', "ada cem eve"),
    ('not (userType eq "employee") and title pr', "bob zoe"),
    ('not (userType eq "employee" and title pr)', "bob zoe min"),
    ('not (userType eq "employee") or title eq "engineer"', "ada bob zoe eve min"),
    ('not (not (userName eq "bob"))', "bob"),
    ("title pr and not (emails pr)", "zoe"),
    ('not (title eq "engineer")', "bob cem min"),
    ("not (active eq true)", "zoe"),
    ("userName pr and (title pr and (name pr and (emails pr)))", "ada bob"),
]
MANY_VALUES = [
    ('emails eq "ada@acme.example"', "ada"),
    ('emails co "ACME.example"', "ada bob cem eve"),
    ('emails.value eq "eve@acme.example"', "eve"),
    ('emails.value ew "@home.example"', "ada"),
    ('emails.type eq "work"', "ada cem eve"),
    ("emails.primary eq true", "ada eve"),
    ('phoneNumbers.value eq "tel:+44-7700-900001"', "ada"),
    ('phoneNumbers.type eq "mobile"', "ada"),
    ('ims.value eq "ada"', "ada"),
    ('photos.value eq "https://photos.example/ada"', "ada"),
    ('addresses.locality eq "LONDON"', "ada"),
    ('addresses.country eq "GB"', "ada"),
    ('addresses.type eq "work"', "ada bob"),
    ('roles.value eq "author"', "ada bob"),
    ('roles eq "reader"', "ada"),
    ('entitlements.value sw "courses"', "ada"),
    ('x509Certificates.value eq "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQ=="', "ada"),
    # Without brackets each comparison may be true of another element, within them of one.
    ('emails.type eq "work" and emails.value co "@acme"', "ada cem eve"),
    ('emails[type eq "work" and value co "@acme"]', "ada eve"),
    ('emails[type eq "work"]', "ada cem eve"),
    ('emails[TYPE EQ "work" AND VALUE co "@acme"]', "ada eve"),
    ('emails[type eq "home" or value ew "@work.example"]', "ada bob cem"),
    ('emails[not (type eq "home")]', "ada cem eve"),
    ('emails[type ne "home"]', "ada cem eve"),
    ('emails[(type eq "home") and not (value co "acme")]', "ada"),
    ('emails[type eq "home" and value co "acme" or display pr]', "ada bob cem"),
    ("emails[primary eq true]", "ada eve"),
    ("emails[display pr]", "ada"),
    ('emails[ type eq "work" ]', "ada cem eve"),
    ('not (emails[type eq "work"])', "bob zoe min"),
    ('emails[type eq "work"] and emails[value co "@home"]', "ada"),
    ('emails[type eq "pager"] or ims[type eq "xmpp" and value eq "ada"]', "ada"),
    ('addresses[type eq "work" and country eq "GB"]', "ada"),
    ('addresses[type eq "home" and locality eq "London"]', ""),
    ('addresses[type eq "work" and locality sw "g"]', "bob"),
    ('roles[value eq "Author" and primary eq true]', "bob"),
    ('userType eq "Employee" and (emails.type eq "work")', "ada cem eve"),
    ('userType eq "Employee" and (emails co "home.ex" or emails.value co "work.ex")', "ada cem"),
    (
        'userType ne "Employee" and not (emails co "acme.example" or emails.value co "x.org")',
        "zoe min",
    ),
    ('userType eq "Employee" and emails[type eq "work" and value co "@acme.example"]', "ada eve"),
    ('groups.value eq "{engineers}"', "ada eve"),
    ('groups[value eq "{engineers}"]', "ada eve"),
    ('groups.display eq "sales OF engineers"', "bob"),
    ('groups[display sw "Eng" and type eq "direct"]', "ada eve"),
    (f'groups.value eq "{NOBODY}"', ""),
    (f'schemas eq "{ENTERPRISE}"', "ada bob eve"),
    (f'schemas eq "{CORE}"', EVERYBODY),
    ('schemas eq "urn:example:other"', ""),
]
OF_USERS = [
    *EQUALITY,
    *PARTS_OF_TEXT,
    *ESCAPES,
    *ORDER,
    *PRESENCE,
    *SPELLING,
    *LOGIC,
    *MANY_VALUES,
]


@pytest.mark.parametrize(("filter_", "expected"), OF_USERS, ids=lambda each: ascii(each))
def test_a_filter_finds_the_people_it_means(library: Library, filter_: str, expected: str):
    found = listed(library.scim.get("/Users", filter=library.fill_in(filter_)))

    assert library.names(found) == set(expected.split())
    assert len(found) == len(expected.split())


OF_GROUPS = [
    ('displayName eq "Engineers"', "engineers"),
    ('displayName eq "ENGINEERS"', "engineers"),
    ('displayName co "engineers"', "engineers sales"),
    ('displayName sw "e"', "engineers empty"),
    ('displayName gt "engineers"', "sales"),
    ('displayName eq "engineers" or displayName eq "empty"', "engineers empty"),
    ("displayName pr", "engineers sales empty"),
    ('urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq "empty"', "empty"),
    ('externalId eq "G-1"', "engineers"),
    ('externalId eq "g-1"', "sales"),
    ('id eq "{sales}"', "sales"),
    ('id eq "{ada}"', ""),
    ("members pr", "engineers sales"),
    ("not (members pr)", "empty"),
    ('members.value eq "{ada}"', "engineers"),
    ('members eq "{bob}"', "sales"),
    ('members[value eq "{eve}"]', "engineers"),
    ('members[value eq "{eve}" or value eq "{bob}"]', "engineers sales"),
    ('members.value eq "{eve}" and members.value eq "{ada}"', "engineers"),
    ('members.value eq "{eve}" and members.value eq "{bob}"', ""),
    ('members[value eq "{eve}" and value eq "{ada}"]', ""),
    ('members.type eq "User"', "engineers sales"),
    ('members[type eq "Group"]', ""),
    ('members[display eq "ada lovelace"]', "engineers"),
    (f'members.value eq "{NOBODY}"', ""),
    ('members.value eq "no uuid"', ""),
    ('id eq "{engineers}" and members eq "{ada}"', "engineers"),
    ('id eq "{sales}" and members eq "{ada}"', ""),
    ('not (members.value eq "{ada}")', "sales empty"),
    (f"meta.created gt {LONG_AGO}", "engineers sales empty"),
    ('meta.resourceType eq "Group" and displayName sw "S"', "sales"),
]


@pytest.mark.parametrize(("filter_", "expected"), OF_GROUPS, ids=lambda each: ascii(each))
def test_a_filter_finds_the_groups_it_means(library: Library, filter_: str, expected: str):
    found = listed(library.scim.get("/Groups", filter=library.fill_in(filter_)))

    assert library.names(found) == set(expected.split())


def test_the_total_counts_what_the_filter_finds(library: Library):
    answer = library.scim.get("/Users", filter="title pr", count="2")

    assert len(listed(answer)) == 2
    assert answer["totalResults"] == 5


def test_nothing_found_is_an_empty_list(library: Library):
    answer = library.scim.get("/Users", filter='userName eq "nobody"')

    assert listed(answer) == []
    assert answer["totalResults"] == 0


def test_deleted_people_are_found_by_no_filter(scim: Scim):
    gone = scim.create_user("gone", externalId="E-1")
    scim.delete(f"/Users/{gone['id']}").ok(204)

    for filter_ in (
        'userName eq "gone"',
        'externalId eq "E-1"',
        f'id eq "{gone["id"]}"',
        "active eq false",
        "userName pr",
    ):
        assert listed(scim.get("/Users", filter=filter_)) == []


def test_a_change_is_found_at_once(scim: Scim):
    person = scim.create_user("ana", title="Tutor", emails=[{"value": "a@x.org", "type": "work"}])
    document = person | {"title": "Guide", "emails": [{"value": "b@x.org", "type": "work"}]}
    scim.put(f"/Users/{person['id']}", document).ok()

    assert listed(scim.get("/Users", filter='title eq "tutor"')) == []
    assert listed(scim.get("/Users", filter='emails.value eq "a@x.org"')) == []
    assert ids(listed(scim.get("/Users", filter='title eq "guide"'))) == [person["id"]]
    assert ids(listed(scim.get("/Users", filter='emails[value eq "B@x.org"]'))) == [person["id"]]


def test_moments_are_compared_wherever_their_clock_stands(scim: Scim):
    person = scim.create_user("ana")
    created = datetime.fromisoformat(person["meta"]["created"])
    in_tokyo = created.astimezone(timezone(timedelta(hours=9))).isoformat()

    found = listed(scim.get("/Users", filter=f'meta.created eq "{in_tokyo}"'))

    assert ids(found) == [person["id"]]
