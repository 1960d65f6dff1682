"""Which connection an address leads to: by its proved domain, else the organization's default."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import doors
from accounts.doors import Door, doors_of
from accounts.errors import DoorUnknown
from accounts.models import Domain, Organization
from accounts.services import choose_default_door, route_domain
from accounts.sign_in import LAST_ORGANIZATION_COOKIE
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from tests.accounts.doorways import ACME, LOGIN, text

# Always the same: workers of a parallel run must find the same tests.
ENTRA, OKTA, THEIRS, NOBODYS = (uuid.UUID(int=number) for number in range(1, 5))


@pytest.fixture
def two_doors(acme: Organization, globex: Organization, monkeypatch: Any) -> None:
    """Acme has Entra ID and Okta, by name; Globex has one of its own."""
    of_acme = [
        Door("Entra ID", "/sso/entra/login", "entra.example", ENTRA),
        Door("Okta", "/sso/okta/login", "okta.example", OKTA),
    ]
    of_globex = [Door("Ping", "/sso/ping/login", "ping.example", THEIRS)]
    monkeypatch.setattr(doors, "_sources", [lambda each: of_acme if each == acme else of_globex])


@pytest.fixture
def domain(acme: Organization) -> Domain:
    return Domain.objects.create(
        organization=acme, name="acme.example", token="proof", verified_at=timezone.now()
    )


def continue_with(client: Client, email: str, **data: str) -> str:
    return client.post(LOGIN, {"email": email, **data}).url


def first_door(client: Client, address: str) -> str:
    (main,) = [part for part in text(client.get(address)).split("<a ") if "btn-primary" in part]
    return main.partition('href="')[2].partition("?")[0].partition('"')[0]


def test_an_address_leads_to_the_connection_of_its_domain(
    client: Client, two_doors: None, domain: Domain, actor: Actor
) -> None:
    assert first_door(client, continue_with(client, "ana@acme.example")) == "/sso/entra/login"

    route_domain(domain=domain, door=OKTA, actor=actor)

    address = continue_with(client, "ana@acme.example", next="/account/")
    assert address == f"/o/acme/login/?door={OKTA}&next=%2Faccount%2F"
    assert first_door(client, address) == "/sso/okta/login"
    assert "Continue to Entra ID" in text(client.get(address))


def test_the_default_connection_comes_first_on_the_organization_s_page(
    client: Client, two_doors: None, acme: Organization, actor: Actor
) -> None:
    choose_default_door(organization=acme, door=OKTA, actor=actor)

    assert first_door(client, ACME) == "/sso/okta/login"
    assert [door.name for door in doors_of(acme)] == ["Okta", "Entra ID"]
    assert [door.name for door in doors_of(acme, first=ENTRA)] == ["Entra ID", "Okta"]


def test_an_unproved_domain_routes_nobody(
    client: Client, two_doors: None, domain: Domain, actor: Actor
) -> None:
    route_domain(domain=domain, door=OKTA, actor=actor)
    Domain.objects.update(verified_at=None)

    response = client.post(LOGIN, {"email": "ana@acme.example"})

    assert response.status_code == 200
    assert 'name="password"' in text(response)


def test_a_connection_that_is_closed_meanwhile_gives_way_to_the_default_one(
    client: Client, two_doors: None, domain: Domain, acme: Organization, actor: Actor
) -> None:
    choose_default_door(organization=acme, door=OKTA, actor=actor)
    Domain.objects.update(leads_to=uuid.uuid4())

    assert first_door(client, continue_with(client, "ana@acme.example")) == "/sso/okta/login"


@pytest.mark.parametrize("door", [THEIRS, NOBODYS])
def test_only_a_door_of_one_s_own_can_be_chosen(
    two_doors: None, domain: Domain, acme: Organization, actor: Actor, door: uuid.UUID
) -> None:
    with pytest.raises(DoorUnknown):
        choose_default_door(organization=acme, door=door, actor=actor)
    with pytest.raises(DoorUnknown):
        route_domain(domain=domain, door=door, actor=actor)

    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("door", [str(THEIRS), "x", ""])
def test_the_address_opens_no_other_door(
    client: Client, two_doors: None, domain: Domain, door: str
) -> None:
    page = text(client.get(f"{ACME}?door={door}"))

    assert "/sso/entra/login" in page
    assert "ping" not in page


def test_what_is_chosen_is_on_record_once_and_by_name(
    two_doors: None, domain: Domain, acme: Organization, actor: Actor
) -> None:
    for _time in range(2):
        choose_default_door(organization=acme, door=OKTA, actor=actor)
        route_domain(domain=domain, door=ENTRA, actor=actor)
    choose_default_door(organization=acme, door=None, actor=actor)

    events = AuditEvent.objects.order_by("id").values_list("action", "changes")
    assert list(events) == [
        (Action.DEFAULT_DOOR_CHOSEN, {"default_door": ["", "Okta"]}),
        (Action.DOMAIN_ROUTED, {"leads_to": ["", "Entra ID"]}),
        (Action.DEFAULT_DOOR_CHOSEN, {"default_door": ["Okta", ""]}),
    ]


def test_a_browser_comes_back_to_the_door_it_came_through(client: Client, two_doors: None) -> None:
    client.cookies[LAST_ORGANIZATION_COOKIE] = f"acme.{OKTA.hex}"

    address = client.get(LOGIN).url

    assert first_door(client, address) == "/sso/okta/login"
    assert "Welcome back" in text(client.get(address))


@pytest.mark.parametrize("cookie", ["acme.", "acme.x", "acme.a.b"])
def test_a_cookie_that_names_no_door_names_the_organization_alone(
    client: Client, two_doors: None, cookie: str
) -> None:
    client.cookies[LAST_ORGANIZATION_COOKIE] = cookie

    assert client.get(LOGIN).url == ACME
