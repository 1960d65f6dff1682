"""The way back in for full admins when nothing else works."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import new_id
from accounts.models.organizations import Organization, OwnedQuerySet
from accounts.models.people import User


class RecoveryCodeQuerySet(OwnedQuerySet["RecoveryCode"]):
    def unused(self) -> RecoveryCodeQuerySet:
        return self.filter(used_at=None)


class RecoveryCode(models.Model):
    """One of an organization's codes: it signs one of its full admins in, once.

    What is stored is a digest. The code itself is in the one answer that made it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False
    )
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = RecoveryCodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "digest"], name="accounts_recovery_code_once"
            ),
            models.CheckConstraint(
                condition=Q(used_by=None) | Q(used_at__isnull=False),
                name="accounts_recovery_code_used_by_somebody_at_some_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
