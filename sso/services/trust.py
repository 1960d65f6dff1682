"""What an identity provider says of itself becomes what we trust."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from sso.errors import OtherIdentityProvider
from sso.models import SamlConnection
from sso.saml import IdpMetadata, read_metadata
from sso.services.rows import locked, store, validate


@transaction.atomic
def import_metadata(*, connection: SamlConnection, xml: bytes, actor: Actor) -> IdpMetadata:
    """Trust what an identity provider's metadata says, in place of what was trusted before.

    Answers what was read. Raises `sso.saml.MetadataUnreadable`, and `OtherIdentityProvider` while
    people sign in through the connection; then nothing has changed.
    """
    metadata = read_metadata(xml)
    row = locked(connection)
    before = {"entity_id": row.idp_entity_id, "certificates": len(row.certificates)}
    trust = metadata.trust
    if row.is_active and trust.entity_id != row.idp_entity_id:
        raise OtherIdentityProvider(known=row.idp_entity_id, read=trust.entity_id)
    row.idp_entity_id = trust.entity_id
    row.idp_sso_redirect_url = trust.sso_redirect_url or ""
    row.idp_sso_post_url = trust.sso_post_url or ""
    row.idp_certificates = "".join(trust.certificates)
    row.idp_wants_signed_requests = trust.wants_signed_requests
    row.metadata_imported_at = timezone.now()
    if not trust.sso_redirect_url:
        row.request_binding = SamlConnection.Binding.POST
    validate(row)
    store(
        row,
        [
            "idp_entity_id",
            "idp_sso_redirect_url",
            "idp_sso_post_url",
            "idp_certificates",
            "idp_wants_signed_requests",
            "metadata_imported_at",
            "request_binding",
        ],
    )
    record(
        Action.METADATA_IMPORTED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={
            "entity_id": [before["entity_id"], trust.entity_id],
            "certificates": [before["certificates"], len(trust.certificates)],
        },
    )
    connection.refresh_from_db()
    return metadata
