"""Single logout at the identity providers, as a browser, the portal and they play it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from accounts.models import Session
from audit.actors import Actor
from sandbox import sign_out
from sandbox.people import ACME, GLOBEX
from sandbox.places import (
    ServiceProvider,
    register_service_providers,
    sign_on_url,
    sign_out_url,
    signing_identity,
)
from sandbox.saml_messages import (
    build_logout_request,
    idp_metadata,
    parse_logout_url,
    redirect_query,
)
from sso.services import (
    activate_connection,
    change_connection,
    create_connection,
    import_metadata,
)
from tests.sandbox.test_faults import sign_in

PROVIDERS = {"acme": (ACME, "okta"), "globex": (GLOBEX, "entra")}


@pytest.fixture(params=sorted(PROVIDERS))
def trust(request, folder, make_organization):
    """A provider and the portal, with single logout on."""
    provider, preset = PROVIDERS[request.param]
    actor = Actor.system("tests")
    connection = create_connection(
        organization=make_organization(provider.slug, binding_policy="off"),
        name="IdP",
        preset=preset,
        actor=actor,
    )
    slug = provider.slug
    metadata = idp_metadata(signing_identity(slug), sign_on_url(slug), sign_out_url(slug))
    import_metadata(connection=connection, xml=metadata, actor=actor)
    activate_connection(connection=connection, actor=actor, untested_because="tests")
    change_connection(connection=connection, changes={"single_logout": True}, actor=actor)
    service = ServiceProvider(
        entity_id=connection.entity_id,
        provider=slug,
        name="the portal",
        acs_url=connection.acs_url,
        login_url=connection.login_url,
        certificate_pem=connection.sp_certificate,
    )
    register_service_providers([service])
    return provider, service


def at(url, rf):
    """The page of the sandbox that this address leads to, without its process."""
    parts = urlsplit(url)
    slug = parts.path.split("/")[1]
    view = sign_out.slo if parts.path.endswith("/slo") else sign_out.begin
    return view(rf.get(f"{parts.path}?{parts.query}"), slug)


@pytest.mark.django_db
def test_signing_out_at_the_portal_comes_back_confirmed(client, trust, rf):
    sign_in(client, trust, "")
    page = client.post("/logout/").content.decode()
    onward = unescape(re.search(r"0; url=([^\"]+)", page)[1])

    answer = at(onward, rf)
    last = client.get(f"{urlsplit(answer.url).path}?{urlsplit(answer.url).query}", follow=True)

    assert answer.url.startswith(trust[1].slo_url)
    assert "Here, and at" in last.content.decode()


@pytest.mark.django_db
def test_signing_out_at_the_provider_ends_the_portal_s_session(client, trust, rf):
    provider, service = trust
    sign_in(client, trust, "")
    assert Session.objects.exclude(user=None).exists()
    query = urlencode({"service": service.entity_id, "person": provider.people[0].email})

    asked = at(f"http://x/{provider.slug}/sign-out?{query}", rf)
    answered = Client().get(f"{urlsplit(asked.url).path}?{urlsplit(asked.url).query}")

    assert not Session.objects.exclude(user=None).exists()
    assert answered.url.startswith(sign_out_url(provider.slug))
    assert parse_logout_url(answered.url).status.endswith(":Success")


def test_who_signs_out_is_chosen_and_the_answer_is_shown(sandbox, service):
    page = sandbox.get(f"/acme/sign-out?{urlencode({'service': service.entity_id})}")

    assert "Who signs out?" in page.content.decode()
    for person in ACME.people:
        assert person.email in page.content.decode()


@pytest.mark.parametrize(
    "query", ["", "SAMLRequest=x", "SAMLRequest=fVJL", "service=https://payroll.example"]
)
@pytest.mark.parametrize("page", ["slo", "sign-out"])
def test_what_can_t_be_read_or_isn_t_known_is_refused(sandbox, service, page, query):
    assert sandbox.get(f"/acme/{page}?{query}").status_code == 400


def test_a_request_that_the_service_did_not_sign_is_refused(sandbox, service, portal_key):
    xml = build_logout_request(
        portal_key, destination="x", name_id="ana", now=datetime.now(UTC), sign=False
    )

    unsigned = sandbox.get(f"/acme/slo?{redirect_query(xml, None)}")
    signed = sandbox.get(f"/acme/slo?{redirect_query(xml, portal_key, relay_state='r')}")

    assert "isn’t signed" in unsigned.content.decode()
    assert parse_logout_url(signed.url).relay_state == "r"
