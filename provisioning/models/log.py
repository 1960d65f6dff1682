"""Every call of a directory, for the organization's administrator. Kept for 30 days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization, OwnedQuerySet
from provisioning.causes import NO_ENDPOINT, needs_somebody, wants_attention
from provisioning.models.tokens import ScimToken

KEPT_DAYS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Operation(models.TextChoices):
    """What a call wanted."""

    CREATE = "create", _("Add")
    REPLACE = "replace", _("Replace")
    MODIFY = "modify", _("Change")
    DELETE = "delete", _("Delete")
    READ = "read", _("Read")
    LIST = "list", _("List")
    BULK = "bulk", _("Bulk")
    DISCOVER = "discover", _("Discovery")
    OTHER = "other", _("Other")


# `provisioning.dialects`: what is neither nothing nor a directory that nobody knows.
RECOGNIZED = ~Q(dialect="") & ~Q(dialect="other")
NAMES_NEWCOMER = ~Q(newcomer="")
# What changes something when it is answered with success.
CHANGES = (Operation.CREATE, Operation.REPLACE, Operation.MODIFY, Operation.DELETE)


class ProvisioningLogQuerySet(OwnedQuerySet["ProvisioningLogEntry"]):
    def refused(self) -> ProvisioningLogQuerySet:
        return self.filter(status__gte=400)

    def changes_made(self) -> ProvisioningLogQuerySet:
        return self.filter(operation__in=CHANGES, status__lt=400)

    def recognized(self) -> ProvisioningLogQuerySet:
        """Calls that say which directory speaks: Entra ID's mere reads do not."""
        return self.filter(RECOGNIZED)

    def troubles(self) -> ProvisioningLogQuerySet:
        """Refusals that somebody has to mend."""
        return self.refused().filter(wants_attention())

    def unmended(self) -> ProvisioningLogQuerySet:
        """Without those after which the same kind of call worked for the same person or group.

        Whoever could not be added has no id: the same wish is known by what the directory calls
        them. And a base URL with a slip in it was corrected once its token is heard where it
        belongs.
        """
        heard = ProvisioningLogEntry.objects.filter(
            organization=OuterRef("organization"), id__gt=OuterRef("id"), status__lt=400
        )
        worked = heard.filter(
            operation=OuterRef("operation"), resource_type=OuterRef("resource_type")
        )
        changed = worked.filter(resource_id=OuterRef("resource_id"))
        # The second condition is the index's own.
        added = worked.filter(NAMES_NEWCOMER, newcomer=OuterRef("newcomer"))
        corrected = Q(scim_type=NO_ENDPOINT) & Exists(heard.filter(token=OuterRef("token")))
        return self.filter(~Exists(changed), ~Exists(added), ~corrected)


class ProvisioningLogEntry(models.Model):
    """One call: what it wanted, of whom, what came of it. Values in it are masked."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    token = models.ForeignKey(
        ScimToken, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    method = models.CharField(_("method"), max_length=8)
    operation = models.CharField(_("call"), max_length=16, choices=Operation)
    resource_type = models.CharField(_("kind"), max_length=16, blank=True)
    resource_id = models.UUIDField(_("id"), null=True, blank=True)
    # Of a call that adds: `provisioning.newcomers`.
    newcomer = models.CharField(max_length=24, blank=True, editable=False)
    # Who or what it was about, as the console shows people; masked where they are not known here.
    subject = models.CharField(_("about"), max_length=255, blank=True)
    status = models.PositiveSmallIntegerField(_("result"))
    scim_type = models.CharField(_("cause"), max_length=32, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    # By attribute: before and after, masked; for members how many came and went.
    changes = models.JSONField(_("changed"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    milliseconds = models.PositiveIntegerField(_("took"))
    # Which directory speaks (`provisioning.dialects`), and what it calls itself.
    dialect = models.CharField(_("directory"), max_length=16, blank=True)
    client = models.CharField(_("client"), max_length=255, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    request_id = models.CharField(_("request id"), max_length=32, blank=True)

    # Not kept: until it is written, a line of somebody who could not be added knows by which fields
    # to find whoever has the name.
    holder: Mapping[str, str] = MappingProxyType({})

    objects = ProvisioningLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("directory call")
        verbose_name_plural = _("directory calls")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organization", "-id"], name="provisioning_log_newest"),
            models.Index(fields=["organization", "-at"], name="provisioning_log_by_time"),
            models.Index(
                fields=["organization", "-id"],
                condition=Q(status__gte=400),
                name="provisioning_log_refused",
            ),
            models.Index(
                fields=["organization", "-id"],
                condition=RECOGNIZED,
                name="provisioning_log_recognized",
            ),
            # Calls about one person or group; lists and discovery are about none.
            models.Index(
                fields=["resource_id", "-id"],
                condition=Q(resource_id__isnull=False),
                name="provisioning_log_of_resource",
            ),
            models.Index(
                fields=["organization", "newcomer", "-id"],
                condition=NAMES_NEWCOMER,
                name="provisioning_log_of_newcomer",
            ),
            models.Index(fields=["at"], name="provisioning_log_age"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.resource_type} {self.status}"

    @property
    def public_id(self) -> str:
        """Its name in addresses: its moment, in microseconds. The key would tell how busy other
        organizations are."""
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1):x}"

    @staticmethod
    def moment_of(public_id: str) -> datetime | None:
        """The moment that such a name says; None if it says none."""
        try:
            return _EPOCH + timedelta(microseconds=int(public_id, 16))
        except (ValueError, OverflowError):
            return None

    @property
    def is_refused(self) -> bool:
        return self.status >= 400

    @property
    def needs_somebody(self) -> bool:
        """Whether it is one of `troubles()`."""
        return needs_somebody(method=self.method, status=self.status, scim_type=self.scim_type)
