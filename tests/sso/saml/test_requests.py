"""What we send: as little as possible, signed where the connection says so."""

import re
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from lxml import etree

from sandbox.saml_messages import (
    PASSWORD_PROTECTED,
    PERSISTENT,
    SAML,
    SAMLP,
    SigningIdentity,
    message_is_signed_by,
    parse_post_request,
    parse_redirect_request,
    redirect_is_signed_by,
)
from sso.saml import Binding, build_authn_request
from sso.saml.schema import PROTOCOL, schema_fault
from tests.sso.saml.conftest import ACS_URL, ENTITY_ID


def query(request):
    return urlsplit(request.url).query


def test_a_redirect_carries_a_signed_request(connection, sp):
    request = build_authn_request(connection, binding=Binding.REDIRECT, relay_state="a b&c=é")

    read = parse_redirect_request(query(request))
    assert request.url.startswith("https://idp.acme.example/sso?SAMLRequest=")
    assert not request.fields
    assert (read.id, read.issuer, read.acs_url) == (request.id, ENTITY_ID, ACS_URL)
    assert read.destination == "https://idp.acme.example/sso"
    assert read.relay_state == "a b&c=é"
    assert redirect_is_signed_by(query(request), sp.certificate_pem)


def test_the_signature_covers_relay_state(connection, sp):
    request = build_authn_request(connection, relay_state="/here")

    forged = query(request).replace("%2Fhere", "%2Fthere")

    assert forged != query(request)
    assert not redirect_is_signed_by(forged, sp.certificate_pem)


def test_a_form_carries_a_signed_message(connection, sp):
    request = build_authn_request(connection, binding=Binding.POST, relay_state="/courses")

    read = parse_post_request(request.fields["SAMLRequest"], request.fields["RelayState"])
    assert request.url == "https://idp.acme.example/sso"
    assert (read.id, read.relay_state) == (request.id, "/courses")
    assert message_is_signed_by(read.xml, sp.certificate_pem)
    assert b"rsa-sha256" in read.xml
    assert b"sha1" not in read.xml


@pytest.mark.parametrize("binding", Binding)
@pytest.mark.parametrize("sign", [True, False])
def test_a_request_obeys_the_schema_and_holds_nothing_to_stumble_over(connection, binding, sign):
    settings = replace(connection, cache_key=("sign", int(sign)), sign_requests=sign)

    request = build_authn_request(settings, binding=binding)

    xml = (
        parse_redirect_request(query(request)).xml
        if binding is Binding.REDIRECT
        else parse_post_request(request.fields["SAMLRequest"]).xml
    )
    root = etree.fromstring(xml)
    assert schema_fault(root, PROTOCOL) is None
    assert re.fullmatch(r"_[0-9a-f]{40}", request.id)
    tags = {element.tag for element in root.iter()}
    assert f"{{{SAML}}}Subject" not in tags
    assert f"{{{SAMLP}}}RequestedAuthnContext" not in tags
    assert f"{{{SAMLP}}}NameIDPolicy" not in tags
    assert root.get("ForceAuthn") is None
    assert root.get("ProtocolBinding", "").endswith("HTTP-POST")


def test_an_unsigned_request_carries_no_signature(connection):
    settings = replace(connection, cache_key=("unsigned", 1), sign_requests=False)

    redirect = build_authn_request(settings, binding=Binding.REDIRECT)
    form = build_authn_request(settings, binding=Binding.POST)

    assert "Signature" not in query(redirect)
    assert b"Signature" not in parse_post_request(form.fields["SAMLRequest"]).xml


def test_a_connection_may_ask_for_more(connection):
    settings = replace(
        connection,
        cache_key=("more", 1),
        name_id_format=PERSISTENT,
        requested_authn_context=PASSWORD_PROTECTED,
        include_acs_url=False,
    )

    read = parse_redirect_request(query(build_authn_request(settings, force_authn=True)))

    assert read.name_id_format == PERSISTENT
    assert read.authn_contexts == (PASSWORD_PROTECTED,)
    assert read.acs_url is None
    assert read.force_authn
    assert b'Comparison="exact"' in read.xml


def test_an_address_with_a_query_keeps_it(connection):
    """Google's sign-in address ends in ?idpid=C…"""
    trust = replace(connection.idp, sso_redirect_url="https://idp.example/sso?idpid=C1")
    settings = replace(connection, cache_key=("query", 1), idp=trust)

    assert build_authn_request(settings).url.startswith("https://idp.example/sso?idpid=C1&SAML")


def test_a_binding_without_address_is_the_callers_mistake(connection):
    trust = replace(connection.idp, sso_post_url=None)
    settings = replace(connection, cache_key=("no-post", 1), idp=trust)

    with pytest.raises(ValueError, match="no address for POST"):
        build_authn_request(settings, binding=Binding.POST)


def test_two_connections_never_sign_with_each_others_key(connection):
    """pysaml2 shares one signer per algorithm; threads would swap keys in it."""
    identities = [SigningIdentity.generate(f"https://sp{n}.example") for n in range(2)]
    all_settings = [
        replace(
            connection,
            cache_key=(f"race-{number}", 1),
            sp=replace(
                connection.sp, key_pem=identity.key_pem, certificate_pem=identity.certificate_pem
            ),
        )
        for number, identity in enumerate(identities)
    ]
    wrong = []

    def sign(number: int) -> None:
        for _ in range(40):
            request = build_authn_request(all_settings[number])
            if not redirect_is_signed_by(query(request), identities[number].certificate_pem):
                wrong.append(number)

    threads = [threading.Thread(target=sign, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong
