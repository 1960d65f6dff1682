"""Seats that organizations bought, and the people who hold them or wait for one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id
from accounts.models import Organization, OwnedQuerySet, User
from accounts.names import NameKeyField
from licenses.policies import CURRENT_STATES, ENDING_SOURCES, LicenseState, Source

if TYPE_CHECKING:
    from accounts.models import UserQuerySet

LEARNING = "learning"
MAX_SEATS = 10_000_000


def end_of_grace(pool: str = "") -> Combinable:
    """When a pool's licenses lapse, NULL where it has no end. `pool` is a lookup's prefix."""
    days = ExpressionWrapper(F(f"{pool}grace_days"), output_field=models.IntegerField())
    grace = ExpressionWrapper(
        days * Value(timedelta(days=1), output_field=models.DurationField()),
        output_field=models.DurationField(),
    )
    return ExpressionWrapper(F(f"{pool}ends_at") + grace, output_field=models.DateTimeField())


def standing(now: datetime | None = None) -> Combinable:
    """An assignment's state, where a license past its pool's grace days is expired."""
    has_lapsed = LessThanOrEqual(end_of_grace("pool__"), now or timezone.now())
    return Case(
        When(Q(has_lapsed, state=LicenseState.ACTIVE), then=Value(LicenseState.EXPIRED.value)),
        default=F("state"),
    )


class LicensePoolQuerySet(OwnedQuerySet["LicensePool"]):
    def open(self, now: datetime | None = None) -> LicensePoolQuerySet:
        """Pools that give seats at this moment. In its grace days a pool gives none."""
        now = now or timezone.now()
        return self.filter(
            Q(starts_at=None) | Q(starts_at__lte=now), Q(ends_at=None) | Q(ends_at__gt=now)
        )

    def unlapsed(self, now: datetime | None = None) -> LicensePoolQuerySet:
        """Pools whose licenses are good, or will be: up to the end of the grace days."""
        return self.filter(Q(ends_at=None) | GreaterThan(end_of_grace(), now or timezone.now()))

    def with_room(self) -> LicensePoolQuerySet:
        return self.filter(seats_taken__lt=F("seats"))

    def by_priority(self) -> LicensePoolQuerySet:
        return self.order_by("priority", "id")

    def lapsed(self, now: datetime | None = None) -> LicensePoolQuerySet:
        """Pools past their grace days."""
        return self.filter(LessThanOrEqual(end_of_grace(), now or timezone.now()))


class LicensePool(models.Model):
    """The seats one organization has bought together.

    `seats_taken` is the gate's own count. Nothing but the gate writes it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="license_pools",
        verbose_name=_("organization"),
        db_index=False,
    )
    name = models.CharField(_("name"), max_length=255)
    name_key = NameKeyField(source="name")
    product = models.SlugField(_("product"), max_length=63, default=LEARNING, db_index=False)
    seats = models.PositiveIntegerField(_("seats"), validators=[MaxValueValidator(MAX_SEATS)])
    seats_taken = models.PositiveIntegerField(_("seats in use"), default=0, editable=False)
    starts_at = models.DateTimeField(
        _("starts"), null=True, blank=True, help_text=_("Empty: gives seats from now on.")
    )
    ends_at = models.DateTimeField(
        _("ends"), null=True, blank=True, help_text=_("From then on it gives no more seats.")
    )
    grace_days = models.PositiveSmallIntegerField(
        _("grace days"),
        default=10,
        validators=[MaxValueValidator(365)],
        help_text=_("How long people keep their license after the pool’s end."),
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("Pools with smaller numbers are used up first.")
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = LicensePoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("license pool")
        verbose_name_plural = _("license pools")
        ordering = ["priority", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(seats_taken__lte=F("seats")),
                name="licenses_seats_taken_within_seats",
                violation_error_message=_("More licenses are in use than this."),
            ),
            models.UniqueConstraint(
                fields=["organization", "name_key"],
                name="licenses_pool_name_unique_in_organization",
                violation_error_message=_("A license pool has this name already."),
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(ends_at=None) | Q(starts_at__lt=F("ends_at")),
                name="licenses_pool_starts_before_it_ends",
                violation_error_message=_("A pool ends after it starts."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "product", "priority", "id"],
                name="licenses_pool_by_priority",
            ),
            models.Index(
                fields=["ends_at"],
                condition=Q(ends_at__isnull=False),
                name="licenses_pool_by_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def seats_free(self) -> int:
        return self.seats - self.seats_taken

    @property
    def lapses_at(self) -> datetime | None:
        """When its licenses end: after the grace days."""
        return self.ends_at + timedelta(days=self.grace_days) if self.ends_at else None

    def is_open(self, now: datetime) -> bool:
        has_started = self.starts_at is None or self.starts_at <= now
        return has_started and (self.ends_at is None or now < self.ends_at)


class LicenseAssignmentQuerySet(OwnedQuerySet["LicenseAssignment"]):
    def of(self, user: User, product: str = LEARNING) -> LicenseAssignmentQuerySet:
        return self.filter(organization=user.organization_id, user=user, product=product)

    def current(self, now: datetime | None = None) -> LicenseAssignmentQuerySet:
        """Held or waited for today. What has lapsed is neither, though its row goes on."""
        return self.alias(stands=standing(now)).filter(stands__in=CURRENT_STATES)

    def unended(self) -> LicenseAssignmentQuerySet:
        """Rows that hold a seat or a place until something ends them, the lapsed ones included."""
        return self.filter(ended_at=None)

    def active(self) -> LicenseAssignmentQuerySet:
        return self.filter(state=LicenseState.ACTIVE)

    def waiting(self) -> LicenseAssignmentQuerySet:
        return self.filter(state=LicenseState.WAITING)

    def withheld(self) -> LicenseAssignmentQuerySet:
        """Taken away deliberately: no automatic door gives these people one."""
        return self.filter(withheld_at__isnull=False)

    def decisive(self) -> LicenseAssignmentQuerySet:
        """What decides about a person and product: never more than one row."""
        return self.filter(Q(ended_at=None) | Q(withheld_at__isnull=False))

    def lapsed(self, now: datetime | None = None) -> LicenseAssignmentQuerySet:
        """Past their pool's grace days and not ended yet. They count as expired."""
        return self.active().filter(LessThanOrEqual(end_of_grace("pool__"), now or timezone.now()))

    def in_line(self) -> LicenseAssignmentQuerySet:
        return self.order_by("requested_at", "id")

    def latest_first(self) -> LicenseAssignmentQuerySet:
        """The current one, then what ended last. A wait that came to nothing tells nothing."""
        return self.exclude(
            state=LicenseState.REVOKED, assigned_at=None, withheld_at=None
        ).order_by(F("ended_at").desc(nulls_first=True), "-id")


class LicenseAssignment(models.Model):
    """One person's seat, held or once held, or place in line for one."""

    # Of `LicenseState`, all but "none": that is having no row.
    STATES = [choice for choice in LicenseState.choices if choice[0] != LicenseState.NONE]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("organization"),
        db_index=False,
    )
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="licenses", verbose_name=_("person")
    )
    pool = models.ForeignKey(
        LicensePool,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assignments",
        verbose_name=_("license pool"),
        help_text=_("While waiting: the one pool a seat is wanted from; empty means any."),
    )
    product = models.SlugField(_("product"), max_length=63, default=LEARNING, db_index=False)
    state = models.CharField(_("license"), max_length=16, choices=STATES)
    source = models.CharField(_("came by"), max_length=16, choices=Source)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    requested_at = models.DateTimeField(_("asked"), default=timezone.now)
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_source = models.CharField(_("ended by"), max_length=16, choices=Source, blank=True)
    withheld_at = models.DateTimeField(
        _("withheld"),
        null=True,
        blank=True,
        help_text=_("Since then signing in gives this person no license, until allowed again."),
    )

    objects = LicenseAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("license")
        verbose_name_plural = _("licenses")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "product"],
                condition=Q(ended_at=None),
                name="licenses_one_current_per_person_and_product",
                violation_error_message=_("This person holds or awaits a license already."),
            ),
            models.UniqueConstraint(
                fields=["user", "product"],
                condition=Q(withheld_at__isnull=False),
                name="licenses_withheld_once_per_person_and_product",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="waiting", assigned_at=None, ended_at=None)
                    | Q(
                        state="active",
                        pool__isnull=False,
                        assigned_at__isnull=False,
                        ended_at=None,
                    )
                    # Revoked without having been assigned: left the line.
                    | Q(state="revoked", ended_at__isnull=False)
                    | Q(
                        state="expired",
                        pool__isnull=False,
                        assigned_at__isnull=False,
                        ended_at__isnull=False,
                    )
                ),
                name="licenses_state_agrees_with_its_moments",
            ),
            models.CheckConstraint(
                condition=Q(assigned_at=None) | Q(pool__isnull=False),
                name="licenses_assigned_seat_is_of_a_pool",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_source="")
                | (Q(ended_at__isnull=False) & ~Q(ended_source="")),
                name="licenses_ended_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(withheld_at=None) | Q(state="revoked"),
                name="licenses_withheld_was_revoked",
            ),
            models.CheckConstraint(
                condition=Q(source__in=sorted(set(Source.values) - ENDING_SOURCES)),
                name="licenses_source_is_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "product", "requested_at", "id"],
                condition=Q(state="waiting"),
                name="licenses_line",
            ),
            models.Index(fields=["organization", "-requested_at", "-id"], name="licenses_newest"),
            models.Index(
                fields=["pool"], condition=Q(state="active"), name="licenses_active_of_pool"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_state_display()}"

    @property
    def is_waiting(self) -> bool:
        return self.state == LicenseState.WAITING

    def standing_at(self, now: datetime) -> LicenseState:
        """The state, where a license past its pool's grace days is expired."""
        if self.state == LicenseState.ACTIVE and self.pool is not None:
            lapses_at = self.pool.lapses_at
            if lapses_at is not None and lapses_at <= now:
                return LicenseState.EXPIRED
        return LicenseState(self.state)


def without_license(users: UserQuerySet, product: str = LEARNING) -> UserQuerySet:
    """Of these people, the active ones who neither hold nor await a license, nor are denied one.

    Whoever's license has lapsed holds none, whether or not the row was ended already.
    """
    rows = LicenseAssignment.objects.decisive().filter(user=OuterRef("pk"), product=product)
    decisive = rows.alias(stands=standing()).exclude(stands=LicenseState.EXPIRED)
    return users.active().filter(~Exists(decisive))
