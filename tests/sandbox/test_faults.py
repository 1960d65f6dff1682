"""Whatever the sandbox is told to do wrong, the portal refuses; what it does right, it takes."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest

from audit.actors import Actor
from sandbox.answers import FAULTS, answer
from sandbox.people import ACME, GLOBEX
from sandbox.places import ServiceProvider, sign_on_url, signing_identity
from sandbox.saml_messages import idp_metadata, parse_redirect_request
from sso.models import SignInTrace
from sso.services import activate_connection, create_connection, import_metadata

PROVIDERS = {"acme": (ACME, "okta"), "globex": (GLOBEX, "entra")}


@pytest.fixture(params=sorted(PROVIDERS))
def trust(request, folder, make_organization):
    """A provider and the portal that trusts it."""
    provider, preset = PROVIDERS[request.param]
    actor = Actor.system("tests")
    connection = create_connection(
        organization=make_organization(provider.slug), name="IdP", preset=preset, actor=actor
    )
    metadata = idp_metadata(signing_identity(provider.slug), sign_on_url(provider.slug))
    import_metadata(connection=connection, xml=metadata, actor=actor)
    activate_connection(connection=connection, actor=actor, untested_because="tests")
    return provider, ServiceProvider(
        entity_id=connection.entity_id,
        provider=provider.slug,
        name="the portal",
        acs_url=connection.acs_url,
        login_url=connection.login_url,
        certificate_pem=connection.sp_certificate,
    )


def sign_in(client, trust, fault):
    provider, service = trust
    started = client.get(urlsplit(service.login_url).path)
    asked = parse_redirect_request(urlsplit(started.url).query)
    sent = answer(
        provider,
        provider.people[0],
        service,
        request_id=asked.id,
        relay_state=asked.relay_state,
        fault=fault,
    )
    return client.post(
        urlsplit(service.acs_url).path,
        {"SAMLResponse": base64.b64encode(sent.xml).decode(), "RelayState": sent.relay_state},
    )


def test_a_good_answer_signs_in(client, trust):
    response = sign_in(client, trust, fault="")

    assert response.status_code == 302
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_each_fault_is_refused_with_a_page_and_a_trace(client, trust, fault):
    if fault == "replay":
        sign_in(client, trust, fault="")
        client.cookies.clear()

    response = sign_in(client, trust, fault=fault)

    assert response.status_code == 403
    assert "_auth_user_id" not in client.session
    assert SignInTrace.objects.refused().count() == 1
