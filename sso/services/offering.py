"""What an administrator wants of a connection: done at once, or waiting until it is tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from audit.actors import Actor
from sso.content import content_of_options, trust_content
from sso.errors import LockOut
from sso.models import SamlConnection, StagedChange
from sso.saml import IdpMetadata
from sso.services.connections import change_connection
from sso.services.rows import locked
from sso.services.staging import stage_change
from sso.services.trust import trust_provider


@transaction.atomic
def change_or_stage(
    *, connection: SamlConnection, changes: Mapping[str, Any], actor: Actor
) -> StagedChange | None:
    """Choose options; what could shut full admins out waits instead, and is answered.

    Raises what `change_connection` raises otherwise.
    """
    try:
        change_connection(connection=connection, changes=changes, actor=actor)
    except LockOut:
        return stage_change(
            connection=connection,
            content=content_of_options(changes),
            source=StagedChange.Source.CONSOLE,
            actor=actor,
        )
    return None


@transaction.atomic
def trust_or_stage(
    *, connection: SamlConnection, metadata: IdpMetadata, actor: Actor
) -> StagedChange | None:
    """Trust what somebody brought, however it came; where people sign in, it waits and is answered.

    Another trust than the one that works is looked at before it counts, whoever could be shut out
    by it or not. None where it counts already. Raises what `trust_provider` and `stage_change` do.
    """
    # Held: nobody activates it between the look and the write.
    if locked(connection).is_active:
        return stage_change(
            connection=connection,
            content=trust_content(metadata.trust),
            source=StagedChange.Source.METADATA,
            actor=actor,
        )
    trust_provider(connection=connection, trust=metadata.trust, actor=actor)
    return None
