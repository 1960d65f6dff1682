"""How long the provisioning log is kept."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts.retention import drop
from provisioning.models import KEPT_DAYS, ProvisioningLogEntry


def old_calls() -> QuerySet[ProvisioningLogEntry]:
    """Calls that are older than `KEPT_DAYS` days."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    return ProvisioningLogEntry.objects.filter(at__lt=before).order_by("at")


def forget_calls() -> int:
    """Drop them. Answers how many."""
    return drop(old_calls())
