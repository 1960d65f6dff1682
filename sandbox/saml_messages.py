"""Forges the messages an identity provider sends, in the shapes real ones use.

The demo identity provider signs people in with it, and tests bend its output into
every hostile message they know. Built on lxml and xmlsec alone, so the portal's own
SAML code is never judged by itself.
"""

import base64
import secrets
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
RESPONDER = "urn:oasis:names:tc:SAML:2.0:status:Responder"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
EMAIL_ADDRESS = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
NAME_FORMAT_BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
NAME_FORMAT_UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
PASSWORD_PROTECTED = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
HTTP_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
HTTP_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
AES256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
AES256_CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
AES128_CBC = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
RSA_OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
RSA_1_5 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"

MAX_REQUEST = 256 * 1024

Mutation = Callable[[etree._Element], None]

_TRANSFORMS = {
    constant.href: constant
    for name, constant in vars(xmlsec.constants).items()
    if name.startswith("Transform") and getattr(constant, "href", None)
}
_ENCRYPTED_KEY = f"{{{XENC}}}EncryptedKey"
_KEY_INFO = f"{{{DS}}}KeyInfo"
_AES_BITS = {"aes128": 128, "aes192": 192, "aes256": 256}


@dataclass(frozen=True)
class SigningIdentity:
    """An entity with a key: what signs, and the certificate others trust it by."""

    entity_id: str
    key_pem: str
    certificate_pem: str

    @classmethod
    def generate(
        cls,
        entity_id: str,
        *,
        not_before: datetime | None = None,
        lifetime: timedelta = timedelta(days=3650),
        elliptic: bool = False,
    ) -> "SigningIdentity":
        """A fresh RSA-2048 (or P-256) key with a self-signed certificate."""
        key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        if elliptic:
            key = ec.generate_private_key(ec.SECP256R1())
        else:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, entity_id[-64:])])
        start = not_before or datetime.now(UTC) - timedelta(days=1)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + lifetime)
            .sign(key, hashes.SHA256())
        )
        return cls(
            entity_id=entity_id,
            key_pem=key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
            certificate_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        )


@dataclass(frozen=True)
class Shape:
    """How one product writes its XML: prefixes, order, what it signs."""

    name: str
    protocol_prefix: str = "samlp"
    assertion_prefix: str | None = "saml"
    declares_assertion_on_root: bool = False
    signature_prefix: str | None = "ds"
    inclusive_prefixes: tuple[str, ...] = ()
    has_milliseconds: bool = True
    issuer_format: str | None = None
    attribute_name_format: str | None = NAME_FORMAT_BASIC
    types_values: bool = False
    attributes_come_first: bool = False
    repeats_attributes: bool = False
    consent: str | None = None
    signs_response: bool = False
    signs_assertion: bool = True


GENERIC = Shape("generic", declares_assertion_on_root=True)
OKTA = Shape(
    "okta",
    protocol_prefix="saml2p",
    assertion_prefix="saml2",
    inclusive_prefixes=("xs",),
    issuer_format=ENTITY,
    attribute_name_format=NAME_FORMAT_UNSPECIFIED,
    types_values=True,
    signs_response=True,
)
ENTRA = Shape(
    "entra",
    assertion_prefix=None,
    signature_prefix=None,
    attribute_name_format=None,
    attributes_come_first=True,
)
ADFS = Shape(
    "adfs",
    assertion_prefix=None,
    attribute_name_format=None,
    attributes_come_first=True,
    consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified",
)
GOOGLE = Shape(
    "google",
    protocol_prefix="saml2p",
    assertion_prefix="saml2",
    attribute_name_format=None,
    types_values=True,
)
KEYCLOAK = Shape(
    "keycloak",
    declares_assertion_on_root=True,
    signature_prefix="dsig",
    types_values=True,
    repeats_attributes=True,
    signs_response=True,
)
SHAPES: Mapping[str, Shape] = {
    shape.name: shape for shape in (GENERIC, OKTA, ENTRA, ADFS, GOOGLE, KEYCLOAK)
}


def new_id() -> str:
    """An identifier fit for xs:ID (it may not start with a digit)."""
    return f"_{secrets.token_hex(16)}"


def build_response(
    identity: SigningIdentity,
    *,
    acs_url: str,
    audience: str,
    name_id: str,
    now: datetime,
    in_response_to: str | None = None,
    attributes: Mapping[str, Sequence[str]] | None = None,
    name_id_format: str | None = EMAIL_ADDRESS,
    shape: Shape = GENERIC,
    sign_response: bool | None = None,
    sign_assertion: bool | None = None,
    encrypt_for: str | None = None,
    content_encryption: str = AES256_GCM,
    key_transport: str = RSA_OAEP,
    key_beside_data: bool = False,
    destination: str | None = None,
    response_id: str | None = None,
    assertion_id: str | None = None,
    session_index: str | None = None,
    authn_instant: datetime | None = None,
    authn_context: str = PASSWORD_PROTECTED,
    lifetime: timedelta = timedelta(minutes=5),
    early: timedelta = timedelta(minutes=5),
    session_not_on_or_after: datetime | None = None,
    status: str = SUCCESS,
    second_status: str | None = None,
    status_message: str | None = None,
    signature_algorithm: str | None = None,
    digest_algorithm: str = SHA256,
    canonicalization: str = EXCLUSIVE_C14N,
    before_signing: Mutation | None = None,
    between_signatures: Mutation | None = None,
    after_signing: Mutation | None = None,
) -> bytes:
    """One Response for one person, as `shape` would write it.

    Unless told otherwise it signs what the shape signs. A `status` other than Success
    carries no assertion. The three mutations see the Response element: before any
    signature, after the assertion's (and its encryption), and at the very end.
    """
    signs_response = shape.signs_response if sign_response is None else sign_response
    signs_assertion = shape.signs_assertion if sign_assertion is None else sign_assertion
    signing = _Signing(identity, shape, signature_algorithm, digest_algorithm, canonicalization)

    response = _response_element(
        identity,
        shape,
        now,
        response_id,
        acs_url if destination is None else destination,
        in_response_to,
    )
    _append_status(response, status, second_status, status_message)
    if status == SUCCESS:
        assertion = _append_assertion(
            response,
            shape,
            issuer=identity.entity_id,
            assertion_id=assertion_id or new_id(),
            now=now,
        )
        _append_subject(
            assertion, shape, name_id, name_id_format, acs_url, in_response_to, now + lifetime
        )
        _append_conditions(assertion, shape, audience, now - early, now + lifetime)
        statements: list[Callable[[], None]] = [
            lambda: _append_attributes(assertion, shape, attributes or {}),
            lambda: _append_authn_statement(
                assertion,
                shape,
                authn_instant or now,
                session_index or new_id(),
                session_not_on_or_after,
                authn_context,
            ),
        ]
        for append in statements if shape.attributes_come_first else reversed(statements):
            append()

    if before_signing:
        before_signing(response)
    if signs_assertion:
        for assertion in response.findall(f"{{{SAML}}}Assertion"):
            signing.sign(assertion)
    if encrypt_for:
        for assertion in response.findall(f"{{{SAML}}}Assertion"):
            encrypt_assertion(
                assertion,
                encrypt_for,
                content_encryption=content_encryption,
                key_transport=key_transport,
                key_beside_data=key_beside_data,
            )
    if between_signatures:
        response = _reread(response)
        between_signatures(response)
    if signs_response:
        signing.sign(response)
    if after_signing:
        response = _reread(response)
        after_signing(response)
    return etree.tostring(response, xml_declaration=True, encoding="UTF-8")


def sign_element(
    element: etree._Element, identity: SigningIdentity, *, shape: Shape = GENERIC
) -> None:
    """Sign a Response or Assertion where it stands, the way SAML wants it (core, 5.4)."""
    _Signing(identity, shape, None, SHA256, EXCLUSIVE_C14N).sign(element)


@dataclass(frozen=True)
class _Signing:
    identity: SigningIdentity
    shape: Shape
    signature_algorithm: str | None
    digest_algorithm: str
    canonicalization: str

    def sign(self, element: etree._Element) -> None:
        key = xmlsec.Key.from_memory(self.identity.key_pem, xmlsec.constants.KeyDataFormatPem)
        key.load_cert_from_memory(
            self.identity.certificate_pem, xmlsec.constants.KeyDataFormatCertPem
        )
        algorithm = self.signature_algorithm or (
            ECDSA_SHA256 if _is_elliptic(self.identity.key_pem) else RSA_SHA256
        )
        c14n = _TRANSFORMS[self.canonicalization]
        signature = xmlsec.template.create(
            element, c14n, _TRANSFORMS[algorithm], ns=self.shape.signature_prefix
        )
        issuer = element.find(f"{{{SAML}}}Issuer")
        position = 0 if issuer is None else element.index(issuer) + 1
        element.insert(position, signature)
        reference = xmlsec.template.add_reference(
            signature, _TRANSFORMS[self.digest_algorithm], uri="#" + element.get("ID", "")
        )
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
        transform = xmlsec.template.add_transform(reference, c14n)
        if self.shape.inclusive_prefixes:
            xmlsec.template.transform_add_c14n_inclusive_namespaces(
                transform, list(self.shape.inclusive_prefixes)
            )
        key_info = xmlsec.template.ensure_key_info(signature)
        xmlsec.template.x509_data_add_certificate(xmlsec.template.add_x509_data(key_info))
        context = xmlsec.SignatureContext()
        context.key = key
        context.register_id(element, "ID")
        context.sign(signature)


def encrypt_assertion(
    assertion: etree._Element,
    certificate_pem: str,
    *,
    content_encryption: str = AES256_GCM,
    key_transport: str = RSA_OAEP,
    key_beside_data: bool = False,
) -> etree._Element:
    """Put an EncryptedAssertion in the assertion's place and return it.

    `key_beside_data` writes the EncryptedKey next to the EncryptedData, found through a
    RetrievalMethod, as some products do.
    """
    parent = assertion.getparent()
    if parent is None:
        raise ValueError("An assertion is encrypted inside its Response")
    place = parent.index(assertion)
    prefix = assertion.prefix or "saml"
    # Wrapped as text: lxml may change prefixes when it moves an element, and what was
    # signed has to keep them.
    tag = f"{prefix}:EncryptedAssertion"
    inner = etree.tostring(assertion, with_tail=False, encoding="unicode")
    wrapper = etree.fromstring(f'<{tag} xmlns:{prefix}="{SAML}">{inner}</{tag}>')
    alone = wrapper[0]

    data = xmlsec.template.encrypted_data_create(
        wrapper,
        _TRANSFORMS[content_encryption],
        type=xmlsec.constants.TypeEncElement,
        ns="xenc",
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    key_info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    encrypted_key = xmlsec.template.add_encrypted_key(key_info, _TRANSFORMS[key_transport])
    xmlsec.template.encrypted_data_ensure_cipher_value(encrypted_key)

    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(certificate_pem, xmlsec.constants.KeyDataFormatCertPem))
    context = xmlsec.EncryptionContext(manager)
    bits = next(size for name, size in _AES_BITS.items() if name in content_encryption)
    context.key = xmlsec.Key.generate(
        xmlsec.constants.KeyDataAes, bits, xmlsec.constants.KeyDataTypeSession
    )
    data = context.encrypt_xml(data, alone)

    if key_beside_data:
        identifier = new_id()
        encrypted_key = next(element for element in data.iter() if element.tag == _ENCRYPTED_KEY)
        key_info = next(element for element in data.iter() if element.tag == _KEY_INFO)
        encrypted_key.set("Id", identifier)
        wrapper.append(encrypted_key)
        etree.SubElement(
            key_info,
            f"{{{DS}}}RetrievalMethod",
            Type=f"{XENC}EncryptedKey",
            URI=f"#{identifier}",
        )
    parent.remove(assertion)
    parent.insert(place, wrapper)
    return wrapper


def idp_metadata(
    identity: SigningIdentity,
    sso_url: str,
    slo_url: str | None = None,
    *,
    extra_certificates: Sequence[str] = (),
    bindings: Sequence[str] = (HTTP_REDIRECT, HTTP_POST),
    wants_signed_requests: bool = False,
    name_id_formats: Sequence[str] = (EMAIL_ADDRESS,),
    key_use: str | None = "signing",
    valid_until: datetime | None = None,
) -> bytes:
    """The identity provider's own description, as it would publish it."""
    root = etree.Element(f"{{{MD}}}EntityDescriptor", nsmap={"md": MD, "ds": DS})
    root.set("entityID", identity.entity_id)
    if valid_until:
        root.set("validUntil", _instant(valid_until, has_milliseconds=False))
    descriptor = etree.SubElement(
        root,
        f"{{{MD}}}IDPSSODescriptor",
        WantAuthnRequestsSigned=str(wants_signed_requests).lower(),
        protocolSupportEnumeration=SAMLP,
    )
    for pem in (identity.certificate_pem, *extra_certificates):
        key = etree.SubElement(descriptor, f"{{{MD}}}KeyDescriptor")
        if key_use:
            key.set("use", key_use)
        info = etree.SubElement(etree.SubElement(key, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
        etree.SubElement(info, f"{{{DS}}}X509Certificate").text = certificate_body(pem)
    if slo_url:
        for binding in bindings:
            etree.SubElement(
                descriptor, f"{{{MD}}}SingleLogoutService", Binding=binding, Location=slo_url
            )
    for name_id_format in name_id_formats:
        etree.SubElement(descriptor, f"{{{MD}}}NameIDFormat").text = name_id_format
    for binding in bindings:
        etree.SubElement(
            descriptor, f"{{{MD}}}SingleSignOnService", Binding=binding, Location=sso_url
        )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def certificate_body(pem: str) -> str:
    """The base64 between a PEM's two lines, as XML carries certificates."""
    return "".join(line for line in pem.splitlines() if line and not line.startswith("-----"))


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
        f"{name}={pairs[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg") if name in pairs
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


def _reread(element: etree._Element) -> etree._Element:
    """A clean tree: lxml can't find all of the nodes that xmlsec has made."""
    return etree.fromstring(etree.tostring(element))


def _is_elliptic(key_pem: str) -> bool:
    key = serialization.load_pem_private_key(
        key_pem.encode(), password=None, unsafe_skip_rsa_key_validation=True
    )
    return isinstance(key, ec.EllipticCurvePrivateKey)


def _instant(moment: datetime, *, has_milliseconds: bool) -> str:
    moment = moment.astimezone(UTC)
    if has_milliseconds:
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _time(moment: datetime, shape: Shape) -> str:
    return _instant(moment, has_milliseconds=shape.has_milliseconds)


def _response_element(
    identity: SigningIdentity,
    shape: Shape,
    now: datetime,
    response_id: str | None,
    destination: str,
    in_response_to: str | None,
) -> etree._Element:
    names: dict[Any, str] = {shape.protocol_prefix: SAMLP}
    if shape.declares_assertion_on_root:
        names[shape.assertion_prefix] = SAML
    if shape.inclusive_prefixes:
        names["xs"] = XS
    response = etree.Element(f"{{{SAMLP}}}Response", nsmap=names)
    response.set("ID", response_id or new_id())
    response.set("Version", "2.0")
    response.set("IssueInstant", _time(now, shape))
    if destination:
        response.set("Destination", destination)
    if in_response_to:
        response.set("InResponseTo", in_response_to)
    if shape.consent:
        response.set("Consent", shape.consent)
    _append_issuer(response, shape, identity.entity_id)
    return response


def _append_issuer(parent: etree._Element, shape: Shape, entity_id: str) -> None:
    names: dict[Any, str] = {shape.assertion_prefix: SAML}
    issuer = etree.SubElement(parent, f"{{{SAML}}}Issuer", nsmap=names)
    if shape.issuer_format:
        issuer.set("Format", shape.issuer_format)
    issuer.text = entity_id


def _append_status(
    response: etree._Element, status: str, second: str | None, message: str | None
) -> None:
    element = etree.SubElement(response, f"{{{SAMLP}}}Status")
    code = etree.SubElement(element, f"{{{SAMLP}}}StatusCode", Value=status)
    if second:
        etree.SubElement(code, f"{{{SAMLP}}}StatusCode", Value=second)
    if message:
        etree.SubElement(element, f"{{{SAMLP}}}StatusMessage").text = message


def _append_assertion(
    response: etree._Element, shape: Shape, *, issuer: str, assertion_id: str, now: datetime
) -> etree._Element:
    names: dict[Any, str] = {shape.assertion_prefix: SAML}
    if shape.types_values:
        names |= {"xs": XS}
    assertion = etree.SubElement(response, f"{{{SAML}}}Assertion", nsmap=names)
    assertion.set("ID", assertion_id)
    assertion.set("Version", "2.0")
    assertion.set("IssueInstant", _time(now, shape))
    _append_issuer(assertion, shape, issuer)
    return assertion


def _append_subject(
    assertion: etree._Element,
    shape: Shape,
    name_id: str,
    name_id_format: str | None,
    recipient: str,
    in_response_to: str | None,
    not_on_or_after: datetime,
) -> None:
    subject = etree.SubElement(assertion, f"{{{SAML}}}Subject")
    element = etree.SubElement(subject, f"{{{SAML}}}NameID")
    if name_id_format:
        element.set("Format", name_id_format)
    element.text = name_id
    confirmation = etree.SubElement(subject, f"{{{SAML}}}SubjectConfirmation", Method=BEARER)
    data = etree.SubElement(confirmation, f"{{{SAML}}}SubjectConfirmationData")
    if in_response_to:
        data.set("InResponseTo", in_response_to)
    data.set("NotOnOrAfter", _time(not_on_or_after, shape))
    data.set("Recipient", recipient)


def _append_conditions(
    assertion: etree._Element,
    shape: Shape,
    audience: str,
    not_before: datetime,
    not_on_or_after: datetime,
) -> None:
    conditions = etree.SubElement(
        assertion,
        f"{{{SAML}}}Conditions",
        NotBefore=_time(not_before, shape),
        NotOnOrAfter=_time(not_on_or_after, shape),
    )
    restriction = etree.SubElement(conditions, f"{{{SAML}}}AudienceRestriction")
    etree.SubElement(restriction, f"{{{SAML}}}Audience").text = audience


def _append_attributes(
    assertion: etree._Element, shape: Shape, attributes: Mapping[str, Sequence[str]]
) -> None:
    if not attributes:
        return
    statement = etree.SubElement(assertion, f"{{{SAML}}}AttributeStatement")
    for name, values in attributes.items():
        groups = [[value] for value in values] if shape.repeats_attributes else [values]
        for group in groups:
            attribute = etree.SubElement(statement, f"{{{SAML}}}Attribute", Name=name)
            if shape.attribute_name_format:
                attribute.set("NameFormat", shape.attribute_name_format)
            for value in group:
                _append_value(attribute, shape, value)


def _append_value(attribute: etree._Element, shape: Shape, value: str) -> None:
    if shape.types_values:
        element = etree.SubElement(
            attribute, f"{{{SAML}}}AttributeValue", nsmap={"xs": XS, "xsi": XSI}
        )
        element.set(f"{{{XSI}}}type", "xs:string")
    else:
        element = etree.SubElement(attribute, f"{{{SAML}}}AttributeValue")
    element.text = value


def _append_authn_statement(
    assertion: etree._Element,
    shape: Shape,
    authn_instant: datetime,
    session_index: str,
    session_not_on_or_after: datetime | None,
    authn_context: str,
) -> None:
    statement = etree.SubElement(
        assertion,
        f"{{{SAML}}}AuthnStatement",
        AuthnInstant=_time(authn_instant, shape),
        SessionIndex=session_index,
    )
    if session_not_on_or_after:
        statement.set("SessionNotOnOrAfter", _time(session_not_on_or_after, shape))
    context = etree.SubElement(statement, f"{{{SAML}}}AuthnContext")
    etree.SubElement(context, f"{{{SAML}}}AuthnContextClassRef").text = authn_context
