"""Identity providers and LinkedIn at once, and the house that has them all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, override_settings

from accounts.models import Organization, Session
from accounts.roles import Role
from audit.actors import Actor
from sso.services import deactivate_connection
from tests.factories import PASSWORD, sign_in
from tests.factors import ORIGIN, Device, register, with_app
from tests.lock_out.house import KEYED, KNOWN, NEVER_IN, PASSWORDED, PROFILED, House
from tests.profiles.conftest import _provider, bind, provider
from tests.profiles.provider import Provider
from tests.sso.conftest import make_journey

__all__ = ["_provider", "bind", "make_journey", "provider"]


@pytest.fixture
def build(
    acme: Organization,
    make_user: Any,
    make_staff: Any,
    make_journey: Any,
    provider: Provider,
    bind: Any,
) -> Callable[..., House]:
    def make(admins: tuple[str, ...], *, codes: bool = False, sso: bool = True) -> House:
        def role(name: str) -> Role:
            return Role.FULL_ADMIN if name in admins else Role.LEARNER

        people = {
            name: make_user(
                name, role=role(name), password=PASSWORD if name == PASSWORDED else None
            )
            for name in (PASSWORDED, KNOWN, KEYED, PROFILED, NEVER_IN)
        }
        with_app(people[PASSWORDED])
        device = Device(counts=False)
        with override_settings(PORTAL_BASE_URL=ORIGIN):
            register(sign_in(Client(), people[KEYED], door=Session.Door.PASSKEY), device)
        bind(people[PROFILED])
        house = House(
            organization=acme,
            people=people,
            staff=make_staff(),
            okta=make_journey(acme),
            entra=make_journey(acme, name="Entra ID"),
            provider=provider,
            device=device,
        )
        house.by_connection(house.okta, Client(), people[KNOWN])
        if codes:
            house.make_codes()
        if not sso:
            by = Actor.system("tests")
            for journey in (house.okta, house.entra):
                deactivate_connection(connection=journey.connection, actor=by)
        return house

    return make
