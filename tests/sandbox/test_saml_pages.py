"""The identity providers as a browser and a service meet them."""

from __future__ import annotations

import base64
import re
import zlib
from html import unescape
from urllib.parse import urlencode

import pytest
from lxml import etree

from sandbox.people import ACME
from sandbox.saml_messages import DS, SAML, SAMLP, sign_element

JONAS = "jonas.weber@acme.example"


def authn_request(service, *, acs_url=None, issuer=None):
    request = etree.Element(
        f"{{{SAMLP}}}AuthnRequest",
        ID="_asked",
        Version="2.0",
        AssertionConsumerServiceURL=acs_url or service.acs_url,
        nsmap={"samlp": SAMLP, "saml": SAML},
    )
    etree.SubElement(request, f"{{{SAML}}}Issuer").text = issuer or service.entity_id
    return request


def by_redirect(request, relay_state="/learn"):
    deflater = zlib.compressobj(wbits=-15)
    packed = deflater.compress(etree.tostring(request)) + deflater.flush()
    return urlencode({"SAMLRequest": base64.b64encode(packed), "RelayState": relay_state})


def hidden(page, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', page.content.decode())
    assert found, f"there is no field {name}"
    return unescape(found[1])


def answer_of(page):
    return etree.fromstring(base64.b64decode(hidden(page, "SAMLResponse")))


def test_a_request_by_redirect_leads_to_a_page_with_everybody_who_works_there(sandbox, service):
    page = sandbox.get(f"/acme/sso?{by_redirect(authn_request(service))}")

    assert page.status_code == 200
    for person in ACME.people:
        assert person.email in page.content.decode()


@pytest.mark.parametrize("is_forced", [True, False])
def test_the_page_says_whether_the_service_wants_people_asked_again(sandbox, service, is_forced):
    request = authn_request(service)
    if is_forced:
        request.set("ForceAuthn", "true")

    page = sandbox.get(f"/acme/sso?{by_redirect(request)}").content.decode()

    assert ("wants you to be asked again" in page) is is_forced


def test_a_signed_request_by_post_is_recognized(sandbox, service, portal_key):
    request = authn_request(service)
    sign_element(request, portal_key)

    page = sandbox.post(
        "/acme/sso", {"SAMLRequest": base64.b64encode(etree.tostring(request)).decode()}
    )

    assert "yes, by the service’s certificate" in page.content.decode()


def test_an_unsigned_request_is_not_taken_for_a_signed_one(sandbox, service):
    page = sandbox.get(f"/acme/sso?{by_redirect(authn_request(service))}")

    assert "no, or by an unknown key" in page.content.decode()


def test_the_answer_goes_to_the_registered_address_and_answers_the_request(sandbox, service):
    page = sandbox.get(f"/acme/sso?{by_redirect(authn_request(service))}")

    posted = sandbox.post("/acme/answer", {"ticket": hidden(page, "ticket"), "person": JONAS})

    response = answer_of(posted)
    assert f'action="{service.acs_url}"' in posted.content.decode()
    assert hidden(posted, "RelayState") == "/learn"
    assert response.get("InResponseTo") == "_asked"
    assert response.findtext(f".//{{{SAML}}}Audience") == service.entity_id
    assert response.findtext(f".//{{{SAML}}}NameID") == JONAS


def test_the_page_that_posts_the_answer_may_post_to_the_service_and_runs_nothing_inline(
    sandbox, service
):
    page = sandbox.get(f"/acme/sso?{by_redirect(authn_request(service))}")

    posted = sandbox.post("/acme/answer", {"ticket": hidden(page, "ticket"), "person": JONAS})

    policy = posted.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8000" in policy
    assert "default-src 'self'" in policy
    assert re.search(r"<script(?! src)|style=| on[a-z]+=", posted.content.decode()) is None


def test_acme_signs_response_and_assertion_as_okta_does(sandbox, service):
    page = sandbox.get(f"/acme/start?{urlencode({'service': service.entity_id})}")

    posted = sandbox.post("/acme/answer", {"ticket": hidden(page, "ticket"), "person": JONAS})

    response = answer_of(posted)
    assert response.find(f"{{{DS}}}Signature") is not None
    assert response.find(f"{{{SAML}}}Assertion/{{{DS}}}Signature") is not None


def test_globex_signs_the_assertion_alone_and_names_no_format_as_entra_does(
    sandbox, globex_service
):
    page = sandbox.get(f"/globex/start?{urlencode({'service': globex_service.entity_id})}")

    posted = sandbox.post(
        "/globex/answer",
        {"ticket": hidden(page, "ticket"), "person": "lena.hoffmann@globex.example"},
    )

    response = answer_of(posted)
    assert response.find(f"{{{DS}}}Signature") is None
    assert response.find(f"{{{SAML}}}Assertion/{{{DS}}}Signature") is not None
    assert not response.xpath("//*[local-name()='Attribute']/@NameFormat")


def test_a_sign_in_that_starts_at_the_provider_answers_no_request(sandbox, service):
    page = sandbox.get(f"/acme/start?{urlencode({'service': service.entity_id})}")

    posted = sandbox.post("/acme/answer", {"ticket": hidden(page, "ticket"), "person": JONAS})

    assert answer_of(posted).get("InResponseTo") is None


@pytest.mark.parametrize(
    "change",
    [{"issuer": "https://unknown.example"}, {"acs_url": "https://unknown.example/acs"}],
    ids=["service", "address"],
)
def test_a_request_of_an_unknown_service_or_for_an_unknown_address_gets_no_form(
    sandbox, service, change
):
    page = sandbox.get(f"/acme/sso?{by_redirect(authn_request(service, **change))}")

    assert page.status_code == 400
    assert "unknown.example" in page.content.decode()
    assert "<form" not in page.content.decode()


@pytest.mark.parametrize("query", ["", "SAMLRequest=%21", "SAMLRequest=YWJj"])
def test_what_is_no_request_is_refused_readably(sandbox, service, query):
    page = sandbox.get(f"/acme/sso?{query}")

    assert page.status_code == 400
    assert "can’t sign you in" in page.content.decode()


def test_a_service_of_one_provider_is_unknown_to_the_other(sandbox, service):
    page = sandbox.get(f"/globex/sso?{by_redirect(authn_request(service))}")

    assert page.status_code == 400


def test_the_ticket_of_one_provider_gets_no_answer_from_the_other(sandbox, service):
    page = sandbox.get(f"/acme/sso?{by_redirect(authn_request(service))}")

    posted = sandbox.post(
        "/globex/answer",
        {"ticket": hidden(page, "ticket"), "person": "lena.hoffmann@globex.example"},
    )

    assert posted.status_code == 400


def test_a_forged_ticket_gets_no_answer(sandbox, service):
    posted = sandbox.post("/acme/answer", {"ticket": "forged", "person": JONAS})

    assert posted.status_code == 400


def test_keys_stay_the_same_and_are_read_by_their_owner_alone(sandbox, folder):
    first = sandbox.get("/acme/metadata").content

    assert sandbox.get("/acme/metadata").content == first
    assert sandbox.get("/globex/metadata").content != first
    assert (folder / "acme.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("path", ["/", "/acme/"])
def test_overview_pages_lead_to_the_portal(sandbox, service, path):
    page = sandbox.get(path)

    assert page.status_code == 200
    assert "http://127.0.0.1:8000" in page.content.decode()


def test_a_provider_without_a_service_says_how_to_register_one(sandbox):
    assert "seed_demo" in sandbox.get("/globex/").content.decode()
