"""Every call of a directory, for the organization's administrator. Kept for 30 days."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from provisioning.models.tokens import ScimToken

KEPT_DAYS = 30


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


class ProvisioningLogEntry(models.Model):
    """One call: what it wanted, of whom, what came of it. Values in it are masked."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(
        ScimToken, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    method = models.CharField(_("method"), max_length=8)
    operation = models.CharField(_("call"), max_length=16, choices=Operation)
    resource_type = models.CharField(_("kind"), max_length=16, blank=True)
    resource_id = models.UUIDField(_("id"), null=True, blank=True)
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

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organization", "-id"], name="provisioning_log_newest"),
            models.Index(fields=["organization", "-at"], name="provisioning_log_by_time"),
            models.Index(
                fields=["organization", "-id"],
                condition=models.Q(status__gte=400),
                name="provisioning_log_refused",
            ),
            models.Index(fields=["at"], name="provisioning_log_age"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.resource_type} {self.status}"
