"""How long the provisioning log is kept."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from provisioning.models import KEPT_DAYS, ProvisioningLogEntry

# Rows of one statement: no lock is held for long, and a run that is stopped has done its part.
BATCH = 1_000


def forget_calls() -> int:
    """Drop calls that are older than `KEPT_DAYS` days. Answers how many."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    old = ProvisioningLogEntry.objects.filter(at__lt=before).order_by("at")
    gone = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        gone += ProvisioningLogEntry.objects.filter(pk__in=batch).delete()[0]
    return gone
