"""pysaml2's crypto backend on libxmlsec in this process: no binary, no temporary file.

Keys come from the connection alone. Nothing here reads a KeyInfo that a message brings
along (CVE-2021-21239).
"""

import base64
from copy import deepcopy
from importlib.metadata import version
from secrets import token_hex
from typing import Any

import xmlsec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate
from lxml import etree
from saml2.cryptography.asymmetric import hashes
from saml2.sigver import (
    CryptoBackend,
    DecryptError,
    RSACrypto,
    RSASigner,
    SignatureError,
    Unsupported,
)

from sso.saml import guard, names, reading
from sso.saml.values import SamlRefused, SpIdentity
from sso.saml.wire import Message, WireText

# What pysaml2 calls our keys: the one that signs, and the other while they change places.
OWN_KEY, OTHER_KEY = "own-0", "own-1"


class PinnedCertificate:
    """A certificate of the identity provider, loaded once.

    pysaml2 tells certificates apart by the name of the file they are in; this one has a
    name and no file. Only the public key is kept: libxmlsec copies a key for each use,
    and copying a certificate takes longer than verifying with it.
    """

    def __init__(self, name: str, pem: str) -> None:
        self.name = name
        public_key = load_pem_x509_certificate(pem.encode()).public_key()
        self.key = xmlsec.Key.from_memory(
            public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            xmlsec.constants.KeyDataFormatPem,
        )


class PinnedCertificates:
    """All that pysaml2's signature check asks of metadata: who signs, with what.

    Knows one issuer. Another one has no certificates, whatever the message says.
    """

    def __init__(self, entity_id: str, certificates: tuple[str, ...]) -> None:
        self._entity_id = entity_id
        self.pinned = tuple(
            PinnedCertificate(f"pinned-{number}", pem) for number, pem in enumerate(certificates)
        )
        self._named = [(None, certificate) for certificate in self.pinned]

    def certs(self, entity_id: str | None, descriptor: str, use: str = "signing") -> list[Any]:
        return self._named if entity_id == self._entity_id else []


class InProcessCrypto(CryptoBackend):  # type: ignore[misc]  # pysaml2 is untyped
    """Verifies, signs and decrypts on the trees that are already there."""

    def __init__(self, trusted: PinnedCertificates, sp: SpIdentity) -> None:
        super().__init__()
        self._trusted = trusted
        self._signing_key = xmlsec.Key.from_memory(sp.key_pem, xmlsec.constants.KeyDataFormatPem)
        own_keys = [sp.key_pem] + ([sp.other_key_pem] if sp.other_key_pem else [])
        self._own = dict(zip((OWN_KEY, OTHER_KEY), map(_manager, own_keys), strict=False))

    @property
    def version(self) -> str:
        return version("xmlsec")

    @property
    def own_key_names(self) -> list[str]:
        """What pysaml2 passes as `key_file` to `decrypt`, in the order to try."""
        return list(self._own)

    def verify(self, message: Message, element: etree._Element) -> bool:
        """Whether a pinned key made the signature in `element`; if so, note which.

        Every certificate is tried, since several are valid while one replaces another. First on
        SignedInfo, which is short: libxmlsec begins with the digest, and to canonicalize what
        a stranger thought up may take it a second.
        """
        (signature,) = guard.children(element, names.SIGNATURE)
        signed = _signed_octets(signature)
        for certificate in self._trusted.pinned:
            if not _is_made_by(certificate, *signed):
                continue
            context = xmlsec.SignatureContext()
            # Set before verifying: with a key in place libxmlsec doesn't look at KeyInfo.
            context.key = certificate.key
            try:
                context.register_id(element, "ID")
                context.verify(signature)
            except xmlsec.Error:  # a canonicalization error too (CVE-2025-66568)
                continue
            message.verified_by[element.get("ID", "")] = certificate.name
            return True
        return False

    def verify_octets(self, octets: bytes, algorithm: str, signature: bytes) -> bool:
        """Whether a pinned key made this signature of a query string (bindings, 3.4.4.1)."""
        return any(
            _is_made_by(certificate, octets, algorithm, signature)
            for certificate in self._trusted.pinned
        )

    def validate_signature(
        self, signedtext: str, cert_file: str, cert_type: str, node_name: str, node_id: str
    ) -> bool:
        """What `verify` found for this element and certificate: pysaml2's question, answered."""
        if not isinstance(signedtext, WireText):
            raise SignatureError("Only a message off the wire can be verified")
        if signedtext.message.verified_by.get(node_id) != cert_file:
            raise SignatureError("The signature does not match")
        return True

    def decrypt(self, enctext: str, key_file: str) -> WireText:
        """Put the decrypted assertion where the EncryptedAssertion was.

        What comes out goes through the same guard as what came in. Every failure is the
        same failure, so that nobody learns anything from trying.
        """
        if not isinstance(enctext, WireText):
            raise DecryptError("Only a message off the wire can be decrypted")
        message = enctext.message
        try:
            envelope = message.envelope
            message.envelope = _opened(
                envelope, envelope.encrypted, names.ASSERTION, self._own[key_file]
            )
        except _CANNOT_OPEN as error:
            raise DecryptError("The assertion can't be decrypted") from error
        message.opened_by = key_file
        return message.text

    def open_name(self, message: Message) -> bool:
        """Put the decrypted NameID where the EncryptedID was; whether one of our keys could.

        The ciphertext lies in the assertion, so the signature over that vouches for the name.
        """
        envelope = message.envelope
        for name, manager in self._own.items():
            try:
                message.envelope = _opened(
                    envelope, envelope.encrypted_name, names.NAME_ID, manager
                )
            except _CANNOT_OPEN:
                continue
            message.opened_by = name
            return True
        return False

    def sign_statement(
        self, statement: Any, node_name: str, key_file: str | None, node_id: str
    ) -> str:
        """Fill in the signature template of one of our own messages."""
        root = etree.fromstring(
            statement if isinstance(statement, bytes) else str(statement).encode()
        )
        context = xmlsec.SignatureContext()
        context.key = self._signing_key
        context.register_id(root, "ID")
        context.sign(guard.children(root, names.SIGNATURE)[0])
        return etree.tostring(root, encoding="unicode")

    def encrypt(self, *args: Any, **kwargs: Any) -> str:
        raise Unsupported("A service provider encrypts nothing")

    def encrypt_assertion(self, *args: Any, **kwargs: Any) -> str:
        raise Unsupported("A service provider encrypts nothing")


class OwnSigner(RSACrypto):  # type: ignore[misc]  # pysaml2 is untyped
    """Signs query strings with this connection's key.

    pysaml2 keeps one signer per algorithm for the whole process and changes the key in
    it, so two threads could sign with each other's. This one makes its own.
    """

    def __init__(self, key_pem: str) -> None:
        # Ours since it was made, so it is not tested for primes anew: that takes 50 ms.
        key = load_pem_private_key(key_pem.encode(), None, unsafe_skip_rsa_key_validation=True)
        super().__init__(key)

    def get_signer(self, sigalg: str, sigkey: Any = None) -> Any:
        if sigalg != names.RSA_SHA256:
            return None
        return RSASigner(hashes.SHA256(), self.key)


def _manager(pem: str) -> xmlsec.KeysManager:
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem))
    return manager


_OF_OCTETS = {
    transform.href: transform
    for kind in ("Rsa", "Ecdsa")
    for size in (256, 384, 512)
    for transform in [getattr(xmlsec.constants, f"Transform{kind}Sha{size}")]
}


def _is_made_by(
    certificate: PinnedCertificate, octets: bytes, algorithm: str, signature: bytes
) -> bool:
    transform = _OF_OCTETS.get(algorithm)
    if transform is None:
        return False
    context = xmlsec.SignatureContext()
    context.key = certificate.key
    try:
        context.verify_binary(octets, transform, signature)
    except (xmlsec.Error, TypeError):  # another kind of key too
        return False
    return True


def _signed_octets(signature: etree._Element) -> tuple[bytes, str, bytes]:
    """What the key signed (XML Signature, 3.2.2), the algorithm, and the signature's value."""
    signed_info, value = signature[0], signature[1]
    canonicalization, method = signed_info[0], signed_info[1]
    prefixes = [p for listed in canonicalization for p in listed.get("PrefixList", "").split()]
    # Written out and read again, it has all prefixes that are bound around it at hand: lxml
    # canonicalizes an element without its ancestors.
    alone = reading.parse(etree.tostring(signed_info, encoding="utf-8", with_tail=False))
    octets = etree.tostring(
        alone,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=prefixes or None,
    )
    try:
        made = base64.b64decode(value.text or "")
    except ValueError:
        made = b""  # which nobody makes
    return octets, method.get("Algorithm", ""), made


_CANNOT_OPEN = (xmlsec.Error, etree.LxmlError, SamlRefused, ValueError)


def _opened(
    envelope: guard.Envelope,
    encrypted: etree._Element | None,
    expected: str,
    manager: xmlsec.KeysManager,
) -> guard.Envelope:
    """Decrypt where the element belongs, and look at the whole message again.

    What comes out is a stranger's, as what came in was, so it is read by the same rules.
    libxmlsec would read it by its own, and print what it can't.
    """
    if encrypted is None:
        raise ValueError("Nothing is encrypted")
    # The original stays at hand for the next key, should this one not fit.
    root = deepcopy(envelope.root)
    place = _counterpart(encrypted, root)
    parent = place.getparent()
    assert parent is not None  # a part of the message, never its root
    plaintext: Any = xmlsec.EncryptionContext(manager).decrypt(_bare(encrypted))
    _check_is_one(plaintext, expected, parent.nsmap)
    # Put there as text: lxml may change prefixes when it moves an element, and the signature
    # inside covers them.
    hole = etree.Comment(token_hex())
    parent.replace(place, hole)
    before, _, after = etree.tostring(root, encoding="utf-8", xml_declaration=False).partition(
        etree.tostring(hole, with_tail=False)
    )
    opened = reading.parse(before + plaintext + after)
    return guard.inspect(opened, expected=str(opened.tag))


def _check_is_one(plaintext: bytes, expected: str, bound: Any) -> None:
    """It is one whole element, with the prefixes that are bound around it."""
    opening = etree.tostring(etree.Element("w", nsmap=bound)).removesuffix(b"/>")
    parts = reading.parse(opening + b">" + plaintext + b"</w>")
    if [part.tag for part in parts] != [expected]:
        raise ValueError("Something else was encrypted")


def _counterpart(element: etree._Element, copied: etree._Element) -> etree._Element:
    """The element in a copy of its tree."""
    parent = element.getparent()
    if parent is None:
        return copied
    return _counterpart(parent, copied)[parent.index(element)]


def _bare(encrypted: etree._Element) -> etree._Element:
    """A fresh EncryptedData with ciphertexts and algorithms, and nothing to follow.

    Takes in the EncryptedKey that some products write next to the data, and leaves out
    RetrievalMethod, KeyName and certificates: libxmlsec shall have no choice to make.
    Without a Type it hands over octets, and reads no XML.
    """
    original = guard.children(encrypted, names.ENCRYPTED_DATA)[0]
    data = etree.Element(names.ENCRYPTED_DATA, nsmap={"xenc": names.XENC})
    data.append(_copy(original, names.ENCRYPTION_METHOD))
    key_info = etree.SubElement(data, names.KEY_INFO, nsmap={"ds": names.DS})
    for key in encrypted.iter(names.ENCRYPTED_KEY):
        bare = etree.SubElement(key_info, names.ENCRYPTED_KEY)
        bare.append(_copy(key, names.ENCRYPTION_METHOD))
        bare.append(_copy(key, names.CIPHER_DATA))
    data.append(_copy(original, names.CIPHER_DATA))
    return data


def _copy(element: etree._Element, tag: str) -> etree._Element:
    return deepcopy(guard.children(element, tag)[0])
