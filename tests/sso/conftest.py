"""An identity provider for each tenant, and a browser that walks through the sign-in."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Organization
from audit.actors import Actor
from sandbox.saml_messages import (
    SigningIdentity,
    build_response,
    idp_metadata,
    parse_post_request,
    parse_redirect_request,
)
from sso.models import SamlConnection
from sso.services import activate_connection, create_connection, import_metadata


@cache
def signing_identity(entity_id: str) -> SigningIdentity:
    """Keys are made once a run: each takes a tenth of a second."""
    return SigningIdentity.generate(entity_id)


@dataclass
class Journey:
    """One browser and one identity provider at one connection."""

    connection: SamlConnection
    idp: SigningIdentity
    client: Client = field(default_factory=Client)

    def begin(self, next_path: str = "") -> str:
        """Go to the identity provider; answers the request's id."""
        query = {"next": next_path} if next_path else {}
        response = self.client.get(f"/sso/{self.connection.pk}/login", query)
        if response.status_code == 302:
            return parse_redirect_request(urlsplit(response.url).query).id
        fields = response.context["fields"]
        return parse_post_request(fields["SAMLRequest"]).id

    def answer(self, name_id: str, *, in_response_to: str | None, **changes: Any) -> bytes:
        settings = {
            "acs_url": self.connection.acs_url,
            "audience": self.connection.entity_id,
            "now": timezone.now(),
        }
        return build_response(
            self.idp, name_id=name_id, in_response_to=in_response_to, **(settings | changes)
        )

    def post(self, xml: bytes, *, relay_state: str = "", client: Client | None = None) -> Any:
        return (client or self.client).post(
            f"/sso/{self.connection.pk}/acs",
            {"SAMLResponse": base64.b64encode(xml).decode(), "RelayState": relay_state},
        )

    def sign_in(self, name_id: str, *, next_path: str = "", **changes: Any) -> HttpResponse:
        request_id = self.begin(next_path)
        return self.post(self.answer(name_id, in_response_to=request_id, **changes))


def is_signed_in(client: Client) -> bool:
    return client.get("/api/v1/me").status_code == 200


@pytest.fixture
def make_journey(db: None) -> Callable[..., Journey]:
    def make(organization: Organization, *, name: str = "Okta", **options: Any) -> Journey:
        idp = signing_identity(f"https://idp.{organization.slug}.example/{name}")
        actor = Actor.system("tests")
        connection = create_connection(
            organization=organization, name=name, preset="generic", actor=actor, **options
        )
        sso_url = f"https://idp.{organization.slug}.example/sso"
        import_metadata(connection=connection, xml=idp_metadata(idp, sso_url=sso_url), actor=actor)
        activate_connection(connection=connection, actor=actor, untested_because="tests")
        return Journey(connection, idp)

    return make


@pytest.fixture
def at_acme(make_journey: Callable[..., Journey], acme: Organization) -> Journey:
    return make_journey(acme)


@pytest.fixture
def at_globex(make_journey: Callable[..., Journey], globex: Organization) -> Journey:
    return make_journey(globex)


@pytest.fixture
def draft(acme: Organization, system_actor: Actor) -> SamlConnection:
    """A connection that knows no identity provider yet."""
    return create_connection(organization=acme, name="Okta", preset="okta", actor=system_actor)
