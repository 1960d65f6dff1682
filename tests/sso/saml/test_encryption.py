"""Encryption hides an assertion; it proves nothing about who wrote it."""

from dataclasses import replace

import pytest
from lxml import etree

from sandbox.saml_messages import (
    AES256_CBC,
    DS,
    RSA_1_5,
    RSA_SHA1,
    SAML,
    SAMLP,
    XENC,
    SigningIdentity,
    encrypt_assertion,
)
from sso.causes import Cause
from sso.saml import SamlRefused
from tests.sso.saml.conftest import PERSON
from tests.sso.saml.mutations import NAME_ID, both, find, insert, put, repeat, write
from tests.sso.saml.oaep import encrypted

BOSS = "boss@acme.example"
DATA = f"{{{XENC}}}EncryptedData"
KEY = f"{{{XENC}}}EncryptedKey"
CIPHER_DATA = f"{{{XENC}}}CipherData"


def encrypted_with(certificate_pem, *mutations):
    """The assertion changed after signing, then encrypted: our certificate is public."""

    def encrypt(root: etree._Element) -> None:
        encrypt_assertion(root.find(f"{{{SAML}}}Assertion"), certificate_pem)

    return both(*mutations, encrypt)


def test_a_forged_assertion_encrypted_with_our_public_certificate_is_refused(forge, refusal, sp):
    refusal(
        forge(sign_assertion=False, name_id=BOSS, encrypt_for=sp.certificate_pem),
        Cause.CANNOT_DECRYPT,
    )


def test_a_changed_assertion_stays_changed_under_encryption(forge, refusal, sp):
    changed = encrypted_with(sp.certificate_pem, write(NAME_ID, BOSS))

    refusal(forge(after_signing=changed), Cause.CANNOT_DECRYPT)


def test_a_comment_under_encryption_is_found_though_the_signature_holds(forge, refusal, sp):
    """CVE-2017-11427: canonicalization leaves comments out, so the signature still matches."""

    def split_name(root: etree._Element) -> None:
        name_id = find(root, NAME_ID)
        name_id.text, comment = "ana", etree.Comment("x")
        comment.tail = PERSON.removeprefix("ana")
        name_id.append(comment)

    refusal(
        forge(after_signing=encrypted_with(sp.certificate_pem, split_name)), Cause.CANNOT_DECRYPT
    )


def test_an_assertion_of_another_version_is_refused_under_encryption_too(forge, refusal, sp):
    message = forge(
        encrypt_for=sp.certificate_pem, before_signing=put("saml:Assertion", "Version", "1.1")
    )

    refusal(message, Cause.CANNOT_DECRYPT)


def test_a_signed_response_vouches_for_the_assertion_encrypted_in_it(forge, verify, sp):
    message = forge(encrypt_for=sp.certificate_pem, sign_assertion=False, sign_response=True)

    assert verify(message).name_id == PERSON


def test_another_encrypted_assertion_in_a_signed_response_breaks_the_signature(forge, refusal, sp):
    def swap(root: etree._Element) -> None:
        other = etree.fromstring(
            forge(sign_assertion=False, name_id=BOSS, encrypt_for=sp.certificate_pem)
        )
        path = f"{{{SAML}}}EncryptedAssertion"
        root.replace(root.find(path), other.find(path))

    message = forge(
        encrypt_for=sp.certificate_pem,
        sign_assertion=False,
        sign_response=True,
        after_signing=swap,
    )

    refusal(message, Cause.BAD_SIGNATURE)


def test_a_bad_signature_inside_a_signed_response_is_called_by_its_name(forge, refusal, sp):
    """The ciphertext is vouched for, so saying more gives nothing away."""
    message = forge(
        sign_response=True,
        sign_assertion=True,
        between_signatures=encrypted_with(sp.certificate_pem, write(NAME_ID, BOSS)),
    )

    refusal(message, Cause.BAD_SIGNATURE)


def flip_ciphertext(root: etree._Element) -> None:
    value = next(element for element in root.iter(f"{{{XENC}}}CipherValue"))
    last = next(reversed(list(root.iter(f"{{{XENC}}}CipherValue"))))
    assert value is not last
    text = "".join(last.text.split())
    last.text = ("B" if text[0] == "A" else "A") + text[1:]


def cut_ciphertext(root: etree._Element) -> None:
    last = list(root.iter(f"{{{XENC}}}CipherValue"))[-1]
    last.text = "".join(last.text.split())[:64]


def empty_ciphertext(root: etree._Element) -> None:
    list(root.iter(f"{{{XENC}}}CipherValue"))[-1].text = ""


def foreign_type(root: etree._Element) -> None:
    next(root.iter(DATA)).set("Type", f"{XENC}Content")


def cipher_reference(root: etree._Element) -> None:
    """libxmlsec would fetch it."""
    data = next(root.iter(DATA)).find(CIPHER_DATA)
    data[:] = []
    etree.SubElement(data, f"{{{XENC}}}CipherReference", URI="file:///etc/hostname")


def no_key(root: etree._Element) -> None:
    key = next(root.iter(KEY))
    key.getparent().remove(key)


def many_keys(root: etree._Element) -> None:
    for _ in range(3):
        repeat(f".//{KEY}")(root)
    repeat(f".//{KEY}")(root)


BROKEN = {
    "flipped": flip_ciphertext,
    "cut": cut_ciphertext,
    "empty": empty_ciphertext,
    "another type": foreign_type,
    "a reference instead of a value": cipher_reference,
    "no key": no_key,
    "many keys": many_keys,
}


@pytest.mark.parametrize("content_encryption", [None, AES256_CBC])
@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_opened_is_one_refusal_whatever_the_reason(
    forge, verify, sp, case, content_encryption
):
    cipher = {"content_encryption": content_encryption} if content_encryption else {}
    message = forge(encrypt_for=sp.certificate_pem, after_signing=BROKEN[case], **cipher)

    with pytest.raises(SamlRefused) as caught:
        verify(message)

    assert caught.value.cause in {Cause.CANNOT_DECRYPT, Cause.MALFORMED}


def test_every_failure_behind_the_ciphertext_looks_the_same(forge, refusal, sp, stranger):
    other_key = SigningIdentity.generate("https://elsewhere.example")
    seen = {
        (refused.cause, refused.seen, refused.expected, refused.checks)
        for refused in (
            refusal(forge(encrypt_for=other_key.certificate_pem), Cause.CANNOT_DECRYPT),
            refusal(
                forge(encrypt_for=sp.certificate_pem, after_signing=flip_ciphertext),
                Cause.CANNOT_DECRYPT,
            ),
            refusal(
                forge(encrypt_for=sp.certificate_pem, sign_assertion=False), Cause.CANNOT_DECRYPT
            ),
            refusal(forge(stranger, encrypt_for=sp.certificate_pem), Cause.CANNOT_DECRYPT),
            refusal(
                forge(encrypt_for=sp.certificate_pem, signature_algorithm=RSA_SHA1),
                Cause.CANNOT_DECRYPT,
            ),
        )
    }

    assert len(seen) == 1


def test_rsa_1_5_is_refused_before_our_key_is_used(forge, refusal, sp):
    refusal(forge(encrypt_for=sp.certificate_pem, key_transport=RSA_1_5), Cause.WEAK_ALGORITHM)


def test_triple_des_is_refused(forge, refusal, sp):
    def weaken(root: etree._Element) -> None:
        method = next(root.iter(DATA)).find(f"{{{XENC}}}EncryptionMethod")
        method.set("Algorithm", f"{XENC}tripledes-cbc")

    refusal(forge(encrypt_for=sp.certificate_pem, after_signing=weaken), Cause.WEAK_ALGORITHM)


@pytest.mark.parametrize(
    ("digest", "is_listed"),
    [
        ("http://www.w3.org/2000/09/xmldsig#sha1", True),
        ("http://www.w3.org/2001/04/xmlenc#sha256", True),
        ("http://www.w3.org/2001/04/xmldsig-more#md5", False),
    ],
)
def test_oaep_may_name_a_listed_digest(forge, verify, sp, digest, is_listed):
    """Entra and Okta write the digest out. Whether it is the right one decryption tells."""

    def name_digest(root: etree._Element) -> None:
        method = next(root.iter(KEY)).find(f"{{{XENC}}}EncryptionMethod")
        etree.SubElement(method, f"{{{DS}}}DigestMethod", Algorithm=digest)

    message = forge(encrypt_for=sp.certificate_pem, after_signing=name_digest)

    if digest.endswith("#sha1"):  # what the key was encrypted with
        assert verify(message).name_id == PERSON
        return
    with pytest.raises(SamlRefused) as caught:
        verify(message)
    assert caught.value.cause == (Cause.CANNOT_DECRYPT if is_listed else Cause.WEAK_ALGORITHM)


def test_encrypted_data_anywhere_else_is_refused(forge, refusal):
    def stray(root: etree._Element) -> None:
        status = root.find(f"{{{SAMLP}}}Status")
        detail = etree.SubElement(status, f"{{{SAMLP}}}StatusDetail")
        etree.SubElement(detail, DATA)

    refusal(forge(after_signing=stray), Cause.CANNOT_DECRYPT)


def test_an_encrypted_assertion_beside_a_plain_one_is_refused(forge, refusal, sp):
    def add_plain(root: etree._Element) -> None:
        root.append(etree.fromstring(forge()).find(f"{{{SAML}}}Assertion"))

    refusal(forge(encrypt_for=sp.certificate_pem, after_signing=add_plain), Cause.ASSERTION_COUNT)


def test_an_old_key_of_ours_decrypts_nothing_once_it_is_gone(forge, refusal, connection, sp):
    fresh = SigningIdentity.generate(connection.sp.entity_id)
    settings = replace(
        connection,
        cache_key=("fresh", 1),
        sp=replace(connection.sp, key_pem=fresh.key_pem, certificate_pem=fresh.certificate_pem),
    )

    refusal(forge(encrypt_for=sp.certificate_pem), Cause.CANNOT_DECRYPT, settings)


@pytest.mark.parametrize(
    "plaintext",
    [
        b'\n{"level": "info", "message": "all is well"}\n<',
        f'<saml:Assertion xmlns:saml="{SAML}"><saml:NameID>{PERSON}</saml:Name>'.encode(),
        b'<!DOCTYPE x [<!ENTITY e "boss">]><x>&e;</x>',
        b"<x:y/>",
        "<x>Ć</x>".encode("iso-8859-2"),
    ],
)
@pytest.mark.parametrize("what", ["Assertion", "NameID"])
def test_what_was_encrypted_is_in_no_log(forge, refusal, sp, capfd, what, plaintext):
    """Anybody can encrypt for us, and libxml2 prints the line it stumbles over.

    That would be a stranger's line among ours, or the name of somebody.
    """
    hide = encrypted(sp.certificate_pem, what=what, plaintext=plaintext)

    refusal(forge(before_signing=hide, sign_assertion=what == "NameID"), Cause.CANNOT_DECRYPT)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b">Ana<", b"><![CDATA[Ana]]><"),
        (b"<saml:Subject>", b"<!-- whom it is about --><saml:Subject>"),
        (b"<saml:Assertion ", b"\n  <!-- what was signed -->\n<saml:Assertion "),
    ],
)
def test_what_may_be_plain_may_be_encrypted(forge, verify, sp, written, instead):
    message = etree.fromstring(forge())
    plain = etree.tostring(find(message, "saml:Assertion"), encoding="utf-8", xml_declaration=False)
    other = plain.replace(written, instead)
    assert other != plain
    encrypted(sp.certificate_pem, plaintext=other)(message)

    assert verify(etree.tostring(message)).attributes["firstName"] == ("Ana",)


def test_a_prefix_may_be_bound_around_the_ciphertext(forge, verify, sp):
    """What was encrypted is read where it lay (XML Encryption, 4.2)."""
    name = f"<saml:NameID>{PERSON}</saml:NameID>".encode()

    assert verify(forge(before_signing=hidden_name(sp.certificate_pem, name))).name_id == PERSON


@pytest.mark.parametrize(
    "plaintext",
    [
        f"<saml:NameID>{BOSS}</saml:NameID></saml:Subject><saml:Subject>",
        f"</saml:EncryptedID><saml:EncryptedID><saml:NameID>{BOSS}</saml:NameID>",
        f"<saml:NameID>{BOSS}</saml:NameID></w><w>",
        f"x<saml:NameID>{BOSS}</saml:NameID>",
        f"<saml:NameID>{BOSS}</saml:NameID>x",
    ],
)
def test_what_was_encrypted_ends_where_it_began(forge, refusal, sp, plaintext):
    hide = hidden_name(sp.certificate_pem, plaintext.encode())

    refusal(forge(before_signing=hide), Cause.CANNOT_DECRYPT)


# A NameID encrypted inside the assertion (core, 2.2.4), as AD FS does on demand


def hidden_name(certificate_pem, plaintext=None):
    return encrypted(certificate_pem, what="NameID", plaintext=plaintext)


def a_name(text):
    return f'<saml:NameID xmlns:saml="{SAML}">{text}</saml:NameID>'.encode()


@pytest.mark.parametrize(
    "signing",
    [{}, {"sign_response": True}, {"sign_response": True, "sign_assertion": False}],
    ids=["assertion", "both", "response"],
)
@pytest.mark.parametrize("hides_assertion", [False, True])
def test_an_encrypted_name_is_read_where_it_was_signed(forge, verify, sp, signing, hides_assertion):
    more = {"encrypt_for": sp.certificate_pem} if hides_assertion else {}

    message = forge(before_signing=hidden_name(sp.certificate_pem), **signing, **more)

    assert f">{PERSON}</saml:NameID>".encode() not in message
    assert verify(message).name_id == PERSON


def test_either_of_our_keys_opens_a_name_during_a_roll_over(forge, verify, connection, sp):
    fresh = SigningIdentity.generate(connection.sp.entity_id)
    rolled = replace(
        connection.sp,
        key_pem=fresh.key_pem,
        certificate_pem=fresh.certificate_pem,
        other_key_pem=sp.key_pem,
        other_certificate_pem=sp.certificate_pem,
    )
    settings = replace(connection, cache_key=("name-rollover", 1), sp=rolled)

    assert verify(forge(before_signing=hidden_name(sp.certificate_pem)), settings)
    assert verify(forge(before_signing=hidden_name(fresh.certificate_pem)), settings)


@pytest.mark.parametrize("name", [BOSS, PERSON])
def test_an_encrypted_name_put_there_later_breaks_the_signature(forge, refusal, sp, name):
    """Our certificate is public: anybody can encrypt a name for us."""
    swap = hidden_name(sp.certificate_pem, a_name(name))

    refusal(forge(after_signing=swap), Cause.BAD_SIGNATURE)
    refusal(forge(after_signing=swap, sign_response=True), Cause.BAD_SIGNATURE)
    refusal(forge(after_signing=swap, sign_assertion=False), Cause.UNSIGNED)


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"boss@acme.example",
        a_name("one") + a_name("two"),
        a_name("bo<!---->ss"),
        a_name("<saml:NameID>boss</saml:NameID>"),
        f'<saml:EncryptedID xmlns:saml="{SAML}"/>'.encode(),
        f'<saml:Assertion xmlns:saml="{SAML}"/>'.encode(),
        f'<saml:BaseID xmlns:saml="{SAML}"/>'.encode(),
        b"<NameID>boss</NameID>",
        b'<!DOCTYPE x [<!ENTITY e "boss">]><x>&e;</x>',
    ],
)
def test_what_is_encrypted_there_is_one_plain_name(forge, refusal, sp, plaintext):
    message = forge(before_signing=hidden_name(sp.certificate_pem, plaintext))

    refusal(message, Cause.CANNOT_DECRYPT)


def test_a_name_encrypted_for_somebody_else_cannot_be_read(forge, refusal, stranger):
    refusal(forge(before_signing=hidden_name(stranger.certificate_pem)), Cause.CANNOT_DECRYPT)


def test_a_name_is_there_once_plain_or_encrypted(forge, refusal, sp):
    beside = insert("saml:Assertion/saml:Subject", f"<saml:NameID>{BOSS}</saml:NameID>", at=0)

    refusal(forge(before_signing=both(hidden_name(sp.certificate_pem), beside)), Cause.MALFORMED)


def test_an_encrypted_name_in_another_place_is_refused(forge, refusal, sp):
    def move(root: etree._Element) -> None:
        hidden = next(root.iter(f"{{{SAML}}}EncryptedID"))
        hidden.addprevious(etree.fromstring(a_name(PERSON)))
        find(root, "saml:Assertion/saml:Subject/saml:SubjectConfirmation").insert(0, hidden)

    refusal(forge(before_signing=both(hidden_name(sp.certificate_pem), move)), Cause.CANNOT_DECRYPT)
