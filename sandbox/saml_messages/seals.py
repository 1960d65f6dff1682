"""Signatures and encryption."""

from dataclasses import dataclass

import xmlsec
from lxml import etree

from sandbox.saml_messages.elements import new_id
from sandbox.saml_messages.keys import SigningIdentity, is_elliptic
from sandbox.saml_messages.names import (
    AES256_GCM,
    DS,
    ECDSA_SHA256,
    EXCLUSIVE_C14N,
    RSA_OAEP,
    RSA_SHA256,
    SAML,
    SHA256,
    XENC,
)
from sandbox.saml_messages.shapes import GENERIC, Shape

_TRANSFORMS = {
    constant.href: constant
    for name, constant in vars(xmlsec.constants).items()
    if name.startswith("Transform") and getattr(constant, "href", None)
}
_ENCRYPTED_KEY = f"{{{XENC}}}EncryptedKey"
_KEY_INFO = f"{{{DS}}}KeyInfo"
_AES_BITS = {"aes128": 128, "aes192": 192, "aes256": 256}


def sign_element(
    element: etree._Element, identity: SigningIdentity, *, shape: Shape = GENERIC
) -> None:
    """Sign a Response or Assertion where it stands, the way SAML wants it (core, 5.4)."""
    Signing(identity, shape, None, SHA256, EXCLUSIVE_C14N).sign(element)


@dataclass(frozen=True)
class Signing:
    """Who signs, and how: as `shape` does it, with these algorithms."""

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
            ECDSA_SHA256 if is_elliptic(self.identity.key_pem) else RSA_SHA256
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
