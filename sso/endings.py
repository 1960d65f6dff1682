"""When the trust between a connection and its identity provider ends."""

from __future__ import annotations

from datetime import timedelta

from sso.models import SamlConnection
from sso.saml import CertificateFacts, describe_certificate

# Metadata that can't be read for so long is worth a line on the console's first page, and a mail.
FAILING_FOR = timedelta(days=1)
# Who waits for somebody else to mend it is reminded, not nagged.
TOLD_OF_FAILURE_EVERY = timedelta(days=7)


def last_trusted(connection: SamlConnection) -> CertificateFacts | None:
    """The certificate that lasts longest: one good one is enough to sign people in."""
    known = [describe_certificate(pem) for pem in connection.certificates]
    return max(known, key=lambda facts: facts.not_after, default=None)


def our_certificate(connection: SamlConnection) -> CertificateFacts:
    return describe_certificate(connection.sp_certificate)
