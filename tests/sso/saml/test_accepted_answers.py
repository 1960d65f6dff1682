"""What real products send comes in, and comes in with exactly the signed values."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.saml_messages import (
    AES128_CBC,
    AES256_CBC,
    AES256_GCM,
    ENTITY,
    PERSISTENT,
    SHAPES,
    SigningIdentity,
)
from sso.saml import CheckName
from tests.sso.saml.conftest import IDP, PERSON, REQUEST
from tests.sso.saml.mutations import (
    ATTRIBUTES,
    CONDITIONS,
    CONFIRMATION,
    NAME_ID,
    RESTRICTION,
    both,
    insert,
    put,
    remove,
    write,
)

SIGNING = {
    "what the product signs": {},
    "the assertion": {"sign_assertion": True, "sign_response": False},
    "the response": {"sign_assertion": False, "sign_response": True},
    "both": {"sign_assertion": True, "sign_response": True},
}
ENCRYPTION = {
    "nothing": {},
    "AES-256-GCM": {"content_encryption": AES256_GCM},
    "AES-256-CBC": {"content_encryption": AES256_CBC},
    "AES-128-CBC": {"content_encryption": AES128_CBC},
    "key beside the data": {"key_beside_data": True},
}
WITHIN = {CheckName.ISSUER_WITHIN, CheckName.SIGNATURE_WITHIN}
# What is asked once the message is judged.
AFTERWARDS = {CheckName.ACCESS, CheckName.PROOF, CheckName.ASKED_HERE, CheckName.UNUSED}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("signing", SIGNING)
@pytest.mark.parametrize("encryption", ENCRYPTION)
def test_every_product_signs_and_encrypts_as_it_likes(
    forge, verify, sp, now, shape, signing, encryption
):
    encrypted = {"encrypt_for": sp.certificate_pem} if encryption != "nothing" else {}
    message = forge(
        shape=SHAPES[shape],
        assertion_id="_assertion",
        session_index="_session",
        session_not_on_or_after=now + timedelta(hours=8),
        **SIGNING[signing],
        **encrypted,
        **ENCRYPTION[encryption],
    )

    assertion = verify(message)

    assert assertion.issuer == IDP
    assert assertion.assertion_id == "_assertion"
    assert assertion.name_id == PERSON
    assert assertion.name_id_format == "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    assert assertion.session_index == "_session"
    assert assertion.in_response_to == REQUEST
    assert dict(assertion.attributes) == {
        "email": (PERSON,),
        "firstName": ("Ana",),
        "lastName": ("Ćosić & Söhne",),
        "groups": ("Sales", "Everyone"),
    }
    assert assertion.authn_context == (
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
    )
    milliseconds = now.microsecond // 1000 * 1000
    signed_at = now.replace(microsecond=milliseconds)
    assert assertion.authn_instant == signed_at
    assert assertion.not_on_or_after == signed_at + timedelta(minutes=5)
    assert assertion.session_not_on_or_after == signed_at + timedelta(hours=8)
    assert all(check.passed for check in assertion.checks)
    # A proof is demanded by a request, which is the caller's.
    elsewhere = AFTERWARDS if encrypted else AFTERWARDS | WITHIN
    # Each name at most once: it is all that tells the lines of a trace apart.
    assert [check.name for check in assertion.checks] == [
        name for name in CheckName if name not in elsewhere
    ]


ACCEPTED = {
    "an elliptic key": {},
    "no Destination, unsigned response": {"destination": "", "after_signing": None},
    "OneTimeUse": {"before_signing": insert(CONDITIONS, "<saml:OneTimeUse/>")},
    "ProxyRestriction": {
        "before_signing": insert(CONDITIONS, '<saml:ProxyRestriction Count="0"/>')
    },
    "a second audience in our restriction": {
        "before_signing": insert(
            RESTRICTION, "<saml:Audience>https://other.example</saml:Audience>"
        )
    },
    "Issuer with the entity format": {
        "before_signing": both(
            put("saml:Issuer", "Format", ENTITY),
            put("saml:Assertion/saml:Issuer", "Format", ENTITY),
        )
    },
    "an unsigned response without Issuer": {"before_signing": remove("saml:Issuer")},
    "an Address in the confirmation": {
        "before_signing": put(
            f"{CONFIRMATION}/saml:SubjectConfirmationData", "Address", "192.0.2.7"
        )
    },
    "a NameID without Format": {"name_id_format": None},
    "a persistent NameID": {"name_id_format": PERSISTENT},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_answers_within_the_profile_are_accepted(forge, verify, connection, case):
    if case == "an elliptic key":
        elliptic = SigningIdentity.generate(IDP, elliptic=True)
        trust = replace(connection.idp, certificates=(elliptic.certificate_pem,))
        settings = replace(connection, cache_key=("elliptic", 1), idp=trust)
        assert verify(forge(elliptic), settings).name_id == PERSON
        return

    assert verify(forge(**ACCEPTED[case])).name_id == PERSON


def test_an_answer_nobody_asked_for_is_accepted_where_the_connection_allows_it(
    forge, verify, connection
):
    settings = replace(connection, cache_key=("unsolicited", 1), allow_unsolicited=True)

    assert verify(forge(in_response_to=None), settings).in_response_to is None
    assert verify(forge(), settings).in_response_to == REQUEST


@pytest.mark.parametrize("offset", [-60, -30, 30, 60])
def test_a_clock_may_be_off_by_the_tolerance(forge, verify, now, offset):
    moment = now + timedelta(seconds=offset)

    late = forge(now=moment, lifetime=timedelta(seconds=1), early=timedelta(0))

    # An offset of -60 s ends 59 s ago; one of +60 s begins in 60 s.
    assert verify(late).name_id == PERSON


def test_any_of_several_certificates_may_have_signed(forge, verify, connection, idp, stranger):
    both_trusted = (stranger.certificate_pem, idp.certificate_pem)
    settings = replace(
        connection,
        cache_key=("rollover", 1),
        idp=replace(connection.idp, certificates=both_trusted),
    )

    assert verify(forge(idp), settings).name_id == PERSON
    assert verify(forge(stranger), settings).name_id == PERSON


def test_an_expired_certificate_stays_a_pinned_key(forge, verify, connection):
    old = SigningIdentity.generate(
        IDP, not_before=datetime(2020, 1, 1, tzinfo=UTC), lifetime=timedelta(days=365)
    )
    settings = replace(
        connection,
        cache_key=("expired", 1),
        idp=replace(connection.idp, certificates=(old.certificate_pem,)),
    )

    assert verify(forge(old), settings).name_id == PERSON


def test_either_of_our_keys_decrypts_during_a_roll_over(forge, verify, connection, sp):
    fresh = SigningIdentity.generate(connection.sp.entity_id)
    rolled = replace(
        connection.sp,
        key_pem=fresh.key_pem,
        certificate_pem=fresh.certificate_pem,
        other_key_pem=sp.key_pem,
        other_certificate_pem=sp.certificate_pem,
    )
    settings = replace(connection, cache_key=("own-rollover", 1), sp=rolled)

    assert verify(forge(encrypt_for=fresh.certificate_pem), settings).name_id == PERSON
    assert verify(forge(encrypt_for=sp.certificate_pem), settings).name_id == PERSON


def test_values_arrive_as_they_were_signed(forge, verify):
    statement = insert(
        ATTRIBUTES,
        """<saml:Attribute Name="number" xmlns:xs="http://www.w3.org/2001/XMLSchema">
             <saml:AttributeValue xsi:type="xs:integer">007</saml:AttributeValue>
             <saml:AttributeValue xsi:type="xs:boolean">true</saml:AttributeValue>
             <saml:AttributeValue xsi:nil="true"/>
             <saml:AttributeValue/>
             <saml:AttributeValue>  padded  </saml:AttributeValue>
             <saml:AttributeValue>a &lt; b &amp; c</saml:AttributeValue>
           </saml:Attribute>""",
    )
    nested = insert(
        ATTRIBUTES,
        """<saml:Attribute Name="targeted">
             <saml:AttributeValue><saml:NameID>opaque</saml:NameID></saml:AttributeValue>
           </saml:Attribute>""",
    )
    repeated = insert(
        ATTRIBUTES,
        """<saml:Attribute Name="groups">
             <saml:AttributeValue>Third</saml:AttributeValue>
           </saml:Attribute>""",
    )
    empty = insert(ATTRIBUTES, '<saml:Attribute Name="manager"/>')

    found = verify(forge(before_signing=both(statement, nested, repeated, empty))).attributes

    assert found["number"] == ("007", "true", "padded", "a < b & c")
    assert found["targeted"] == ("opaque",)
    assert found["groups"] == ("Sales", "Everyone", "Third")
    assert found["manager"] == ()


def test_a_name_keeps_every_character(forge, verify):
    name = "Zoë O'Brien <o&b>@acme.example"

    assertion = verify(
        forge(
            name_id=name,
            before_signing=both(
                put(NAME_ID, "NameQualifier", "https://q.example"),
                put(NAME_ID, "SPNameQualifier", "https://sp.example"),
            ),
        )
    )

    assert assertion.name_id == name
    assert assertion.name_qualifier == "https://q.example"
    assert assertion.sp_name_qualifier == "https://sp.example"


def test_an_assertion_without_attributes_is_fine(forge, verify):
    assert dict(verify(forge(attributes={})).attributes) == {}


def test_names_are_not_shown_where_an_assertion_is_printed(forge, verify):
    assert PERSON not in repr(verify(forge()))


def test_issuers_of_an_indented_message_are_read_without_the_indentation(forge, verify):
    indented = both(
        write("saml:Issuer", f"\n  {IDP}\n"), write("saml:Assertion/saml:Issuer", f" {IDP} ")
    )

    assert verify(forge(before_signing=indented)).issuer == IDP
