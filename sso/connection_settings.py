"""From a connection's row to the plain values that SAML messages are judged by."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sso.content import content_of, digest_of
from sso.models import SamlConnection, StandbyKey
from sso.saml import IdpTrust, SamlSettings, SpIdentity

MOST_KEPT = 256
_kept: dict[tuple[UUID, int], SamlSettings] = {}


def trust_of(connection: SamlConnection) -> IdpTrust:
    """What `sso.content.trust_content` made the columns of."""
    return IdpTrust(
        entity_id=connection.idp_entity_id,
        sso_redirect_url=connection.idp_sso_redirect_url or None,
        sso_post_url=connection.idp_sso_post_url or None,
        slo_redirect_url=connection.idp_slo_redirect_url or None,
        slo_post_url=connection.idp_slo_post_url or None,
        slo_redirect_response_url=connection.idp_slo_redirect_response_url or None,
        slo_post_response_url=connection.idp_slo_post_response_url or None,
        certificates=connection.certificates,
        wants_signed_requests=connection.idp_wants_signed_requests,
    )


def settings_for(connection: SamlConnection) -> SamlSettings:
    """Made once per process and version: the private keys are opened here."""
    key = (connection.pk, connection.version)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()  # making one again costs a fraction of a millisecond
        found = _kept[key] = _made(*_with_standby(connection))
    return found


def settings_to_try(connection: SamlConnection) -> SamlSettings:
    """Of what the connection may become: kept apart from what sign-ins are judged by."""
    digest = digest_of(content_of(connection))
    standby = _standby(connection)
    tried = _made(connection, standby)
    if standby is not None and standby.certificate == connection.sp_certificate:
        # Promoted, to try it: the one that signs today opens as well.
        tried = replace(
            tried,
            sp=replace(
                tried.sp,
                other_key_pem=standby.connection.private_key_pem,
                other_certificate_pem=standby.connection.sp_certificate,
            ),
        )
    return replace(tried, cache_key=(f"{connection.pk} {digest}", connection.version))


def _with_standby(connection: SamlConnection) -> tuple[SamlConnection, StandbyKey | None]:
    """Both of its keys as they are at one moment.

    They may have changed places since the row was read: then the row is read anew with the other,
    or one of the two would be missing.
    """
    standby = _standby(connection)
    if standby is None or standby.connection.version == connection.version:
        return connection, standby
    return standby.connection, standby


def _standby(connection: SamlConnection) -> StandbyKey | None:
    rows = StandbyKey.objects.select_related("connection")
    return rows.filter(connection=connection).first()


def _made(connection: SamlConnection, standby: StandbyKey | None) -> SamlSettings:
    return SamlSettings(
        cache_key=(str(connection.pk), connection.version),
        idp=trust_of(connection),
        sp=SpIdentity(
            entity_id=connection.entity_id,
            acs_url=connection.acs_url,
            slo_url=connection.slo_url if connection.single_logout else None,
            key_pem=connection.private_key_pem,
            certificate_pem=connection.sp_certificate,
            other_key_pem=standby.private_key_pem if standby else None,
            other_certificate_pem=standby.certificate if standby else None,
        ),
        sign_requests=connection.sign_requests or connection.idp_wants_signed_requests,
        clock_skew=timedelta(seconds=connection.clock_skew_seconds),
        name_id_format=connection.name_id_format or None,
        requested_authn_context=connection.requested_authn_context or None,
        include_acs_url=connection.include_acs_url,
        allow_unsolicited=connection.idp_initiated,
    )
