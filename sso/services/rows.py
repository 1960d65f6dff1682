"""How a connection's row is held and written. Every change of one ends here."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.services import hold_organization, shorten_sessions
from audit.actions import Action
from audit.actors import Actor
from sso.content import content_of
from sso.errors import ConnectionGone, ConnectionNameTaken
from sso.models import ConnectionVersion, MetadataRefresh, SamlConnection, StagedChange
from sso.policies import READ_EVERY, TRY_AGAIN_AFTER
from sso.reads import count_read
from sso.services.guard import refuse_guest, refuse_lock_out
from sso.services.telling import have_told


def locked(connection: SamlConnection) -> SamlConnection:
    """The connection as it is now; nobody else changes it, or what its organization requires, until
    this transaction ends.

    Without the key: sign-ins write rows that name the connection, and wait for nobody here. Raises
    `ConnectionGone`.
    """
    hold_organization(connection.organization_id)
    rows = SamlConnection.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("organization", "pool").filter(pk=connection.pk).first()
    if row is None:
        raise ConnectionGone
    return row


def store(row: SamlConnection, fields: list[str], *, action: Action, actor: Actor) -> None:
    """Write, and keep what the row has become as a version of its own.

    What a process holds in memory is of one version only. A shorter session length counts for
    sessions under way too. Full admins are told what a person changed about whom an active
    connection trusts. Raises `ConnectionNameTaken`, and what `sso.services.guard` refuses.
    """
    before = SamlConnection.objects.get(pk=row.pk)
    refuse_guest(row, actor=actor)
    refuse_lock_out(before, row, fields, actor=actor)
    row.version += 1
    try:
        with transaction.atomic():
            row.save(update_fields=[*fields, "version", "updated_at"])
    except IntegrityError as error:
        raise ConnectionNameTaken from error
    if "session_hours" in fields and row.session_hours:
        shorten_sessions(hours=row.session_hours, connection_id=row.pk)
    version = keep_version(row, action=action, actor=actor)
    if row.is_active:
        have_told(before, version, actor=actor)
    if "idp_metadata_url" in fields:
        follow_address(row)


def follow_address(row: SamlConnection) -> None:
    """A new address is read at once, and how the former one was read is forgotten.

    Whoever has had too many read in this hour has this one read with the hour's others.
    """
    from sso.jobs import refresh_metadata  # the job calls the services

    MetadataRefresh.objects.filter(connection=row).delete()
    if row.idp_metadata_url:
        now = timezone.now()
        is_at_once = count_read(row.organization_id)
        MetadataRefresh.objects.create(
            connection=row,
            organization_id=row.organization_id,
            asked_at=now if is_at_once else None,
            next_at=now + (READ_EVERY if is_at_once else TRY_AGAIN_AFTER),
        )
        if is_at_once:
            refresh_metadata.enqueue(str(row.pk))


def keep_version(row: SamlConnection, *, action: Action, actor: Actor) -> ConnectionVersion:
    return ConnectionVersion.objects.create(
        organization_id=row.organization_id,
        connection=row,
        number=row.version,
        action=action,
        actor_name=actor.name[:255],
        content=content_of(row),
    )


def withdraw(row: SamlConnection, source: StagedChange.Source, *, actor: Actor) -> None:
    """What waits from this source is overtaken by something later."""
    StagedChange.objects.open().filter(connection=row, source=source).update(
        outcome=StagedChange.Outcome.REPLACED,
        decided_at=timezone.now(),
        decided_by=actor.name[:255],
    )
