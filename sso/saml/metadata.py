"""Metadata: reading an identity provider's, writing ours."""

from lxml import etree

from sso.saml import names
from sso.saml.pem import certificate_body
from sso.saml.values import Binding, IdpTrust


def idp_metadata(idp: IdpTrust) -> bytes:
    """What we trust, in the form pysaml2 is configured with: exactly one entity."""
    md = names.METADATA
    root = etree.Element(
        f"{{{md}}}EntityDescriptor", nsmap={"md": md, "ds": names.DS}, entityID=idp.entity_id
    )
    descriptor = etree.SubElement(
        root,
        f"{{{md}}}IDPSSODescriptor",
        WantAuthnRequestsSigned=str(idp.wants_signed_requests).lower(),
        protocolSupportEnumeration=names.SAMLP,
    )
    for pem in idp.certificates:
        key = etree.SubElement(descriptor, f"{{{md}}}KeyDescriptor", use="signing")
        data = etree.SubElement(etree.SubElement(key, names.KEY_INFO), f"{{{names.DS}}}X509Data")
        etree.SubElement(data, f"{{{names.DS}}}X509Certificate").text = certificate_body(pem)
    services = [
        ("SingleLogoutService", Binding.REDIRECT, idp.slo_redirect_url),
        ("SingleLogoutService", Binding.POST, idp.slo_post_url),
        ("SingleSignOnService", Binding.REDIRECT, idp.sso_redirect_url),
        ("SingleSignOnService", Binding.POST, idp.sso_post_url),
    ]
    for name, binding, url in services:
        if url:
            etree.SubElement(descriptor, f"{{{md}}}{name}", Binding=binding.value, Location=url)
    return etree.tostring(root)
