"""An identity provider's side, copied piece by piece."""

from __future__ import annotations

import pytest

from sso.saml import Binding, MetadataUnreadable, read_by_hand
from sso.saml.metadata import MAX_CERTIFICATES
from sso.saml.pem import certificate_body
from tests.sso.conftest import signing_identity

PEM = signing_identity("https://idp.example").certificate_pem
OTHER = signing_identity("https://other.example").certificate_pem


def read(**changes):
    values = {
        "entity_id": "urn:idp",
        "sso_redirect_url": "https://idp.example/sso",
        "sso_post_url": "",
        "certificates": PEM,
    }
    return read_by_hand(**(values | changes))


def test_it_is_what_metadata_would_say():
    found = read(wants_signed_requests=True)

    assert found.trust.entity_id == "urn:idp"
    assert found.trust.certificates == (PEM,)
    assert found.bindings == (Binding.REDIRECT,)
    assert [facts.pem for facts in found.certificates] == [PEM]
    assert "The identity provider wants signed requests. We sign them." in found.warnings


def test_an_address_for_post_alone_will_do():
    found = read(sso_redirect_url="", sso_post_url="https://idp.example/post")

    assert found.bindings == (Binding.POST,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (certificate_body(PEM), (PEM,)),
        (PEM.replace("\n", "\r\n"), (PEM,)),
        (f"{PEM}\n\n{OTHER}", (PEM, OTHER)),
        (f"{PEM}{PEM}", (PEM,)),
    ],
    ids=["bare base64", "Windows lines", "two", "twice the same"],
)
def test_certificates_come_in_the_ways_products_show_them(text, expected):
    assert read(certificates=text).trust.certificates == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sso_redirect_url": ""}, "at least one"),
        ({"sso_redirect_url": "http://idp.example/sso"}, "https://"),
        ({"sso_post_url": "javascript:alert(1)"}, "https://"),
        ({"entity_id": "urn:idp\nnow: urn:other"}, "can’t be seen"),
        ({"certificates": "MIIB"}, "Certificate 1"),
        ({"certificates": f"{PEM}-----BEGIN CERTIFICATE-----\nx\n"}, "Certificate 2"),
    ],
)
def test_what_could_not_be_trusted_is_refused(changes, words):
    with pytest.raises(MetadataUnreadable, match=words):
        read(**changes)


def test_certificates_have_a_limit(monkeypatch):
    monkeypatch.setattr("sso.saml.by_hand.MAX_CERTIFICATES", 1)

    with pytest.raises(MetadataUnreadable, match="up to 1"):
        read(certificates=PEM + OTHER)
    assert MAX_CERTIFICATES > 1
