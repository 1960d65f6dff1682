"""An identity provider's metadata, read."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from lxml import etree

from sso.saml import names
from sso.saml.addresses import is_safe_url
from sso.saml.certificates import CertificateFacts, describe_certificate
from sso.saml.pem import certificate_pem
from sso.saml.values import Binding, IdpTrust, printable

MAX_METADATA_BYTES = 1_000_000
MAX_TAGS = 40_000
# A forged signature is held against each of them, so their number is what a forgery costs us.
MAX_CERTIFICATES = 20

_MD = f"{{{names.METADATA}}}"
_ENTITY = f"{_MD}EntityDescriptor"
_ENTITIES = f"{_MD}EntitiesDescriptor"
_IDP = f"{_MD}IDPSSODescriptor"
_SP = f"{_MD}SPSSODescriptor"
_X509_DATA = f"{{{names.DS}}}X509Data"
_X509_CERTIFICATE = f"{{{names.DS}}}X509Certificate"
_FORBIDDEN = re.compile(rb"<!(?!--|\[CDATA\[)")
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']""")
# In which `<!` is written as these two bytes and in no other way: in UTF-7, for one, it isn't.
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})


class MetadataUnreadable(Exception):
    """Why metadata can't be used, in a sentence fit for a form."""


@dataclass(frozen=True)
class IdpMetadata:
    """What an identity provider's metadata says, ready to be shown and then trusted."""

    trust: IdpTrust
    certificates: tuple[CertificateFacts, ...]
    bindings: tuple[Binding, ...]
    name_id_formats: tuple[str, ...]
    valid_until: datetime | None
    warnings: tuple[str, ...]


def read_metadata(xml: bytes, *, now: datetime | None = None) -> IdpMetadata:
    """Read the one identity provider in a metadata document.

    Nothing outside the document is opened, and its signature, if it has one, is not
    looked at: whoever hands it over vouches for it. Raises `MetadataUnreadable`.
    """
    now = now or timezone.now()
    entity = _only_identity_provider(_parse(xml))
    descriptors = _idp_descriptors(entity)
    if len(descriptors) != 1:
        raise MetadataUnreadable(
            _("This describes {number} identity providers under one name. We can use one.").format(
                number=len(descriptors)
            )
        )
    descriptor = descriptors[0]
    entity_id = (entity.get("entityID") or "").strip()
    if not entity_id:
        raise MetadataUnreadable(
            _("The entity ID is missing (line {line}).").format(line=entity.sourceline)
        )
    refuse_unreadable_name(entity_id)
    certificates = _signing_certificates(descriptor, now)
    trust = IdpTrust(
        entity_id=entity_id,
        sso_redirect_url=_location(descriptor, "SingleSignOnService", Binding.REDIRECT),
        sso_post_url=_location(descriptor, "SingleSignOnService", Binding.POST),
        slo_redirect_url=_location(descriptor, "SingleLogoutService", Binding.REDIRECT),
        slo_post_url=_location(descriptor, "SingleLogoutService", Binding.POST),
        slo_redirect_response_url=_response_location(descriptor, Binding.REDIRECT),
        slo_post_response_url=_response_location(descriptor, Binding.POST),
        certificates=tuple(certificate.pem for certificate in certificates),
        wants_signed_requests=descriptor.get("WantAuthnRequestsSigned") in ("true", "1"),
    )
    if not (trust.sso_redirect_url or trust.sso_post_url):
        raise MetadataUnreadable(
            _("There is no sign-in address for HTTP-Redirect or HTTP-POST (line {line}).").format(
                line=descriptor.sourceline
            )
        )
    return describe(
        trust,
        certificates,
        name_id_formats=tuple(
            text
            for element in descriptor.findall(f"{_MD}NameIDFormat")
            if (text := (element.text or "").strip())
        ),
        valid_until=_valid_until(entity, descriptor),
        now=now,
    )


def refuse_unreadable_name(entity_id: str) -> None:
    """A name is shown, and mailed, to whoever decides whether to trust it."""
    if not entity_id.isprintable():
        raise MetadataUnreadable(_("The entity ID holds characters that can’t be seen."))


def describe(
    trust: IdpTrust,
    certificates: tuple[CertificateFacts, ...],
    *,
    name_id_formats: tuple[str, ...] = (),
    valid_until: datetime | None = None,
    now: datetime | None = None,
) -> IdpMetadata:
    """What there is to say of a trust before it counts."""
    return IdpMetadata(
        trust=trust,
        certificates=certificates,
        bindings=tuple(
            binding
            for binding, url in (
                (Binding.REDIRECT, trust.sso_redirect_url),
                (Binding.POST, trust.sso_post_url),
            )
            if url
        ),
        name_id_formats=name_id_formats,
        valid_until=valid_until,
        warnings=tuple(_warnings(trust, certificates, valid_until, now or timezone.now())),
    )


def _parse(xml: bytes) -> etree._Element:
    """Unlike a message, metadata may hold comments: products and people write them."""
    if len(xml) > MAX_METADATA_BYTES:
        raise MetadataUnreadable(
            _("The metadata is larger than {size} kB.").format(size=MAX_METADATA_BYTES // 1000)
        )
    if xml.startswith((b"\xfe\xff", b"\xff\xfe")) or b"\x00" in xml:
        raise MetadataUnreadable(_("The metadata has to be in UTF-8."))
    declared = _DECLARED.search(xml)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise MetadataUnreadable(_("The metadata has to be in UTF-8."))
    if match := _FORBIDDEN.search(xml):
        if b"doctype html" in xml[:1000].lower():
            raise MetadataUnreadable(_("This is a web page, not metadata. Download the XML file."))
        line = xml.count(b"\n", 0, match.start()) + 1
        raise MetadataUnreadable(
            _("Metadata may not hold a DOCTYPE or entities (line {line}).").format(line=line)
        )
    if xml.count(b"<") > MAX_TAGS:
        raise MetadataUnreadable(_("The metadata holds too many elements."))
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(xml.strip(), parser)
    except etree.XMLSyntaxError as error:
        line = error.position[0]
        raise MetadataUnreadable(
            _("This isn’t well-formed XML (line {line}).").format(line=line)
        ) from None


def _only_identity_provider(root: etree._Element) -> etree._Element:
    if root.tag not in (_ENTITY, _ENTITIES):
        raise MetadataUnreadable(
            _("This isn’t SAML metadata: it starts with “{name}”, not EntityDescriptor.").format(
                name=printable(etree.QName(root).localname, 60)
            )
        )
    entities = [entity for entity in root.iter(_ENTITY) if _idp_descriptors(entity)]
    if not entities:
        if next(root.iter(_SP), None) is not None:
            raise MetadataUnreadable(
                _("This describes a service provider. We need your identity provider’s metadata.")
            )
        raise MetadataUnreadable(_("This describes no SAML 2.0 identity provider."))
    if len(entities) > 1:
        raise MetadataUnreadable(
            _(
                "This describes {number} identity providers (lines {lines}). "
                "Give us the metadata of one."
            ).format(
                number=len(entities),
                lines=", ".join(str(entity.sourceline) for entity in entities[:5]),
            )
        )
    return entities[0]


def _idp_descriptors(entity: etree._Element) -> list[etree._Element]:
    return [
        descriptor
        for descriptor in entity.findall(_IDP)
        if names.SAMLP in (descriptor.get("protocolSupportEnumeration") or "").split()
    ]


def _signing_certificates(
    descriptor: etree._Element, now: datetime
) -> tuple[CertificateFacts, ...]:
    """Each signing key once. Without `use` a key is for signing too (metadata, 2.4.1.1)."""
    found: dict[str, CertificateFacts] = {}
    for key in descriptor.findall(f"{_MD}KeyDescriptor"):
        if key.get("use", "signing") != "signing":
            continue
        for data in key.iter(_X509_DATA):
            # The first is the key's own; what follows is its chain.
            element = data.find(_X509_CERTIFICATE)
            if element is None:
                continue
            try:
                certificate = describe_certificate(certificate_pem(element.text or ""), now=now)
            except ValueError:
                raise MetadataUnreadable(
                    _("The certificate in line {line} can’t be read.").format(
                        line=element.sourceline
                    )
                ) from None
            found.setdefault(certificate.sha256_fingerprint, certificate)
    if len(found) > MAX_CERTIFICATES:
        raise MetadataUnreadable(
            _(
                "There are {number} signing certificates. We take up to {limit}: leave out those "
                "that have expired."
            ).format(number=len(found), limit=MAX_CERTIFICATES)
        )
    if not found:
        raise MetadataUnreadable(
            _("There is no signing certificate, so no sign-in could be checked.")
        )
    return tuple(found.values())


def _location(descriptor: etree._Element, service: str, binding: Binding) -> str | None:
    element = _endpoint(descriptor, service, binding)
    return None if element is None else _address(element, "Location")


def _response_location(descriptor: etree._Element, binding: Binding) -> str | None:
    """Where answers about signing out go, if elsewhere than requests (metadata, 2.2.2)."""
    element = _endpoint(descriptor, "SingleLogoutService", binding)
    if element is None or not element.get("ResponseLocation"):
        return None
    return _address(element, "ResponseLocation")


def _endpoint(descriptor: etree._Element, service: str, binding: Binding) -> etree._Element | None:
    found = (
        element
        for element in descriptor.findall(f"{_MD}{service}")
        if element.get("Binding") == binding.value
    )
    return next(found, None)


def _address(element: etree._Element, attribute: str) -> str:
    url = (element.get(attribute) or "").strip()
    if not is_safe_url(url):
        raise MetadataUnreadable(
            _(
                "The address in line {line} has to start with https:// and the plain name "
                "of a host."
            ).format(line=element.sourceline)
        )
    return url


def _valid_until(*elements: etree._Element) -> datetime | None:
    moments = []
    for element in elements:
        if text := element.get("validUntil"):
            try:
                moment = datetime.fromisoformat(text.strip())
            except ValueError:
                raise MetadataUnreadable(
                    _("The date in line {line} can’t be read.").format(line=element.sourceline)
                ) from None
            moments.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return min(moments, default=None)


def _warnings(
    trust: IdpTrust,
    certificates: tuple[CertificateFacts, ...],
    valid_until: datetime | None,
    now: datetime,
) -> list[str]:
    warnings = []
    for certificate in certificates:
        ends = f"{certificate.not_after:%Y-%m-%d}"
        if certificate.is_expired:
            warnings.append(
                _("A certificate expired on {date}. We go on trusting its key.").format(date=ends)
            )
        elif certificate.days_left <= 60:
            warnings.append(
                _("A certificate expires in {days} days, on {date}.").format(
                    days=certificate.days_left, date=ends
                )
            )
        if certificate.not_before > now:
            warnings.append(
                _("A certificate is valid only from {date}.").format(
                    date=f"{certificate.not_before:%Y-%m-%d}"
                )
            )
        if certificate.is_weak_key:
            warnings.append(_("A certificate has a weak key ({key}).").format(key=certificate.key))
        if certificate.is_signed_with_sha1:
            warnings.append(
                _(
                    "A certificate is itself signed with SHA-1. That is harmless here, but check "
                    "that sign-ins are signed with SHA-256: SHA-1 is refused."
                )
            )
    if valid_until and valid_until < now:
        warnings.append(
            _("This metadata was valid until {date}.").format(date=f"{valid_until:%Y-%m-%d}")
        )
    if not trust.sso_redirect_url:
        warnings.append(_("There is no HTTP-Redirect address. Requests go by HTTP-POST."))
    if trust.wants_signed_requests:
        warnings.append(_("The identity provider wants signed requests. We sign them."))
    return warnings
