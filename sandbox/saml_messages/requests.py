"""What an identity provider is asked."""

import base64
import zlib
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from sandbox.saml_messages.names import DS, RSA_SHA256, SAML, SAMLP

MAX_REQUEST = 256 * 1024


class RequestUnreadable(ValueError):
    """What arrived is no AuthnRequest."""


@dataclass(frozen=True)
class IncomingRequest:
    """What an identity provider needs to know of an AuthnRequest."""

    id: str
    issuer: str
    acs_url: str | None
    destination: str | None
    relay_state: str
    force_authn: bool
    name_id_format: str | None
    authn_contexts: tuple[str, ...]
    xml: bytes


def parse_redirect_request(query: str) -> IncomingRequest:
    """The AuthnRequest in a query string (bindings, 3.4). Its signature is not looked at."""
    fields = parse_qs(query, keep_blank_values=True)
    try:
        deflated = base64.b64decode(fields["SAMLRequest"][0], validate=True)
        inflater = zlib.decompressobj(-15)
        xml = inflater.decompress(deflated, MAX_REQUEST)
    except (KeyError, ValueError, zlib.error) as error:
        raise RequestUnreadable("SAMLRequest is no deflated message") from error
    if inflater.unconsumed_tail:
        raise RequestUnreadable("SAMLRequest is too large")
    return _read_request(xml, fields.get("RelayState", [""])[0])


def parse_post_request(saml_request: str, relay_state: str = "") -> IncomingRequest:
    """The AuthnRequest in a form field (bindings, 3.5). Its signature is not looked at."""
    try:
        xml = base64.b64decode(saml_request)
    except ValueError as error:
        raise RequestUnreadable("SAMLRequest is no base64") from error
    return _read_request(xml, relay_state)


def redirect_is_signed_by(query: str, certificate_pem: str) -> bool:
    """Whether the query string carries this certificate's RSA-SHA256 signature."""
    pairs = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
    if unquote(pairs.get("SigAlg", "")) != RSA_SHA256 or "Signature" not in pairs:
        return False
    signed = "&".join(
        f"{name}={pairs[name]}"
        for name in ("SAMLRequest", "SAMLResponse", "RelayState", "SigAlg")
        if name in pairs
    )
    key = x509.load_pem_x509_certificate(certificate_pem.encode()).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(
            base64.b64decode(unquote(pairs["Signature"])),
            signed.encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def message_is_signed_by(xml: bytes, certificate_pem: str) -> bool:
    """Whether the root element carries this certificate's enveloped signature."""
    root = _parse(xml)
    signature = root.find(f"{{{DS}}}Signature")
    reference = root.find(f"{{{DS}}}Signature/{{{DS}}}SignedInfo/{{{DS}}}Reference")
    if signature is None or reference is None or reference.get("URI") != "#" + root.get("ID", ""):
        return False
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate_pem, xmlsec.constants.KeyDataFormatCertPem)
    context.register_id(root, "ID")
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True


def _parse(xml: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(xml, parser)


def _read_request(xml: bytes, relay_state: str) -> IncomingRequest:
    try:
        root = _parse(xml)
    except etree.XMLSyntaxError as error:
        raise RequestUnreadable("The request is no XML") from error
    if root.tag != f"{{{SAMLP}}}AuthnRequest" or not root.get("ID"):
        raise RequestUnreadable("The request is no AuthnRequest")
    policy = root.find(f"{{{SAMLP}}}NameIDPolicy")
    contexts = root.findall(f"{{{SAMLP}}}RequestedAuthnContext/{{{SAML}}}AuthnContextClassRef")
    return IncomingRequest(
        id=root.get("ID", ""),
        issuer=root.findtext(f"{{{SAML}}}Issuer", "").strip(),
        acs_url=root.get("AssertionConsumerServiceURL"),
        destination=root.get("Destination"),
        relay_state=relay_state,
        force_authn=root.get("ForceAuthn") in ("true", "1"),
        name_id_format=None if policy is None else policy.get("Format"),
        authn_contexts=tuple(context.text or "" for context in contexts),
        xml=xml,
    )
