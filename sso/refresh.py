"""Reading an identity provider's metadata at its address: what a worker does."""

from __future__ import annotations

from uuid import UUID

from accounts.models import Organization
from audit.actors import Actor
from sso.errors import SsoError
from sso.fetching import fetch
from sso.models import SamlConnection
from sso.saml import MetadataUnreadable, read_metadata
from sso.services.refresh import note_refresh_failed, take_metadata


def refresh(connection_id: UUID) -> str:
    """Read it now; answers what came of it in a word, for the list of background work."""
    connection = (
        SamlConnection.objects.exclude(idp_metadata_url="")
        .filter(pk=connection_id, organization__status=Organization.Status.ACTIVE)
        .first()
    )
    if connection is None:
        return "nothing to read"
    url = connection.idp_metadata_url
    try:
        # Outside any transaction: the host may take seconds.
        xml = fetch(url)
        verdict = take_metadata(
            connection=connection,
            url=url,
            xml=xml,
            metadata=read_metadata(xml),
            actor=Actor.system("Metadata refresh"),
        )
    except (SsoError, MetadataUnreadable) as error:
        note_refresh_failed(connection=connection, url=url, why=str(error))
        return "failed"
    return "another address" if verdict is None else verdict.name.lower()
