"""Single logout, both ways, as browser and identity provider play it."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import time_machine
from django.db import IntegrityError, OperationalError
from django.test import Client
from django.utils import timezone
from lxml import etree

from accounts.models import Session
from audit.actions import Action
from audit.models import AuditEvent
from sandbox.saml_messages import (
    DS,
    ECDSA_SHA256,
    ENTITY,
    PERSISTENT,
    RESPONDER,
    RSA_SHA1,
    SAML,
    SAMLP,
    SigningIdentity,
    build_logout_request,
    build_logout_response,
    encrypt_assertion,
    idp_metadata,
    message_is_signed_by,
    parse_logout_form,
    parse_logout_url,
    redirect_is_signed_by,
    redirect_query,
    sign_element,
)
from sso.causes import Cause
from sso.errors import InvalidOption
from sso.models import SignInTrace
from sso.services import change_connection, import_metadata
from tests.sso.conftest import is_signed_in, signing_identity

pytestmark = pytest.mark.django_db

ANA, BEN = "ana@acme.example", "ben@acme.example"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
PARTIAL = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"


@pytest.fixture(autouse=True)
def _no_profiles(acme, globex):
    for organization in (acme, globex):
        organization.binding_policy = "off"
        organization.save()


@dataclass
class SignOut:
    """The identity provider of a journey, where single logout is on."""

    journey: Any

    @property
    def url(self):
        return urlsplit(self.journey.connection.slo_url).path

    def request(self, name_id=ANA, *, identity=None, **changes):
        settings = {"destination": self.journey.connection.slo_url, "now": timezone.now()}
        return build_logout_request(
            identity or self.journey.idp, name_id=name_id, **(settings | changes)
        )

    def by_redirect(self, xml, *, identity=None, client=None, **changes):
        query = redirect_query(xml, identity or self.journey.idp, **changes)
        return (client or Client()).get(f"{self.url}?{query}")

    def by_form(self, xml, *, field="SAMLRequest", client=None, relay_state=""):
        fields = {field: base64.b64encode(xml).decode(), "RelayState": relay_state}
        return (client or Client()).post(self.url, fields)


@pytest.fixture
def switch_on(system_actor):
    def run(journey, **metadata):
        host = f"https://idp.{journey.connection.organization.slug}.example"
        xml = idp_metadata(journey.idp, f"{host}/sso", f"{host}/slo", **metadata)
        import_metadata(connection=journey.connection, xml=xml, actor=system_actor)
        change_connection(
            connection=journey.connection, changes={"single_logout": True}, actor=system_actor
        )
        return SignOut(journey)

    return run


@pytest.fixture
def acme_out(at_acme, switch_on):
    return switch_on(at_acme)


def leads_to(response):
    """Where a page leads on by itself."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', response.content.decode())
    return unescape(found[1])


# ---------------------------------------------------------------- begun here


def test_signing_out_here_asks_the_identity_provider_for_this_very_session(acme_out):
    journey = acme_out.journey
    journey.sign_in(ANA, session_index="_session-7", name_id_format=PERSISTENT)

    response = journey.client.post("/logout/")

    url = leads_to(response)
    asked = parse_logout_url(url)
    assert url.startswith("https://idp.acme.example/slo?")
    assert asked.is_request
    assert (asked.issuer, asked.destination) == (
        journey.connection.entity_id,
        "https://idp.acme.example/slo",
    )
    assert (asked.name_id, asked.name_id_format) == (ANA, PERSISTENT)
    assert asked.session_indexes == ("_session-7",)
    assert redirect_is_signed_by(urlsplit(url).query, journey.connection.sp_certificate)
    assert not is_signed_in(journey.client)


def test_where_the_identity_provider_takes_forms_the_message_is_signed(at_acme, switch_on):
    switch_on(at_acme, bindings=["urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"])
    at_acme.sign_in(ANA)

    response = at_acme.client.post("/logout/")

    asked = parse_logout_form(response.context["fields"]["SAMLRequest"])
    assert asked.name_id == ANA
    assert message_is_signed_by(asked.xml, at_acme.connection.sp_certificate)
    assert 'action="https://idp.acme.example/slo"' in response.content.decode()
    assert "https://idp.acme.example" in response.headers["Content-Security-Policy"]
    assert not is_signed_in(at_acme.client)


def test_the_page_on_the_way_runs_nothing_inline(acme_out):
    acme_out.journey.sign_in(ANA)

    page = acme_out.journey.client.post("/logout/").content.decode()

    assert "You’re signed out here" in page
    assert re.search(r"<script(?! src)|style=| on[a-z]+=", page) is None


def test_where_single_logout_is_off_nothing_is_asked(at_acme):
    at_acme.sign_in(ANA)

    assert at_acme.client.post("/logout/").url == "/logout/"


def test_a_session_that_came_through_no_connection_ends_here_alone(acme_out, make_user, sign_in):
    client = sign_in(Client(), make_user("ana"))

    assert client.post("/logout/").url == "/logout/"


def test_the_session_is_over_whatever_becomes_of_the_request(acme_out, monkeypatch):
    journey = acme_out.journey
    journey.sign_in(ANA)
    key = journey.client.cookies["session"].value
    monkeypatch.setattr("sso.leaving.build_logout_request", _broken)
    journey.client.raise_request_exception = False

    journey.client.post("/logout/")

    assert not Session.objects.filter(session_key=key).exists()


def _broken(*_args, **_kwargs):
    raise RuntimeError


def asked_by(journey):
    journey.sign_in(ANA)
    return parse_logout_url(leads_to(journey.client.post("/logout/")))


def answer(out, asked_id, *, identity=None, **changes):
    settings = {
        "destination": out.journey.connection.slo_url,
        "in_response_to": asked_id,
        "now": timezone.now(),
    }
    return build_logout_response(identity or out.journey.idp, **(settings | changes))


@pytest.mark.parametrize("by_form", [True, False])
@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, "Here, and at Acme’s Okta."),
        ({"second_status": PARTIAL}, "something stayed open there"),
        ({"status": RESPONDER}, "something stayed open there"),
    ],
)
def test_the_answer_lands_on_the_signed_out_page(acme_out, by_form, status, words):
    asked = asked_by(acme_out.journey)
    xml = answer(acme_out, asked.id, sign=by_form, **status)

    if by_form:
        response = acme_out.by_form(xml, field="SAMLResponse")
    else:
        response = acme_out.by_redirect(xml, field="SAMLResponse")

    page = Client().get(response.url).content.decode()
    assert "You’re signed out" in page
    assert words in page
    assert not SignInTrace.objects.filter(outcome="logout_refused").exists()


UNTRUSTED_ANSWERS = {
    "unsigned": ({"sign": False}, Cause.UNSIGNED),
    "a stranger's key": ({"identity": "stranger"}, Cause.BAD_SIGNATURE),
    "SHA-1": ({"signature_algorithm": RSA_SHA1}, Cause.WEAK_ALGORITHM),
    "another destination": ({"destination": "https://evil.example"}, Cause.WRONG_DESTINATION),
    "a request nobody made": ({"in_response_to": "_nobody"}, Cause.UNKNOWN_REQUEST),
    "no text after the marks": ({"in_response_to": "_1.2.3"}, Cause.UNKNOWN_REQUEST),
    "letters of no number": ({"in_response_to": "_zz.äö"}, Cause.UNKNOWN_REQUEST),
    "an hour old": ({"age": timedelta(hours=1)}, Cause.EXPIRED),
}


@pytest.mark.parametrize("name", UNTRUSTED_ANSWERS)
def test_an_answer_that_can_t_be_trusted_lands_there_too_and_says_so(acme_out, name):
    changes, cause = UNTRUSTED_ANSWERS[name]
    changes = dict(changes)
    asked = asked_by(acme_out.journey)
    if "identity" in changes:
        changes["identity"] = SigningIdentity.generate(acme_out.journey.idp.entity_id)
    if age := changes.pop("age", None):
        changes["now"] = timezone.now() - age
    asked_id = changes.pop("in_response_to", asked.id)

    response = acme_out.by_form(answer(acme_out, asked_id, **changes), field="SAMLResponse")

    page = Client().get(response.url).content.decode()
    trace = SignInTrace.objects.get(outcome="logout_refused")
    assert "We couldn’t check what Acme’s Okta answered" in page
    assert trace.reference in page
    assert trace.cause == cause


def test_an_answer_to_another_connection_s_request_is_none_of_ours(acme_out, at_globex, switch_on):
    asked = asked_by(switch_on(at_globex).journey)

    acme_out.by_form(answer(acme_out, asked.id), field="SAMLResponse")

    assert SignInTrace.objects.get(outcome="logout_refused").cause == Cause.UNKNOWN_REQUEST


def test_an_answer_that_took_too_long_is_none_of_ours(acme_out):
    asked = asked_by(acme_out.journey)

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        acme_out.by_form(answer(acme_out, asked.id), field="SAMLResponse")

    assert SignInTrace.objects.get(outcome="logout_refused").cause == Cause.UNKNOWN_REQUEST


def test_the_signed_out_page_tells_nobody_who_is_signed_in_that_they_are_not(acme_out):
    asked = asked_by(acme_out.journey)
    url = acme_out.by_form(answer(acme_out, asked.id), field="SAMLResponse").url
    acme_out.journey.sign_in(ANA)

    assert acme_out.journey.client.get(url).url == "/logout/"


@pytest.mark.parametrize("said", ["", "?said=x", "?said=Wzos"])
def test_the_signed_out_page_says_nothing_on_a_stranger_s_word(acme_out, said):
    url = f"/sso/{acme_out.journey.connection.pk}/signed-out{said}"

    assert Client().get(url).url == "/logout/"


# ---------------------------------------------------------------- begun there


@pytest.mark.parametrize("by_form", [True, False])
def test_the_identity_provider_signs_its_person_out_and_nobody_else(acme_out, at_globex, by_form):
    journey = acme_out.journey
    journey.sign_in(ANA)
    ben, at_home = Client(), Client()
    journey.client, ana = ben, journey.client
    journey.sign_in(BEN)
    journey.client = at_home
    journey.sign_in(ANA)
    at_globex.sign_in(ANA)

    if by_form:
        response = acme_out.by_form(acme_out.request(), client=ben)
    else:
        response = acme_out.by_redirect(acme_out.request(sign=False), client=ben)

    assert [is_signed_in(client) for client in (ana, at_home, ben, at_globex.client)] == [
        False,
        False,
        True,
        True,
    ]
    assert response.status_code == 302
    event = AuditEvent.objects.get(action=Action.SESSIONS_REVOKED)
    assert (event.actor_name, event.changes) == ("Okta", {"sessions": 2})


def test_of_several_sessions_the_one_with_the_index_ends(acme_out):
    journey = acme_out.journey
    journey.sign_in(ANA, session_index="_office")
    office, journey.client = journey.client, Client()
    journey.sign_in(ANA, session_index="_home")

    acme_out.by_form(acme_out.request(session_indexes=["_office", "_train"]))

    assert not is_signed_in(office)
    assert is_signed_in(journey.client)


def test_the_answer_is_signed_and_goes_where_the_metadata_says(acme_out):
    xml = acme_out.request(sign=False, request_id="_asked")

    response = acme_out.by_redirect(xml, relay_state="a b&c=d/é")

    said = parse_logout_url(response.url)
    assert response.url.startswith("https://idp.acme.example/slo?")
    assert not said.is_request
    assert said.status.endswith(":Success")
    assert (said.in_response_to, said.relay_state) == ("_asked", "a b&c=d/é")
    assert redirect_is_signed_by(
        urlsplit(response.url).query, acme_out.journey.connection.sp_certificate
    )


@pytest.mark.parametrize("by_form", [False, True])
def test_the_answer_goes_to_the_address_for_answers_where_there_is_one(at_acme, switch_on, by_form):
    """As LemonLDAP::NG describes itself: `ResponseLocation` beside `Location`."""
    elsewhere = "https://idp.acme.example/slo-return"
    form_alone = {"bindings": ["urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"]} if by_form else {}
    out = switch_on(at_acme, slo_response_url=elsewhere, **form_alone)

    if by_form:
        response = out.by_form(out.request())
        said = parse_logout_form(response.context["fields"]["SAMLResponse"])
        assert response.context["url"] == elsewhere
    else:
        response = out.by_redirect(out.request(sign=False))
        said = parse_logout_url(response.url)
        assert response.url.startswith(f"{elsewhere}?")
    assert etree.fromstring(said.xml).get("Destination") == elsewhere


def test_requests_do_not_go_to_the_address_for_answers(at_acme, switch_on):
    out = switch_on(at_acme, slo_response_url="https://idp.acme.example/slo-return")
    out.journey.sign_in(ANA)

    url = leads_to(out.journey.client.post("/logout/"))

    assert url.startswith("https://idp.acme.example/slo?")
    assert etree.fromstring(parse_logout_url(url).xml).get("Destination") == (
        "https://idp.acme.example/slo"
    )


def test_where_it_takes_forms_alone_the_answer_is_a_form(at_acme, switch_on):
    out = switch_on(at_acme, bindings=["urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"])

    response = out.by_form(out.request(), relay_state="state")

    said = parse_logout_form(response.context["fields"]["SAMLResponse"])
    assert message_is_signed_by(said.xml, at_acme.connection.sp_certificate)
    assert response.context["fields"]["RelayState"] == "state"


def test_a_name_nobody_has_is_answered_like_any_other(acme_out):
    acme_out.journey.sign_in(ANA)

    known, unknown = (
        parse_logout_url(acme_out.by_redirect(acme_out.request(name, sign=False)).url)
        for name in (ANA, "nobody@acme.example")
    )

    assert (known.status, known.issuer) == (unknown.status, unknown.issuer)


@pytest.mark.parametrize(
    ("at_sign_in", "at_sign_out", "ends"),
    [
        (PERSISTENT, PERSISTENT, True),
        (PERSISTENT, None, True),
        (PERSISTENT, UNSPECIFIED, True),
        (UNSPECIFIED, PERSISTENT, True),
        (PERSISTENT, "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", False),
    ],
)
def test_the_kind_of_a_name_has_to_fit_where_both_say_it(acme_out, at_sign_in, at_sign_out, ends):
    acme_out.journey.sign_in(ANA, name_id_format=at_sign_in)

    acme_out.by_form(acme_out.request(name_id_format=at_sign_out))

    assert is_signed_in(acme_out.journey.client) is not ends


def test_a_name_that_qualifies_another_way_is_another(acme_out):
    acme_out.journey.sign_in(
        ANA,
        before_signing=lambda root: root.find(f".//{{{SAML}}}NameID").set("NameQualifier", "one"),
    )

    def qualify(root):
        root.find(f"{{{SAML}}}NameID").set("NameQualifier", "two")

    acme_out.by_form(acme_out.request(before_signing=qualify))

    assert is_signed_in(acme_out.journey.client)


def test_an_encrypted_name_is_opened_once_its_signature_holds(acme_out):
    acme_out.journey.sign_in(ANA)

    acme_out.by_form(acme_out.request(before_signing=_hide(acme_out)))

    assert not is_signed_in(acme_out.journey.client)


def _hide(out, certificate=None):
    def run(root):
        name = root.find(f"{{{SAML}}}NameID")
        wrapper = encrypt_assertion(name, certificate or out.journey.connection.sp_certificate)
        wrapper.tag = f"{{{SAML}}}EncryptedID"

    return run


def test_keys_on_elliptic_curves_sign_query_strings_too(acme, make_journey, switch_on):
    journey = make_journey(acme, name="Curves")
    journey.idp = SigningIdentity.generate(journey.idp.entity_id, elliptic=True)
    out = switch_on(journey)
    journey.sign_in(ANA)

    out.by_redirect(out.request(sign=False), algorithm=ECDSA_SHA256)

    assert not is_signed_in(journey.client)


def test_the_query_string_counts_as_it_is_written(acme_out):
    """AD FS writes %2b where others write %2B."""
    acme_out.journey.sign_in(ANA)

    acme_out.by_redirect(acme_out.request(sign=False), relay_state="x", lower_case_hex=True)

    assert not is_signed_in(acme_out.journey.client)


def test_sessions_of_a_connection_that_is_off_meanwhile_still_end(acme_out, system_actor):
    from sso.services import deactivate_connection

    acme_out.journey.sign_in(ANA)
    deactivate_connection(connection=acme_out.journey.connection, actor=system_actor)

    acme_out.by_form(acme_out.request())

    assert not is_signed_in(acme_out.journey.client)


# ---------------------------------------------------------------- hostile


def on_root(**attributes):
    def run(root):
        for name, value in attributes.items():
            root.set(name, value)

    return run


def rename(text):
    def run(root):
        root.find(f"{{{SAML}}}NameID").text = text

    return run


def without(tag):
    def run(root):
        root.remove(root.find(tag))

    return run


def issued_by(entity_id, **attributes):
    def run(root):
        issuer = root.find(f"{{{SAML}}}Issuer")
        issuer.text = entity_id
        for name, value in attributes.items():
            issuer.set(name, value)

    return run


def add_a_message_inside(root):
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(etree.fromstring(etree.tostring(root)))
    extensions[0].set("ID", "_inner")
    root.insert(1, extensions)


def swap_the_signed_away(root):
    """A forged request around the signed one."""
    inner = etree.fromstring(etree.tostring(root))
    signature = root.find(f"{{{DS}}}Signature")
    root.set("ID", "_forged")
    root.find(f"{{{SAML}}}NameID").text = ANA
    etree.SubElement(signature, f"{{{DS}}}Object").append(inner)


LATE = timedelta(hours=1)
# What changes in a good request by form, and why it is refused.
HOSTILE_FORMS = {
    "unsigned": ({"sign": False}, Cause.UNSIGNED),
    "a stranger's key": ({"identity": "stranger"}, Cause.BAD_SIGNATURE),
    "another tenant's identity provider": ({"identity": "globex"}, Cause.WRONG_ISSUER),
    "another tenant's key in our provider's name": ({"identity": "forger"}, Cause.BAD_SIGNATURE),
    "SHA-1": ({"signature_algorithm": RSA_SHA1}, Cause.WEAK_ALGORITHM),
    "no issuer": ({"before_signing": without(f"{{{SAML}}}Issuer")}, Cause.WRONG_ISSUER),
    "an issuer of another format": (
        {"before_signing": issued_by("okta", Format=PERSISTENT)},
        Cause.WRONG_ISSUER,
    ),
    "a name put in after signing": (
        {"name_id": BEN, "after_signing": rename(ANA)},
        Cause.BAD_SIGNATURE,
    ),
    "a signature around a forgery": (
        {"after_signing": swap_the_signed_away},
        Cause.MISPLACED_SIGNATURE,
    ),
    "a message inside the message": ({"before_signing": add_a_message_inside}, Cause.MALFORMED),
    "another destination": (
        {"destination": "https://portal.example/sso/slo"},
        Cause.WRONG_DESTINATION,
    ),
    "the destination with a slash": ({"destination": "+/"}, Cause.WRONG_DESTINATION),
    "no destination": ({"destination": ""}, Cause.WRONG_DESTINATION),
    "an hour old": ({"age": LATE}, Cause.EXPIRED),
    "an hour early": ({"age": -LATE}, Cause.NOT_YET_VALID),
    "over": ({"ends_in": -timedelta(minutes=2)}, Cause.EXPIRED),
    "old, and good for ever": ({"age": LATE, "ends_in": timedelta(days=1)}, Cause.EXPIRED),
    "an empty name": ({"name_id": " "}, Cause.NO_SUBJECT),
    "no name": ({"before_signing": without(f"{{{SAML}}}NameID")}, Cause.MALFORMED),
    "a name for somebody else's key": ({"hide": "stranger"}, Cause.CANNOT_DECRYPT),
    "another version": ({"before_signing": on_root(Version="1.1")}, Cause.WRONG_VERSION),
    "a thousand sessions": ({"session_indexes": ["_x"] * 1000}, Cause.MALFORMED),
    "a moment that is none": ({"before_signing": on_root(IssueInstant="now")}, Cause.MALFORMED),
}


@pytest.mark.parametrize("name", HOSTILE_FORMS)
def test_a_hostile_request_by_form_ends_nothing(acme_out, at_globex, name):
    changes, cause = HOSTILE_FORMS[name]
    changes = dict(changes)
    ours = acme_out.journey.idp
    now = timezone.now()
    if destination := changes.get("destination"):
        changes["destination"] = destination.replace("+", acme_out.journey.connection.slo_url)
    if "age" in changes:
        changes["now"] = now - changes.pop("age")
    if "ends_in" in changes:
        changes["not_on_or_after"] = now + changes.pop("ends_in")
    if "hide" in changes:
        stranger = SigningIdentity.generate("stranger")
        changes = {"before_signing": _hide(acme_out, stranger.certificate_pem)}
    if "identity" in changes:
        theirs = at_globex.idp
        changes["identity"] = {
            "stranger": lambda: SigningIdentity.generate(ours.entity_id),
            "globex": lambda: theirs,
            "forger": lambda: SigningIdentity(
                ours.entity_id, theirs.key_pem, theirs.certificate_pem
            ),
        }[changes["identity"]]()
    acme_out.journey.sign_in(ANA)

    response = acme_out.by_form(acme_out.request(changes.pop("name_id", ANA), **changes))

    refused(acme_out, response, cause)


def refused(out, response, cause):
    assert response.status_code == 403
    trace = SignInTrace.objects.get(outcome="logout_refused")
    assert trace.cause == cause
    assert trace.connection == out.journey.connection
    assert trace.reference in response.content.decode()
    assert is_signed_in(out.journey.client)


def test_a_refused_sign_out_is_logged_once_with_its_cause_and_reference(acme_out, caplog):
    acme_out.journey.sign_in(ANA)
    request = acme_out.request(ANA, identity=SigningIdentity.generate("stranger"))

    with caplog.at_level("INFO"):
        response = acme_out.by_form(request)

    refused(acme_out, response, Cause.WRONG_ISSUER)
    records = [record for record in caplog.records if "refused" in record.getMessage()]
    (record,) = [*records, *(row for row in caplog.records if row.name == "django.request")]
    assert (record.name, record.levelname) == ("sso.sign_out_views", "WARNING")
    assert record.reference == SignInTrace.objects.get(outcome="logout_refused").reference


def bomb(_xml):
    deflater = zlib.compressobj(level=9, wbits=-15)
    packed = deflater.compress(b"<" + b" " * 50_000_000) + deflater.flush()
    return f"SAMLRequest={quote(base64.b64encode(packed).decode(), safe='')}"


def signed(out, xml, **changes):
    return redirect_query(xml, out.journey.idp, **changes)


def swapped(out, xml):
    """A signed query string with somebody else's request put in its place."""
    mine = signed(out, out.request(BEN, sign=False))
    forged = signed(out, xml).split("&")[0]
    return "&".join([forged, *mine.split("&")[1:]])


HOSTILE_QUERIES = {
    "unsigned": (lambda out, xml: redirect_query(xml, None), Cause.UNSIGNED),
    "an empty signature": (
        lambda out, xml: redirect_query(xml, None) + "&SigAlg=x&Signature=",
        Cause.UNSIGNED,
    ),
    "SHA-1": (lambda out, xml: signed(out, xml, algorithm=RSA_SHA1), Cause.WEAK_ALGORITHM),
    "an algorithm that is none": (
        lambda out, xml: redirect_query(xml, None) + "&SigAlg=none&Signature=AAAA",
        Cause.WEAK_ALGORITHM,
    ),
    "a signature that is no base64": (
        lambda out, xml: signed(out, xml).split("&Signature")[0] + "&Signature=%C3%A9",
        Cause.MALFORMED,
    ),
    "a stranger's key": (
        lambda out, xml: redirect_query(xml, SigningIdentity.generate("stranger")),
        Cause.BAD_SIGNATURE,
    ),
    "somebody else's signature": (swapped, Cause.BAD_SIGNATURE),
    "another relay state": (
        lambda out, xml: signed(out, xml, relay_state="a").replace("=a&", "=b&"),
        Cause.BAD_SIGNATURE,
    ),
    "a message twice": (
        lambda out, xml: signed(out, xml) + "&" + redirect_query(xml, None),
        Cause.MALFORMED,
    ),
    "a message twice, under an encoded name": (
        lambda out, xml: (
            signed(out, out.request(BEN, sign=False))
            + "&"
            + redirect_query(xml, None).replace("SAMLRequest", "SAML%52equest")
        ),
        None,
    ),
    "a request and an answer": (
        lambda out, xml: signed(out, xml) + "&SAMLResponse=x",
        Cause.MALFORMED,
    ),
    "nothing": (lambda out, xml: "RelayState=x", Cause.MALFORMED),
    "not deflated": (
        lambda out, xml: "SAMLRequest=" + quote(base64.b64encode(xml).decode(), safe=""),
        Cause.MALFORMED,
    ),
    "no base64": (lambda out, xml: "SAMLRequest=%C3%A9", Cause.MALFORMED),
    "another encoding": (
        lambda out, xml: signed(out, xml) + "&SAMLEncoding=urn%3Aother",
        Cause.MALFORMED,
    ),
    "a bomb": (lambda out, xml: bomb(xml), Cause.TOO_LARGE),
    "a document type": (
        lambda out, xml: signed(out, b'<!DOCTYPE x [<!ENTITY y "z">]>' + xml[38:]),
        Cause.FORBIDDEN_XML,
    ),
    "an answer in the request's field": (
        lambda out, xml: signed(out, answer(out, "_x", sign=False)),
        Cause.MALFORMED,
    ),
    "a sign-in": (
        lambda out, xml: signed(out, out.journey.answer(ANA, in_response_to=None)),
        Cause.MALFORMED,
    ),
}


@pytest.mark.parametrize("name", HOSTILE_QUERIES)
def test_a_hostile_query_string_ends_nothing(acme_out, name):
    make, cause = HOSTILE_QUERIES[name]
    acme_out.journey.sign_in(ANA)

    query = make(acme_out, acme_out.request(sign=False))
    response = Client().get(f"{acme_out.url}?{query}")

    if cause is None:
        # What is signed is what was read: it ends Ben's sessions, and he has none.
        assert response.status_code == 302
        assert is_signed_in(acme_out.journey.client)
    else:
        refused(acme_out, response, cause)


BOMBS = {
    "entities": (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + b"<x>&b;</x>",
        Cause.FORBIDDEN_XML,
    ),
    "a file": (
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        Cause.FORBIDDEN_XML,
    ),
    "too large": (b"<x>" + b" " * 300_000 + b"</x>", Cause.TOO_LARGE),
    "too many elements": (b"<x>" + b"<y/>" * 20_000 + b"</x>", Cause.TOO_LARGE),
    "too deep": (
        b'<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0">'
        + b"<y>" * 50
        + b"</y>" * 50
        + b"</samlp:LogoutRequest>",
        Cause.TOO_LARGE,
    ),
    "deflated, which a form never is": (zlib.compress(b"<x/>" * 100_000)[2:-4], Cause.MALFORMED),
    "no XML": (b"\x00\xff", Cause.MALFORMED),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_in_a_form_is_refused_before_it_is_read(acme_out, name):
    xml, cause = BOMBS[name]
    acme_out.journey.sign_in(ANA)

    refused(acme_out, acme_out.by_form(xml), cause)


def test_a_request_counts_once(acme_out):
    xml = acme_out.request()
    acme_out.by_form(xml)
    acme_out.journey.sign_in(ANA)

    refused(acme_out, acme_out.by_form(xml), Cause.REPLAYED)


def test_a_request_of_one_connection_is_refused_at_another(acme, acme_out, make_journey, switch_on):
    other = switch_on(make_journey(acme, name="Entra"))
    other.journey.sign_in(ANA)

    response = other.by_form(acme_out.request(destination=other.journey.connection.slo_url))

    assert response.status_code == 403
    assert is_signed_in(other.journey.client)


def test_somebody_signed_in_through_another_connection_stays(acme, acme_out, make_journey):
    other = make_journey(acme, name="Entra")
    other.sign_in(ANA)

    acme_out.by_form(acme_out.request())

    assert is_signed_in(other.client)


def test_while_it_is_off_nobody_is_signed_out(at_acme):
    at_acme.sign_in(ANA)
    out = SignOut(at_acme)

    refused(out, out.by_form(out.request()), Cause.CONNECTION_INACTIVE)


def test_another_method_is_refused_with_a_page(acme_out):
    response = Client().put(acme_out.url)

    assert response.status_code == 403


def test_a_form_that_can_t_be_read_is_refused_with_a_page(acme_out, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    many = Client().post(acme_out.url, {f"f{n}": "x" for n in range(9)})
    broken = Client().post(acme_out.url, b"x", content_type="multipart/form-data; boundary=")

    assert (many.status_code, broken.status_code) == (403, 403)


def test_a_busy_database_is_said(acme_out, monkeypatch):
    def busy(**_names):
        raise OperationalError

    monkeypatch.setattr("sso.sign_out_views.end_named_sessions", busy)

    assert acme_out.by_form(acme_out.request()).status_code == 503


def test_a_connection_deleted_in_the_same_moment_is_said(acme_out, monkeypatch):
    """PostgreSQL notices at the commit that the row isn't there any more."""

    def gone(*_names):
        raise IntegrityError

    monkeypatch.setattr("sso.sign_out._spend", gone)

    assert acme_out.by_form(acme_out.request()).status_code == 403


def test_too_many_are_braked(acme_out, settings):
    settings.SIGN_IN_RATE_LIMIT = 1
    codes = {acme_out.by_form(acme_out.request(sign=False)).status_code for _ in range(80)}

    assert 429 in codes


# ---------------------------------------------------------------- switching it on


def test_without_an_address_it_can_t_be_switched_on(at_acme, system_actor):
    with pytest.raises(InvalidOption):
        change_connection(
            connection=at_acme.connection, changes={"single_logout": True}, actor=system_actor
        )


def test_metadata_without_an_address_switches_it_off(acme_out, system_actor):
    connection = acme_out.journey.connection

    import_metadata(
        connection=connection,
        xml=idp_metadata(acme_out.journey.idp, "https://idp.acme.example/sso"),
        actor=system_actor,
    )

    assert not connection.single_logout


def test_our_metadata_names_the_address_where_it_is_on(at_acme, switch_on):
    before = Client().get(f"/sso/{at_acme.connection.pk}/metadata").content.decode()
    switch_on(at_acme)

    after = Client().get(f"/sso/{at_acme.connection.pk}/metadata").content.decode()

    assert "SingleLogoutService" not in before
    assert after.count(f'Location="{at_acme.connection.slo_url}"') == 2


def test_the_issuer_may_say_that_it_is_an_entity(acme_out):
    acme_out.journey.sign_in(ANA)
    entity_id = acme_out.journey.idp.entity_id

    acme_out.by_form(acme_out.request(before_signing=issued_by(f" {entity_id} ", Format=ENTITY)))

    assert not is_signed_in(acme_out.journey.client)


def test_a_signature_inside_a_redirect_has_to_hold_as_well(acme_out):
    acme_out.journey.sign_in(ANA)
    stranger = signing_identity("stranger")

    root = etree.fromstring(acme_out.request(sign=False))
    sign_element(root, stranger)
    response = acme_out.by_redirect(etree.tostring(root))

    refused(acme_out, response, Cause.BAD_SIGNATURE)


def test_an_administrator_reads_why_a_sign_out_was_refused(acme_out, client, admin, sign_in):
    acme_out.by_form(acme_out.request(sign=False))
    trace = SignInTrace.objects.get()
    sign_in(client, admin)

    page = client.get(f"/console/sso/signintrace/{trace.pk}/change/").content.decode()

    assert "Sign-out refused" in page
    assert "Nobody was signed out by it." in page


def test_the_switch_waits_for_metadata(
    at_acme, acme_out, make_journey, acme, client, admin, sign_in
):
    sign_in(client, admin)
    other = make_journey(acme, name="Entra").connection

    pages = [
        client.get(f"/console/sso/samlconnection/{connection.pk}/change/").content.decode()
        for connection in (other, at_acme.connection)
    ]

    assert [("names no address for sign-outs" in page) for page in pages] == [True, False]
    assert at_acme.connection.slo_url in pages[1]
