"""How one organization's directory is to be treated, and the safety net under it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from licenses.models import LicensePool


class ScimConfiguration(models.Model):
    """One organization's choices about its directory. It comes to be with the first token."""

    organization = models.OneToOneField(
        Organization,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="scim_configuration",
        verbose_name=_("organization"),
    )
    auto_assign = models.BooleanField(
        _("automatically assign licenses"),
        default=False,
        help_text=_(
            "People get a license when the directory adds them, not at their first sign-in."
        ),
    )
    pool = models.ForeignKey(
        LicensePool,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("license pool"),
        help_text=_("Empty: any pool with a free seat."),
    )
    adopts_people = models.BooleanField(
        _("adopt existing people"),
        default=False,
        help_text=_(
            "When the directory adds somebody whose user name is here already, it takes that "
            "person over instead of being refused."
        ),
    )

    # The brake on mass removal
    brake_is_on = models.BooleanField(_("brake on mass removal"), default=True)
    brake_percent = models.PositiveSmallIntegerField(
        _("share of people"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    brake_minimum = models.PositiveIntegerField(
        _("and at least"), default=5, validators=[MinValueValidator(1)]
    )
    # The hour in which removals are counted: since when, how many of how many.
    window_started_at = models.DateTimeField(null=True, blank=True, editable=False)
    window_allowed = models.PositiveIntegerField(default=0, editable=False)
    window_removed = models.PositiveIntegerField(default=0, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("directory configuration")
        verbose_name_plural = _("directory configurations")
        constraints = [
            models.CheckConstraint(
                condition=Q(brake_percent__gte=1, brake_percent__lte=100),
                name="provisioning_brake_percent_is_a_share",
                violation_error_message=_("Between 1 and 100 percent."),
            ),
            models.CheckConstraint(
                condition=Q(brake_minimum__gte=1),
                name="provisioning_brake_minimum_is_somebody",
                violation_error_message=_("At least one person."),
            ),
        ]

    def __str__(self) -> str:
        return f"Directory of {self.organization}"

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None
