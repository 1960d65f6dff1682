"""Metadata that we write: ours for an identity provider, and what we trust for pysaml2."""

from lxml import etree

from sso.saml import names
from sso.saml.pem import certificate_body
from sso.saml.values import Binding, IdpTrust, SamlSettings

_MD = f"{{{names.METADATA}}}"
_X509_DATA = f"{{{names.DS}}}X509Data"
_X509_CERTIFICATE = f"{{{names.DS}}}X509Certificate"


def sp_metadata(settings: SamlSettings) -> bytes:
    """Our description for this connection's identity provider.

    While our key rolls over both certificates are in it; encryption is offered only for
    keys that we can decrypt with.
    """
    sp = settings.sp
    root = _entity(sp.entity_id)
    descriptor = etree.SubElement(
        root,
        f"{_MD}SPSSODescriptor",
        AuthnRequestsSigned="true" if settings.sign_requests else "false",
        WantAssertionsSigned="true",
        protocolSupportEnumeration=names.SAMLP,
    )
    keys = [("signing", sp.certificate_pem), ("encryption", sp.certificate_pem)]
    if sp.other_certificate_pem:
        keys.append(("signing", sp.other_certificate_pem))
        if sp.other_key_pem:
            keys.append(("encryption", sp.other_certificate_pem))
    for use, pem in sorted(keys, key=lambda key: key[0], reverse=True):
        _append_key(descriptor, pem, use)
    if sp.slo_url:
        for binding in Binding:
            _append_service(descriptor, "SingleLogoutService", binding, sp.slo_url)
    if settings.name_id_format:
        etree.SubElement(descriptor, f"{_MD}NameIDFormat").text = settings.name_id_format
    consumer = _append_service(descriptor, "AssertionConsumerService", Binding.POST, sp.acs_url)
    consumer.set("index", "0")
    consumer.set("isDefault", "true")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def idp_metadata(idp: IdpTrust) -> bytes:
    """What we trust, in the form pysaml2 is configured with: exactly one entity."""
    root = _entity(idp.entity_id)
    descriptor = etree.SubElement(
        root,
        f"{_MD}IDPSSODescriptor",
        WantAuthnRequestsSigned="true" if idp.wants_signed_requests else "false",
        protocolSupportEnumeration=names.SAMLP,
    )
    for pem in idp.certificates:
        _append_key(descriptor, pem, "signing")
    logouts = [
        (Binding.REDIRECT, idp.slo_redirect_url, idp.slo_redirect_response_url),
        (Binding.POST, idp.slo_post_url, idp.slo_post_response_url),
    ]
    for binding, url, response_url in logouts:
        if url:
            service = _append_service(descriptor, "SingleLogoutService", binding, url)
            if response_url:
                service.set("ResponseLocation", response_url)
    for binding, url in (
        (Binding.REDIRECT, idp.sso_redirect_url),
        (Binding.POST, idp.sso_post_url),
    ):
        if url:
            _append_service(descriptor, "SingleSignOnService", binding, url)
    return etree.tostring(root)


def _entity(entity_id: str) -> etree._Element:
    return etree.Element(
        f"{_MD}EntityDescriptor",
        nsmap={"md": names.METADATA, "ds": names.DS},
        entityID=entity_id,
    )


def _append_key(descriptor: etree._Element, pem: str, use: str) -> None:
    key = etree.SubElement(descriptor, f"{_MD}KeyDescriptor", use=use)
    data = etree.SubElement(etree.SubElement(key, names.KEY_INFO), _X509_DATA)
    etree.SubElement(data, _X509_CERTIFICATE).text = certificate_body(pem)


def _append_service(
    descriptor: etree._Element, name: str, binding: Binding, url: str
) -> etree._Element:
    return etree.SubElement(descriptor, f"{_MD}{name}", Binding=binding.value, Location=url)
