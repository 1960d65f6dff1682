"""What would change a connection people sign in through waits here, to be looked at and tested.

Applying and dismissing are an administrator's. So is going back: an earlier version is staged like
anything else.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from sso.content import OUR_CERTIFICATE, Content, content_of, new_content
from sso.errors import ChangeDecided, KeyGone, OtherIdentityProvider
from sso.models import ConnectionVersion, SamlConnection, StagedChange, StandbyKey, with_content
from sso.services.keys import fingerprint_of, sign_with_key
from sso.services.rows import locked, store, withdraw
from sso.services.validation import validate


@transaction.atomic
def stage_change(
    *,
    connection: SamlConnection,
    content: Content,
    source: StagedChange.Source,
    actor: Actor,
) -> StagedChange | None:
    """Let these values wait, in place of what waits already from the same source.

    Only what differs from the connection is kept; None where nothing does. Raises
    `InvalidOption` and `OtherIdentityProvider` for what could not be applied.
    """
    row = locked(connection)
    changes = new_content(content_of(row), content)
    refuse_other_provider(row, changes)
    validate(with_content(row, changes), changes)
    if changes:
        return _let_wait(row, changes, source, actor)
    withdraw(row, source, actor=actor)
    return None


def _let_wait(
    row: SamlConnection, changes: dict[str, Any], source: StagedChange.Source, actor: Actor
) -> StagedChange:
    """Once, in place of what waits already from the same source."""
    waiting = StagedChange.objects.open().filter(connection=row, source=source).first()
    if waiting is not None and waiting.changes == changes:
        return waiting
    withdraw(row, source, actor=actor)
    staged = StagedChange.objects.create(
        organization=row.organization,
        connection=row,
        source=source,
        changes=changes,
        staged_by=actor.name[:255],
    )
    record(
        Action.CHANGE_STAGED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"fields": sorted(changes), "reason": source.value},
    )
    return staged


def stage_roll_back(*, version: ConnectionVersion, actor: Actor) -> StagedChange | None:
    """Let an earlier version wait to be applied again. None where the connection is like it."""
    return stage_change(
        connection=version.connection,
        content=version.content,
        source=StagedChange.Source.ROLL_BACK,
        actor=actor,
    )


@transaction.atomic
def stage_key(*, connection: SamlConnection, actor: Actor) -> StagedChange:
    """Let the standby key wait to sign, so that a test can try it. Raises `KeyGone`."""
    row = locked(connection)
    standby = StandbyKey.objects.filter(connection=row).first()
    if standby is None:
        raise KeyGone
    changes = {OUR_CERTIFICATE: standby.certificate}
    return _let_wait(row, changes, StagedChange.Source.KEY, actor)


@transaction.atomic
def apply_staged_change(*, staged: StagedChange, actor: Actor) -> SamlConnection:
    """It counts from the next request or answer on; answers the connection as it is then.

    Raises `ChangeDecided`, `InvalidOption`, `ConnectionNameTaken` and `OtherIdentityProvider`.
    """
    row = locked(staged.connection)
    _decide(staged, StagedChange.Outcome.APPLIED, actor)
    if staged.source == StagedChange.Source.KEY:
        certificate = staged.changes[OUR_CERTIFICATE]
        sign_with_key(connection=row, fingerprint=fingerprint_of(certificate), actor=actor)
        return row
    changes = new_content(content_of(row), staged.changes)
    refuse_other_provider(row, changes)
    was, row = row, with_content(row, changes)
    validate(row, changes)
    fields = [*changes]
    if staged.source == StagedChange.Source.METADATA:
        row.metadata_imported_at = timezone.now()
        fields.append("metadata_imported_at")
    store(row, fields, action=Action.CHANGE_APPLIED, actor=actor)
    record(
        Action.CHANGE_APPLIED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes=_for_the_record(was, row, changes) | {"reason": staged.source},
    )
    return row


@transaction.atomic
def dismiss_staged_change(*, staged: StagedChange, actor: Actor) -> None:
    """The connection stays as it is. Raises `ChangeDecided`."""
    _decide(staged, StagedChange.Outcome.DISMISSED, actor)
    record(
        Action.CHANGE_DISMISSED,
        organization=staged.organization,
        actor=actor,
        target=staged.connection,
        changes={"fields": sorted(staged.changes), "reason": staged.source},
    )


def refuse_other_provider(row: SamlConnection, changes: Content) -> None:
    """People are known by the names one provider gave them: another may mean others by them.

    Raises `OtherIdentityProvider`.
    """
    named = changes.get("idp_entity_id", row.idp_entity_id)
    if row.is_active and named != row.idp_entity_id:
        raise OtherIdentityProvider(known=row.idp_entity_id, read=named)


def _decide(staged: StagedChange, outcome: StagedChange.Outcome, actor: Actor) -> None:
    waiting = StagedChange.objects.open().filter(pk=staged.pk)
    decided = {
        "outcome": outcome,
        "decided_at": timezone.now(),
        "decided_by": actor.name[:255],
    }
    if not waiting.update(**decided):
        raise ChangeDecided
    for field, value in decided.items():
        setattr(staged, field, value)


def _for_the_record(
    was: SamlConnection, row: SamlConnection, changes: dict[str, Any]
) -> dict[str, Any]:
    """Certificates are long, and no reader compares them letter by letter: their number will do."""
    recorded = {field: [getattr(was, field), value] for field, value in changes.items()}
    if "pool" in recorded:
        recorded["pool"] = [str(was.pool), str(row.pool)]
    if "idp_certificates" in recorded:
        del recorded["idp_certificates"]
        recorded["certificates"] = [len(was.certificates), len(row.certificates)]
    return recorded
