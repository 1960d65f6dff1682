"""What becomes of profiles once an organization has switched them off for good.

Which profile it was goes: its id at LinkedIn, its name, when it was last used. That there was one
stays, with the words that were agreed to: the proof that the organization was allowed to have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import BindingPolicy, Organization
from accounts.services import hold_organization
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from profiles.errors import ProfilesInUse
from profiles.models import ProfileBinding, ProfileBindingQuerySet
from profiles.policies import KEPT_AFTER_OFF

_NOTHING_KNOWN = {"subject": "", "name": "", "last_used_at": None}


@transaction.atomic
def forget_profiles(
    *, organization: Organization, actor: Actor, off_since: datetime | None = None
) -> int:
    """Forget which profiles an organization's people have and had; answers how many went.

    With `off_since`, those alone that have been switched off since then or longer. Raises
    `ProfilesInUse` where the policy is on: the organization is held, so that a policy which comes
    back in the same moment either finds its profiles or comes too late. Safe to repeat.
    """
    row = hold_organization(organization.pk)
    if row.binding_policy != BindingPolicy.OFF:
        raise ProfilesInUse
    now = timezone.now()
    rows = remembered_of(row, off_since=off_since)
    asleep = rows.current().update(
        state=ProfileBinding.State.REVOKED,
        ended_at=now,
        end_reason=ProfileBinding.EndReason.FORGOTTEN,
        forgotten_at=now,
        **_NOTHING_KNOWN,
    )
    ended = rows.exclude(ended_at=None).update(forgotten_at=now, **_NOTHING_KNOWN)
    if asleep or ended:
        record(
            Action.PROFILE_FORGOTTEN,
            organization=row,
            actor=actor,
            target=row,
            changes={"people": asleep, "ended_before": ended},
        )
    return asleep + ended


def remembered_of(
    row: Organization, *, off_since: datetime | None = None
) -> ProfileBindingQuerySet:
    """The profiles that are still known of an organization's people."""
    rows = ProfileBinding.objects.in_organization(row).remembered()
    if off_since is None:
        return rows
    due = Q(policy_off_at__lte=off_since)
    # Those that had ended before are as old as the policy that keeps nobody's any more.
    if row.binding_policy_at is not None and row.binding_policy_at <= off_since:
        due |= Q(ended_at__isnull=False)
    return rows.filter(due)


def forget_switched_off(organization: Organization) -> int:
    """Forget what has been off for 90 days. A policy that came back meanwhile keeps everything."""
    try:
        return forget_profiles(
            organization=organization,
            actor=Actor.system("Profiles switched off"),
            off_since=timezone.now() - KEPT_AFTER_OFF,
        )
    except ProfilesInUse:
        return 0


def organizations_that_switched_off() -> Iterator[Organization]:
    known = ProfileBinding.objects.remembered().filter(organization=OuterRef("pk"))
    off = Organization.objects.filter(binding_policy=BindingPolicy.OFF)
    return off.filter(Exists(known)).order_by("pk").iterator()
