"""Where organizations stand with their directories. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable

from accounts.models import Organization
from provisioning.models import ProvisioningLogEntry, ScimConfiguration, ScimToken
from provisioning.policies import REFUSED_WITHIN, Standing, standing


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """What is known of an organization's directory. Built from a row with `fact_columns`."""

    now: datetime
    has_token: bool
    has_live_token: bool
    last_call_at: datetime | None
    last_dialect: str
    last_trouble_at: datetime | None
    paused_at: datetime | None
    # The first live token to end of those whose end would be noticed.
    ending_token: str | None
    ending_at: datetime | None

    @classmethod
    def of(cls, row: Mapping[str, Any], now: datetime) -> DirectoryFacts:
        known = {name: row[f"directory_{name}"] for name in _COLUMNS}
        return cls(now=now, **{**known, "last_dialect": known["last_dialect"] or ""})

    @property
    def standing(self) -> Standing:
        return standing(
            now=self.now,
            has_token=self.has_token,
            has_live_token=self.has_live_token,
            paused_at=self.paused_at,
            last_call_at=self.last_call_at,
            last_dialect=self.last_dialect,
            last_trouble_at=self.last_trouble_at,
        )


def facts_of(organization: Organization, now: datetime) -> DirectoryFacts:
    """One statement."""
    row = Organization.objects.filter(pk=organization.pk).annotate(**fact_columns(now)).values()
    return DirectoryFacts.of(row.get(), now)


_COLUMNS = tuple(DirectoryFacts.__annotations__.keys() - {"now"})


def fact_columns(now: datetime) -> dict[str, Combinable]:
    """Annotations of an organization for `DirectoryFacts`: no statement of their own."""
    here = {"organization": OuterRef("pk")}
    tokens = ScimToken.objects.filter(**here)
    calls = ProvisioningLogEntry.objects.filter(**here).order_by("-id")
    paused = ScimConfiguration.objects.filter(**here)
    used = tokens.order_by(F("last_used_at").desc(nulls_last=True))
    ending = ScimToken.objects.needed(now).filter(**here).order_by("expires_at")
    columns: dict[str, Combinable] = {
        "has_token": Exists(tokens),
        "has_live_token": Exists(ScimToken.objects.live(now).filter(**here)),
        "last_call_at": _first(used, "last_used_at"),
        "last_dialect": _first(calls.recognized(), "dialect"),
        "last_trouble_at": _first(
            calls.troubles().unmended().filter(at__gte=now - REFUSED_WITHIN), "at"
        ),
        "paused_at": _first(paused, "paused_at"),
        "ending_token": _first(ending, "name"),
        "ending_at": _first(ending, "expires_at"),
    }
    return {f"directory_{name}": column for name, column in columns.items()}


def _first(rows: QuerySet[Any], field: str) -> Subquery:
    return Subquery(rows.values(field)[:1])
