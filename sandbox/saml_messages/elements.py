"""The parts of a Response, in a product's shape."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from sandbox.saml_messages.keys import SigningIdentity
from sandbox.saml_messages.names import BEARER, SAML, SAMLP, XS, XSI
from sandbox.saml_messages.shapes import Shape


def new_id() -> str:
    """An identifier fit for xs:ID (it may not start with a digit)."""
    return f"_{secrets.token_hex(16)}"


def reread(element: etree._Element) -> etree._Element:
    """A clean tree: lxml can't find all of the nodes that xmlsec has made."""
    return etree.fromstring(etree.tostring(element))


def instant(moment: datetime, *, has_milliseconds: bool) -> str:
    moment = moment.astimezone(UTC)
    if has_milliseconds:
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def time_in(moment: datetime, shape: Shape) -> str:
    return instant(moment, has_milliseconds=shape.has_milliseconds)


def response_element(
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
    response.set("IssueInstant", time_in(now, shape))
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


def append_status(
    response: etree._Element, status: str, second: str | None, message: str | None
) -> None:
    element = etree.SubElement(response, f"{{{SAMLP}}}Status")
    code = etree.SubElement(element, f"{{{SAMLP}}}StatusCode", Value=status)
    if second:
        etree.SubElement(code, f"{{{SAMLP}}}StatusCode", Value=second)
    if message:
        etree.SubElement(element, f"{{{SAMLP}}}StatusMessage").text = message


def append_assertion(
    response: etree._Element, shape: Shape, *, issuer: str, assertion_id: str, now: datetime
) -> etree._Element:
    names: dict[Any, str] = {shape.assertion_prefix: SAML}
    if shape.types_values:
        names |= {"xs": XS}
    assertion = etree.SubElement(response, f"{{{SAML}}}Assertion", nsmap=names)
    assertion.set("ID", assertion_id)
    assertion.set("Version", "2.0")
    assertion.set("IssueInstant", time_in(now, shape))
    _append_issuer(assertion, shape, issuer)
    return assertion


def append_subject(
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
    data.set("NotOnOrAfter", time_in(not_on_or_after, shape))
    data.set("Recipient", recipient)


def append_conditions(
    assertion: etree._Element,
    shape: Shape,
    audience: str,
    not_before: datetime,
    not_on_or_after: datetime,
) -> None:
    conditions = etree.SubElement(
        assertion,
        f"{{{SAML}}}Conditions",
        NotBefore=time_in(not_before, shape),
        NotOnOrAfter=time_in(not_on_or_after, shape),
    )
    restriction = etree.SubElement(conditions, f"{{{SAML}}}AudienceRestriction")
    etree.SubElement(restriction, f"{{{SAML}}}Audience").text = audience


def append_attributes(
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


def append_authn_statement(
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
        AuthnInstant=time_in(authn_instant, shape),
        SessionIndex=session_index,
    )
    if session_not_on_or_after:
        statement.set("SessionNotOnOrAfter", time_in(session_not_on_or_after, shape))
    context = etree.SubElement(statement, f"{{{SAML}}}AuthnContext")
    etree.SubElement(context, f"{{{SAML}}}AuthnContextClassRef").text = authn_context
