"""Sign-outs, as identity providers ask for them and answer them."""

import base64
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from sandbox.saml_messages.elements import instant, new_id, reread
from sandbox.saml_messages.keys import SigningIdentity
from sandbox.saml_messages.names import (
    ECDSA_SHA256,
    EMAIL_ADDRESS,
    EXCLUSIVE_C14N,
    RSA_SHA1,
    RSA_SHA256,
    SAML,
    SAMLP,
    SHA256,
    SUCCESS,
)
from sandbox.saml_messages.requests import MAX_REQUEST, RequestUnreadable
from sandbox.saml_messages.seals import Signing
from sandbox.saml_messages.shapes import GENERIC

Mutation = Callable[[etree._Element], None]


def build_logout_request(
    identity: SigningIdentity,
    *,
    destination: str,
    name_id: str,
    now: datetime,
    name_id_format: str | None = EMAIL_ADDRESS,
    session_indexes: Sequence[str] = (),
    request_id: str | None = None,
    not_on_or_after: datetime | None = None,
    sign: bool = True,
    signature_algorithm: str | None = None,
    before_signing: Mutation | None = None,
    after_signing: Mutation | None = None,
) -> bytes:
    """A LogoutRequest (core, 3.7.1). By redirect it goes unsigned: the query string is signed."""
    root = _message("LogoutRequest", identity, destination, now, request_id)
    if not_on_or_after:
        root.set("NotOnOrAfter", instant(not_on_or_after, has_milliseconds=False))
    name = etree.SubElement(root, f"{{{SAML}}}NameID")
    name.text = name_id
    if name_id_format:
        name.set("Format", name_id_format)
    for index in session_indexes:
        etree.SubElement(root, f"{{{SAMLP}}}SessionIndex").text = index
    return _finished(root, identity, sign, signature_algorithm, before_signing, after_signing)


def build_logout_response(
    identity: SigningIdentity,
    *,
    destination: str,
    in_response_to: str,
    now: datetime,
    status: str = SUCCESS,
    second_status: str | None = None,
    sign: bool = True,
    signature_algorithm: str | None = None,
    before_signing: Mutation | None = None,
    after_signing: Mutation | None = None,
) -> bytes:
    root = _message("LogoutResponse", identity, destination, now, None)
    root.set("InResponseTo", in_response_to)
    code = etree.SubElement(
        etree.SubElement(root, f"{{{SAMLP}}}Status"), f"{{{SAMLP}}}StatusCode", Value=status
    )
    if second_status:
        etree.SubElement(code, f"{{{SAMLP}}}StatusCode", Value=second_status)
    return _finished(root, identity, sign, signature_algorithm, before_signing, after_signing)


def _message(
    tag: str, identity: SigningIdentity, destination: str, now: datetime, message_id: str | None
) -> etree._Element:
    root = etree.Element(
        f"{{{SAMLP}}}{tag}",
        nsmap={"samlp": SAMLP, "saml": SAML},
        ID=message_id or new_id(),
        Version="2.0",
        IssueInstant=instant(now, has_milliseconds=True),
    )
    if destination:
        root.set("Destination", destination)
    etree.SubElement(root, f"{{{SAML}}}Issuer").text = identity.entity_id
    return root


def _finished(
    root: etree._Element,
    identity: SigningIdentity,
    sign: bool,
    signature_algorithm: str | None,
    before_signing: Mutation | None,
    after_signing: Mutation | None,
) -> bytes:
    if before_signing:
        before_signing(root)
    if sign:
        Signing(identity, GENERIC, signature_algorithm, SHA256, EXCLUSIVE_C14N).sign(root)
    if after_signing:
        root = reread(root)
        after_signing(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def redirect_query(
    xml: bytes,
    identity: SigningIdentity | None,
    *,
    field: str = "SAMLRequest",
    relay_state: str | None = None,
    algorithm: str = RSA_SHA256,
    lower_case_hex: bool = False,
) -> str:
    """The query string of a redirect (bindings, 3.4.4.1), signed unless there is no identity.

    .NET writes the hexadecimal digits of its encoding small: what is signed is what is written.
    """
    deflater = zlib.compressobj(wbits=-15)
    packed = base64.b64encode(deflater.compress(xml) + deflater.flush()).decode()
    parts = [f"{field}={_encoded(packed, lower_case_hex)}"]
    if relay_state is not None:
        parts.append(f"RelayState={quote_plus(relay_state)}")
    if identity is None:
        return "&".join(parts)
    parts.append(f"SigAlg={_encoded(algorithm, lower_case_hex)}")
    signature = base64.b64encode(_signature("&".join(parts).encode(), identity, algorithm)).decode()
    return "&".join([*parts, f"Signature={_encoded(signature, lower_case_hex)}"])


def _encoded(text: str, lower_case_hex: bool) -> str:
    if not lower_case_hex:
        return quote(text, safe="")
    return "".join(c if c.isalnum() or c in "-._~" else f"%{ord(c):02x}" for c in text)


def _signature(octets: bytes, identity: SigningIdentity, algorithm: str) -> bytes:
    key = serialization.load_pem_private_key(
        identity.key_pem.encode(), None, unsafe_skip_rsa_key_validation=True
    )
    if isinstance(key, ec.EllipticCurvePrivateKey) and algorithm == ECDSA_SHA256:
        # Both numbers, one after the other (XML Signature, 6.4.3): not the DER of X.509.
        r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)
    assert isinstance(key, rsa.RSAPrivateKey)
    digest = hashes.SHA1() if algorithm == RSA_SHA1 else hashes.SHA256()  # noqa: S303  to be refused
    return key.sign(octets, padding.PKCS1v15(), digest)


@dataclass(frozen=True)
class LogoutMessage:
    """A LogoutRequest or LogoutResponse that arrived. Its signature is not looked at."""

    is_request: bool
    id: str
    issuer: str
    destination: str
    in_response_to: str
    name_id: str
    name_id_format: str | None
    session_indexes: tuple[str, ...]
    status: str
    relay_state: str
    xml: bytes


def parse_logout_redirect(query: str) -> LogoutMessage:
    fields = parse_qs(query, keep_blank_values=True)
    name = "SAMLRequest" if "SAMLRequest" in fields else "SAMLResponse"
    try:
        inflater = zlib.decompressobj(-15)
        xml = inflater.decompress(base64.b64decode(fields[name][0], validate=True), MAX_REQUEST)
    except (KeyError, ValueError, zlib.error) as error:
        raise RequestUnreadable(f"{name} is no deflated message") from error
    return _read(xml, fields.get("RelayState", [""])[0])


def parse_logout_form(message: str, relay_state: str = "") -> LogoutMessage:
    try:
        xml = base64.b64decode(message)
    except ValueError as error:
        raise RequestUnreadable("The message is no base64") from error
    return _read(xml, relay_state)


def parse_logout_url(url: str) -> LogoutMessage:
    return parse_logout_redirect(urlsplit(url).query)


def _read(xml: bytes, relay_state: str) -> LogoutMessage:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise RequestUnreadable("The message is no XML") from error
    kinds = {f"{{{SAMLP}}}LogoutRequest": True, f"{{{SAMLP}}}LogoutResponse": False}
    if root.tag not in kinds:
        raise RequestUnreadable("The message is not about signing out")
    name = root.find(f"{{{SAML}}}NameID")
    code = root.find(f"{{{SAMLP}}}Status/{{{SAMLP}}}StatusCode")
    return LogoutMessage(
        is_request=kinds[str(root.tag)],
        id=root.get("ID", ""),
        issuer=root.findtext(f"{{{SAML}}}Issuer", "").strip(),
        destination=root.get("Destination", ""),
        in_response_to=root.get("InResponseTo", ""),
        name_id="" if name is None else name.text or "",
        name_id_format=None if name is None else name.get("Format"),
        session_indexes=tuple(
            index.text or "" for index in root.findall(f"{{{SAMLP}}}SessionIndex")
        ),
        status="" if code is None else code.get("Value", ""),
        relay_state=relay_state,
        xml=xml,
    )
