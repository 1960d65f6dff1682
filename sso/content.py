"""What a connection trusts and how it behaves, as plain values that are kept and compared.

Of our keys it names the one that signs. State and times are no part of it: they are changed by acts
of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from sso.models.connections import SamlConnection
from sso.saml import IdpTrust

# What the identity provider says of itself.
TRUST_FIELDS = (
    "idp_entity_id",
    "idp_sso_redirect_url",
    "idp_sso_post_url",
    "idp_slo_redirect_url",
    "idp_slo_post_url",
    "idp_slo_redirect_response_url",
    "idp_slo_post_response_url",
    "idp_certificates",
    "idp_wants_signed_requests",
)
# What an administrator may choose on a connection.
OPTION_FIELDS = (
    "name",
    "preset",
    "idp_metadata_url",
    "sign_requests",
    "request_binding",
    "include_acs_url",
    "name_id_format",
    "requested_authn_context",
    "subject_attribute",
    "attribute_map",
    "access_rules",
    "idp_initiated",
    "single_logout",
    "session_hours",
    "clock_skew_seconds",
    "auto_assign",
    "pool",
)
CONTENT_FIELDS = (*TRUST_FIELDS, *OPTION_FIELDS)
# Which key of ours signs, by its certificate. It decides what a test proves, but no earlier version
# brings a key back: keys change places, see `sso.services.keys`.
OUR_CERTIFICATE = "sp_certificate"
# Whoever changes these can let others in, or lead people elsewhere: full admins are told.
WATCHED_FIELDS = (
    *(field for field in TRUST_FIELDS if field != "idp_wants_signed_requests"),
    "idp_metadata_url",
    OUR_CERTIFICATE,
)

Content = Mapping[str, Any]


def content_of(connection: SamlConnection) -> dict[str, Any]:
    """Fit for JSON: a pool is its id."""
    return {field: _plain(connection, field) for field in (*CONTENT_FIELDS, OUR_CERTIFICATE)}


def _plain(connection: SamlConnection, field: str) -> Any:
    if field == "pool":
        return str(connection.pool_id) if connection.pool_id else None
    return getattr(connection, field)


def content_of_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """What an administrator chose, as it is kept."""
    return {
        field: str(value.pk) if isinstance(value, Model) else value
        for field, value in options.items()
    }


def trust_content(trust: IdpTrust) -> dict[str, Any]:
    """What a connection becomes that trusts this.

    Where POST is all there is, requests go by it; sign-outs with nowhere to go are off.
    """
    content: dict[str, Any] = {
        "idp_entity_id": trust.entity_id,
        "idp_sso_redirect_url": trust.sso_redirect_url or "",
        "idp_sso_post_url": trust.sso_post_url or "",
        "idp_slo_redirect_url": trust.slo_redirect_url or "",
        "idp_slo_post_url": trust.slo_post_url or "",
        "idp_slo_redirect_response_url": trust.slo_redirect_response_url or "",
        "idp_slo_post_response_url": trust.slo_post_response_url or "",
        "idp_certificates": "".join(trust.certificates),
        "idp_wants_signed_requests": trust.wants_signed_requests,
    }
    if not trust.sso_redirect_url:
        content["request_binding"] = SamlConnection.Binding.POST.value
    if not (trust.slo_redirect_url or trust.slo_post_url):
        content["single_logout"] = False
    return content


def new_content(before: Content, after: Content) -> dict[str, Any]:
    """Of `after`, the fields that are other than `before`. What `after` doesn't name stays."""
    return {
        field: after[field]
        for field in CONTENT_FIELDS
        if field in after and after[field] != before.get(field)
    }


def digest_of(content: Content) -> str:
    """Names exactly this content. The connection's own name is left out: it proves nothing."""
    counted = {field: value for field, value in content.items() if field != "name"}
    return hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()
