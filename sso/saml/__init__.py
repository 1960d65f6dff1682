"""SAML 2.0 for one connection: values in, values out, no database and no Django settings."""

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
    "Check",
    "CheckName",
    "IdpTrust",
    "SamlRefused",
    "SamlSettings",
    "SpIdentity",
    "VerifiedAssertion",
    "verify_response",
]
