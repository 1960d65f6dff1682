"""E-mail domains: listed, looked up in DNS, proved, and given up."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import notices
from accounts.after_commit import after_commit
from accounts.errors import DomainTaken, TooManyDomains, TooManyLookUps
from accounts.models import DnsOutcome, Domain, Organization
from accounts.policies import DomainNews, news_of_domain
from accounts.rate_limit import count_in_hour, minutes_left_in_hour
from accounts.services.holding import hold_organization
from accounts.services.validation import validate_fields
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

# Whoever asks again while an answer is on its way waits for that one.
ASKED_ANEW_AFTER = timedelta(seconds=30)
# What anybody may publish under a name is kept to be shown, and not without end.
RECORDS_KEPT, RECORD_LENGTH = 10, 255
# A name server may take all the time there is, and one organization must not take the workers'.
MOST_UNPROVED = 100
# Of all domains of an organization together, asked for by somebody: for the same reason.
LOOK_UPS_AN_HOUR = 120


@transaction.atomic
def add_domain(*, organization: Organization, name: str, actor: Actor) -> Domain:
    """Put a domain on the list, unproved. Raises `DomainTaken` and `TooManyDomains`."""
    hold_organization(organization.pk)  # of two who add the last, one is counted by the other
    domain = Domain(
        organization=organization,
        name=name.strip().rstrip(".").lower(),
        token=secrets.token_hex(16),
    )
    validate_fields(domain)
    taken = Domain.objects.filter(name=domain.name)
    if taken.verified().exists() or taken.in_organization(organization).exists():
        raise DomainTaken(domain.name)
    waiting = Domain.objects.in_organization(organization).filter(verified_at=None)
    if waiting.count() >= MOST_UNPROVED:
        raise TooManyDomains(MOST_UNPROVED)
    try:
        domain.save(force_insert=True)
    except IntegrityError as error:
        raise DomainTaken(domain.name) from error
    record(Action.DOMAIN_ADDED, organization=organization, actor=actor, target=domain)
    return domain


@transaction.atomic
def remove_domain(*, domain: Domain, actor: Actor) -> None:
    """Take a domain off the list. If it was proved, its addresses lead nowhere from then on."""
    row = Domain.objects.select_for_update(of=("self",)).filter(pk=domain.pk).first()
    if row is None:
        return
    record(
        Action.DOMAIN_REMOVED,
        organization=domain.organization,
        actor=actor,
        target=row,
        changes={"proved": row.verified_at is not None},
    )
    row.delete()


@transaction.atomic
def mark_domain_verified(*, domain: Domain, actor: Actor) -> None:
    """The proof was seen. Raises `DomainTaken` if another organization was first."""
    try:
        with transaction.atomic():
            is_new = Domain.objects.filter(pk=domain.pk, verified_at=None).update(
                verified_at=timezone.now(), missing_since=None, misses=0, warned_at=None
            )
    except IntegrityError as error:
        raise DomainTaken(domain.name) from error
    if is_new:
        domain.refresh_from_db(fields=["verified_at"])
        record(
            Action.DOMAIN_VERIFIED,
            organization=domain.organization,
            actor=actor,
            target=domain,
        )


@transaction.atomic
def ask_dns(*, domain: Domain) -> bool:
    """Have a worker look the record up; False where somebody has just asked.

    Raises `TooManyLookUps`.
    """
    from accounts.jobs import check_domain  # the job calls the services

    now = timezone.now()
    unasked = Q(asked_at=None) | Q(asked_at__lt=now - ASKED_ANEW_AFTER)
    if not Domain.objects.filter(unasked, pk=domain.pk).update(asked_at=now):
        return False
    if count_in_hour(f"dns-look-ups:{domain.organization_id}") > LOOK_UPS_AN_HOUR:
        raise TooManyLookUps(most=LOOK_UPS_AN_HOUR, minutes=minutes_left_in_hour())
    check_domain.enqueue(str(domain.pk))
    return True


@transaction.atomic
def note_dns_answer(
    *, domain: Domain, outcome: DnsOutcome, records: list[str], actor: Actor
) -> DomainNews:
    """Keep what DNS said, and draw the consequence: proved, warned of, or no longer proved.

    No answer at all changes nothing. Where another organization was first, the record is seen and
    the domain stays unproved.
    """
    rows = Domain.objects.select_for_update(of=("self",)).select_related("organization")
    row = rows.filter(pk=domain.pk).first()
    if row is None:  # taken off the list meanwhile
        return DomainNews.NONE
    now = timezone.now()
    news = news_of_domain(
        is_proved=row.verified_at is not None,
        outcome=outcome,
        missing_since=row.missing_since,
        misses=row.misses,
        warned_at=row.warned_at,
        now=now,
    )
    row.checked_at, row.outcome = now, outcome
    row.records = [value[:RECORD_LENGTH] for value in records[:RECORDS_KEPT]]
    _count_misses(row, outcome, now)
    if news is DomainNews.MISSING:
        row.warned_at = now
    row.save(
        update_fields=["checked_at", "outcome", "records", "missing_since", "misses", "warned_at"]
    )
    match news:
        case DomainNews.PROVED:
            try:
                mark_domain_verified(domain=row, actor=actor)
            except DomainTaken:
                return DomainNews.NONE
        case DomainNews.MISSING:
            after_commit(notices.domain_missing, row)
        case DomainNews.LOST:
            _give_up(row, actor)
    return news


def _count_misses(row: Domain, outcome: DnsOutcome, now: datetime) -> None:
    if outcome is DnsOutcome.SEEN:
        row.missing_since, row.misses, row.warned_at = None, 0, None
    elif outcome.is_definite and row.verified_at is not None:
        row.missing_since, row.misses = row.missing_since or now, row.misses + 1


def _give_up(row: Domain, actor: Actor) -> None:
    since = row.missing_since
    Domain.objects.filter(pk=row.pk).update(
        verified_at=None, missing_since=None, misses=0, warned_at=None
    )
    record(
        Action.DOMAIN_UNPROVED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"missing_since": since.isoformat() if since else ""},
    )
    after_commit(notices.domain_lost, row)
