"""Metadata: what an administrator hands over is read back to them, or refused in a sentence."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from sandbox.saml_messages import (
    EMAIL_ADDRESS,
    HTTP_POST,
    MD,
    SigningIdentity,
    certificate_body,
    idp_metadata,
)
from sso.saml import (
    Binding,
    MetadataUnreadable,
    describe_certificate,
    is_safe_url,
    read_metadata,
    sp_metadata,
)
from sso.saml.metadata import MAX_CERTIFICATES
from sso.saml.schema import METADATA, schema_fault
from tests.sso.saml.conftest import ACS_URL, ENTITY_ID, IDP

SSO = "https://idp.acme.example/sso"


def test_answers_about_signing_out_may_have_an_address_of_their_own(idp):
    read = read_metadata(idp_metadata(idp, SSO, f"{IDP}/slo", slo_response_url=f"{IDP}/slo-return"))
    plain = read_metadata(idp_metadata(idp, SSO, f"{IDP}/slo"))

    assert read.trust.slo_redirect_url == read.trust.slo_post_url == f"{IDP}/slo"
    assert read.trust.slo_redirect_response_url == f"{IDP}/slo-return"
    assert read.trust.slo_post_response_url == f"{IDP}/slo-return"
    assert plain.trust.slo_redirect_response_url is plain.trust.slo_post_response_url is None


def test_an_address_for_answers_is_held_to_the_same_rules(idp):
    xml = idp_metadata(idp, SSO, f"{IDP}/slo", slo_response_url="javascript:alert(1)")

    with pytest.raises(MetadataUnreadable, match="https://"):
        read_metadata(xml)


def test_metadata_is_read_into_trust_and_a_summary(idp):
    xml = idp_metadata(idp, SSO, "https://idp.acme.example/slo")

    read = read_metadata(xml)

    assert read.trust.entity_id == IDP
    assert read.trust.sso_redirect_url == read.trust.sso_post_url == SSO
    assert read.trust.slo_redirect_url == "https://idp.acme.example/slo"
    assert not read.trust.wants_signed_requests
    assert read.bindings == (Binding.REDIRECT, Binding.POST)
    assert read.name_id_formats == (EMAIL_ADDRESS,)
    assert read.warnings == ()
    (certificate,) = read.certificates
    assert certificate_body(certificate.pem) == certificate_body(idp.certificate_pem)
    assert certificate.key == "RSA 2048"
    assert certificate.subject == f"CN={IDP}"
    assert certificate.days_left > 3_000
    assert len(certificate.sha256_fingerprint) == 95


def test_what_was_read_verifies_sign_ins(idp, connection, forge, verify):
    trust = read_metadata(idp_metadata(idp, SSO)).trust

    assert verify(forge(), replace(connection, cache_key=("read", 1), idp=trust))


def test_a_key_without_use_counts_for_signing(idp):
    assert len(read_metadata(idp_metadata(idp, SSO, key_use=None)).certificates) == 1


def test_an_encryption_key_alone_is_no_signing_key(idp):
    with pytest.raises(MetadataUnreadable, match="no signing certificate"):
        read_metadata(idp_metadata(idp, SSO, key_use="encryption"))


def test_several_certificates_are_kept_and_twins_are_one(idp, stranger):
    xml = idp_metadata(idp, SSO, extra_certificates=[stranger.certificate_pem, idp.certificate_pem])

    assert len(read_metadata(xml).trust.certificates) == 2


def test_one_identity_provider_in_a_list_is_enough(idp):
    entity = idp_metadata(idp, SSO).split(b"?>", 1)[1]
    xml = f'<EntitiesDescriptor xmlns="{MD}">'.encode() + entity + b"</EntitiesDescriptor>"

    assert read_metadata(xml).trust.entity_id == IDP


def test_comments_and_a_byte_order_mark_are_fine_in_metadata(idp):
    xml = idp_metadata(idp, SSO).replace(b"<md:IDPSSO", b"<!-- ours --><md:IDPSSO", 1)

    assert read_metadata(b"\xef\xbb\xbf" + xml).trust.entity_id == IDP


def old_identity(now):
    return SigningIdentity.generate(
        IDP, not_before=now - timedelta(days=400), lifetime=timedelta(days=365)
    )


WARNINGS = {
    "expired": (lambda idp, now: idp_metadata(old_identity(now), SSO), "expired on"),
    "about to expire": (
        lambda idp, now: idp_metadata(
            SigningIdentity.generate(IDP, lifetime=timedelta(days=31)), SSO
        ),
        "expires in 29 days",
    ),
    "not yet valid": (
        lambda idp, now: idp_metadata(
            SigningIdentity.generate(IDP, not_before=now + timedelta(days=5)), SSO
        ),
        "valid only from",
    ),
    "no redirect": (lambda idp, now: idp_metadata(idp, SSO, bindings=[HTTP_POST]), "HTTP-POST"),
    "signed requests": (
        lambda idp, now: idp_metadata(idp, SSO, wants_signed_requests=True),
        "wants signed requests",
    ),
    "out of date": (
        lambda idp, now: idp_metadata(idp, SSO, valid_until=now - timedelta(days=1)),
        "was valid until",
    ),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_what_is_odd_is_said_and_does_not_stop_anybody(idp, now, case):
    build, words = WARNINGS[case]

    assert words in " ".join(read_metadata(build(idp, now)).warnings)


def spoiled(old: bytes, new: bytes):
    return lambda idp: idp_metadata(idp, SSO).replace(old, new, 1)


UNREADABLE = {
    "nothing": (lambda idp: b"", "line 1"),
    "a web page": (lambda idp: b"<!DOCTYPE html><html></html>", "web page"),
    "other XML": (lambda idp: b"<rss/>", "rss"),
    "no XML": (lambda idp: b"hello", "well-formed"),
    "half a file": (lambda idp: idp_metadata(idp, SSO)[:400], "well-formed"),
    "a DOCTYPE": (
        spoiled(
            b"<md:Entity", b"\n<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><md:Entity"
        ),
        "line 3",
    ),
    "UTF-16": (lambda idp: "<a/>".encode("utf-16"), "UTF-8"),
    "a DOCTYPE in UTF-7": (
        lambda idp: (
            b'<?xml version="1.0" encoding="UTF-7"?>'
            b'+ADwAIQ-DOCTYPE a [+ADwAIQ-ENTITY x "y">]><a b="&x;"/>'
        ),
        "UTF-8",
    ),
    "too much": (lambda idp: b" " * 1_000_001, "larger"),
    "too many elements": (lambda idp: b"<a>" + b"<b/>" * 50_000 + b"</a>", "too many"),
    "a service provider": (
        lambda idp: idp_metadata(idp, SSO).replace(b"IDPSSODescriptor", b"SPSSODescriptor"),
        "service provider",
    ),
    "SAML 1.1 only": (
        spoiled(b"urn:oasis:names:tc:SAML:2.0:protocol", b"urn:oasis:names:tc:SAML:1.1:protocol"),
        "no SAML 2.0 identity provider",
    ),
    "several identity providers": (
        lambda idp: (
            f'<EntitiesDescriptor xmlns="{MD}">'.encode()
            + idp_metadata(idp, SSO).split(b"?>", 1)[1] * 2
            + b"</EntitiesDescriptor>"
        ),
        "2 identity providers",
    ),
    "no entity ID": (spoiled(f'entityID="{IDP}"'.encode(), b""), "entity ID is missing"),
    "an entity ID of two lines": (
        spoiled(f'entityID="{IDP}"'.encode(), b'entityID="urn:idp&#10;now: urn:other"'),
        "can’t be seen",
    ),
    "no address": (lambda idp: idp_metadata(idp, SSO, bindings=[]), "no sign-in address"),
    "an address without TLS": (
        lambda idp: idp_metadata(idp, "http://idp.acme.example/sso"),
        "has to start with https",
    ),
    "an address that is a script": (
        lambda idp: idp_metadata(idp, "javascript:alert(1)"),
        "has to start with https",
    ),
    "a broken certificate": (
        spoiled(b"X509Certificate>MII", b"X509Certificate>!!!"),
        "certificate in line",
    ),
    "a certificate that is none": (
        spoiled(b"X509Certificate>MIIC", b"X509Certificate>AAAA"),
        "certificate in line",
    ),
    "a date that is none": (spoiled(b"entityID", b'validUntil="soon" entityID'), "The date"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_used_is_refused_in_a_sentence(idp, case):
    build, words = UNREADABLE[case]

    with pytest.raises(MetadataUnreadable, match=words):
        read_metadata(build(idp))


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://idp.example/sso?x=1", True),
        ("http://localhost:8000/sso", True),
        ("http://127.0.0.1:8000/sso", True),
        ("http://[::1]/sso", True),
        ("http://idp.example/sso", False),
        ("http://localhost.evil.example/", False),
        ("ftp://idp.example", False),
        ("javascript:alert(1)", False),
        ("//idp.example", False),
        ("https://", False),
        ("https://[", False),
        ("https://idp.example/a b", False),
        ("https://idp.example/\n", False),
        ("https://idp.example:8443/sso", True),
        ("https://[2001:db8::1]:443/sso", True),
        ("https://login_one.idp.example/sso", True),
        ("https://idp.example:99999/", False),
        ("https://idp.example:no/", False),
        ("https://idp.example;script-src", False),
        ("https://idp.example,script-src/", False),
        ("https://idp.example'/", False),
        ("https://*/", False),
        ("https://login.example@evil.example/", False),
        ("https://evil.example\\@login.example/", False),
        ("https://ïdp.example/", False),
        ("", False),
    ],
)
def test_addresses_are_https_or_this_machine(url, safe):
    assert is_safe_url(url) is safe


def test_our_metadata_obeys_the_schema_and_says_what_we_want(connection, sp):
    root = etree.fromstring(sp_metadata(connection))

    assert schema_fault(root, METADATA) is None
    assert root.get("entityID") == ENTITY_ID
    (descriptor,) = root
    assert descriptor.get("AuthnRequestsSigned") == "true"
    assert descriptor.get("WantAssertionsSigned") == "true"
    consumer = descriptor.find(f"{{{MD}}}AssertionConsumerService")
    assert (consumer.get("Location"), consumer.get("Binding")) == (ACS_URL, HTTP_POST)
    assert [key.get("use") for key in descriptor.findall(f"{{{MD}}}KeyDescriptor")] == [
        "signing",
        "encryption",
    ]


def test_both_certificates_are_published_while_our_key_rolls_over(connection, stranger):
    rolling = replace(
        connection.sp, other_certificate_pem=stranger.certificate_pem, slo_url=ACS_URL + "/slo"
    )
    signing_only = etree.fromstring(sp_metadata(replace(connection, sp=rolling)))
    with_key = replace(rolling, other_key_pem=stranger.key_pem)
    both_uses = etree.fromstring(
        sp_metadata(replace(connection, sp=with_key, name_id_format=EMAIL_ADDRESS))
    )

    def uses(root):
        return [key.get("use") for key in root.iter(f"{{{MD}}}KeyDescriptor")]

    assert schema_fault(signing_only, METADATA) is None
    assert schema_fault(both_uses, METADATA) is None
    assert uses(signing_only) == ["signing", "signing", "encryption"]
    assert uses(both_uses) == ["signing", "signing", "encryption", "encryption"]


def test_a_certificate_is_described(sp):
    moment = datetime(2040, 1, 1, tzinfo=UTC)

    described = describe_certificate(sp.certificate_pem, now=moment)

    assert described.is_expired
    assert not described.is_weak_key
    assert not described.is_signed_with_sha1
    assert described.sha1_fingerprint.count(":") == 19
    assert (
        describe_certificate(SigningIdentity.generate(IDP, elliptic=True).certificate_pem).key
        == "EC secp256r1"
    )


def test_an_ed25519_certificate_signs_no_saml():
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=9))
        .sign(key, None)
        .public_bytes(Encoding.PEM)
        .decode()
    )

    with pytest.raises(ValueError, match="Neither"):
        describe_certificate(certificate)


def test_more_certificates_than_a_forgery_may_cost_are_refused(idp):
    many = [
        SigningIdentity.generate(IDP, elliptic=True).certificate_pem
        for _ in range(MAX_CERTIFICATES)
    ]

    enough = read_metadata(idp_metadata(idp, SSO, extra_certificates=many[1:]))

    assert len(enough.certificates) == MAX_CERTIFICATES
    with pytest.raises(MetadataUnreadable, match="up to 20"):
        read_metadata(idp_metadata(idp, SSO, extra_certificates=many))
