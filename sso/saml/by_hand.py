"""What an identity provider says of itself, where somebody copies it piece by piece."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from sso.saml.addresses import is_safe_url
from sso.saml.certificates import CertificateFacts, describe_certificate
from sso.saml.metadata import (
    MAX_CERTIFICATES,
    IdpMetadata,
    MetadataUnreadable,
    describe,
    refuse_unreadable_name,
)
from sso.saml.pem import certificate_pem, split_pem
from sso.saml.values import IdpTrust


def read_by_hand(
    *,
    entity_id: str,
    sso_redirect_url: str,
    sso_post_url: str,
    certificates: str,
    slo_redirect_url: str = "",
    slo_post_url: str = "",
    slo_redirect_response_url: str = "",
    slo_post_response_url: str = "",
    wants_signed_requests: bool = False,
    now: datetime | None = None,
) -> IdpMetadata:
    """The same as `read_metadata` answers. `certificates` are PEM, one after the other, or one in
    bare base64. Raises `MetadataUnreadable`."""
    addresses = (
        *(sso_redirect_url, sso_post_url, slo_redirect_url, slo_post_url),
        *(slo_redirect_response_url, slo_post_response_url),
    )
    for url in filter(None, addresses):
        if not is_safe_url(url):
            raise MetadataUnreadable(
                _("An address has to start with https:// and the plain name of a host.")
            )
    if not (sso_redirect_url or sso_post_url):
        raise MetadataUnreadable(_("Give at least one sign-in address."))
    refuse_unreadable_name(entity_id.strip())
    facts = _certificates(certificates, now)
    trust = IdpTrust(
        entity_id=entity_id.strip(),
        sso_redirect_url=sso_redirect_url or None,
        sso_post_url=sso_post_url or None,
        slo_redirect_url=slo_redirect_url or None,
        slo_post_url=slo_post_url or None,
        slo_redirect_response_url=slo_redirect_response_url or None,
        slo_post_response_url=slo_post_response_url or None,
        certificates=tuple(each.pem for each in facts),
        wants_signed_requests=wants_signed_requests,
    )
    return describe(trust, facts, now=now)


def _certificates(text: str, now: datetime | None) -> tuple[CertificateFacts, ...]:
    found: dict[str, CertificateFacts] = {}
    parts = split_pem(text) if "-----BEGIN" in text else (text,)
    for number, part in enumerate(parts, start=1):
        try:
            facts = describe_certificate(certificate_pem(part), now=now)
        except ValueError:
            raise MetadataUnreadable(
                _(
                    "Certificate {number} can’t be read. It is base64, between two lines of dashes."
                ).format(number=number)
            ) from None
        found.setdefault(facts.sha256_fingerprint, facts)
    if len(found) > MAX_CERTIFICATES:
        raise MetadataUnreadable(
            _("There are {number} signing certificates. We take up to {limit}.").format(
                number=len(found), limit=MAX_CERTIFICATES
            )
        )
    return tuple(found.values())
