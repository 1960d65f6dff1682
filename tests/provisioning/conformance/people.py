"""Six people and three groups that filters, sorting and projection can tell apart.

Everything is there that a comparison could trip over: quotes, backslashes, wildcards of SQL, names
beyond ASCII, the same word in two cases, values whose parts belong to different elements, and
somebody of whom nothing is known but a name. The other tenant has people alike, so that whatever
reaches across shows in every row.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.provisioning.conformance.client import Json, Scim

PEOPLE: dict[str, Json] = {
    "ada": {
        "userName": "Ada.Lovelace@acme.example",
        "externalId": "E-100",
        "name": {
            "formatted": "Ms. Ada King Lovelace III",
            "familyName": "Lovelace",
            "givenName": "Ada",
            "middleName": "King",
            "honorificPrefix": "Ms.",
            "honorificSuffix": "III",
        },
        "displayName": "Ada Lovelace",
        "nickName": "Countess",
        "profileUrl": "https://people.example/ada",
        "title": "Engineer",
        "userType": "Employee",
        "preferredLanguage": "en-GB",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "active": True,
        "emails": [
            {"value": "ada@acme.example", "type": "work", "primary": True, "display": "Office"},
            {"value": "ada@home.example", "type": "home"},
        ],
        "phoneNumbers": [
            {"value": "tel:+44-20-7946-0001", "type": "work"},
            {"value": "tel:+44-7700-900001", "type": "mobile"},
        ],
        "ims": [{"value": "ada", "type": "xmpp"}],
        "photos": [{"value": "https://photos.example/ada", "type": "photo"}],
        "addresses": [
            {
                "type": "work",
                "streetAddress": "12 St James's Square",
                "locality": "London",
                "postalCode": "SW1Y 4JH",
                "country": "GB",
                "formatted": "12 St James's Square\nLondon SW1Y 4JH",
                "primary": True,
            },
            {"type": "home", "locality": "Ockham", "region": "Surrey", "country": "GB"},
        ],
        "roles": [{"value": "Reader", "primary": True}, {"value": "Author"}],
        "entitlements": [{"value": "courses:all"}],
        "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQ=="}],
        "enterprise": {
            "employeeNumber": "701984",
            "costCenter": "4130",
            "organization": "Analytical Engines",
            "division": "Research",
            "department": "R&D",
        },
    },
    "bob": {
        "userName": "bob",
        "externalId": "e-100",
        "name": {"familyName": "O'Neil", "givenName": "Bob"},
        "displayName": 'Bob "Bobby" O\'Neil',
        "title": "100% remote",
        "userType": "Contractor",
        "emails": [{"value": "bob@acme.example", "type": "home"}],
        "addresses": [{"type": "work", "locality": "Galway", "country": "IE"}],
        "roles": [{"value": "Author", "primary": True}],
        "enterprise": {"department": "Sales", "employeeNumber": "12", "manager": "ada"},
    },
    "cem": {
        "userName": "cem_y",
        "displayName": "Cem \\ Yılmaz",
        "title": "under_score",
        "userType": "Employee",
        "emails": [
            {"value": "cem@work.example", "type": "work"},
            {"value": "cem@acme.example", "type": "home"},
        ],
    },
    "zoe": {
        "userName": "zoë@acme.example",
        "name": {"familyName": "Ångström", "givenName": "Zoë"},
        "displayName": "Zoë Ångström",
        "title": "Engineer",
        "userType": "Intern",
        "preferredLanguage": "sv",
        "active": False,
    },
    "eve": {
        "userName": "eve",
        "externalId": "200",
        "displayName": "eve",
        "title": "engineer",
        "userType": "employee",
        "emails": [{"value": "EVE@ACME.EXAMPLE", "type": "WORK", "primary": True}],
        "enterprise": {"department": "r&d", "manager": "nobody we know"},
    },
    "min": {"userName": "min"},
}

GROUPS: dict[str, tuple[str, str, list[str]]] = {
    "engineers": ("Engineers", "G-1", ["ada", "eve"]),
    "sales": ("Sales of engineers", "g-1", ["bob"]),
    "empty": ("Empty", "G-3", []),
}


@dataclass(frozen=True)
class Library:
    """What is stored, by the short names above: each as its answer to POST said it."""

    scim: Scim
    people: dict[str, Json]
    groups: dict[str, Json]
    elsewhere: dict[str, Json]

    def names(self, resources: list[Json]) -> set[str]:
        """The short names of resources; whoever is not of this organization shows by their id."""
        known = {each["id"]: name for name, each in (self.people | self.groups).items()}
        return {known.get(each["id"], each["id"]) for each in resources}

    def fill_in(self, text: str) -> str:
        """Ids and moments for `{ada}`, `{ada.created}` and `{engineers}`."""
        for name, each in (self.people | self.groups).items():
            text = text.replace(f"{{{name}}}", each["id"])
            text = text.replace(f"{{{name}.created}}", each["meta"]["created"])
            text = text.replace(f"{{{name}.location}}", each["meta"]["location"])
        return text


def fill(scim: Scim, *, elsewhere: Scim) -> Library:
    people = _people(scim)
    groups = {
        key: scim.create_group(name, *(people[each]["id"] for each in members), externalId=given)
        for key, (name, given, members) in GROUPS.items()
    }
    others = _people(elsewhere)
    elsewhere.create_group("Engineers", others["ada"]["id"], externalId="G-1")
    return Library(scim=scim, people=people, groups=groups, elsewhere=others)


def _people(scim: Scim) -> dict[str, Json]:
    stored: dict[str, Json] = {}
    for key, attributes in PEOPLE.items():
        given = dict(attributes)
        if "manager" in given.get("enterprise", {}):
            manager = given["enterprise"]["manager"]
            value = stored[manager]["id"] if manager in stored else manager
            given["enterprise"] = given["enterprise"] | {"manager": {"value": value}}
        stored[key] = scim.create_user(given.pop("userName"), **given)
    return stored
