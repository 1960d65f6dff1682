"""What licenses hold on one person."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from accounts.models import User
from accounts.personal_data import register, rows
from licenses.models import LicenseAssignment


@register("licenses", "licenses.LicenseAssignment")
def licenses(user: User) -> Generator[dict[str, Any]]:
    return rows(
        LicenseAssignment.objects.filter(user=user).order_by("requested_at"),
        pool="pool__name",
        product="product",
        state="state",
        came_by="source",
        reason="reason",
        asked_at="requested_at",
        assigned_at="assigned_at",
        ended_at="ended_at",
        ended_by="ended_source",
        withheld_at="withheld_at",
    )
