"""What directory sync holds on one person."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from accounts.models import User
from accounts.personal_data import register, rows
from provisioning.models import DirectoryRecord, ProvisioningLogEntry


@register("what_your_directory_says", DirectoryRecord)
def record(user: User) -> dict[str, Any] | None:
    """The document as it came; None where no directory keeps this person."""
    document: dict[str, Any] | None = (
        DirectoryRecord.objects.filter(user=user).values_list("document", flat=True).first()
    )
    return document


@register("calls_of_your_directory", ProvisioningLogEntry)
def calls(user: User) -> Generator[dict[str, Any]]:
    """Of the last thirty days, values masked as in the log."""
    about = ProvisioningLogEntry.objects.filter(
        organization=user.organization_id, resource_type="User", resource_id=user.pk
    )
    return rows(
        about.order_by("id"), at="at", wanted="operation", result="status", changes="changes"
    )
