"""Looks at a message's structure before any key does, and at what a key decrypted.

Whoever can reach the ACS can send anything, so this module decides what may be signed and
encrypted at all: one assertion in one place, signatures that name the element they sit in,
and listed algorithms only. `sso.saml.reading` has decided which bytes are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from sso.causes import Cause
from sso.saml import names
from sso.saml.reading import MAX_TAGS
from sso.saml.schema import PROTOCOL, schema_fault
from sso.saml.values import SamlRefused, printable

MAX_ATTRIBUTES = 64
MAX_DEPTH = 40
# An assertion that signs somebody in is remembered by its ID.
MAX_ID_LENGTH = 255
MAX_ENCRYPTED_KEYS = 4  # each one costs a private-key operation
MAX_PREFIXES = 100  # looked up again at every element that is canonicalized

_ID_NAMES = frozenset({"ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id"})

# Elements that may not be anywhere but where `Envelope` looks for them.
_PLACED = frozenset(
    {
        names.RESPONSE,
        names.LOGOUT_REQUEST,
        names.LOGOUT_RESPONSE,
        names.ASSERTION,
        names.ENCRYPTED_ASSERTION,
        names.ENCRYPTED_ID,
        names.SIGNATURE,
        names.ENCRYPTED_DATA,
    }
)
# Encrypted parts that nobody here would look into.
_REFUSED = frozenset({f"{{{names.SAML}}}EncryptedAttribute", f"{{{names.SAMLP}}}NewEncryptedID"})


@dataclass
class Envelope:
    """A message whose structure is sound. Nothing in it has been verified yet."""

    root: etree._Element = field(repr=False)
    assertion: etree._Element | None = field(repr=False)
    encrypted: etree._Element | None = field(repr=False)
    # The NameID, encrypted inside the assertion or the logout request.
    encrypted_name: etree._Element | None = field(repr=False)
    signed: tuple[etree._Element, ...] = field(repr=False)

    @property
    def response_is_signed(self) -> bool:
        return self.root in self.signed


def inspect(root: etree._Element, *, expected: str = names.RESPONSE) -> Envelope:
    """The message's structure, or a refusal. Reads every element once."""
    if root.tag != expected:
        raise SamlRefused(
            Cause.MALFORMED,
            seen=printable(etree.QName(root).localname),
            expected=etree.QName(expected).localname,
        )
    _check_version(root)
    placed = _walk(root)
    return _response(root, placed) if expected == names.RESPONSE else _logout(root, placed)


def _check_version(element: etree._Element) -> None:
    """Message and assertion each name theirs (core, 4.1.2 and 4.1.3); pysaml2 asks no assertion."""
    version = element.get("Version")
    if version != "2.0":
        raise SamlRefused(Cause.WRONG_VERSION, seen=printable(version, 20), expected="2.0")


def _response(root: etree._Element, placed: list[etree._Element]) -> Envelope:
    assertions = children(root, names.ASSERTION)
    encrypted = children(root, names.ENCRYPTED_ASSERTION)
    found = len(assertions) + len(encrypted)
    if _counted(placed, names.RESPONSE) != 1 or found != (
        _counted(placed, names.ASSERTION) + _counted(placed, names.ENCRYPTED_ASSERTION)
    ):
        raise SamlRefused(
            Cause.ASSERTION_COUNT, seen="nested", expected="one, directly in the response"
        )
    if found > 1 or (found == 0 and _is_success(root)):
        raise SamlRefused(Cause.ASSERTION_COUNT, seen=str(found), expected="1")

    for assertion in assertions:
        _check_version(assertion)
    holders = (root, *assertions)
    encrypted_names = [
        name
        for assertion in assertions
        for subject in children(assertion, names.SUBJECT)
        for name in children(subject, names.ENCRYPTED_ID)
    ]
    for part in (*encrypted, *encrypted_names):
        _check_encryption(part)
    if _counted(placed, names.ENCRYPTED_ID) != len(encrypted_names) or _counted(
        placed, names.ENCRYPTED_DATA
    ) != len(encrypted) + len(encrypted_names):
        raise SamlRefused(Cause.CANNOT_DECRYPT, seen="EncryptedData in another place")
    signed = _signed(holders, _counted(placed, names.SIGNATURE))
    if fault := schema_fault(root, PROTOCOL):
        raise SamlRefused(Cause.MALFORMED, seen=fault, expected="the SAML 2.0 schema")
    return Envelope(
        root=root,
        assertion=assertions[0] if assertions else None,
        encrypted=encrypted[0] if encrypted else None,
        encrypted_name=encrypted_names[0] if encrypted_names else None,
        signed=signed,
    )


def _logout(root: etree._Element, placed: list[etree._Element]) -> Envelope:
    """A request or an answer about signing out: no assertion, one signature at most."""
    encrypted_names = children(root, names.ENCRYPTED_ID)
    for name in encrypted_names:
        _check_encryption(name)
    if _counted(placed, names.ENCRYPTED_ID) != len(encrypted_names) or _counted(
        placed, names.ENCRYPTED_DATA
    ) != len(encrypted_names):
        raise SamlRefused(Cause.CANNOT_DECRYPT, seen="EncryptedData in another place")
    signed = _signed((root,), _counted(placed, names.SIGNATURE))
    around = (names.SIGNATURE, names.ENCRYPTED_ID, names.ENCRYPTED_DATA)
    if [element for element in placed if element.tag not in around] != [root]:
        raise SamlRefused(Cause.MALFORMED, seen="a message inside the message", expected="one")
    if fault := schema_fault(root, PROTOCOL):
        raise SamlRefused(Cause.MALFORMED, seen=fault, expected="the SAML 2.0 schema")
    return Envelope(
        root=root,
        assertion=None,
        encrypted=None,
        encrypted_name=encrypted_names[0] if encrypted_names else None,
        signed=signed,
    )


def _walk(root: etree._Element) -> list[etree._Element]:
    """Every element, level by level; gives back those whose place matters."""
    placed: list[etree._Element] = []
    ids: set[str] = set()
    tags = 0
    level = [root]
    for _ in range(MAX_DEPTH):
        below: list[etree._Element] = []
        for element in level:
            tag = element.tag
            if not isinstance(tag, str):  # comment, processing instruction, entity
                raise SamlRefused(Cause.FORBIDDEN_XML, seen="comment or instruction")
            keys = element.keys()
            if len(keys) > MAX_ATTRIBUTES:
                raise SamlRefused(Cause.TOO_LARGE, seen=f"{len(keys)} attributes")
            for key in keys:
                if key in _ID_NAMES:
                    written = element.get(key) or ""
                    # Blanks around it are no part of an xs:ID (XML Schema part 2, 4.3.6).
                    identifier = written.strip()
                    if identifier in ids:
                        raise SamlRefused(
                            Cause.MALFORMED, seen="an ID used twice", expected="unique IDs"
                        )
                    if len(written) > MAX_ID_LENGTH:
                        raise SamlRefused(
                            Cause.MALFORMED,
                            seen=f"an ID of {len(written)} characters",
                            expected=f"≤ {MAX_ID_LENGTH}",
                        )
                    ids.add(identifier)
            if tag in _PLACED:
                placed.append(element)
            elif tag in _REFUSED:
                raise SamlRefused(
                    Cause.CANNOT_DECRYPT,
                    seen=etree.QName(element).localname,
                    expected="the whole assertion encrypted, or none of it",
                )
            below.extend(element)
        if not below:
            return placed
        tags += 2 * len(below)
        if tags > MAX_TAGS:
            raise SamlRefused(Cause.TOO_LARGE, seen=f"{tags} tags", expected=f"≤ {MAX_TAGS}")
        level = below
    raise SamlRefused(Cause.TOO_LARGE, seen="nesting", expected=f"≤ {MAX_DEPTH} levels")


def children(element: etree._Element, tag: str) -> list[etree._Element]:
    """Child elements by name."""
    return [child for child in element if child.tag == tag]


def _counted(placed: list[etree._Element], tag: str) -> int:
    return sum(element.tag == tag for element in placed)


def _is_success(root: etree._Element) -> bool:
    code = root.find(f"{{{names.SAMLP}}}Status/{{{names.SAMLP}}}StatusCode")
    return code is not None and code.get("Value") == names.SUCCESS


def _signed(
    holders: tuple[etree._Element, ...], signatures_in_message: int
) -> tuple[etree._Element, ...]:
    """The elements that carry a signature of their own, each shaped as SAML wants it."""
    signed = []
    count = 0
    for holder in holders:
        signatures = children(holder, names.SIGNATURE)
        count += len(signatures)
        if len(signatures) > 1:
            raise SamlRefused(Cause.MISPLACED_SIGNATURE, seen="two signatures", expected="one")
        if signatures:
            _check_signature_shape(signatures[0], holder)
            signed.append(holder)
    if count != signatures_in_message:
        raise SamlRefused(
            Cause.MISPLACED_SIGNATURE,
            seen="a signature elsewhere",
            expected="in the response or its assertion",
        )
    return tuple(signed)


def _check_signature_shape(signature: etree._Element, holder: etree._Element) -> None:
    """Core, 5.4: enveloped, one reference, to the element the signature sits in.

    One SignedInfo, no Object, nothing inside the values (CVE-2025-29774, CVE-2025-29775),
    and a reference by bare ID, because xmlsec would follow `file:` and XPointer.
    """
    parts = list(signature)
    tags = [part.tag for part in parts]
    if tags not in (
        [names.SIGNED_INFO, names.SIGNATURE_VALUE],
        [names.SIGNED_INFO, names.SIGNATURE_VALUE, names.KEY_INFO],
    ):
        raise SamlRefused(Cause.MISPLACED_SIGNATURE, seen="unknown parts in the signature")
    position = holder.index(signature)
    if position > 1 or (position == 1 and holder[0].tag != names.ISSUER):
        raise SamlRefused(
            Cause.MISPLACED_SIGNATURE, seen="signature after content", expected="after the issuer"
        )
    signed_info, value = parts[0], parts[1]
    if [part.tag for part in signed_info] != [
        names.CANONICALIZATION_METHOD,
        names.SIGNATURE_METHOD,
        names.REFERENCE,
    ]:
        raise SamlRefused(
            Cause.MISPLACED_SIGNATURE, seen="not exactly one reference", expected="one reference"
        )
    canonicalization, method, reference = signed_info
    _check_canonicalization(canonicalization)
    _check_algorithm(method, names.SIGNATURES, "RSA-SHA256 or better")
    identifier = holder.get("ID")
    if not identifier or reference.get("URI") != f"#{identifier}":
        raise SamlRefused(
            Cause.MISPLACED_SIGNATURE,
            seen="a reference to something else",
            expected="a reference to the signed element",
        )
    if [part.tag for part in reference] != [
        names.TRANSFORMS,
        names.DIGEST_METHOD,
        names.DIGEST_VALUE,
    ]:
        raise SamlRefused(Cause.MISPLACED_SIGNATURE, seen="unknown parts in the reference")
    transforms, digest, digest_value = reference
    _check_transforms(transforms)
    _check_algorithm(digest, names.DIGESTS, "SHA-256 or better")
    if len(value) or len(digest_value):
        raise SamlRefused(Cause.MISPLACED_SIGNATURE, seen="elements inside a signature value")


def _check_transforms(transforms: etree._Element) -> None:
    algorithms = [transform.get("Algorithm") for transform in transforms]
    if not (
        algorithms == [names.ENVELOPED]
        or (
            len(algorithms) == 2
            and algorithms[0] == names.ENVELOPED
            and algorithms[1] in names.EXCLUSIVE
        )
    ):
        raise SamlRefused(
            Cause.WEAK_ALGORITHM,
            seen=printable(", ".join(a or "?" for a in algorithms)),
            expected="enveloped signature, then exclusive canonicalization",
        )
    if len(transforms[0]):
        raise SamlRefused(Cause.MISPLACED_SIGNATURE, seen="a parameter of a transform")
    if len(transforms) == 2:
        _check_canonicalization(transforms[1])


def _check_canonicalization(method: etree._Element) -> None:
    if method.get("Algorithm") not in names.EXCLUSIVE:
        raise SamlRefused(
            Cause.WEAK_ALGORITHM,
            seen=printable(method.get("Algorithm")),
            expected="exclusive canonicalization",
        )
    if [child.tag for child in method] not in ([], [names.INCLUSIVE_NAMESPACES]) or any(
        len(child) for child in method
    ):
        raise SamlRefused(Cause.MISPLACED_SIGNATURE, seen="a parameter of a transform")
    prefixes = sum(len(child.get("PrefixList", "").split()) for child in method)
    if prefixes > MAX_PREFIXES:
        raise SamlRefused(Cause.TOO_LARGE, seen=f"{prefixes} prefixes")


def _check_algorithm(method: etree._Element, allowed: frozenset[str], expected: str) -> None:
    algorithm = method.get("Algorithm")
    if algorithm not in allowed or len(method):
        raise SamlRefused(Cause.WEAK_ALGORITHM, seen=printable(algorithm), expected=expected)


def _check_encryption(encrypted: etree._Element) -> None:
    """One EncryptedData with its ciphertext inside and one EncryptedKey for us.

    No CipherReference and no foreign KeyInfo: libxmlsec would fetch what they name.
    """
    data = children(encrypted, names.ENCRYPTED_DATA)
    keys = list(encrypted.iter(names.ENCRYPTED_KEY))
    if len(data) != 1 or not 1 <= len(keys) <= MAX_ENCRYPTED_KEYS:
        raise SamlRefused(Cause.CANNOT_DECRYPT, seen="no key for us", expected="one EncryptedData")
    if data[0].get("Type") not in (None, names.ENCRYPTED_ELEMENT):
        raise SamlRefused(Cause.CANNOT_DECRYPT, seen=printable(data[0].get("Type")))
    for element in (data[0], *keys):
        _check_ciphertext(element)
    _check_encryption_method(data[0], names.CONTENT_ENCRYPTION, "AES-GCM or AES-CBC")
    for key in keys:
        _check_encryption_method(key, names.KEY_TRANSPORT, "RSA-OAEP")


def _check_ciphertext(element: etree._Element) -> None:
    ciphers = children(element, names.CIPHER_DATA)
    if len(ciphers) != 1 or [child.tag for child in ciphers[0]] != [names.CIPHER_VALUE]:
        raise SamlRefused(Cause.CANNOT_DECRYPT, seen="no CipherValue", expected="CipherValue")


def _check_encryption_method(
    element: etree._Element, allowed: frozenset[str], expected: str
) -> None:
    methods = children(element, names.ENCRYPTION_METHOD)
    if len(methods) != 1 or methods[0].get("Algorithm") not in allowed:
        seen = methods[0].get("Algorithm") if methods else "no algorithm"
        raise SamlRefused(Cause.WEAK_ALGORITHM, seen=printable(seen), expected=expected)
    for parameter, choices in _parameters(methods[0]):
        if parameter.get("Algorithm") not in choices:
            raise SamlRefused(
                Cause.WEAK_ALGORITHM, seen=printable(parameter.get("Algorithm")), expected=expected
            )


def _parameters(method: etree._Element) -> Iterator[tuple[etree._Element, frozenset[str]]]:
    choices = {names.DIGEST_METHOD: names.OAEP_DIGESTS, names.MGF: names.OAEP_MASKS}
    for child in method:
        if child.tag not in (names.KEY_SIZE, names.OAEP_PARAMS):
            yield child, choices.get(str(child.tag), frozenset())
