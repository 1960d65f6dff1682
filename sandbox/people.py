"""Who works at Acme and Globex, and who has a LinkedIn profile: the demo's cast.

Nobody here is real. The sandbox's identity providers know everybody of this file; which of them
the portal knows already is decided in `sandbox.seed`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.saml_messages import EMAIL_ADDRESS, ENTRA, OKTA, Shape

ENTRA_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
MICROSOFT_CLAIMS = "http://schemas.microsoft.com/identity/claims"
GROUP_CLAIM = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
GLOBEX_TENANT = "0f3a1d52-7c1b-4e0c-9a55-3d8e6b1f2c40"


@dataclass(frozen=True)
class Person:
    """Somebody an identity provider can sign in. `story` says what happens at the portal."""

    first_name: str
    last_name: str
    email: str
    stable_id: str
    title: str
    department: str
    groups: tuple[str, ...]
    story: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def initials(self) -> str:
        return self.first_name[0] + self.last_name[0]


@dataclass(frozen=True)
class IdentityProvider:
    """A company's identity provider, in the habits of a product that real ones use."""

    slug: str
    company: str
    product: str
    shape: Shape
    domain: str
    people: tuple[Person, ...]
    name_id_format: str = EMAIL_ADDRESS

    def person(self, email: str) -> Person | None:
        return next((person for person in self.people if person.email == email), None)

    def attributes_of(self, person: Person) -> Mapping[str, Sequence[str]]:
        if self.shape is ENTRA:
            return {
                f"{MICROSOFT_CLAIMS}/tenantid": [GLOBEX_TENANT],
                f"{MICROSOFT_CLAIMS}/objectidentifier": [person.stable_id],
                f"{MICROSOFT_CLAIMS}/displayname": [person.name],
                GROUP_CLAIM: list(person.groups),
                f"{ENTRA_CLAIMS}/givenname": [person.first_name],
                f"{ENTRA_CLAIMS}/surname": [person.last_name],
                f"{ENTRA_CLAIMS}/emailaddress": [person.email],
                f"{ENTRA_CLAIMS}/name": [person.email],
                "jobtitle": [person.title],
                "department": [person.department],
            }
        return {
            "email": [person.email],
            "firstName": [person.first_name],
            "lastName": [person.last_name],
            "employeeId": [person.stable_id],
            "title": [person.title],
            "department": [person.department],
            "groups": list(person.groups),
        }


def address(first_name: str, last_name: str, domain: str) -> str:
    """As in zoe.angstrom@acme.example."""
    plain = unicodedata.normalize("NFKD", f"{first_name}.{last_name}").encode("ascii", "ignore")
    return f"{plain.decode().lower().replace(' ', '-').replace(chr(39), '')}@{domain}"


def _acme(
    first_name: str, last_name: str, number: int, title: str, department: str, story: str
) -> Person:
    return Person(
        first_name,
        last_name,
        address(first_name, last_name, "acme.example"),
        f"AC-{number:05}",
        title,
        department,
        ("Everyone", department),
        story,
    )


def _globex(
    first_name: str, last_name: str, number: int, title: str, department: str, story: str
) -> Person:
    return Person(
        first_name,
        last_name,
        address(first_name, last_name, "globex.example"),
        f"5b2f7c1e-90aa-4d1e-8b7d-0000000{number:05}",
        title,
        department,
        (f"7d4f0f6a-3c52-4f6e-a1de-0000000{sum(department.encode()):05}",),
        story,
    )


ACME = IdentityProvider(
    slug="acme",
    company="Acme Robotics",
    product="Okta",
    shape=OKTA,
    domain="acme.example",
    people=(
        _acme("Jonas", "Weber", 2001, "Design engineer", "Engineering",
              "Started this week. His first sign-in creates him and takes a seat."),
        _acme("Mara", "Lindqvist", 1002, "Robotics engineer", "Engineering",
              "Has an account, a license and has signed in before."),
        _acme("Ada", "Novak", 1001, "Head of IT", "Information technology",
              "Full admin: lands in the portal and may open the console."),
        _acme("Zoë", "Ångström", 1003, "Product manager", "Product",
              "The portal knows her old address; her employee number finds her."),
        _acme("Priya", "Raman", 2002, "Data analyst", "Finance",
              "New too, for a second try of the first sign-in."),
        _acme("Ines", "Carvalho", 1004, "Recruiter", "People",
              "Left last week; the portal has deactivated her. Refused."),
        _acme("Tom", "Becker", 2003, "Sales engineer", "Sales",
              "His address belongs to another Tom Becker’s account. An administrator must decide."),
    ),
)  # fmt: skip

GLOBEX = IdentityProvider(
    slug="globex",
    company="Globex",
    product="Entra ID",
    shape=ENTRA,
    domain="globex.example",
    people=(
        _globex("Lena", "Hoffmann", 201, "Service designer", "Design",
                "New. Gets one of the two seats left, then must connect LinkedIn."),
        _globex("Marco", "Rossi", 202, "Field technician", "Operations",
                "New. Gets the other seat."),
        _globex("Yuki", "Tanaka", 203, "Test engineer", "Engineering",
                "New. Comes third for two seats: signed in, and waiting."),
        _globex("Nadia", "Haddad", 102, "Research lead", "Research",
                "Has a license and a connected profile: straight to the home page."),
        _globex("Oscar", "Okafor", 101, "IT administrator", "Information technology",
                "Full admin: lands in the portal and may open the console."),
    ),
)  # fmt: skip

IDENTITY_PROVIDERS: Mapping[str, IdentityProvider] = {
    provider.slug: provider for provider in (ACME, GLOBEX)
}


@dataclass(frozen=True)
class Member:
    """Somebody with a LinkedIn profile: a private person with a private address."""

    subject: str
    first_name: str
    last_name: str
    email: str
    headline: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def initials(self) -> str:
        return self.first_name[0] + self.last_name[0]


MEMBERS: Mapping[str, Member] = {
    member.subject: member
    for member in (
        Member("aM4rLq81Xz", "Mara", "Lindqvist", "mara.l@mail.example", "Robots with manners"),
        Member("bJ0nWb27Kd", "Jonas", "Weber", "jweber@post.example", "Mechanical design"),
        Member("cPr1Rm93Tu", "Priya", "Raman", "priya@mail.example", "Numbers, mostly"),
        Member("dL3nHf55Qw", "Lena", "Hoffmann", "lena@hoffmann.example", "Designing services"),
        Member("eM4rRs64Yv", "Marco", "Rossi", "marco.rossi@mail.example", "Out in the field"),
        Member("fYuk1T12Ns", "Yuki", "Tanaka", "", "Breaks things for a living"),
        Member("gN4dHd78Pe", "Nadia", "Haddad", "nadia.haddad@mail.example", "Research at Globex"),
        Member("hN00rAz31Bx", "Noor", "Aziz", "noor@aziz.example", "Boats by day, books by night"),
        Member("iOl4Br77Cw", "Ola", "Berg", "ola.berg@mail.example", "Sails and their makers"),
        Member("jK1mSt05Fe", "Kim", "Sato", "kim@sato.example", "Letters and how to set them"),
    )
}
# Whose profile the portal has bound to her Globex account already.
BOUND_MEMBER = MEMBERS["gN4dHd78Pe"]
