"""Who was told of what, so that nobody is told twice."""

from __future__ import annotations

from django.db import models

from accounts.models import Organization, OwnedQuerySet
from sso.models.connections import SamlConnection


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
