"""The safety net under mass removal: one wrong filter in a directory must not empty a customer.

A directory that removes more than a share of the people within an hour is paused: from then on
its writes are refused with 503 and Retry-After, which directories obey by trying later, until an
administrator lets it go on or undoes what it did. People count when they are deactivated or
deleted; who comes back is not taken off the count.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from math import floor
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Organization, User
from accounts.services import reactivate_user
from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.models import AuditEvent
from audit.services import record
from licenses.models import LicenseAssignment
from licenses.policies import Source as LicenseSource
from licenses.services import assign_licenses
from provisioning.models import ScimConfiguration
from provisioning.notices import directory_paused

WINDOW = timedelta(hours=1)
UNDO_WITHIN = timedelta(days=1)
# When a paused directory should come again; an administrator needs some time to read a mail.
RETRY_AFTER_SECONDS = 15 * 60


def allow_removal(configuration: ScimConfiguration) -> bool:
    """Count one more removal, inside the transaction that removes; whether the brake lets it pass.

    One conditional UPDATE in the common case. The first removal of an hour counts the active people
    and settles how many may go.
    """
    if not configuration.brake_is_on:
        return True
    now = timezone.now()
    here = ScimConfiguration.objects.filter(pk=configuration.pk)
    current = here.filter(
        window_started_at__gt=now - WINDOW, window_removed__lt=F("window_allowed")
    )
    count = {"window_removed": F("window_removed") + 1}
    if current.update(**count):
        return True
    over = here.filter(Q(window_started_at=None) | Q(window_started_at__lte=now - WINDOW))
    begun = {"window_started_at": now, "window_allowed": allowance(configuration)}
    if over.update(**begun, window_removed=1):
        return True
    # Either the allowance is used up, or somebody else began the new hour while we counted.
    return bool(current.update(**count))


def allowance(configuration: ScimConfiguration) -> int:
    """How many people the directory may remove within an hour, of those active now."""
    active = User.objects.in_organization(configuration.organization_id).active().count()
    share = floor(active * configuration.brake_percent / 100)
    return max(configuration.brake_minimum, share)


@transaction.atomic
def pause_directory(*, configuration: ScimConfiguration, actor: Actor) -> None:
    """Hold the directory's writes, and write to the full admins. Twice is once."""
    now = timezone.now()
    running = ScimConfiguration.objects.filter(pk=configuration.pk, paused_at=None)
    if not running.update(paused_at=now):
        return
    configuration.paused_at = now
    record(
        Action.DIRECTORY_PAUSED,
        organization=configuration.organization,
        actor=actor,
        target=configuration,
        changes={"removed": configuration.window_removed},
    )
    directory_paused(configuration)


@transaction.atomic
def resume_directory(*, configuration: ScimConfiguration, actor: Actor) -> None:
    """Let a paused directory go on. For the hour that follows the brake lets everything pass:
    somebody has looked at what it is about to do."""
    now = timezone.now()
    everyone = User.objects.in_organization(configuration.organization_id).present().count()
    paused = ScimConfiguration.objects.filter(pk=configuration.pk).exclude(paused_at=None)
    if not paused.update(
        paused_at=None, window_started_at=now, window_allowed=everyone, window_removed=0
    ):
        return
    configuration.refresh_from_db()
    record(
        Action.DIRECTORY_RESUMED,
        organization=configuration.organization,
        actor=actor,
        target=configuration,
    )


def removed_lately(organization: Organization) -> list[UUID]:
    """Whom a directory deactivated within a day and who still are, the latest first."""
    since = timezone.now() - UNDO_WITHIN
    events = AuditEvent.objects.in_organization(organization).filter(
        action=Action.USER_DEACTIVATED, actor_kind=ActorKind.DIRECTORY, created_at__gte=since
    )
    ids = [UUID(each) for each in events.order_by("-id").values_list("target_id", flat=True)]
    gone = User.objects.in_organization(organization).filter(
        state=User.State.DEACTIVATED, deactivated_at__gte=since
    )
    still = set(gone.filter(pk__in=ids).values_list("pk", flat=True))
    return [each for each in dict.fromkeys(ids) if each in still]


def undo_removals(*, organization: Organization, actor: Actor, at_most: int | None = None) -> int:
    """Bring back whom the directory deactivated within a day, everybody or some. Answers how many.

    Whoever lost a license by it gets one again, or a place in line. Each in a transaction of their
    own: doing it again goes on where it stopped. Whoever was deleted stays deleted; their name may
    be somebody else's by now.
    """
    gone = removed_lately(organization)[:at_most]
    licensed = _unlicensed_with_them(gone)
    for user in User.objects.in_bulk(gone).values():
        with transaction.atomic():
            reactivate_user(user=user, actor=actor)
            if user.pk in licensed:
                assign_licenses(
                    organization=organization,
                    users=[user.pk],
                    source=LicenseSource.ADMIN,
                    actor=actor,
                )
    if gone:
        record(
            Action.REMOVALS_UNDONE,
            organization=organization,
            actor=actor,
            target=organization,
            changes={"people": len(gone)},
        )
    return len(gone)


def _unlicensed_with_them(people: Collection[UUID]) -> set[UUID]:
    """Of these people, those whose license ended because they were deactivated."""
    ended = LicenseAssignment.objects.filter(
        user__in=people,
        assigned_at__isnull=False,
        ended_source=LicenseSource.DEACTIVATION,
        ended_at__gte=timezone.now() - UNDO_WITHIN,
    )
    return set(ended.values_list("user_id", flat=True))
