"""What a sandbox identity provider answers: a good sign-in, or a fault it was told to make.

Each fault is one the portal must refuse. They show an administrator what a refusal looks like.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from sandbox.people import IdentityProvider, Person
from sandbox.places import ServiceProvider, signing_identity
from sandbox.saml_messages import (
    RESPONDER,
    RSA_SHA1,
    SAML,
    SAMLP,
    SHA1,
    SigningIdentity,
    build_response,
    new_id,
)

AUTHN_FAILED = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
SOMEBODY_ELSE = "somebody.else@elsewhere.example"


@dataclass(frozen=True)
class Answer:
    """The form that goes to the service: who receives what."""

    service: ServiceProvider
    xml: bytes
    relay_state: str


@dataclass(frozen=True)
class Fault:
    """Something an answer can have wrong. `bend` changes the arguments of `build_response`."""

    label: str
    explanation: str
    bend: Callable[[dict[str, Any]], None] = lambda arguments: None
    # Changes the finished text, past every signature.
    bend_text: Callable[[bytes], bytes] = lambda xml: xml


def _unsigned(arguments: dict[str, Any]) -> None:
    arguments.update(sign_response=False, sign_assertion=False)


def _change_the_name(response: etree._Element) -> None:
    for name_id in response.iter(f"{{{SAML}}}NameID"):
        name_id.text = SOMEBODY_ELSE


def _tampered(arguments: dict[str, Any]) -> None:
    arguments["after_signing"] = _change_the_name


def _stranger(arguments: dict[str, Any]) -> None:
    arguments["identity"] = SigningIdentity.generate(arguments["identity"].entity_id)


def _wrong_issuer(arguments: dict[str, Any]) -> None:
    ours: SigningIdentity = arguments["identity"]
    arguments["identity"] = SigningIdentity(
        "https://idp.elsewhere.example/saml", ours.key_pem, ours.certificate_pem
    )


def _wrong_audience(arguments: dict[str, Any]) -> None:
    arguments["audience"] = "https://payroll.example/saml"


def _wrong_recipient(arguments: dict[str, Any]) -> None:
    # The envelope still names the right address, so that this is the recipient's fault alone.
    arguments["destination"] = arguments["acs_url"]
    arguments["acs_url"] = "https://payroll.example/saml/acs"


def _expired(arguments: dict[str, Any]) -> None:
    arguments["now"] -= timedelta(hours=1)


def _early(arguments: dict[str, Any]) -> None:
    arguments["now"] += timedelta(hours=1)
    arguments["early"] = timedelta(minutes=1)


def _sha1(arguments: dict[str, Any]) -> None:
    arguments.update(signature_algorithm=RSA_SHA1, digest_algorithm=SHA1)


def _remove_the_name(response: etree._Element) -> None:
    for name_id in list(response.iter(f"{{{SAML}}}NameID")):
        subject = name_id.getparent()
        assert subject is not None
        subject.remove(name_id)


def _nameless(arguments: dict[str, Any]) -> None:
    arguments["before_signing"] = _remove_the_name


def _not_signed_in(arguments: dict[str, Any]) -> None:
    arguments.update(
        status=RESPONDER,
        second_status=AUTHN_FAILED,
        status_message="The person is not assigned to this application.",
    )


def _other_request(arguments: dict[str, Any]) -> None:
    arguments["in_response_to"] = new_id()


def _huge(arguments: dict[str, Any]) -> None:
    arguments["attributes"] = dict(arguments["attributes"]) | {
        "groups": [f"Everybody who ever was in project number {number}" for number in range(6000)]
    }


def _wrap(response: etree._Element) -> None:
    """The signed assertion stays, out of the way; a forged one takes its place (XSW)."""
    signed = response.find(f"{{{SAML}}}Assertion")
    assert signed is not None
    forged = copy.deepcopy(signed)
    for signature in forged.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"):
        forged.remove(signature)
    forged.set("ID", new_id())
    _change_the_name(forged)
    response.replace(signed, forged)
    extensions = etree.SubElement(response, f"{{{SAMLP}}}Extensions")
    extensions.append(signed)


def _wrapped(arguments: dict[str, Any]) -> None:
    arguments.update(sign_response=False, sign_assertion=True, after_signing=_wrap)


def _doctype(xml: bytes) -> bytes:
    head, declaration_end, rest = xml.partition(b"?>")
    entity = b'<!DOCTYPE Response [<!ENTITY who SYSTEM "file:///etc/hostname">]>'
    return head + declaration_end + b"\n" + entity + rest


def _commented(xml: bytes) -> bytes:
    # A parser that reads the first piece of text alone would sign in somebody else.
    start = xml.index(b">", xml.index(b"NameID")) + 1
    return xml[: start + 4] + b"<!-- -->" + xml[start + 4 :]


FAULTS: Mapping[str, Fault] = {
    "unsigned": Fault("Unsigned", "Nobody signed it, so anybody could have written it.", _unsigned),
    "tampered": Fault("Changed on its way", "Another name was put in after signing.", _tampered),
    "stranger": Fault("A stranger’s key", "Signed with a key nobody registered.", _stranger),
    "wrapped": Fault(
        "Wrapped", "A forged assertion stands where the signed one belongs.", _wrapped
    ),
    "sha1": Fault("SHA-1", "Signed with an algorithm that has been broken.", _sha1),
    "issuer": Fault("Wrong issuer", "It says that another provider made it.", _wrong_issuer),
    "audience": Fault("Wrong audience", "It was made for another service.", _wrong_audience),
    "recipient": Fault("Wrong recipient", "It was made for another address.", _wrong_recipient),
    "expired": Fault("Expired", "It is an hour old.", _expired),
    "early": Fault("Not yet valid", "The provider’s clock is an hour ahead.", _early),
    "request": Fault("Another request", "It answers a question nobody asked.", _other_request),
    "replay": Fault("Replayed", "The provider’s last answer, sent again."),
    "nameless": Fault("No NameID", "It doesn’t say who signed in.", _nameless),
    "status": Fault("Not assigned", "The provider itself says no (AuthnFailed).", _not_signed_in),
    "huge": Fault("Too large", "Six thousand groups.", _huge),
    "doctype": Fault("Document type", "A DOCTYPE that would read a file.", bend_text=_doctype),
    "comment": Fault("Comment in the name", "A comment splits the NameID.", bend_text=_commented),
}


# The provider's last answer to each service, for a replay.
_last_answers: dict[str, bytes] = {}


def answer(
    provider: IdentityProvider,
    person: Person,
    service: ServiceProvider,
    *,
    request_id: str | None,
    relay_state: str,
    fault: str = "",
) -> Answer:
    """What the provider tells the service. A replay without an answer before is a good answer."""
    if fault == "replay" and service.entity_id in _last_answers:
        return Answer(service, _last_answers[service.entity_id], relay_state)
    arguments: dict[str, Any] = {
        "identity": signing_identity(provider.slug),
        "acs_url": service.acs_url,
        "audience": service.entity_id,
        "name_id": person.email,
        "name_id_format": provider.name_id_format,
        "now": datetime.now(UTC),
        "in_response_to": request_id,
        "attributes": provider.attributes_of(person),
        "shape": provider.shape,
    }
    if chosen := FAULTS.get(fault):
        chosen.bend(arguments)
    xml = build_response(arguments.pop("identity"), **arguments)
    if chosen:
        xml = chosen.bend_text(xml)
    _last_answers[service.entity_id] = xml
    return Answer(service, xml, relay_state)
