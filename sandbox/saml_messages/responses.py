"""What an identity provider answers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from lxml import etree

from sandbox.saml_messages.elements import (
    append_assertion,
    append_attributes,
    append_authn_statement,
    append_conditions,
    append_status,
    append_subject,
    new_id,
    reread,
    response_element,
)
from sandbox.saml_messages.keys import SigningIdentity
from sandbox.saml_messages.names import (
    AES256_GCM,
    EMAIL_ADDRESS,
    EXCLUSIVE_C14N,
    PASSWORD_PROTECTED,
    RSA_OAEP,
    SAML,
    SHA256,
    SUCCESS,
)
from sandbox.saml_messages.seals import Signing, encrypt_assertion
from sandbox.saml_messages.shapes import GENERIC, Shape

Mutation = Callable[[etree._Element], None]


def build_response(
    identity: SigningIdentity,
    *,
    acs_url: str,
    audience: str,
    name_id: str,
    now: datetime,
    in_response_to: str | None = None,
    attributes: Mapping[str, Sequence[str]] | None = None,
    name_id_format: str | None = EMAIL_ADDRESS,
    shape: Shape = GENERIC,
    sign_response: bool | None = None,
    sign_assertion: bool | None = None,
    encrypt_for: str | None = None,
    content_encryption: str = AES256_GCM,
    key_transport: str = RSA_OAEP,
    key_beside_data: bool = False,
    destination: str | None = None,
    response_id: str | None = None,
    assertion_id: str | None = None,
    session_index: str | None = None,
    authn_instant: datetime | None = None,
    authn_context: str = PASSWORD_PROTECTED,
    lifetime: timedelta = timedelta(minutes=5),
    early: timedelta = timedelta(minutes=5),
    session_not_on_or_after: datetime | None = None,
    status: str = SUCCESS,
    second_status: str | None = None,
    status_message: str | None = None,
    signature_algorithm: str | None = None,
    digest_algorithm: str = SHA256,
    canonicalization: str = EXCLUSIVE_C14N,
    before_signing: Mutation | None = None,
    between_signatures: Mutation | None = None,
    after_signing: Mutation | None = None,
) -> bytes:
    """One Response for one person, as `shape` would write it.

    Unless told otherwise it signs what the shape signs. A `status` other than Success
    carries no assertion. The three mutations see the Response element: before any
    signature, after the assertion's (and its encryption), and at the very end.
    """
    signs_response = shape.signs_response if sign_response is None else sign_response
    signs_assertion = shape.signs_assertion if sign_assertion is None else sign_assertion
    signing = Signing(identity, shape, signature_algorithm, digest_algorithm, canonicalization)

    response = response_element(
        identity,
        shape,
        now,
        response_id,
        acs_url if destination is None else destination,
        in_response_to,
    )
    append_status(response, status, second_status, status_message)
    if status == SUCCESS:
        assertion = append_assertion(
            response,
            shape,
            issuer=identity.entity_id,
            assertion_id=assertion_id or new_id(),
            now=now,
        )
        append_subject(
            assertion, shape, name_id, name_id_format, acs_url, in_response_to, now + lifetime
        )
        append_conditions(assertion, shape, audience, now - early, now + lifetime)
        statements: list[Callable[[], None]] = [
            lambda: append_attributes(assertion, shape, attributes or {}),
            lambda: append_authn_statement(
                assertion,
                shape,
                authn_instant or now,
                session_index or new_id(),
                session_not_on_or_after,
                authn_context,
            ),
        ]
        for append in statements if shape.attributes_come_first else reversed(statements):
            append()

    if before_signing:
        before_signing(response)
    if signs_assertion:
        for assertion in response.findall(f"{{{SAML}}}Assertion"):
            signing.sign(assertion)
    if encrypt_for:
        for assertion in response.findall(f"{{{SAML}}}Assertion"):
            encrypt_assertion(
                assertion,
                encrypt_for,
                content_encryption=content_encryption,
                key_transport=key_transport,
                key_beside_data=key_beside_data,
            )
    if between_signatures:
        response = reread(response)
        between_signatures(response)
    if signs_response:
        signing.sign(response)
    if after_signing:
        response = reread(response)
        after_signing(response)
    return etree.tostring(response, xml_declaration=True, encoding="UTF-8")
