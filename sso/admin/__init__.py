"""The console's pages about single sign-on: connections, sign-ins, identities to confirm."""

from sso.admin.claims import IdentityClaimAdmin
from sso.admin.connections import SamlConnectionAdmin
from sso.admin.sign_ins import SignInTraceAdmin

__all__ = ["IdentityClaimAdmin", "SamlConnectionAdmin", "SignInTraceAdmin"]
