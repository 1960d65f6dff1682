"""Refused calls that somebody has to mend, by cause."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import Organization
from provisioning.causes import WORDS, Cause, Text, cause_of
from provisioning.dialects import Dialect
from provisioning.models import ProvisioningLogEntry

# Okta tells of a failure once and not again, so a weekend must not hide it.
WITHIN = timedelta(days=7)
# Refusals that are read to be grouped. More than these say the same.
READ = 300


@dataclass
class Trouble:
    """One cause: how often, whom it hit, and the latest call as an example."""

    cause: Cause
    latest: ProvisioningLogEntry
    # How the organization's directory speaks, where its call doesn't tell: reads of Entra ID look
    # like anybody's.
    spoken: str = ""
    calls: int = 0
    subjects: set[str] = field(default_factory=set)

    @property
    def meaning(self) -> Text:
        return WORDS[self.cause].meaning

    @property
    def remedy(self) -> Text:
        dialect = self.latest.dialect
        is_told = dialect not in {"", Dialect.OTHER}
        return WORDS[self.cause].for_dialect(dialect if is_told else self.spoken)

    @property
    def is_taken(self) -> bool:
        return self.cause is Cause.TAKEN

    @property
    def calls_url(self) -> str:
        """The calls behind it."""
        calls = reverse("admin:provisioning_provisioninglogentry_changelist")
        return f"{calls}?cause={self.cause.value}"


def troubles(organization: Organization, now: datetime, spoken: str = "") -> list[Trouble]:
    """One statement. The cause that hit somebody last comes first. `spoken`: see `Trouble`."""
    rows = (
        ProvisioningLogEntry.objects.in_organization(organization)
        .troubles()
        .unmended()
        .filter(at__gte=now - WITHIN)
        .order_by("-id")[:READ]
    )
    found: dict[Cause, Trouble] = {}
    for row in rows:
        cause = cause_of(row.status, row.scim_type)
        trouble = found.setdefault(cause, Trouble(cause, latest=row, spoken=spoken))
        trouble.calls += 1
        trouble.subjects.add(row.subject)
    return list(found.values())
