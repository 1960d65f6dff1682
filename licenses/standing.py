"""Where people and organizations stand. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Organization, User, UserQuerySet
from licenses.models import LEARNING, LicenseAssignment, LicensePool, standing, without_license
from licenses.policies import LicenseState


@dataclass(frozen=True, slots=True)
class SeatsSummary:
    """The seats of an organization. Of a closed pool only those still in use are counted, and of
    one past its grace days none: its licenses have lapsed, whether or not they are ended already.
    """

    seats: int
    taken: int
    waiting: int

    @property
    def free(self) -> int:
        return self.seats - self.taken


@dataclass(frozen=True, slots=True)
class PersonsLicense:
    """What a page tells a person about their license. `row` is None for "none"."""

    state: LicenseState
    row: LicenseAssignment | None = None
    # In line, counted from 1.
    place: int | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When a license that is held now will end, as far as is known."""
        return self.row.pool.lapses_at if self.row and self.row.pool else None


def license_state(user: User, product: str = LEARNING) -> LicenseState:
    latest = LicenseAssignment.objects.of(user, product).latest_first()
    return LicenseState(latest.values_list(standing(), flat=True).first() or LicenseState.NONE)


def latest_license(user: User, product: str = LEARNING) -> LicenseAssignment | None:
    """The license or the wait of today, else the license that ended last."""
    return LicenseAssignment.objects.of(user, product).latest_first().select_related("pool").first()


def persons_license(user: User, product: str = LEARNING) -> PersonsLicense:
    row = latest_license(user, product)
    if row is None:
        return PersonsLicense(LicenseState.NONE)
    place = _place_of(row) if row.is_waiting else None
    return PersonsLicense(row.standing_at(timezone.now()), row, place)


def with_license_state(users: UserQuerySet, product: str = LEARNING) -> UserQuerySet:
    """Adds `license_state`, and `license_ended_by`, to each person: no statement of its own."""
    latest = LicenseAssignment.objects.filter(user=OuterRef("pk"), product=product).latest_first()
    return users.annotate(
        license_state=Coalesce(
            Subquery(latest.values(standing=standing())[:1]), Value(LicenseState.NONE.value)
        ),
        license_ended_by=Coalesce(Subquery(latest.values("ended_source")[:1]), Value("")),
    )


def count_without_license(organization: Organization, product: str = LEARNING) -> int:
    """How many people `assign_to_everyone` would reach."""
    return without_license(User.objects.in_organization(organization), product).count()


def _place_of(row: LicenseAssignment) -> int:
    ahead = Q(requested_at__lt=row.requested_at) | Q(requested_at=row.requested_at, pk__lt=row.pk)
    line = LicenseAssignment.objects.in_organization(row.organization_id).waiting()
    return line.filter(ahead, product=row.product).count() + 1


def seats_summary(organization: Organization, product: str = LEARNING) -> SeatsSummary:
    now = timezone.now()
    is_open = Q(pk__in=LicensePool.objects.in_organization(organization).open(now).values("pk"))
    pools = LicensePool.objects.in_organization(organization).filter(product=product).unlapsed(now)
    sums = pools.aggregate(
        seats=Coalesce(Sum(Case(When(is_open, then=F("seats")), default=F("seats_taken"))), 0),
        taken=Coalesce(Sum("seats_taken"), 0),
    )
    waiting = (
        LicenseAssignment.objects.in_organization(organization)
        .filter(product=product)
        .waiting()
        .aggregate(number=Count("pk"))
    )
    return SeatsSummary(seats=sums["seats"], taken=sums["taken"], waiting=waiting["number"])
