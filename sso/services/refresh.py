"""Metadata that is read at an address: when, and what comes of it. Workers do the reading."""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization
from accounts.rate_limit import minutes_left_in_hour
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from jobs.each import each
from sso.content import content_of, new_content, trust_content
from sso.differences import certificate_difference
from sso.errors import TooManyReads
from sso.models import MetadataRefresh, SamlConnection, StagedChange
from sso.notices import change_waits
from sso.policies import READ_EVERY, RefreshVerdict, judge_refresh, next_read
from sso.reads import (
    READS_AN_HOUR,
    READS_BY_SIGNATURE_AN_HOUR,
    count_read,
    count_read_by_signature,
    in_fair_shares,
)
from sso.saml import IdpMetadata
from sso.services.rows import locked, store, withdraw
from sso.services.staging import refuse_other_provider, stage_change
from sso.services.validation import validate

# Who asks again and again gets it read so often.
ASKED_ANEW_AFTER = timedelta(minutes=1)
# Anybody may post a signature that doesn't match.
ASKED_BY_SIGNATURES_AFTER = timedelta(minutes=15)


@transaction.atomic
def ask_for_refresh(*, connection: SamlConnection) -> bool:
    """Somebody wants the metadata address read now; False where that was asked for just before.

    Raises `TooManyReads`.
    """
    if not _ask(connection, not_within=ASKED_ANEW_AFTER):
        return False
    if not count_read(connection.organization_id):
        raise TooManyReads(most=READS_AN_HOUR, minutes=minutes_left_in_hour())
    return True


def ask_by_signature(*, connection: SamlConnection) -> bool:
    """A signature matches no certificate: perhaps the address knows another by now.

    Has a limit of its own, so that no stranger uses up the organization's reads.
    """
    try:
        with transaction.atomic():
            if not _ask(connection, not_within=ASKED_BY_SIGNATURES_AFTER):
                return False
            if not count_read_by_signature(connection.organization_id):
                raise TooManyReads(most=READS_BY_SIGNATURE_AN_HOUR, minutes=minutes_left_in_hour())
    except TooManyReads:
        return False
    return True


@transaction.atomic
def _ask(connection: SamlConnection, *, not_within: timedelta) -> bool:
    from sso.jobs import refresh_metadata  # the job calls the services

    now = timezone.now()
    unasked = Q(asked_at=None) | Q(asked_at__lt=now - not_within)
    if not MetadataRefresh.objects.filter(unasked, connection=connection).update(asked_at=now):
        return False
    refresh_metadata.enqueue(str(connection.pk))
    return True


def queue_due_refreshes() -> int:
    """Have workers read each address whose day has come; answers how many.

    What is more than an organization's share waits for the next run, those longest due first.
    """
    from sso.jobs import refresh_metadata  # as above

    now = timezone.now()
    due = MetadataRefresh.objects.filter(
        next_at__lte=now, organization__status=Organization.Status.ACTIVE
    ).order_by("next_at")
    rows = due.values_list("pk", "next_at", "organization_id")

    def queue(row: tuple[UUID, datetime, UUID]) -> bool:
        connection_id, next_at, _organization_id = row
        with transaction.atomic():
            mine = MetadataRefresh.objects.filter(pk=connection_id, next_at=next_at)
            is_mine = mine.update(next_at=now + READ_EVERY, asked_at=now)
            if is_mine:
                refresh_metadata.enqueue(str(connection_id))
        return bool(is_mine)

    return sum(each(in_fair_shares(rows.iterator(), owner=itemgetter(2)), queue))


@transaction.atomic
def take_metadata(
    *, connection: SamlConnection, url: str, xml: bytes, metadata: IdpMetadata, actor: Actor
) -> RefreshVerdict | None:
    """Draw the consequence of what was read at `url`: nothing new, accepted, or to be confirmed.

    None where the connection has another address by now. Raises `OtherIdentityProvider` and
    `InvalidOption`; then nothing has changed.
    """
    row = locked(connection)
    if row.idp_metadata_url != url:
        return None
    before, after = content_of(row), trust_content(metadata.trust)
    certificates = certificate_difference(before, after)
    if certificates.is_empty:
        del after["idp_certificates"]  # another order, at most
    changes = new_content(before, after)
    refuse_other_provider(row, changes)
    verdict = judge_refresh(
        changed=changes.keys() - {"idp_certificates"}, certificates=certificates
    )
    if verdict is RefreshVerdict.CONFIRM:
        _stage_unless_dismissed(row, changes, actor)
    else:
        if verdict is RefreshVerdict.ACCEPT:
            _accept(row, changes["idp_certificates"], actor)
        withdraw(row, StagedChange.Source.METADATA, actor=actor)
    now = timezone.now()
    MetadataRefresh.objects.filter(connection=row).update(
        tried_at=now,
        read_at=now,
        document=xml.decode(errors="replace"),
        next_at=next_read(now=now, failures=0),
        failing_since=None,
        failures=0,
        failure="",
    )
    return verdict


def _accept(row: SamlConnection, certificates: str, actor: Actor) -> None:
    before = len(row.certificates)
    row.idp_certificates = certificates
    row.metadata_imported_at = timezone.now()
    validate(row, ["idp_certificates"])
    store(
        row,
        ["idp_certificates", "metadata_imported_at"],
        action=Action.METADATA_IMPORTED,
        actor=actor,
    )
    record(
        Action.METADATA_IMPORTED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"certificates": [before, len(row.certificates)]},
    )


def _stage_unless_dismissed(row: SamlConnection, changes: dict[str, object], actor: Actor) -> None:
    """Who said no to this is not asked again every day."""
    source = StagedChange.Source.METADATA
    last = StagedChange.objects.filter(connection=row, source=source).first()
    if last is not None and last.is_dismissed and last.changes == changes:
        return
    staged = stage_change(connection=row, content=changes, source=source, actor=actor)
    if staged is not None and staged != last and row.is_active:
        change_waits(staged)


@transaction.atomic
def note_refresh_failed(*, connection: SamlConnection, url: str, why: str) -> None:
    """What is trusted stays. The next try comes within the hour, after a day of them once a day."""
    refresh = (
        MetadataRefresh.objects.select_for_update(of=("self",))
        .filter(connection=connection, connection__idp_metadata_url=url)
        .first()
    )
    if refresh is None:
        return
    now = timezone.now()
    refresh.tried_at = now
    refresh.failing_since = refresh.failing_since or now
    refresh.failures += 1
    refresh.failure = why[:500]
    refresh.next_at = next_read(now=now, failures=refresh.failures)
    refresh.save(update_fields=["tried_at", "failing_since", "failures", "failure", "next_at"])
