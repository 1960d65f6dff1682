"""Bytes that no parser of ours may see, or only for a moment."""

import base64
import random
import resource
import zlib

import pytest

from sso.causes import Cause
from sso.saml import SamlRefused, verify_response
from tests.sso.saml.conftest import PERSON

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
OPEN = (
    f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_r" Version="2.0" '
    'IssueInstant="2026-01-01T00:00:00Z">'
).encode()
CLOSE = b"</samlp:Response>"


def before_root(text: str):
    return lambda message: message.replace(
        b"<samlp:Response", text.encode() + b"<samlp:Response", 1
    )


def in_the_name(text: str):
    at = PERSON.index("@")
    spliced = PERSON[:at] + text + PERSON[at:]
    return lambda message: message.replace(
        f">{PERSON}</saml:NameID>".encode(), f">{spliced}</saml:NameID>".encode()
    )


def declared(encoding: str, codec: str):
    return lambda message: (
        message.replace(b"encoding='UTF-8'", f"encoding='{encoding}'".encode())
        .decode()
        .encode(codec)
    )


SPLICED = {
    "a DOCTYPE (CVE-2025-23369)": (
        before_root("<!DOCTYPE samlp:Response>"),
        Cause.FORBIDDEN_XML,
    ),
    "a DOCTYPE with defaults": (
        before_root('<!DOCTYPE r [<!ATTLIST saml:Assertion ID CDATA "_x">]>'),
        Cause.FORBIDDEN_XML,
    ),
    "entities that grow": (
        before_root('<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'),
        Cause.FORBIDDEN_XML,
    ),
    "an entity from a file": (
        before_root('<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
        Cause.FORBIDDEN_XML,
    ),
    "a comment in the NameID (CVE-2017-11427)": (in_the_name("<!---->"), Cause.FORBIDDEN_XML),
    "a comment in DigestValue (CVE-2025-29775)": (
        lambda message: message.replace(b"<ds:DigestValue>", b"<ds:DigestValue><!--x-->"),
        Cause.FORBIDDEN_XML,
    ),
    "CDATA in the NameID": (in_the_name("<![CDATA[x]]>"), Cause.FORBIDDEN_XML),
    "an instruction in the NameID": (in_the_name("<?x?>"), Cause.FORBIDDEN_XML),
    "an instruction before the root": (before_root("<?xml-stylesheet x?>"), Cause.FORBIDDEN_XML),
    "an unknown entity": (in_the_name("&nbsp;"), Cause.MALFORMED),
    "UTF-16": (declared("UTF-16", "utf-16"), Cause.MALFORMED),
    "UTF-7 by declaration": (declared("UTF-7", "utf-8"), Cause.FORBIDDEN_XML),
    "Latin-1 by declaration": (declared("ISO-8859-1", "utf-8"), Cause.FORBIDDEN_XML),
    "XML 1.1 by declaration": (
        lambda message: message.replace(b"version='1.0'", b"version='1.1'"),
        Cause.FORBIDDEN_XML,
    ),
    "a second byte order mark": (
        lambda message: b"\xef\xbb\xbf" * 2 + message[message.index(b"<samlp:Response") :],
        Cause.MALFORMED,
    ),
    "bytes that are no UTF-8": (
        lambda message: message.replace("Ć".encode(), b"\xc4"),
        Cause.MALFORMED,
    ),
    "a zero byte": (in_the_name("\x00"), Cause.MALFORMED),
    "half a message": (lambda message: message[: len(message) // 2], Cause.MALFORMED),
    "two roots": (lambda message: message + OPEN + CLOSE, Cause.MALFORMED),
    "a LogoutResponse": (
        lambda message: message.replace(b"samlp:Response", b"samlp:LogoutResponse"),
        Cause.MALFORMED,
    ),
    "an ArtifactResponse": (
        lambda message: message.replace(b"samlp:Response", b"samlp:ArtifactResponse"),
        Cause.MALFORMED,
    ),
    "a Response in another namespace": (
        lambda message: message.replace(SAMLP.encode(), b"urn:example:other"),
        Cause.MALFORMED,
    ),
    "the assertion in another namespace": (
        lambda message: message.replace(f'"{SAML}"'.encode(), b'"urn:example:other"'),
        Cause.ASSERTION_COUNT,
    ),
}


@pytest.mark.parametrize("case", SPLICED)
def test_a_message_with_two_readings_has_none(forge, refusal, case):
    change, cause = SPLICED[case]
    message = forge()
    changed = change(message)
    assert changed != message

    refusal(changed, cause)


FIELDS = {
    "nothing": "",
    "blanks": " \r\n\t ",
    "no base64": "this is no message!",
    "web-safe base64": "PD94bWw-_w==",
    "words of another script": "сообщение",
    "half a letter": "A",
    "an empty document": base64.b64encode(b" ").decode(),
    "a web page": base64.b64encode(b"<html><body>hello</body></html>").decode(),
    "JSON": base64.b64encode(b'{"SAMLResponse": 1}').decode(),
    "a bare Response": base64.b64encode(OPEN + CLOSE).decode(),
    "zeros": base64.b64encode(bytes(1000)).decode(),
}


@pytest.mark.parametrize("case", FIELDS)
def test_a_field_that_holds_no_message_is_refused(connection, now, case):
    with pytest.raises(SamlRefused) as caught:
        verify_response(connection, FIELDS[case], now=now)

    assert caught.value.cause in {Cause.MALFORMED, Cause.ASSERTION_COUNT}


def test_line_breaks_and_blanks_in_base64_are_fine(connection, forge, now):
    encoded = base64.encodebytes(forge()).decode().replace("\n", "\r\n ")

    assert verify_response(connection, encoded, now=now).name_id == PERSON


def test_a_deflated_field_is_never_inflated(connection, forge, now):
    # Compressed bytes may look like anything; those that look like markup are refused as such.
    tries = (zlib.compress(forge())[2:-4] for _number in range(50))
    deflated = next(each for each in tries if b"<!" not in each and b"<?" not in each)

    with pytest.raises(SamlRefused) as caught:
        verify_response(connection, base64.b64encode(deflated).decode(), now=now)

    assert caught.value.cause is Cause.MALFORMED


def _filled(piece: bytes, size: int = 255_000) -> bytes:
    return OPEN + piece * ((size - len(OPEN) - len(CLOSE)) // len(piece)) + CLOSE


def _numbered(template: str, count: int) -> bytes:
    return "".join(template.format(number) for number in range(count)).encode()


HUGE = {
    "more than the limit": OPEN + b" " * 300_000 + CLOSE,
    "10 MB": b"A" * 10_000_000,
    "many elements": _filled(b"<a/>"),
    "as many elements as are allowed": OPEN + b"<saml:a/>" * 9_900 + CLOSE,
    "many signatures": _filled(b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'),
    "many assertions": _filled(b'<saml:Assertion ID="_a"/>'),
    "deep nesting": OPEN + b"<a>" * 40_000 + b"</a>" * 40_000 + CLOSE,
    "nesting the parser allows": OPEN + b"<a>" * 250 + b"</a>" * 250 + CLOSE,
    "many attributes": OPEN + b"<a " + _numbered('a{}="" ', 20_000) + b"/>" + CLOSE,
    "many namespaces": OPEN + b"<a " + _numbered('xmlns:a{}="u" ', 14_000) + b"/>" + CLOSE,
    "as many namespaces as are allowed": (
        OPEN + b"<a " + _numbered('xmlns:a{}="u" ', 9_900) + b"/>" + CLOSE
    ),
    "namespaces on every element": _filled(b'<a xmlns="u" xmlns:b="v"/>'),
    "one long text": OPEN + b"a" * 250_000 + CLOSE,
    "one long attribute": OPEN + b'<a b="' + b"a" * 250_000 + b'"/>' + CLOSE,
    "many character references": _filled(b"&#65;"),
    "long names": OPEN + b"<" + b"a" * 120_000 + b"></" + b"a" * 120_000 + b">" + CLOSE,
    "opening tags only": _filled(b"<a>"),
    "less-than signs": _filled(b"<"),
    "a deflate bomb": zlib.compress(bytes(100_000_000), 9)[2:-4],
}


@pytest.mark.parametrize("case", HUGE)
def test_a_huge_message_is_refused_in_little_memory(connection, forge, verify, now, case):
    verify(forge())  # whatever is loaded once is loaded
    field = base64.b64encode(HUGE[case]).decode()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(SamlRefused):
        verify_response(connection, field, now=now)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 20 * 1024


def test_signed_messages_of_the_allowed_size_are_bounded_too(forge, verify, now):
    """A large answer of the identity provider itself: 2,000 groups."""
    groups = [f"CN=Group {number},OU=Groups,DC=acme" for number in range(2_000)]
    message = forge(attributes={"groups": groups})

    assert verify(message).attributes["groups"] == tuple(groups)


def test_noise_never_makes_anything_but_a_refusal(connection, forge, now):
    """Single bytes of a good message changed at random: a refusal, or the same values."""
    chance = random.Random(20_240_501)
    good = forge(sign_response=True)
    for _ in range(300):
        noisy = bytearray(good)
        for _ in range(chance.choice([1, 1, 1, 2, 5, 50])):
            noisy[chance.randrange(len(noisy))] = chance.randrange(256)
        field = base64.b64encode(bytes(noisy)).decode()
        try:
            assertion = verify_response(connection, field, now=now)
        except SamlRefused:
            continue
        assert assertion.name_id == PERSON
        assert assertion.attributes["groups"] == ("Sales", "Everyone")
