"""What an identity provider publishes about itself."""

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from sandbox.saml_messages.elements import instant
from sandbox.saml_messages.keys import SigningIdentity, certificate_body
from sandbox.saml_messages.names import DS, EMAIL_ADDRESS, HTTP_POST, HTTP_REDIRECT, MD, SAMLP


def idp_metadata(
    identity: SigningIdentity,
    sso_url: str,
    slo_url: str | None = None,
    *,
    slo_response_url: str | None = None,
    extra_certificates: Sequence[str] = (),
    bindings: Sequence[str] = (HTTP_REDIRECT, HTTP_POST),
    wants_signed_requests: bool = False,
    name_id_formats: Sequence[str] = (EMAIL_ADDRESS,),
    key_use: str | None = "signing",
    valid_until: datetime | None = None,
) -> bytes:
    """The identity provider's own description, as it would publish it."""
    root = etree.Element(f"{{{MD}}}EntityDescriptor", nsmap={"md": MD, "ds": DS})
    root.set("entityID", identity.entity_id)
    if valid_until:
        root.set("validUntil", instant(valid_until, has_milliseconds=False))
    descriptor = etree.SubElement(
        root,
        f"{{{MD}}}IDPSSODescriptor",
        WantAuthnRequestsSigned=str(wants_signed_requests).lower(),
        protocolSupportEnumeration=SAMLP,
    )
    for pem in (identity.certificate_pem, *extra_certificates):
        key = etree.SubElement(descriptor, f"{{{MD}}}KeyDescriptor")
        if key_use:
            key.set("use", key_use)
        info = etree.SubElement(etree.SubElement(key, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
        etree.SubElement(info, f"{{{DS}}}X509Certificate").text = certificate_body(pem)
    if slo_url:
        for binding in bindings:
            service = etree.SubElement(
                descriptor, f"{{{MD}}}SingleLogoutService", Binding=binding, Location=slo_url
            )
            if slo_response_url:
                service.set("ResponseLocation", slo_response_url)
    for name_id_format in name_id_formats:
        etree.SubElement(descriptor, f"{{{MD}}}NameIDFormat").text = name_id_format
    for binding in bindings:
        etree.SubElement(
            descriptor, f"{{{MD}}}SingleSignOnService", Binding=binding, Location=sso_url
        )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
