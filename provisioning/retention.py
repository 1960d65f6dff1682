"""How long the provisioning log is kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.retention import drop
from provisioning.models import KEPT_DAYS, ProvisioningLogEntry


def forget_calls() -> int:
    """Drop calls that are older than `KEPT_DAYS` days. Answers how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    return drop(ProvisioningLogEntry.objects.filter(at__lt=before).order_by("at"))
