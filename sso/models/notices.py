"""Who was told of what, so that nobody is told twice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Organization, OwnedQuerySet
from sso.models.connections import SamlConnection
from sso.models.versions import ConnectionVersion


class TrustNotice(models.Model):
    """The full admins are to be told what this version changed about whom we trust.

    Written with the change; whoever claims it by `told_at` is the one that tells.
    """

    version = models.OneToOneField(
        ConnectionVersion, on_delete=models.CASCADE, primary_key=True, related_name="notice"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # As the connection was when people last signed in through it: of `sso.content`, what is other.
    # Empty where they never had: the version opens the connection for the first time.
    before = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet["TrustNotice"].as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(told_at=None), name="sso_trust_notice_untold"
            )
        ]

    def __str__(self) -> str:
        return str(self.version_id)

    @property
    def is_first(self) -> bool:
        return not self.before


class CertificateNotice(models.Model):
    """The full admins were told so many days ahead that this certificate ends.

    The unique row is what makes one of two runs the one that tells.
    """

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    connection = models.ForeignKey(
        SamlConnection, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # SHA-256, as pages show it.
    fingerprint = models.CharField(max_length=95)
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet["CertificateNotice"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "fingerprint", "days"], name="sso_told_once_of_a_certificate"
            )
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint}, {self.days}"
