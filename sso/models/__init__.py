"""An organization's trust in its identity providers, and what came of each sign-in."""

from sso.models.attempts import (
    REFERENCE_ALPHABET,
    ClaimedRequest,
    DemandedProof,
    SignInRequest,
    SignInTrace,
    UsedAssertion,
    new_reference,
)
from sso.models.connections import Preset, SamlConnection
from sso.models.identities import NAME_ID_MAX_LENGTH, IdentityClaim, SamlIdentity

__all__ = [
    "NAME_ID_MAX_LENGTH",
    "REFERENCE_ALPHABET",
    "ClaimedRequest",
    "DemandedProof",
    "IdentityClaim",
    "Preset",
    "SamlConnection",
    "SamlIdentity",
    "SignInRequest",
    "SignInTrace",
    "UsedAssertion",
    "new_reference",
]
