"""What leaves for the identity provider: the request, its cookie, our metadata."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from sandbox.saml_messages import (
    message_is_signed_by,
    parse_redirect_request,
    redirect_is_signed_by,
)
from sso.models import SignInRequest
from sso.services import change_connection

pytestmark = pytest.mark.django_db


def login(journey):
    return journey.client.get(f"/sso/{journey.connection.pk}/login")


def test_the_request_is_signed_and_names_our_address(at_acme):
    response = login(at_acme)

    query = urlsplit(response.url).query
    request = parse_redirect_request(query)
    assert response.url.startswith("https://idp.acme.example/sso?")
    assert request.issuer == at_acme.connection.entity_id
    assert request.acs_url == at_acme.connection.acs_url
    assert redirect_is_signed_by(query, at_acme.connection.sp_certificate)


def test_a_request_without_signature_goes_out_where_it_was_chosen(at_acme, system_actor):
    change_connection(
        connection=at_acme.connection, changes={"sign_requests": False}, actor=system_actor
    )

    assert "Signature" not in parse_qs(urlsplit(login(at_acme).url).query)


def test_a_posted_request_may_leave_for_the_identity_provider_and_nowhere_else(
    at_acme, system_actor
):
    change_connection(
        connection=at_acme.connection, changes={"request_binding": "post"}, actor=system_actor
    )

    response = login(at_acme)

    policy = response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://idp.acme.example https:" in policy
    assert "script-src" not in policy
    assert "default-src 'self'" in policy


def test_the_binding_cookie_is_kept_between_requests_and_its_digest_stored(at_acme):
    first = login(at_acme).cookies["signin"]
    second = login(at_acme).cookies["signin"]

    assert first.value == second.value
    assert first["httponly"]
    assert first.value not in set(SignInRequest.objects.values_list("browser", flat=True))


def test_our_metadata_names_entity_id_address_and_certificate(at_acme):
    response = at_acme.client.get(f"/sso/{at_acme.connection.pk}/metadata")

    root = etree.fromstring(response.content)
    assert root.get("entityID") == at_acme.connection.entity_id
    assert at_acme.connection.acs_url in response.content.decode()
    body = "".join(at_acme.connection.sp_certificate.split("\n")[1:-2])
    assert body in "".join(response.content.decode().split())


def test_a_posted_request_carries_our_signature(at_acme, system_actor):
    import base64

    change_connection(
        connection=at_acme.connection, changes={"request_binding": "post"}, actor=system_actor
    )

    fields = login(at_acme).context["fields"]

    assert message_is_signed_by(
        base64.b64decode(fields["SAMLRequest"]), at_acme.connection.sp_certificate
    )
