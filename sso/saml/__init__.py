"""SAML 2.0 for one connection: values in, values out, no database and no Django settings."""

from sso.saml.by_hand import read_by_hand
from sso.saml.certificates import CertificateFacts, describe_certificate
from sso.saml.metadata import (
    IdpMetadata,
    MetadataUnreadable,
    describe,
    is_safe_url,
    read_metadata,
    sp_metadata,
)
from sso.saml.reading import request_named
from sso.saml.requests import OutgoingRequest, build_authn_request
from sso.saml.values import (
    Binding,
    Check,
    CheckName,
    IdpTrust,
    SamlRefused,
    SamlSettings,
    SpIdentity,
    VerifiedAssertion,
)
from sso.saml.verify import verify_response

__all__ = [
    "Binding",
    "CertificateFacts",
    "Check",
    "CheckName",
    "IdpMetadata",
    "IdpTrust",
    "MetadataUnreadable",
    "OutgoingRequest",
    "SamlRefused",
    "SamlSettings",
    "SpIdentity",
    "VerifiedAssertion",
    "build_authn_request",
    "describe",
    "describe_certificate",
    "is_safe_url",
    "read_by_hand",
    "read_metadata",
    "request_named",
    "sp_metadata",
    "verify_response",
]
