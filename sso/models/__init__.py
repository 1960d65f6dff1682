"""An organization's trust in its identity providers, and what came of each sign-in."""

from sso.models.attempts import (
    ClaimedRequest,
    DemandedProof,
    SignInRequest,
    SignInTrace,
    UsedAssertion,
    new_reference,
)
from sso.models.connections import Preset, SamlConnection
from sso.models.identities import NAME_ID_MAX_LENGTH, IdentityClaim, SamlIdentity
from sso.models.keys import StandbyKey
from sso.models.notices import CertificateNotice, TrustNotice
from sso.models.refreshes import MetadataRefresh
from sso.models.shares import TraceShare
from sso.models.trials import SignInTest
from sso.models.versions import ConnectionVersion, StagedChange, with_content

__all__ = [
    "NAME_ID_MAX_LENGTH",
    "CertificateNotice",
    "ClaimedRequest",
    "ConnectionVersion",
    "DemandedProof",
    "IdentityClaim",
    "MetadataRefresh",
    "Preset",
    "SamlConnection",
    "SamlIdentity",
    "SignInRequest",
    "SignInTest",
    "SignInTrace",
    "StagedChange",
    "StandbyKey",
    "TraceShare",
    "TrustNotice",
    "UsedAssertion",
    "new_reference",
    "with_content",
]
