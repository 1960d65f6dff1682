"""Answers good and hostile, posted to the ACS of two organizations as a browser posts them.

What each check says is tested in `tests/sso/saml`. Here it is what comes of it: a session for
whoever a good answer names, and for a hostile one a page with a reference, a trace, and nobody
signed in.
"""

from __future__ import annotations

import base64
import zlib
from copy import deepcopy

import pytest
from django.test import Client
from lxml import etree

from accounts.models import Session, User
from sandbox.saml_messages import (
    AES256_CBC,
    DS,
    RSA_1_5,
    RSA_SHA1,
    SAML,
    SHAPES,
    encrypt_assertion,
)
from sso.models import SamlIdentity, SignInTrace
from tests.sso.conftest import is_signed_in
from tests.sso.saml import test_forbidden_input as forbidden
from tests.sso.saml import test_signature_wrapping as wrapping
from tests.sso.saml.mutations import (
    CONDITIONS,
    CONFIRMATION_DATA,
    NAME_ID,
    RESTRICTION,
    both,
    drop,
    put,
    remove,
    write,
)

pytestmark = pytest.mark.django_db

ANA = "ana@acme.example"
ROOT = "root@portal.example"


@pytest.fixture(autouse=True)
def _no_profiles(acme, globex):
    for organization in (acme, globex):
        organization.binding_policy = "off"
        organization.save()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
@pytest.mark.parametrize("cipher", [None, "gcm", "cbc"])
def test_good_answers_sign_in_the_same_name_at_two_organizations_as_two_people(
    at_acme, at_globex, shape, sign, cipher
):
    for journey in (at_acme, at_globex):
        hidden = {"encrypt_for": journey.connection.sp_certificate} if cipher else {}
        mode = {"content_encryption": AES256_CBC} if cipher == "cbc" else {}

        response = journey.sign_in(
            ANA,
            shape=SHAPES[shape],
            sign_assertion=sign != "response",
            sign_response=sign != "assertion",
            attributes={"email": [ANA], "groups": [f"group {n}" for n in range(150)]},
            **hidden,
            **mode,
        )

        assert response.status_code == 302
        assert is_signed_in(journey.client)
    owners = {identity.user.organization_id for identity in SamlIdentity.objects.all()}
    assert len(owners) == 2


def after(*mutations):
    return {"after_signing": both(*mutations)}


def before(*mutations):
    return {"before_signing": both(*mutations)}


HOSTILE = {
    # Protocol
    "no signature": {"sign_assertion": False},
    "SHA-1": {"signature_algorithm": RSA_SHA1},
    "another issuer": before(write("saml:Assertion/saml:Issuer", "https://evil.example")),
    "another audience": {"audience": "https://evil.example"},
    "no audience": before(remove(RESTRICTION)),
    "no conditions": before(remove(CONDITIONS)),
    "another destination": {"destination": "https://evil.example"},
    "another recipient": before(put(CONFIRMATION_DATA, "Recipient", "https://evil.example")),
    "no recipient": before(drop(CONFIRMATION_DATA, "Recipient")),
    "no end": before(drop(CONFIRMATION_DATA, "NotOnOrAfter")),
    "an end in the past": before(put(CONFIRMATION_DATA, "NotOnOrAfter", "2020-01-01T00:00:00Z")),
    "another request": before(
        put(".", "InResponseTo", "_stolen"), put(CONFIRMATION_DATA, "InResponseTo", "_stolen")
    ),
    "a name changed": after(write(NAME_ID, "boss@acme.example")),
    "a signature moved away": after(remove("saml:Assertion/ds:Signature")),
    # Identity
    "no name": before(write(NAME_ID, None)),
    "a name of blanks": before(write(NAME_ID, "\u00a0 ")),
    "a name and a blank": before(write(NAME_ID, f"{ANA} ")),
    "platform staff": before(write(NAME_ID, ROOT)),
    "platform staff in capitals": before(write(NAME_ID, ROOT.upper())),
    "platform staff in wide letters": before(write(NAME_ID, "\uff52oot@portal.example")),
    "platform staff as an attribute": {"attributes": {"mail": [ROOT]}},
    **{
        wrap.__name__: {"after_signing": wrap, "attributes": {"email": [ANA]}}
        for wrap in wrapping.VARIANTS
    },
}


def refused(journey, response, name):
    """Nobody is signed in, and the page's reference leads to the trace."""
    assert response.status_code == 403, name
    trace = SignInTrace.objects.latest("created_at", "id")
    assert trace.connection == journey.connection
    assert trace.outcome == "refused"
    assert trace.reference in response.content.decode()
    assert not Session.objects.exclude(user=None).exists()
    return True


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_refused_with_a_reference_and_a_trace(
    at_acme, at_globex, make_staff, name
):
    make_staff(ROOT, email=ROOT)
    changes = HOSTILE[name]
    if name.startswith("response_"):
        changes = changes | wrapping.RESPONSE_SIGNED

    for journey in (at_acme, at_globex):
        xml = journey.answer(ANA, **({"in_response_to": journey.begin()} | changes))
        assert refused(journey, journey.post(xml), name)
    assert not SamlIdentity.objects.exists()


@pytest.mark.parametrize("name", forbidden.FIELDS)
def test_a_field_that_is_no_answer_is_refused(at_acme, name):
    at_acme.begin()
    response = at_acme.client.post(
        f"/sso/{at_acme.connection.pk}/acs", {"SAMLResponse": forbidden.FIELDS[name]}
    )

    assert refused(at_acme, response, name)


@pytest.mark.parametrize("kind", ["LogoutResponse", "ArtifactResponse", "LogoutRequest"])
def test_another_kind_of_message_is_refused(at_acme, kind):
    xml = at_acme.answer(ANA, in_response_to=at_acme.begin())

    response = at_acme.post(xml.replace(b"samlp:Response", f"samlp:{kind}".encode()))

    assert refused(at_acme, response, kind)


def test_a_compressed_answer_is_refused(at_acme):
    xml = at_acme.answer(ANA, in_response_to=at_acme.begin())
    deflated = base64.b64encode(zlib.compress(xml)[2:-4]).decode()

    response = at_acme.client.post(f"/sso/{at_acme.connection.pk}/acs", {"SAMLResponse": deflated})

    assert refused(at_acme, response, "deflated")


def test_the_other_organizations_identity_provider_names_nobody_here(at_acme, at_globex):
    """It signs well, says whatever we want to hear, and is not the one we trust."""
    for issuer in (at_acme.idp.entity_id, at_globex.idp.entity_id):
        forger = type(at_globex.idp)(issuer, at_globex.idp.key_pem, at_globex.idp.certificate_pem)
        honest, at_acme.idp = at_acme.idp, forger
        xml = at_acme.answer(ANA, in_response_to=at_acme.begin())
        at_acme.idp = honest

        assert refused(at_acme, at_acme.post(xml), issuer)


def test_our_assertion_inside_their_response_is_refused(at_acme, at_globex):
    """Issuer confusion: their signature around, our identity provider's assertion within."""
    ours = etree.fromstring(at_acme.answer(ANA, in_response_to=at_globex.begin()))

    def swap(root: etree._Element) -> None:
        path = f"{{{SAML}}}Assertion"
        root.replace(root.find(path), deepcopy(ours.find(path)))

    xml = at_globex.answer(
        "bo@globex.example",
        in_response_to=at_globex.begin(),
        between_signatures=swap,
        sign_response=True,
    )

    assert refused(at_globex, at_globex.post(xml), "swapped")


def test_an_answer_posted_to_the_other_organization_is_refused(at_acme, at_globex):
    at_globex.client = at_acme.client
    xml = at_acme.answer(ANA, in_response_to=at_acme.begin())

    assert refused(at_globex, at_globex.post(xml), "the other ACS")


def test_a_forgery_encrypted_with_our_public_certificate_is_refused(at_acme):
    def encrypt(root: etree._Element) -> None:
        assertion = root.find(f"{{{SAML}}}Assertion")
        for signature in assertion.findall(f"{{{DS}}}Signature"):
            assertion.remove(signature)
        encrypt_assertion(assertion, at_acme.connection.sp_certificate)

    xml = at_acme.answer(ANA, in_response_to=at_acme.begin(), after_signing=encrypt)

    assert refused(at_acme, at_acme.post(xml), "forged")


def test_rsa_1_5_is_refused(at_acme):
    xml = at_acme.answer(
        ANA,
        in_response_to=at_acme.begin(),
        encrypt_for=at_acme.connection.sp_certificate,
        key_transport=RSA_1_5,
    )

    assert refused(at_acme, at_acme.post(xml), "RSA 1.5")


def test_a_stolen_answer_signs_nobody_in_elsewhere(at_acme):
    """Another browser, with or without a request of its own; then the same browser twice."""
    request_id = at_acme.begin()
    xml = at_acme.answer(ANA, in_response_to=request_id)
    thief = Client()

    assert refused(at_acme, at_acme.post(xml, client=thief), "without a cookie")
    thief.get(f"/sso/{at_acme.connection.pk}/login")
    assert refused(at_acme, at_acme.post(xml, client=thief), "with another request")
    assert at_acme.post(xml).status_code == 302
    assert at_acme.post(xml, client=thief).status_code == 403
    assert not is_signed_in(thief)


def test_nobody_becomes_more_than_a_learner_by_what_an_answer_says(acme, at_acme):
    at_acme.sign_in(
        ANA,
        attributes={
            name: ["full_admin", "staff", "true"]
            for name in ("role", "roles", "is_superuser", "is_staff", "organization", "abilities")
        },
    )

    ana = User.objects.get_queryset().get(user_name=ANA)
    assert (ana.role, ana.abilities, ana.organization) == ("learner", [], acme)
    assert not ana.is_superuser
    assert not ana.is_staff
