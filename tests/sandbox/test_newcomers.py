"""Connections made in the demo's console sign people in, and nothing else gets asked."""

from __future__ import annotations

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sandbox import newcomers
from sandbox.newcomers import MAX_BYTES
from sandbox.saml import is_vouched_for
from sandbox.saml_messages import DS, HTTP_POST, MD, certificate_body
from tests.sandbox.test_saml_pages import JONAS, answer_of, authn_request, by_redirect, hidden

CONNECTION = "0b54a7f5-6c0c-4f0e-9a6e-2f4f8e8f4f11"


class Portal(HTTPServer):
    """Answers what a test put there, and remembers what it was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[str] = []
        self.status, self.body = 200, b""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def base(self):
        return f"{self.url}/sso/{CONNECTION}"


class Answering(BaseHTTPRequestHandler):
    server: Portal

    def do_GET(self):
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *arguments):
        """Nobody reads it."""


@pytest.fixture
def portal(settings, portal_key):
    with Portal() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.PORTAL_BASE_URL = server.url
        server.body = metadata(server, portal_key)
        yield server
        server.shutdown()
        thread.join()


def metadata(portal, key, *, entity_id=None, acs_url=None, certificate=None):
    return f"""<EntityDescriptor xmlns="{MD}" entityID="{entity_id or f"{portal.base}/metadata"}">
      <SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
        <KeyDescriptor use="signing"><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>
          {certificate or certificate_body(key.certificate_pem)}
        </X509Certificate></X509Data></KeyInfo></KeyDescriptor>
        <AssertionConsumerService Binding="{HTTP_POST}" index="0"
          Location="{acs_url or f"{portal.base}/acs"}"/>
      </SPSSODescriptor></EntityDescriptor>""".encode()


def ask(sandbox, service, portal, *, entity_id=None, acs_url=None):
    request = authn_request(
        service,
        issuer=entity_id or f"{portal.base}/metadata",
        acs_url=acs_url or f"{portal.base}/acs",
    )
    return sandbox.get(f"/acme/sso?{by_redirect(request)}")


def test_a_connection_made_in_the_console_signs_people_in(sandbox, service, portal):
    page = ask(sandbox, service, portal)
    posted = sandbox.post("/acme/answer", {"ticket": hidden(page, "ticket"), "person": JONAS})

    assert f'action="{portal.base}/acs"' in posted.content.decode()
    assert answer_of(posted).get("Destination") == f"{portal.base}/acs"
    assert set(portal.asked) == {f"/sso/{CONNECTION}/metadata"}


def test_its_requests_are_known_by_the_certificate_it_publishes(
    sandbox, service, portal, portal_key
):
    read = newcomers.read_from_the_portal(f"{portal.base}/metadata", "acme")

    assert certificate_body(read.certificate_pem) == certificate_body(portal_key.certificate_pem)
    assert read.login_url == f"{portal.base}/login"


def test_a_key_that_rolled_over_is_read_from_the_portal(portal, portal_key, folder):
    registered = replace(
        newcomers.read_from_the_portal(f"{portal.base}/metadata", "acme"),
        certificate_pem="the former one",
    )

    assert is_vouched_for(registered, lambda pem: "the former one" in pem)
    assert is_vouched_for(
        registered,
        lambda pem: certificate_body(portal_key.certificate_pem) in "".join(pem.split()),
    )
    assert not is_vouched_for(registered, lambda pem: False)


def test_whoever_publishes_nothing_new_is_not_vouched_for(portal, portal_key, service):
    elsewhere = replace(service, entity_id="https://elsewhere.example/metadata")
    silent = newcomers.read_from_the_portal(f"{portal.base}/metadata", "acme")
    portal.status = 500
    portal.asked.clear()

    assert not is_vouched_for(elsewhere, lambda pem: False)
    assert not portal.asked
    assert not is_vouched_for(silent, lambda pem: False)
    assert portal.asked


def test_its_answer_goes_nowhere_but_where_its_metadata_says(sandbox, service, portal):
    page = ask(sandbox, service, portal, acs_url=f"{portal.url}/elsewhere")

    assert page.status_code == 400
    assert "isn’t registered" in page.content.decode()


@pytest.mark.parametrize(
    "entity_id",
    [
        "{portal}/sso/1/metadata",
        "{portal}/sso/{uuid}/metadata?again",
        "{portal}/sso/{uuid}/metadata/",
        "{portal}/sso/{uuid}/acs",
        "{portal}/api/v1/me",
        "{portal}.evil.example/sso/{uuid}/metadata",
        "{portal}@evil.example/sso/{uuid}/metadata",
        "http://127.0.0.1:1/sso/{uuid}/metadata",
        "https://evil.example/sso/{uuid}/metadata",
        "file:///sso/{uuid}/metadata",
    ],
)
def test_nothing_but_metadata_of_a_connection_at_the_portal_is_asked_for(
    sandbox, service, portal, entity_id, monkeypatch
):
    monkeypatch.setattr(newcomers, "_fetch", lambda url: pytest.fail(f"asked for {url}"))

    page = ask(
        sandbox, service, portal, entity_id=entity_id.format(portal=portal.url, uuid=CONNECTION)
    )

    assert page.status_code == 400
    assert "No service is registered here" in page.content.decode()
    assert "needs no registration here" in page.content.decode()


def test_a_portal_that_others_can_reach_is_not_asked(sandbox, service, portal, settings):
    settings.PORTAL_BASE_URL = "https://learning.example"

    page = ask(
        sandbox,
        service,
        portal,
        entity_id=f"https://learning.example/sso/{CONNECTION}/metadata",
    )

    assert page.status_code == 400
    assert "No service is registered here" in page.content.decode()


def test_a_redirect_is_not_followed(sandbox, service, portal):
    portal.status = 302

    page = ask(sandbox, service, portal)

    assert "The portal answered 302." in page.content.decode()
    assert portal.asked == [f"/sso/{CONNECTION}/metadata"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"entity_id": "http://127.0.0.1/other"}, "It describes another service."),
        ({"acs_url": "https://evil.example/acs"}, "no address below its own"),
        ({"certificate": "MIIB"}, "no certificate"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(sandbox, service, portal, portal_key, change, words):
    portal.body = metadata(portal, portal_key, **change)

    page = ask(sandbox, service, portal)

    assert page.status_code == 400
    assert words in page.content.decode()


@pytest.mark.parametrize(
    ("body", "words"), [(b"no metadata", "It is no XML."), (b"x" * (MAX_BYTES + 1), "too large")]
)
def test_what_is_no_metadata_is_refused(sandbox, service, portal, body, words):
    portal.body = body

    page = ask(sandbox, service, portal)

    assert page.status_code == 400
    assert words in page.content.decode()


def test_a_connection_that_the_portal_does_not_know_is_refused(sandbox, service, portal):
    portal.status = 404

    assert "The portal answered 404." in ask(sandbox, service, portal).content.decode()


def test_a_portal_that_is_down_is_said(sandbox, service, settings):
    settings.PORTAL_BASE_URL = "http://127.0.0.1:1"
    address = f"http://127.0.0.1:1/sso/{CONNECTION}"

    page = sandbox.get(f"/acme/start?service={address}/metadata")

    assert page.status_code == 400
    assert "The portal didn’t answer." in page.content.decode()
