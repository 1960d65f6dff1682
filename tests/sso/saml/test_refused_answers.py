"""One hostile or broken message per guard, each with the cause an administrator reads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.saml_messages import (
    INCLUSIVE_C14N,
    RESPONDER,
    RSA_SHA1,
    SHA1,
    SHA256,
    SUCCESS,
)
from sso.causes import Cause
from sso.saml import CheckName
from tests.sso.saml.conftest import ACS_URL, ENTITY_ID, IDP, PERSON
from tests.sso.saml.mutations import (
    ATTRIBUTES,
    CONDITIONS,
    CONFIRMATION,
    CONFIRMATION_DATA,
    NAME_ID,
    RESTRICTION,
    STATEMENT,
    both,
    drop,
    find,
    fragment,
    insert,
    put,
    remove,
    repeat,
    write,
)

SIGNATURE = "saml:Assertion/ds:Signature"
SIGNED_INFO = f"{SIGNATURE}/ds:SignedInfo"
REFERENCE = f"{SIGNED_INFO}/ds:Reference"
TRANSFORMS = f"{REFERENCE}/ds:Transforms"
TEN_MINUTES = timedelta(minutes=10)
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"


def signed(*mutations):
    """The identity provider itself says this."""
    return {"before_signing": both(*mutations)}


def changed(*mutations):
    """Somebody changed the message after it was signed."""
    return {"after_signing": both(*mutations)}


REFUSED = {
    # The envelope
    "SAML 1.1": (changed(put(".", "Version", "1.1")), Cause.WRONG_VERSION),
    "no version": (changed(drop(".", "Version")), Cause.WRONG_VERSION),
    "an assertion of SAML 1.1": (
        signed(put("saml:Assertion", "Version", "1.1")),
        Cause.WRONG_VERSION,
    ),
    "an assertion of a version to come": (
        {"sign_response": True, **signed(put("saml:Assertion", "Version", "3.0"))},
        Cause.WRONG_VERSION,
    ),
    "no status": (changed(remove("samlp:Status")), Cause.MALFORMED),
    "an element no schema knows": (
        changed(insert(".", "<saml:Surprise/>")),
        Cause.MALFORMED,
    ),
    "an ID that is no name": ({"response_id": "1 2"}, Cause.MALFORMED),
    "one ID twice": ({"response_id": "_same", "assertion_id": "_same"}, Cause.MALFORMED),
    "one ID twice, under another attribute": (
        {"assertion_id": "_same", **changed(put(SIGNATURE, "Id", "_same"))},
        Cause.MALFORMED,
    ),
    "one ID twice, once with a blank": (
        {
            "assertion_id": "_same",
            **changed(
                insert(
                    ".",
                    '<samlp:Extensions><x xmlns="urn:x" xml:id=" _same"/></samlp:Extensions>',
                    at=1,
                )
            ),
        },
        Cause.MALFORMED,
    ),
    "an IssueInstant from last week": (
        {"before_signing": put(".", "IssueInstant", "2020-01-01T00:00:00Z")},
        Cause.EXPIRED,
    ),
    "an IssueInstant from the future": (
        {"before_signing": put(".", "IssueInstant", "2096-01-01T00:00:00Z")},
        Cause.NOT_YET_VALID,
    ),
    "no assertion": (changed(remove("saml:Assertion")), Cause.ASSERTION_COUNT),
    "two assertions": (
        changed(repeat("saml:Assertion"), put("saml:Assertion", "ID", "_other")),
        Cause.ASSERTION_COUNT,
    ),
    # Signatures
    "no signature": ({"sign_assertion": False}, Cause.UNSIGNED),
    "a signature in letters of its own": (
        changed(write(f"{SIGNATURE}/ds:SignatureValue", "ü")),
        Cause.BAD_SIGNATURE,
    ),
    "a changed name": (changed(write(NAME_ID, "boss@acme.example")), Cause.BAD_SIGNATURE),
    "a changed attribute": (
        changed(write(f"{ATTRIBUTES}/saml:Attribute/saml:AttributeValue", "boss@acme.example")),
        Cause.BAD_SIGNATURE,
    ),
    "an attribute added": (
        changed(insert(ATTRIBUTES, '<saml:Attribute Name="role"/>')),
        Cause.BAD_SIGNATURE,
    ),
    "a changed response around a good assertion": (
        {"sign_response": True, **changed(put(".", "Destination", ACS_URL + "/"))},
        Cause.BAD_SIGNATURE,
    ),
    "a signed response around a changed assertion": (
        {
            "sign_response": True,
            "sign_assertion": True,
            "between_signatures": write(NAME_ID, "boss@acme.example"),
        },
        Cause.BAD_SIGNATURE,
    ),
    "RSA-SHA1": ({"signature_algorithm": RSA_SHA1}, Cause.WEAK_ALGORITHM),
    "a SHA-1 digest": ({"digest_algorithm": SHA1}, Cause.WEAK_ALGORITHM),
    "SHA-1 on a response around a good assertion": (
        {"sign_response": True, "digest_algorithm": SHA1},
        Cause.WEAK_ALGORITHM,
    ),
    "HMAC keyed with the public certificate": (
        changed(
            put(
                f"{SIGNED_INFO}/ds:SignatureMethod",
                "Algorithm",
                "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            )
        ),
        Cause.WEAK_ALGORITHM,
    ),
    "no algorithm": (
        changed(put(f"{SIGNED_INFO}/ds:SignatureMethod", "Algorithm", "")),
        Cause.WEAK_ALGORITHM,
    ),
    "a truncated HMAC": (
        changed(
            insert(
                f"{SIGNED_INFO}/ds:SignatureMethod",
                "<ds:HMACOutputLength>8</ds:HMACOutputLength>",
            )
        ),
        Cause.WEAK_ALGORITHM,
    ),
    "inclusive canonicalization": ({"canonicalization": INCLUSIVE_C14N}, Cause.WEAK_ALGORITHM),
    "an XPath transform": (
        changed(insert(TRANSFORMS, f'<ds:Transform Algorithm="{XPATH}"/>')),
        Cause.WEAK_ALGORITHM,
    ),
    "an XSLT transform": (
        changed(put(f"{TRANSFORMS}/ds:Transform", "Algorithm", XSLT)),
        Cause.WEAK_ALGORITHM,
    ),
    "no transforms": (
        changed(lambda root: find(root, TRANSFORMS).clear()),
        Cause.WEAK_ALGORITHM,
    ),
    "an element inside a transform": (
        changed(insert(f"{TRANSFORMS}/ds:Transform", "<ds:XPath>self::*</ds:XPath>")),
        Cause.MISPLACED_SIGNATURE,
    ),
    "a reference to the whole document": (
        changed(put(REFERENCE, "URI", "")),
        Cause.MISPLACED_SIGNATURE,
    ),
    "a reference without URI": (changed(drop(REFERENCE, "URI")), Cause.MISPLACED_SIGNATURE),
    "a reference by XPointer": (
        {"assertion_id": "_a", **changed(put(REFERENCE, "URI", "#xpointer(id('_a'))"))},
        Cause.MISPLACED_SIGNATURE,
    ),
    "a reference to a file": (
        changed(put(REFERENCE, "URI", "file:///etc/hostname")),
        Cause.MISPLACED_SIGNATURE,
    ),
    "a reference to a server": (
        changed(put(REFERENCE, "URI", "http://169.254.169.254/latest")),
        Cause.MISPLACED_SIGNATURE,
    ),
    "a second reference": (changed(repeat(REFERENCE)), Cause.MISPLACED_SIGNATURE),
    "a second SignedInfo (CVE-2025-29774)": (
        changed(repeat(SIGNED_INFO)),
        Cause.MISPLACED_SIGNATURE,
    ),
    "an element inside DigestValue (CVE-2025-29775)": (
        changed(insert(f"{REFERENCE}/ds:DigestValue", "<ds:DigestValue/>")),
        Cause.MISPLACED_SIGNATURE,
    ),
    "an Object in the signature": (
        changed(insert(SIGNATURE, "<ds:Object>anything</ds:Object>")),
        Cause.MISPLACED_SIGNATURE,
    ),
    "a second signature on the assertion": (
        changed(repeat(SIGNATURE)),
        Cause.MISPLACED_SIGNATURE,
    ),
    "an empty SignatureValue": (
        changed(write(f"{SIGNATURE}/ds:SignatureValue", "")),
        Cause.BAD_SIGNATURE,
    ),
    "a signature after the content": (
        changed(lambda root: find(root, "saml:Assertion").append(find(root, SIGNATURE))),
        Cause.MISPLACED_SIGNATURE,
    ),
    # The identity provider's verdict
    "a refusal": ({"status": RESPONDER, "sign_assertion": False}, Cause.IDP_REFUSED),
    "a refusal that carries an assertion": (
        changed(put("samlp:Status/samlp:StatusCode", "Value", RESPONDER)),
        Cause.IDP_REFUSED,
    ),
    "success in the second place only": (
        {"status": RESPONDER, "second_status": SUCCESS, "sign_assertion": False},
        Cause.IDP_REFUSED,
    ),
    # Who speaks, to whom
    "another issuer in the response": (
        signed(write("saml:Issuer", "https://other.example")),
        Cause.WRONG_ISSUER,
    ),
    "another issuer in the assertion": (
        signed(write("saml:Assertion/saml:Issuer", "https://other.example")),
        Cause.WRONG_ISSUER,
    ),
    "an issuer in other letters": (
        signed(write("saml:Assertion/saml:Issuer", IDP.upper())),
        Cause.WRONG_ISSUER,
    ),
    "an issuer with a slash more": (signed(write("saml:Issuer", IDP + "/")), Cause.WRONG_ISSUER),
    "a signed response without issuer": (
        {"sign_response": True, **signed(remove("saml:Issuer"))},
        Cause.WRONG_ISSUER,
    ),
    "an issuer that is no entity": (
        signed(
            put(
                "saml:Assertion/saml:Issuer",
                "Format",
                "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            )
        ),
        Cause.WRONG_ISSUER,
    ),
    "another destination": (
        {"destination": "https://other.example/acs"},
        Cause.WRONG_DESTINATION,
    ),
    "a destination that begins like ours": (
        {"destination": ACS_URL + ".evil.example"},
        Cause.WRONG_DESTINATION,
    ),
    "a destination in other letters": (
        {"destination": ACS_URL.replace("acme", "ACME")},
        Cause.WRONG_DESTINATION,
    ),
    "a signed response without destination": (
        {"destination": "", "sign_response": True},
        Cause.WRONG_DESTINATION,
    ),
    "a destination that names nothing": (
        changed(put(".", "Destination", "")),
        Cause.WRONG_DESTINATION,
    ),
    "another recipient": (
        signed(put(CONFIRMATION_DATA, "Recipient", "https://other.example/acs")),
        Cause.WRONG_RECIPIENT,
    ),
    "our entity ID as recipient": (
        signed(put(CONFIRMATION_DATA, "Recipient", ENTITY_ID)),
        Cause.WRONG_RECIPIENT,
    ),
    "no recipient": (signed(drop(CONFIRMATION_DATA, "Recipient")), Cause.WRONG_RECIPIENT),
    "another audience": ({"audience": "https://other.example"}, Cause.WRONG_AUDIENCE),
    "an audience that begins like ours": ({"audience": ENTITY_ID + "x"}, Cause.WRONG_AUDIENCE),
    "no conditions": (signed(remove(CONDITIONS)), Cause.WRONG_AUDIENCE),
    "no audience restriction": (signed(remove(RESTRICTION)), Cause.WRONG_AUDIENCE),
    "a second restriction without us": (
        signed(
            insert(
                CONDITIONS,
                "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience>"
                "</saml:AudienceRestriction>",
            )
        ),
        Cause.WRONG_AUDIENCE,
    ),
    "a condition nobody knows": (
        signed(
            insert(
                CONDITIONS,
                '<saml:Condition xmlns:xs="http://www.w3.org/2001/XMLSchema" '
                'xsi:type="saml:AudienceRestrictionType">'
                "<saml:Audience>https://other.example</saml:Audience></saml:Condition>",
            )
        ),
        Cause.UNKNOWN_CONDITION,
    ),
    # Which request
    "nobody asked": ({"in_response_to": None}, Cause.UNSOLICITED),
    "another request in the confirmation": (
        signed(put(CONFIRMATION_DATA, "InResponseTo", "_other")),
        Cause.REQUEST_MISMATCH,
    ),
    "a request in the response only": (
        signed(drop(CONFIRMATION_DATA, "InResponseTo")),
        Cause.REQUEST_MISMATCH,
    ),
    "a request put into an answer nobody asked for": (
        {"in_response_to": None, **changed(put(".", "InResponseTo", "_stolen"))},
        Cause.REQUEST_MISMATCH,
    ),
    # The confirmation
    "sender vouches": (
        signed(put(CONFIRMATION, "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")),
        Cause.BAD_CONFIRMATION,
    ),
    "holder of key": (
        signed(put(CONFIRMATION, "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")),
        Cause.BAD_CONFIRMATION,
    ),
    "no confirmation": (signed(remove(CONFIRMATION)), Cause.BAD_CONFIRMATION),
    "two confirmations without end": (
        signed(drop(CONFIRMATION_DATA, "NotOnOrAfter"), repeat(CONFIRMATION)),
        Cause.BAD_CONFIRMATION,
    ),
    "no confirmation data": (signed(remove(CONFIRMATION_DATA)), Cause.BAD_CONFIRMATION),
    "a confirmation without end": (
        signed(drop(CONFIRMATION_DATA, "NotOnOrAfter")),
        Cause.BAD_CONFIRMATION,
    ),
    "a confirmation with a beginning": (
        signed(put(CONFIRMATION_DATA, "NotBefore", "2020-01-01T00:00:00Z")),
        Cause.BAD_CONFIRMATION,
    ),
    # Time
    "conditions that ended": (
        signed(put(CONDITIONS, "NotOnOrAfter", "2020-01-01T00:00:00Z")),
        Cause.EXPIRED,
    ),
    "a confirmation that ended": (
        signed(put(CONFIRMATION_DATA, "NotOnOrAfter", "2020-01-01T00:00:00Z")),
        Cause.EXPIRED,
    ),
    "a session that ended": (
        signed(put(STATEMENT, "SessionNotOnOrAfter", "2020-01-01T00:00:00Z")),
        Cause.EXPIRED,
    ),
    "conditions that haven't begun": (
        signed(
            put(CONDITIONS, "NotBefore", "2096-01-01T00:00:00Z"),
            put(CONDITIONS, "NotOnOrAfter", "2097-01-01T00:00:00Z"),
        ),
        Cause.NOT_YET_VALID,
    ),
    "a time that is none": (
        signed(put(CONDITIONS, "NotOnOrAfter", "tomorrow")),
        Cause.MALFORMED,
    ),
    # The person
    "no subject": (signed(remove("saml:Assertion/saml:Subject")), Cause.BAD_CONFIRMATION),
    "no NameID": (signed(remove(NAME_ID)), Cause.NO_SUBJECT),
    "an empty NameID": (signed(write(NAME_ID, None)), Cause.NO_SUBJECT),
    "a blank NameID": (signed(write(NAME_ID, " \u00a0\u2003 ")), Cause.NO_SUBJECT),
    "a NameID with a blank behind": (signed(write(NAME_ID, PERSON + " ")), Cause.NO_SUBJECT),
    "a NameID with a no-break space in front": (
        signed(write(NAME_ID, "\u00a0" + PERSON)),
        Cause.NO_SUBJECT,
    ),
    "a NameID of two lines": (signed(write(NAME_ID, "ana\nboss")), Cause.NO_SUBJECT),
    "a NameID with a zero-width space": (signed(write(NAME_ID, "ana\u200b@x")), Cause.NO_SUBJECT),
    "an endless NameID": (signed(write(NAME_ID, "a" * 1025)), Cause.NO_SUBJECT),
    "an element inside the NameID": (
        signed(insert(NAME_ID, "<saml:NameID>boss</saml:NameID>")),
        Cause.MALFORMED,
    ),
    "no authentication": (signed(remove(STATEMENT)), Cause.BAD_CONFIRMATION),
    "two authentications": (signed(repeat(STATEMENT)), Cause.BAD_CONFIRMATION),
    "an EncryptedID": (
        signed(
            lambda root: find(root, "saml:Assertion/saml:Subject").replace(
                find(root, NAME_ID), fragment("<saml:EncryptedID/>")
            )
        ),
        Cause.CANNOT_DECRYPT,
    ),
    "an EncryptedAttribute": (
        signed(insert(ATTRIBUTES, "<saml:EncryptedAttribute/>")),
        Cause.CANNOT_DECRYPT,
    ),
    "an assertion in Advice": (
        signed(
            insert(
                "saml:Assertion",
                f'<saml:Advice><saml:Assertion ID="_advice" Version="2.0" '
                f'IssueInstant="2026-01-01T00:00:00Z"><saml:Issuer>{IDP}</saml:Issuer>'
                "</saml:Assertion></saml:Advice>",
                at=3,
            )
        ),
        Cause.ASSERTION_COUNT,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_message_outside_the_profile_is_refused(forge, refusal, case):
    changes, cause = REFUSED[case]

    refused = refusal(forge(**changes), cause)

    assert PERSON not in f"{refused.seen} {refused.expected} {refused.checks}"
    assert not refused.checks[-1].passed


@pytest.mark.parametrize("sign_response", [False, True])
def test_a_stranger_with_a_good_key_and_the_right_name_is_refused(
    forge, refusal, stranger, sign_response
):
    refusal(forge(stranger, sign_response=sign_response), Cause.BAD_SIGNATURE)


def test_the_key_in_the_message_is_never_used(forge, refusal, stranger):
    """CVE-2021-21239: the forged signature brings its own certificate, and matches it."""
    message = forge(stranger)
    assert b"X509Certificate" in message

    refusal(message, Cause.BAD_SIGNATURE)


def test_a_connection_without_certificate_lets_nobody_in(forge, refusal, connection):
    bare = replace(connection, cache_key=("bare", 1), idp=replace(connection.idp, certificates=()))

    refusal(forge(), Cause.NO_CERTIFICATE, bare)
    refusal(forge(sign_assertion=False), Cause.NO_CERTIFICATE, bare)


def test_an_answer_for_one_connection_is_useless_at_another(forge, refusal, connection):
    """Same organization, same identity provider: the audience alone tells them apart."""
    other = replace(
        connection,
        cache_key=("other", 1),
        sp=replace(
            connection.sp,
            entity_id=ENTITY_ID.replace("acme", "beta"),
            acs_url=ACS_URL.replace("acme", "beta"),
        ),
    )

    refusal(forge(), Cause.WRONG_DESTINATION, other)
    refusal(forge(destination=""), Cause.WRONG_RECIPIENT, other)
    refusal(
        forge(destination="", acs_url=ACS_URL.replace("acme", "beta")),
        Cause.WRONG_AUDIENCE,
        other,
    )


@pytest.mark.parametrize("offset", [-TEN_MINUTES, TEN_MINUTES])
def test_a_clock_off_by_ten_minutes_is_refused(forge, refusal, now, offset):
    message = forge(now=now + offset, lifetime=timedelta(minutes=5), early=timedelta(0))

    refusal(message, Cause.EXPIRED if offset < timedelta(0) else Cause.NOT_YET_VALID)


def test_a_tolerance_of_five_minutes_reaches_five_minutes(forge, verify, refusal, connection, now):
    patient = replace(connection, cache_key=("patient", 1), clock_skew=timedelta(minutes=5))
    ended = {"lifetime": timedelta(seconds=1), "early": timedelta(0)}

    assert verify(forge(now=now - timedelta(minutes=4), **ended), patient)
    refusal(forge(now=now - timedelta(minutes=6), **ended), Cause.EXPIRED, patient)


def test_the_words_of_the_identity_provider_are_kept(forge, refusal):
    message = forge(
        status=RESPONDER,
        second_status="urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
        status_message="AADSTS50105: not assigned\nTrace ID: 1",
        sign_assertion=False,
    )

    refused = refusal(message, Cause.IDP_REFUSED)

    assert refused.seen == "Responder / RequestDenied / AADSTS50105: not assigned Trace ID: 1"


def test_a_forged_refusal_is_no_better_than_its_signature(forge, refusal, stranger):
    refusal(forge(stranger, status=RESPONDER, sign_response=True), Cause.BAD_SIGNATURE)


def test_a_refusal_tells_what_was_seen_and_expected(forge, refusal):
    refused = refusal(forge(audience="https://other.example"), Cause.WRONG_AUDIENCE)

    assert (refused.seen, refused.expected) == ("https://other.example", ENTITY_ID)
    failed = [check for check in refused.checks if not check.passed]
    assert [(check.name, check.seen) for check in failed] == [
        (CheckName.AUDIENCE, "https://other.example")
    ]
    assert CheckName.SIGNATURE in {check.name for check in refused.checks if check.passed}


def test_sha256_is_what_the_forge_uses_unless_told_otherwise(forge):
    assert SHA256.encode() in forge()
