"""Who the demo's two customers are, and what the portal knows of their people."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import BindingPolicy
from sandbox.people import ACME, GLOBEX, IdentityProvider


@dataclass(frozen=True)
class Known:
    """How the portal knows somebody of the cast, where their company says otherwise."""

    external_id: str = ""
    # None: has never signed in.
    name_id: str | None = ""
    email: str = ""
    last_name: str = ""
    has_left: bool = False
    is_bound: bool = False


# Whoever of the cast is not here is new to the portal.
KNOWN = {
    "mara.lindqvist@acme.example": Known(),
    "zoe.angstrom@acme.example": Known(
        email="zoe.holm@acme.example", last_name="Holm", name_id=None
    ),
    "ines.carvalho@acme.example": Known(has_left=True),
    # Another Tom Becker, who had this address first.
    "tom.becker@acme.example": Known(external_id="AC-00417", name_id="t.becker@acme.example"),
    "nadia.haddad@globex.example": Known(is_bound=True),
}


@dataclass(frozen=True)
class Customer:
    """What a customer is to look like."""

    provider: IdentityProvider
    preset: str
    time_zone: str
    binding_policy: BindingPolicy
    # Everybody the portal knows, the deactivated included.
    people: int
    seats: int
    seats_left: int
    # Of each six people with a license, so many have connected a profile.
    bound_of_six: int
    first_employee: int
    admin: str
    idp_initiated: bool


CUSTOMERS = (
    Customer(
        provider=ACME,
        preset="okta",
        time_zone="Europe/Stockholm",
        binding_policy=BindingPolicy.OPTIONAL,
        people=250,
        seats=250,
        seats_left=40,
        bound_of_six=2,
        first_employee=0,
        admin="ada.novak@acme.example",
        idp_initiated=True,
    ),
    Customer(
        provider=GLOBEX,
        preset="entra",
        time_zone="America/New_York",
        binding_policy=BindingPolicy.REQUIRED,
        people=20,
        seats=20,
        seats_left=2,
        bound_of_six=5,
        first_employee=700,
        admin="oscar.okafor@globex.example",
        idp_initiated=False,
    ),
)
