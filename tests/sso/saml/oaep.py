"""Encryption that libxmlsec's templates can't ask for: parameters of RSA-OAEP, a NameID alone."""

import base64
import os
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from sandbox.saml_messages import DS, SAML, XENC

XENC11 = "http://www.w3.org/2009/xmlenc11#"
MGF1P = f"{XENC}rsa-oaep-mgf1p"
OAEP = f"{XENC11}rsa-oaep"
DIGESTS: dict[str | None, hashes.HashAlgorithm] = {
    None: hashes.SHA1(),  # noqa: S303  the standard's default (XML Encryption 1.1, 5.5.2)
    f"{DS}sha1": hashes.SHA1(),  # noqa: S303
    f"{XENC}sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384(),
    f"{XENC}sha512": hashes.SHA512(),
}
MASKS: dict[str | None, hashes.HashAlgorithm] = {
    None: hashes.SHA1(),  # noqa: S303
    f"{XENC11}mgf1sha1": hashes.SHA1(),  # noqa: S303
    f"{XENC11}mgf1sha256": hashes.SHA256(),
    f"{XENC11}mgf1sha512": hashes.SHA512(),
}


def encrypted(
    certificate_pem: str,
    *,
    transport: str = MGF1P,
    digest: str | None = None,
    mask: str | None = None,
    label: bytes | None = None,
    has_type: bool = True,
    key_info: str = "",
    what: str = "Assertion",
    plaintext: bytes | None = None,
) -> Callable[[etree._Element], None]:
    """Encrypts the assertion with AES-256-GCM and its key as the parameters say.

    `what` may be the NameID instead; `plaintext` takes the place of what stood there.
    """
    public_key = x509.load_pem_x509_certificate(certificate_pem.encode()).public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)

    def encrypt(root: etree._Element) -> None:
        original = next(root.iter(f"{{{SAML}}}{what}"))
        parent = original.getparent()
        assert parent is not None
        key, nonce = os.urandom(32), os.urandom(12)
        plain = etree.tostring(original, with_tail=False) if plaintext is None else plaintext
        content = nonce + AESGCM(key).encrypt(nonce, plain, None)
        wrapped = public_key.encrypt(
            key,
            padding.OAEP(mgf=padding.MGF1(MASKS[mask]), algorithm=DIGESTS[digest], label=label),
        )
        parameters = ""
        if label is not None:
            parameters += f"<xenc:OAEPparams>{_text(label)}</xenc:OAEPparams>"
        if digest:
            parameters += f'<ds:DigestMethod Algorithm="{digest}"/>'
        if mask:
            parameters += f'<xenc11:MGF Algorithm="{mask}"/>'
        around = "EncryptedAssertion" if what == "Assertion" else "EncryptedID"
        kind = f' Type="{XENC}Element"' if has_type else ""
        element = etree.fromstring(
            f'<saml:{around} xmlns:saml="{SAML}" xmlns:xenc="{XENC}" xmlns:ds="{DS}"'
            f' xmlns:xenc11="{XENC11}"><xenc:EncryptedData{kind}>'
            f'<xenc:EncryptionMethod Algorithm="{XENC11}aes256-gcm"/><ds:KeyInfo>{key_info}'
            f'<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="{transport}">{parameters}'
            f"</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{_text(wrapped)}"
            "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>"
            f"<xenc:CipherData><xenc:CipherValue>{_text(content)}</xenc:CipherValue>"
            f"</xenc:CipherData></xenc:EncryptedData></saml:{around}>"
        )
        parent.replace(original, element)

    return encrypt


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
