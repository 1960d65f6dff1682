"""SAML 2.0 for one connection: values in, values out, no database and no Django settings."""

from sso.saml.addresses import is_safe_url
from sso.saml.by_hand import read_by_hand
from sso.saml.certificates import CertificateFacts, describe_certificate
from sso.saml.descriptors import sp_metadata
from sso.saml.examine import Examination, examine_response
from sso.saml.logout import (
    build_logout_request,
    build_logout_response,
    verify_logout_answer,
    verify_logout_request,
)
from sso.saml.metadata import (
    IdpMetadata,
    MetadataUnreadable,
    describe,
    read_metadata,
)
from sso.saml.query import arrived_by_form, arrived_by_redirect
from sso.saml.reading import request_named
from sso.saml.requests import OutgoingRequest, build_authn_request
from sso.saml.values import (
    Arrived,
    Binding,
    Check,
    CheckName,
    IdpTrust,
    LogoutAnswer,
    LogoutRequest,
    NamedSession,
    SamlRefused,
    SamlSettings,
    SpIdentity,
    VerifiedAssertion,
)
from sso.saml.verify import verify_response

__all__ = [
    "Arrived",
    "Binding",
    "CertificateFacts",
    "Check",
    "CheckName",
    "Examination",
    "IdpMetadata",
    "IdpTrust",
    "LogoutAnswer",
    "LogoutRequest",
    "MetadataUnreadable",
    "NamedSession",
    "OutgoingRequest",
    "SamlRefused",
    "SamlSettings",
    "SpIdentity",
    "VerifiedAssertion",
    "arrived_by_form",
    "arrived_by_redirect",
    "build_authn_request",
    "build_logout_request",
    "build_logout_response",
    "describe",
    "describe_certificate",
    "examine_response",
    "is_safe_url",
    "read_by_hand",
    "read_metadata",
    "request_named",
    "sp_metadata",
    "verify_logout_answer",
    "verify_logout_request",
    "verify_response",
]
