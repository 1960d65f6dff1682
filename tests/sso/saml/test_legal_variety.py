"""What the standards allow and somebody sends, however rarely: accepted where it is safe."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import xmlsec
from lxml import etree

from sandbox.saml_messages import BEARER, DS, SHAPES, XENC, certificate_body
from sso.causes import Cause
from sso.saml import SamlRefused
from sso.saml.guard import MAX_PREFIXES
from tests.sso.saml.conftest import ACS_URL, PERSON, REQUEST
from tests.sso.saml.mutations import (
    ATTRIBUTES,
    CONDITIONS,
    CONFIRMATION_DATA,
    STATEMENT,
    both,
    drop,
    find,
    fragment,
    insert,
    put,
)
from tests.sso.saml.oaep import DIGESTS, MASKS, MGF1P, OAEP, encrypted

EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
LATER = "2099-01-01T00:00:00Z"
HOLDER_OF_KEY = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
SENDER_VOUCHES = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"
ELSEWHERE = "https://other.example/acs"


# Comments and CDATA


def between(before: str, text: str):
    return lambda message: message.replace(before.encode(), f"{text}{before}".encode(), 1)


COMMENTS = {
    "before the root": between("<samlp:Response", "<!-- made by a gateway -->\n"),
    "between elements": between("<samlp:Status>", " <!-- a - b --> "),
    "inside the signed assertion": between("<saml:Conditions", "<!---->"),
    "inside the signature": between("<ds:SignatureValue>", "<!-- base64 -->"),
    "in a row": between("<saml:Subject>", "<!--a--><!--<saml:NameID>b</saml:NameID>-->"),
    "with a DOCTYPE in it": between("<saml:Subject>", "<!-- <!DOCTYPE x> <?y?> -->"),
    "after the root": lambda message: message + b"\n<!-- end -->\n",
}


@pytest.mark.parametrize("case", COMMENTS)
def test_a_comment_between_tags_changes_nothing(forge, verify, case):
    message = forge()
    commented = COMMENTS[case](message)
    assert commented != message

    assert dict(verify(commented).attributes) == dict(verify(message).attributes)
    assert verify(commented).name_id == PERSON


def in_the_name(text: str):
    return lambda message: message.replace(f">{PERSON}<".encode(), f">{text}<".encode(), 1)


SPLITTING = {
    "a comment in a name": in_the_name("ana<!---->@acme.example"),
    "a comment before a name": in_the_name(f"<!--x-->{PERSON}"),
    "a comment behind a name": in_the_name(f"{PERSON}<!--x-->"),
    "comments around a name": in_the_name(f"<!--x-->{PERSON}<!--y-->"),
    "a comment behind a blank": in_the_name(f"{PERSON} <!--x-->"),
    "a comment behind a comment": in_the_name("ana<!--x--><!--y-->@acme.example"),
    "a comment in an attribute": lambda message: message.replace(b">Ana<", b">A<!--x-->na<"),
    "a comment in a digest": between("</ds:DigestValue>", "<!--x-->"),
    "a comment that never ends": between("<saml:Subject>", "<!-- "),
    "a comment with dashes": between("<saml:Subject>", "<!-- a -- b -->"),
    "a DOCTYPE behind a comment": between("<samlp:Response", "<!----><!DOCTYPE x>"),
    "CDATA as a name": in_the_name(f"<![CDATA[{PERSON}]]>"),
    "CDATA in a name": in_the_name("ana<![CDATA[]]>@acme.example"),
    "CDATA as part of a value": lambda message: message.replace(b">Ana<", b">A<![CDATA[na]]><", 1),
    "CDATA twice in a value": lambda message: message.replace(
        b">Ana<", b"><![CDATA[A]]><![CDATA[na]]><", 1
    ),
    "CDATA as an issuer": lambda message: message.replace(
        b"<saml:Issuer>https://idp.acme.example/saml<",
        b"<saml:Issuer><![CDATA[https://idp.acme.example/saml]]><",
    ),
    "CDATA that never ends": lambda message: message.replace(b">Ana<", b"><![CDATA[Ana<", 1),
}


@pytest.mark.parametrize("case", SPLITTING)
def test_what_stands_beside_text_is_refused_though_the_signature_holds(forge, refusal, case):
    """CVE-2017-11427: canonicalization joins the text, a reader may stop halfway."""
    message = forge()
    split = SPLITTING[case](message)
    assert split != message

    refusal(split, Cause.FORBIDDEN_XML)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<![CDATA[Ana]]>", "Ana"),
        ("<![CDATA[R&D <b> ]] ]>]]>", "R&D <b> ]] ]>"),
        ("<![CDATA[<!-- no comment --><!DOCTYPE x>]]>", "<!-- no comment --><!DOCTYPE x>"),
        ("<![CDATA[]]>", None),
    ],
)
def test_cdata_may_be_the_whole_of_an_attributes_value(forge, verify, idp, written, read):
    """Templates write values that way. Signed as text, since canonicalization makes it that."""
    message = forge(attributes={"firstName": [read or ""]})
    start = message.index(b"<saml:AttributeValue")
    end = message.index(b"</saml:Attribute>", start)
    value = f"<saml:AttributeValue>{written}</saml:AttributeValue>".encode()

    found = verify(message[:start] + value + message[end:]).attributes

    assert found["firstName"] == ((read,) if read else ())


def test_many_comments_cost_little(forge, refusal):
    text = "<!--" + "-x" * 20_000 + "-->" + " \n" * 20_000
    message = between("<saml:Subject>", text + "x" + "<!--y-->" * 4_000)(forge())

    refusal(message, Cause.FORBIDDEN_XML)


# Several confirmations (core, 2.4.1: satisfying one is enough)


def confirmation(at: int | None = None, method: str = BEARER, **data: str):
    attributes = " ".join(f'{name}="{value}"' for name, value in data.items())
    return insert(
        "saml:Assertion/saml:Subject",
        f'<saml:SubjectConfirmation Method="{method}">'
        f"<saml:SubjectConfirmationData {attributes}/></saml:SubjectConfirmation>",
        at=at,
    )


OURS = {"Recipient": ACS_URL, "NotOnOrAfter": LATER, "InResponseTo": REQUEST}
OTHERS = {
    "for somebody else": OURS | {"Recipient": ELSEWHERE},
    "that ended": OURS | {"NotOnOrAfter": "2020-01-01T00:00:00Z"},
    "of another request": OURS | {"InResponseTo": "_other"},
    "with a beginning": OURS | {"NotBefore": "2020-01-01T00:00:00Z"},
    "without an end": {"Recipient": ACS_URL},
    "by a key": {"method": HOLDER_OF_KEY},
    "by a voucher": {"method": SENDER_VOUCHES},
    "of a kind nobody knows": {"method": "urn:example:other"},
}


@pytest.mark.parametrize("at", [1, None], ids=["before", "after"])
@pytest.mark.parametrize("case", OTHERS)
def test_one_good_confirmation_of_several_is_enough(forge, verify, case, at):
    assertion = verify(forge(before_signing=confirmation(at, **OTHERS[case])))

    assert (assertion.name_id, assertion.in_response_to) == (PERSON, REQUEST)


def test_several_bad_confirmations_are_no_better_than_one(forge, refusal):
    changes = both(
        put(CONFIRMATION_DATA, "Recipient", ELSEWHERE),
        *(confirmation(**data) for data in OTHERS.values()),
    )

    refused = refusal(forge(before_signing=changes), Cause.WRONG_RECIPIENT)

    assert refused.seen == ELSEWHERE


def test_a_copy_is_remembered_until_no_confirmation_holds_any_more(forge, verify):
    """Else it could come back through the other one when the first has ended."""
    changes = both(drop(CONDITIONS, "NotOnOrAfter"), confirmation(**OURS))

    assertion = verify(forge(before_signing=changes))

    assert assertion.not_on_or_after == datetime(2099, 1, 1, tzinfo=UTC)


# Which request


@pytest.mark.parametrize("sign_response", [False, True])
def test_the_request_may_stand_in_the_confirmation_alone(forge, verify, sign_response):
    message = forge(sign_response=sign_response, before_signing=drop(".", "InResponseTo"))

    assert verify(message).in_response_to == REQUEST


def test_an_answer_does_not_become_one_nobody_asked_for_by_losing_its_request(
    forge, verify, connection
):
    """With unsolicited answers allowed, a stolen one would otherwise sign in anywhere."""
    settings = replace(connection, cache_key=("open", 1), allow_unsolicited=True)

    assertion = verify(forge(after_signing=drop(".", "InResponseTo")), settings)

    assert assertion.in_response_to == REQUEST


# Signatures


def without_key_info(root: etree._Element) -> None:
    signature = find(root, "saml:Assertion/ds:Signature")
    signature.remove(find(signature, "ds:KeyInfo"))


def with_key_info(xml: str):
    def change(root: etree._Element) -> None:
        key_info = find(root, "saml:Assertion/ds:Signature/ds:KeyInfo")
        key_info[:] = [fragment(xml)]

    return change


@pytest.mark.parametrize(
    "change",
    [
        without_key_info,
        with_key_info("<ds:KeyName>the key of last year</ds:KeyName>"),
        with_key_info(
            "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus>"
            "<ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
        ),
        with_key_info("<ds:X509Data><ds:X509SubjectName>CN=idp</ds:X509SubjectName></ds:X509Data>"),
    ],
    ids=["none", "a name", "another key", "a subject"],
)
def test_what_a_message_says_of_its_key_does_not_matter(forge, verify, change):
    assert verify(forge(after_signing=change)).name_id == PERSON


@pytest.mark.parametrize("size", [384, 512])
@pytest.mark.parametrize("signs", ["response", "assertion", "both"])
def test_longer_digests_are_welcome(forge, verify, size, signs):
    digests = {384: "http://www.w3.org/2001/04/xmldsig-more#sha384", 512: f"{XENC}sha512"}

    message = forge(
        sign_response=signs != "assertion",
        sign_assertion=signs != "response",
        signature_algorithm=f"http://www.w3.org/2001/04/xmldsig-more#rsa-sha{size}",
        digest_algorithm=digests[size],
    )

    assert verify(message).name_id == PERSON


def signed_again(idp, *, prefixes: str, on: str):
    """The assertion's signature made anew with a prefix list on one of its algorithms."""

    def sign(root: etree._Element) -> None:
        assertion = find(root, "saml:Assertion")
        signature = find(assertion, "ds:Signature")
        for element in signature.iter(f"{{{DS}}}{on}"):
            if element.get("Algorithm") == EXC_C14N:
                inclusive = etree.SubElement(
                    element, f"{{{EXC_C14N}}}InclusiveNamespaces", nsmap={"ec": EXC_C14N}
                )
                inclusive.set("PrefixList", prefixes)
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(idp.key_pem, xmlsec.constants.KeyDataFormatPem)
        context.register_id(assertion, "ID")
        context.sign(signature)

    return sign


@pytest.mark.parametrize("on", ["CanonicalizationMethod", "Transform"])
@pytest.mark.parametrize("prefixes", ["xs", "#default xs saml xsi", ""])
def test_prefixes_may_be_named_wherever_canonicalization_takes_them(
    forge, verify, idp, on, prefixes
):
    message = forge(after_signing=signed_again(idp, prefixes=prefixes, on=on))

    assert verify(message).name_id == PERSON


@pytest.mark.parametrize("on", ["CanonicalizationMethod", "Transform"])
def test_a_list_of_prefixes_without_end_is_refused(forge, refusal, idp, on):
    """Each one is looked up again at every element; whoever sends the list pays nothing."""
    prefixes = " ".join(f"p{number}" for number in range(MAX_PREFIXES + 1))

    refusal(forge(after_signing=signed_again(idp, prefixes=prefixes, on=on)), Cause.TOO_LARGE)


@pytest.mark.parametrize(("mine", "digested"), [(True, 1), (False, 0)])
def test_what_a_stranger_signed_is_not_canonicalized(
    forge, verify, idp, stranger, monkeypatch, mine, digested
):
    """Each element asks anew for each prefix: 26 kB took a second for each of our certificates."""
    prefixes = " ".join(f"p{number}" for number in range(MAX_PREFIXES))
    sign = signed_again(idp if mine else stranger, prefixes=prefixes, on="Transform")
    message = forge(after_signing=sign)
    verified = []

    class Context(xmlsec.SignatureContext):
        def verify(self, node: etree._Element) -> None:
            verified.append(node)
            super().verify(node)

    monkeypatch.setattr(xmlsec, "SignatureContext", Context)

    if mine:
        assert verify(message).name_id == PERSON
    else:
        with pytest.raises(SamlRefused) as caught:
            verify(message)
        assert caught.value.cause == Cause.BAD_SIGNATURE
    assert len(verified) == digested


# Encryption


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("mask", MASKS)
def test_every_listed_parameter_of_oaep_decrypts(forge, verify, sp, digest, mask):
    transport = OAEP if mask else MGF1P
    encrypt = encrypted(sp.certificate_pem, transport=transport, digest=digest, mask=mask)

    assert verify(forge(after_signing=encrypt)).name_id == PERSON


@pytest.mark.parametrize(
    "changes",
    [
        {"label": b"a label"},
        {"has_type": False},
        {"key_info": "<ds:KeyName>yours</ds:KeyName>"},
        {"key_info": "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>"},
    ],
    ids=["a label", "no Type", "a key's name", "our certificate"],
)
def test_encryption_is_described_in_several_ways(forge, verify, sp, changes):
    named = {
        name: value.format(certificate_body(sp.certificate_pem)) if name == "key_info" else value
        for name, value in changes.items()
    }

    assert verify(forge(after_signing=encrypted(sp.certificate_pem, **named))).name_id == PERSON


def test_a_mask_nobody_lists_is_refused(forge, refusal, sp):
    def rename(root: etree._Element) -> None:
        for mask in root.iter("{http://www.w3.org/2009/xmlenc11#}MGF"):
            mask.set("Algorithm", "http://www.w3.org/2009/xmlenc11#mgf1md5")

    encrypt = encrypted(
        sp.certificate_pem, transport=OAEP, mask="http://www.w3.org/2009/xmlenc11#mgf1sha1"
    )

    refusal(forge(after_signing=both(encrypt, rename)), Cause.WEAK_ALGORITHM)


# Values

TYPED = """<saml:Attribute Name="typed">
  <saml:AttributeValue xmlns:q="urn:example:types" xsi:type="q:opaque">one</saml:AttributeValue>
  <saml:AttributeValue xsi:type="nowhere:declared">two</saml:AttributeValue>
  <saml:AttributeValue xmlns:s="http://www.w3.org/2001/XMLSchema"
    xsi:type="s:integer">three</saml:AttributeValue>
  <saml:AttributeValue xmlns:s="http://www.w3.org/2001/XMLSchema"
    xsi:type="s:anyType">four</saml:AttributeValue>
</saml:Attribute>"""


def test_the_type_of_a_value_is_nobodys_business(forge, verify):
    found = verify(forge(before_signing=insert(ATTRIBUTES, TYPED))).attributes

    assert found["typed"] == ("one", "two", "three", "four")


def test_a_type_hides_nothing_else_from_the_schema(forge, refusal):
    """However many types nobody knows come first."""
    many = TYPED.replace("</saml:Attribute>", "") + (
        '<saml:AttributeValue xsi:type="q:x"/>' * 2_000 + "<saml:Surprise/></saml:Attribute>"
    )

    refused = refusal(forge(before_signing=insert(ATTRIBUTES, many)), Cause.MALFORMED)

    assert refused.seen == "Surprise"


@pytest.mark.parametrize("form", ["%S", "%S.1", "%S.1234567", "%S.123456789"])
def test_moments_come_with_any_number_of_digits(forge, verify, now, form):
    def moment(**delta: float) -> str:
        return (now + timedelta(**delta)).strftime(f"%Y-%m-%dT%H:%M:{form}Z")

    message = forge(
        before_signing=both(
            put(".", "IssueInstant", moment()),
            put("saml:Assertion", "IssueInstant", moment()),
            put(CONDITIONS, "NotBefore", moment(minutes=-5)),
            put(CONDITIONS, "NotOnOrAfter", moment(minutes=5)),
            put(CONFIRMATION_DATA, "NotOnOrAfter", moment(minutes=5)),
            put(STATEMENT, "AuthnInstant", moment(minutes=-1)),
            put(STATEMENT, "SessionNotOnOrAfter", moment(hours=8)),
        )
    )

    assert verify(message).name_id == PERSON


def test_a_membership_list_may_be_long_or_only_a_link(forge, verify):
    groups = [f"{number:08x}-0000-4000-8000-00000000000a" for number in range(150)]
    link = "http://schemas.microsoft.com/claims/groups.link"
    address = "https://graph.windows.net/tenant/users/person/getMemberObjects"

    found = verify(forge(attributes={"groups": groups, link: [address]})).attributes

    assert found["groups"] == tuple(groups)
    assert found[link] == (address,)


OPTIONAL = {
    "Advice": insert(
        "saml:Assertion",
        "<saml:Advice><saml:AssertionURIRef>urn:example:advice</saml:AssertionURIRef></saml:Advice>",
        at=3,
    ),
    "SubjectLocality": insert(STATEMENT, '<saml:SubjectLocality Address="192.0.2.1"/>', at=0),
    "no SessionIndex": drop(STATEMENT, "SessionIndex"),
    "no times in the conditions": both(
        drop(CONDITIONS, "NotBefore"), drop(CONDITIONS, "NotOnOrAfter")
    ),
    "a declaration instead of a class": lambda root: find(root, STATEMENT).replace(
        find(root, f"{STATEMENT}/saml:AuthnContext"),
        fragment(
            "<saml:AuthnContext><saml:AuthnContextDeclRef>urn:example:how"
            "</saml:AuthnContextDeclRef></saml:AuthnContext>"
        ),
    ),
    "another attribute statement": insert(
        "saml:Assertion",
        '<saml:AttributeStatement><saml:Attribute Name="more" FriendlyName="More"/>'
        "</saml:AttributeStatement>",
    ),
    "an extension": insert(
        ".", '<samlp:Extensions><x xmlns="urn:example:x"/></samlp:Extensions>', at=1
    ),
    "words with the status": insert(
        "samlp:Status", "<samlp:StatusMessage>all is well</samlp:StatusMessage>"
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("case", OPTIONAL)
def test_optional_parts_may_come_or_not(forge, verify, case, shape):
    assert verify(forge(shape=SHAPES[shape], before_signing=OPTIONAL[case])).name_id == PERSON


@pytest.mark.parametrize(
    "declaration",
    [
        b"",
        b"\r\n",
        b"\xef\xbb\xbf",
        b'<?xml version="1.0"?>',
        b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n',
    ],
)
def test_a_declaration_may_be_there_or_not(forge, verify, declaration):
    message = forge()
    root = message[message.index(b"<samlp:Response") :]

    assert verify(declaration + root).name_id == PERSON
