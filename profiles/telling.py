"""Who is told of a gate before it closes. What is due is read from the data, so that a run which
was killed goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import BindingPolicy, Organization, User, UserQuerySet
from accounts.services import hold_organization
from profiles.models import GateNotice, ProfileBinding
from profiles.policies import is_told

# People of one transaction: their notices and the tasks that write to them are stored together.
BATCH = 200


def organizations_to_tell() -> Iterator[Organization]:
    rows = Organization.objects.filter(
        status=Organization.Status.ACTIVE, binding_policy=BindingPolicy.REQUIRED
    ).exclude(binding_policy_at=None)
    return (row for row in rows.iterator() if _is_due(row))


def tell_everybody(organization: Organization, tell: Callable[[User], None]) -> int:
    """Call `tell` for each person who has a grace and no profile, once; answers how many."""
    told = 0
    while number := _tell_some(organization, tell):
        told += number
    return told


@transaction.atomic
def _tell_some(organization: Organization, tell: Callable[[User], None]) -> int:
    # Held, so that of two workers the second finds the first one's notices.
    row = hold_organization(organization.pk)
    since = row.binding_policy_at
    if since is None or row.binding_policy != BindingPolicy.REQUIRED or not _is_due(row):
        return 0
    people = list(_untold(row, since)[:BATCH])
    GateNotice.objects.bulk_create([GateNotice(user=user, required_at=since) for user in people])
    for user in people:
        tell(user)
    return len(people)


def _is_due(row: Organization) -> bool:
    assert row.binding_policy_at is not None
    return is_told(now=timezone.now(), since=row.binding_policy_at, days=row.binding_grace_days)


def _untold(row: Organization, since: datetime) -> UserQuerySet:
    bindings = ProfileBinding.objects.active().filter(user=OuterRef("pk"))
    notices = GateNotice.objects.filter(user=OuterRef("pk"), required_at=since)
    people = User.objects.in_organization(row).active().filter(created_at__lte=since)
    return people.exclude(email="").filter(~Exists(bindings), ~Exists(notices)).order_by("pk")
