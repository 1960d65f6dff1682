"""Reading an identity provider's metadata at its address: what a worker does."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organization
from audit.actors import Actor
from sso.errors import SsoError
from sso.fetching import fetch
from sso.models import SamlConnection
from sso.saml import IdpMetadata, MetadataUnreadable, read_metadata
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
        metadata = read_metadata(xml)
        _refuse_outdated(metadata)
        verdict = take_metadata(
            connection=connection,
            url=url,
            xml=xml,
            metadata=metadata,
            actor=Actor.system("Metadata refresh"),
        )
    except (SsoError, MetadataUnreadable) as error:
        note_refresh_failed(connection=connection, url=url, why=str(error))
        return "failed"
    except Exception:
        # Metadata is a stranger's: what nobody foresaw is told on the connection's page like any
        # other failure, and tried again within the hour. The job fails, and the log has the rest.
        note_refresh_failed(connection=connection, url=url, why=_("The portal stumbled over it."))
        raise
    return "another address" if verdict is None else verdict.name.lower()


def _refuse_outdated(metadata: IdpMetadata) -> None:
    """Nobody has looked at it, so its own word counts: it says since when it is not to be used."""
    if metadata.valid_until is not None and metadata.valid_until < timezone.now():
        raise MetadataUnreadable(
            _("This metadata was valid until %(date)s.")
            % {"date": f"{metadata.valid_until:%Y-%m-%d}"}
        )
