"""What an identity provider says of itself becomes what we trust."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from sso.content import trust_content
from sso.models import SamlConnection, StagedChange
from sso.saml import IdpMetadata, IdpTrust, read_metadata
from sso.services.rows import locked, store, withdraw
from sso.services.staging import refuse_other_provider
from sso.services.validation import validate


@transaction.atomic
def import_metadata(*, connection: SamlConnection, xml: bytes, actor: Actor) -> IdpMetadata:
    """Trust what an identity provider's metadata says, in place of what was trusted before.

    Answers what was read. Raises `sso.saml.MetadataUnreadable`, and `OtherIdentityProvider` while
    people sign in through the connection; then nothing has changed.
    """
    metadata = read_metadata(xml)
    trust_provider(connection=connection, trust=metadata.trust, actor=actor)
    return metadata


@transaction.atomic
def trust_provider(*, connection: SamlConnection, trust: IdpTrust, actor: Actor) -> None:
    """Trust an identity provider, however its facts came, in place of what was trusted before.

    Raises `InvalidOption`, and `OtherIdentityProvider` while people sign in through the connection.
    """
    row = locked(connection)
    changes = trust_content(trust)
    refuse_other_provider(row, changes)
    before = {"entity_id": row.idp_entity_id, "certificates": len(row.certificates)}
    for field, value in changes.items():
        setattr(row, field, value)
    row.metadata_imported_at = timezone.now()
    validate(row, changes)
    store(row, [*changes, "metadata_imported_at"], action=Action.METADATA_IMPORTED, actor=actor)
    withdraw(row, StagedChange.Source.METADATA, actor=actor)
    record(
        Action.METADATA_IMPORTED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={
            "entity_id": [before["entity_id"], row.idp_entity_id],
            "certificates": [before["certificates"], len(row.certificates)],
        },
    )
    connection.refresh_from_db()
