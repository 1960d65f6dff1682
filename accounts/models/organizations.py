"""Customers, their policies and their domains."""

from __future__ import annotations

import uuid
import zoneinfo
from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.ids import new_id

MAX_SESSION_HOURS = 180 * 24
MAX_GRACE_DAYS = 90
# Whoever waited so long for a look at DNS waits for a worker that doesn't run.
GIVEN_UP_AFTER = timedelta(minutes=2)

AnyModel = TypeVar("AnyModel", bound=models.Model)


class BindingPolicy(models.TextChoices):
    """Whether learners connect their LinkedIn profile: they must, may, or may not."""

    REQUIRED = "required", _("They must")
    OPTIONAL = "optional", _("They may")
    OFF = "off", _("They may not")


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("There is no time zone of this name."))


class Organization(models.Model):
    """A customer: the tenant that everything else belongs to, with its policies."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.CharField(
        _("short name"),
        max_length=63,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\Z",
                _("Small letters, digits and hyphens, as in acme or acme-robotics."),
            )
        ],
        help_text=_("Stands in your sign-in address."),
    )
    name = models.CharField(_("name"), max_length=255)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.ACTIVE)
    contact_email = models.EmailField(
        _("whom learners ask"),
        blank=True,
        help_text=_("Shown to people whose sign-in failed or who wait for a license."),
    )

    # Policies
    auto_assign = models.BooleanField(_("automatically assign licenses"), default=False)
    binding_policy = models.CharField(
        _("LinkedIn profile"),
        max_length=16,
        choices=BindingPolicy,
        default=BindingPolicy.OPTIONAL,
    )
    # Since when it is what it is; none: since before that was kept.
    binding_policy_at = models.DateTimeField(null=True, blank=True, editable=False)
    binding_grace_days = models.PositiveSmallIntegerField(
        _("days to connect"), default=14, validators=[MaxValueValidator(MAX_GRACE_DAYS)]
    )
    jit_enabled = models.BooleanField(
        _("create people at their first sign-in"),
        default=True,
        help_text=_("Just-in-time provisioning through single sign-on."),
    )
    session_hours = models.PositiveIntegerField(_("session length"), default=12)
    # The door that is offered first. A plain value: `accounts` knows doors by their ids alone.
    default_door = models.UUIDField(_("default sign-in"), null=True, blank=True, editable=False)

    # Since when its people come in through single sign-on alone.
    sso_required_at = models.DateTimeField(null=True, blank=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(session_hours__gte=1, session_hours__lte=MAX_SESSION_HOURS),
                name="accounts_session_length_within_limits",
                violation_error_message=_("Between one hour and 180 days."),
            ),
            models.CheckConstraint(
                condition=Q(binding_policy__in=BindingPolicy.values),
                name="accounts_binding_policy_is_known",
            ),
            models.CheckConstraint(
                condition=Q(binding_grace_days__gte=0, binding_grace_days__lte=MAX_GRACE_DAYS),
                name="accounts_grace_within_limits",
                violation_error_message=_("Between none and 90 days."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def requires_sso(self) -> bool:
        """Whether every other door is closed to its people; recovery codes are no door."""
        return self.sso_required_at is not None


class OwnedQuerySet(models.QuerySet[AnyModel]):
    """Rows of which each belongs to one organization: every look-up starts from its own."""

    def in_organization(self, organization: Organization | uuid.UUID) -> Self:
        return self.filter(organization=organization)


class DomainQuerySet(OwnedQuerySet["Domain"]):
    def verified(self) -> DomainQuerySet:
        return self.exclude(verified_at=None)


class DnsOutcome(models.TextChoices):
    """What DNS said when it was last asked for a domain's TXT record."""

    SEEN = "seen", _("The record is there")
    OTHERS = "others", _("Other TXT records, not this one")
    NOTHING = "nothing", _("No TXT record at this name")
    NO_DOMAIN = "no_domain", _("No such domain")
    UNREACHABLE = "unreachable", _("No answer")

    @property
    def is_definite(self) -> bool:
        """Whether somebody who answers for the domain said so, or nobody answered at all."""
        return self is not DnsOutcome.UNREACHABLE


class Domain(models.Model):
    """An e-mail domain. It routes sign-ins only once its owner has been proved."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="domains", db_index=False
    )
    name = models.CharField(_("domain"), max_length=253)
    token = models.CharField(_("proof"), max_length=64, editable=False)
    verified_at = models.DateTimeField(_("proved"), null=True, blank=True)
    # The door its addresses lead to; none: the organization's default one.
    leads_to = models.UUIDField(_("leads to"), null=True, blank=True, editable=False)
    # What DNS said last, and whether somebody waits for it to be asked.
    asked_at = models.DateTimeField(null=True, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, editable=False)
    outcome = models.CharField(max_length=16, choices=DnsOutcome, blank=True, editable=False)
    records = models.JSONField(default=list, blank=True, editable=False)
    # Since when, and in how many definite answers, a proved domain's record is gone.
    missing_since = models.DateTimeField(null=True, editable=False)
    misses = models.PositiveIntegerField(default=0, editable=False)
    warned_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="accounts_domain_once_per_organization",
                violation_error_message=_("This domain is in the list already."),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(verified_at__isnull=False),
                name="accounts_domain_proved_once",
                violation_error_message=_("Another organization has proved this domain."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_unanswered(self) -> bool:
        """Whether somebody asked for a look at DNS and nothing has come of it yet."""
        if self.asked_at is None:
            return False
        return self.checked_at is None or self.checked_at < self.asked_at

    def is_being_asked(self, now: datetime) -> bool:
        """Whether a worker is to look, or does."""
        if self.asked_at is None or now - self.asked_at >= GIVEN_UP_AFTER:
            return False
        return self.is_unanswered

    @property
    def txt_record(self) -> str:
        """The value of the DNS TXT record that proves the domain."""
        return f"learning-portal-verify={self.token}"
