"""What licenses hold on one person."""

from __future__ import annotations

from accounts.personal_data import tell_rows
from licenses.models import LicenseAssignment

tell_rows(
    "licenses",
    LicenseAssignment,
    order=["requested_at"],
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
