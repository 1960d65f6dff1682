"""Signature wrapping: a genuine signature moved aside, a forged assertion in its place.

Each variant keeps the signed bytes whole, so a verifier that looks for the signed ID
finds a match, while a reader that takes the first assertion gets the forged one.
The numbering is the one the attack's literature uses.
"""

from copy import deepcopy

import pytest
import xmlsec
from lxml import etree

from sandbox.saml_messages import DS, SAML, SAMLP, encrypt_assertion, sign_element
from sso.causes import Cause
from sso.saml import SamlRefused
from tests.sso.saml.conftest import PERSON
from tests.sso.saml.mutations import NAME_ID, both, write

BOSS = "boss@acme.example"
ASSERTION = f"{{{SAML}}}Assertion"
SIGNATURE = f"{{{DS}}}Signature"


def forged(element: etree._Element) -> etree._Element:
    """A copy that names somebody else, with an ID of its own and no signature."""
    copy = deepcopy(element)
    for signature in copy.findall(SIGNATURE):
        copy.remove(signature)
    copy.set("ID", "_forged")
    for name_id in copy.iter(f"{{{SAML}}}NameID"):
        name_id.text = BOSS
    for inner in copy.findall(ASSERTION):
        inner.set("ID", "_forged_assertion")
    return copy


def unsigned(element: etree._Element) -> etree._Element:
    """A copy as it was when it was signed."""
    copy = deepcopy(element)
    copy.remove(copy.find(SIGNATURE))
    return copy


def response_inside_its_signature(root: etree._Element) -> None:
    """1: the forged response carries the signature, the original hides inside it."""
    original, evil = unsigned(root), forged(root)
    signature = root.find(SIGNATURE)
    root.attrib["ID"] = "_forged"
    root[:] = [evil[0], signature, *evil[1:]]
    root.find(SIGNATURE).append(original)


def response_beside_its_signature(root: etree._Element) -> None:
    """2: as 1, with the original before the signature."""
    original, evil = unsigned(root), forged(root)
    signature = root.find(SIGNATURE)
    root.attrib["ID"] = "_forged"
    root[:] = [evil[0], original, signature, *evil[1:]]


def forged_assertion_first(root: etree._Element) -> None:
    """3: two assertions, the forged one first."""
    original = root.find(ASSERTION)
    original.addprevious(forged(original))


def original_inside_the_forged(root: etree._Element) -> None:
    """4: the forged assertion holds the original."""
    original = root.find(ASSERTION)
    evil = forged(original)
    root.replace(original, evil)
    evil.append(original)


def signature_moved_to_the_forged(root: etree._Element) -> None:
    """5: the forged assertion carries the signature, the original follows."""
    original = root.find(ASSERTION)
    evil, bare = forged(original), unsigned(original)
    evil.insert(1, original.find(SIGNATURE))
    root.replace(original, evil)
    root.append(bare)


def original_inside_the_moved_signature(root: etree._Element) -> None:
    """6: as 5, with the original inside the signature."""
    original = root.find(ASSERTION)
    evil, bare = forged(original), unsigned(original)
    signature = original.find(SIGNATURE)
    evil.insert(1, signature)
    signature.append(bare)
    root.replace(original, evil)


def forged_in_extensions(root: etree._Element) -> None:
    """7: the forged assertion in an Extensions element, where any content is valid."""
    extensions = etree.Element(f"{{{SAMLP}}}Extensions", nsmap={"samlp": SAMLP})
    extensions.append(forged(root.find(ASSERTION)))
    root.insert(1, extensions)


def original_in_an_object(root: etree._Element) -> None:
    """8: the original in the signature's Object, the forged one around it."""
    original = root.find(ASSERTION)
    evil, bare = forged(original), unsigned(original)
    signature = original.find(SIGNATURE)
    container = etree.SubElement(signature, f"{{{DS}}}Object")
    container.append(bare)
    evil.insert(1, signature)
    root.replace(original, evil)


def original_in_extensions(root: etree._Element) -> None:
    """The signed assertion aside in Extensions, the forged one in its place."""
    original = root.find(ASSERTION)
    root.replace(original, forged(original))
    extensions = etree.Element(f"{{{SAMLP}}}Extensions", nsmap={"samlp": SAMLP})
    extensions.append(original)
    root.insert(1, extensions)


def signed_assertion_in_status_detail(root: etree._Element) -> None:
    """CVE-2024-45409: a stray signed element where the schema allows anything."""
    original = root.find(ASSERTION)
    root.replace(original, forged(original))
    detail = etree.SubElement(root.find(f"{{{SAMLP}}}Status"), f"{{{SAMLP}}}StatusDetail")
    detail.append(original)


def forged_keeps_the_id(root: etree._Element) -> None:
    """The forged assertion takes the signed one's ID."""
    original = root.find(ASSERTION)
    evil = forged(original)
    evil.set("ID", original.get("ID"))
    original.addprevious(evil)


def original_in_an_attribute_value(root: etree._Element) -> None:
    """The signed assertion as a value of the forged one's attribute."""
    original = root.find(ASSERTION)
    evil = forged(original)
    root.replace(original, evil)
    evil.find(f".//{{{SAML}}}AttributeValue").append(original)


def original_in_the_confirmation(root: etree._Element) -> None:
    """Any content is allowed in SubjectConfirmationData too."""
    original = root.find(ASSERTION)
    evil = forged(original)
    root.replace(original, evil)
    evil.find(f".//{{{SAML}}}SubjectConfirmationData").append(original)


def signature_beside_the_forged(root: etree._Element) -> None:
    """CVE-2025-47949: the signature at the end of the response, the forged one alone."""
    original = root.find(ASSERTION)
    bare = unsigned(original)
    signature = original.find(SIGNATURE)
    root.replace(original, forged(original))
    extensions = etree.Element(f"{{{SAMLP}}}Extensions", nsmap={"samlp": SAMLP})
    extensions.append(bare)
    root.insert(1, extensions)
    root.append(signature)


RESPONSE_SIGNED = {"sign_response": True, "sign_assertion": False}
ASSERTION_SIGNED = {"sign_response": False, "sign_assertion": True}
VARIANTS = {
    response_inside_its_signature: RESPONSE_SIGNED,
    response_beside_its_signature: RESPONSE_SIGNED,
    forged_assertion_first: ASSERTION_SIGNED,
    original_inside_the_forged: ASSERTION_SIGNED,
    signature_moved_to_the_forged: ASSERTION_SIGNED,
    original_inside_the_moved_signature: ASSERTION_SIGNED,
    forged_in_extensions: ASSERTION_SIGNED,
    original_in_an_object: ASSERTION_SIGNED,
    original_in_extensions: ASSERTION_SIGNED,
    signed_assertion_in_status_detail: ASSERTION_SIGNED,
    forged_keeps_the_id: ASSERTION_SIGNED,
    original_in_an_attribute_value: ASSERTION_SIGNED,
    original_in_the_confirmation: ASSERTION_SIGNED,
    signature_beside_the_forged: ASSERTION_SIGNED,
}
# libxmlsec leaves out what is inside the signature, so these fool other verifiers only.
INSIDE_THE_SIGNATURE = {
    response_inside_its_signature,
    original_inside_the_moved_signature,
    original_in_an_object,
}
WITHIN_ONE_ASSERTION = [
    original_inside_the_forged,
    original_inside_the_moved_signature,
    original_in_an_object,
    original_in_an_attribute_value,
    original_in_the_confirmation,
]
CAUSES = {Cause.ASSERTION_COUNT, Cause.MISPLACED_SIGNATURE, Cause.MALFORMED}


@pytest.mark.parametrize("wrap", VARIANTS, ids=lambda wrap: wrap.__name__)
def test_a_moved_signature_vouches_for_nothing(forge, verify, idp, wrap):
    message = forge(after_signing=wrap, **VARIANTS[wrap])
    assert BOSS.encode() in message
    assert wrap in INSIDE_THE_SIGNATURE or naively_valid(message, idp.certificate_pem)

    with pytest.raises(SamlRefused) as caught:
        verify(message)

    assert caught.value.cause in CAUSES


@pytest.mark.parametrize("wrap", WITHIN_ONE_ASSERTION, ids=lambda wrap: wrap.__name__)
def test_what_was_decrypted_passes_the_same_guard(forge, refusal, sp, wrap):
    def encrypt(root: etree._Element) -> None:
        encrypt_assertion(root.find(ASSERTION), sp.certificate_pem)

    message = forge(after_signing=both(wrap, encrypt), **ASSERTION_SIGNED)

    refusal(message, Cause.CANNOT_DECRYPT)


def test_an_answer_stripped_of_its_signatures_is_refused(forge, refusal):
    def strip(root: etree._Element) -> None:
        root.remove(root.find(SIGNATURE))
        assertion = root.find(ASSERTION)
        assertion.remove(assertion.find(SIGNATURE))

    message = forge(
        sign_response=True, sign_assertion=True, after_signing=both(strip, write(NAME_ID, BOSS))
    )

    refusal(message, Cause.UNSIGNED)


def test_a_good_assertion_does_not_save_a_bad_signature_around_it(forge, refusal, stranger):
    def sign_as_stranger(root: etree._Element) -> None:
        sign_element(root, stranger)

    refusal(forge(after_signing=sign_as_stranger), Cause.BAD_SIGNATURE)


def test_these_messages_come_in_when_nobody_has_touched_them(forge, verify):
    assert verify(forge(**RESPONSE_SIGNED)).name_id == PERSON
    assert verify(forge(**ASSERTION_SIGNED)).name_id == PERSON


def naively_valid(message: bytes, certificate_pem: str) -> bool:
    """What a verifier sees that takes the first signature and an element with the ID it names."""
    root = etree.fromstring(message)
    wanted = next(root.iter(f"{{{DS}}}Reference")).get("URI", "").removeprefix("#")
    found = len([element for element in root.iter() if element.get("ID") == wanted])
    return any(_matches(message, certificate_pem, wanted, number) for number in range(found))


def _matches(message: bytes, certificate_pem: str, wanted: str, number: int) -> bool:
    root = etree.fromstring(message)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate_pem, xmlsec.constants.KeyDataFormatCertPem)
    context.register_id([e for e in root.iter() if e.get("ID") == wanted][number], "ID")
    try:
        context.verify(next(root.iter(SIGNATURE)))
    except xmlsec.Error:
        return False
    return True
