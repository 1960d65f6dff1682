"""The last 48 hours of a directory's calls, hour by hour, drawn by the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Organization
from provisioning.models import CHANGES, ProvisioningLogEntry

HOURS = 48
HOUR = timedelta(hours=1)
# The drawing: a place for each hour, and how much of it the bar fills.
STEP, BAR, HEIGHT, LOWEST = 10, 8, 32, 6
# Classes of the style sheet.
NORMAL, REFUSED, NONE = "c1", "c2", "c0"


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour, named by its beginning, and the calls in it."""

    start: datetime
    calls: int = 0
    refused: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    css: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`name` is the drawing in words, `caption` what it shows."""

    hours: Sequence[Hour]

    @property
    def calls(self) -> int:
        return sum(hour.calls for hour in self.hours)

    @property
    def refused(self) -> int:
        return sum(hour.refused for hour in self.hours)

    @property
    def changes(self) -> int:
        return sum(hour.changes for hour in self.hours)

    @property
    def bars(self) -> list[Bar]:
        most = max((hour.calls for hour in self.hours), default=0)
        return [_bar(index, hour, most) for index, hour in enumerate(self.hours)]

    @property
    def width(self) -> int:
        return STEP * len(self.hours)

    @property
    def table(self) -> list[Hour]:
        """The hours in which something happened, the latest first."""
        return [hour for hour in reversed(self.hours) if hour.calls]

    @property
    def name(self) -> str:
        busy = sum(1 for hour in self.hours if hour.calls)
        failing = sum(1 for hour in self.hours if hour.refused)
        return _(
            "Bar chart of directory calls per hour over the last %(hours)d hours: calls in "
            "%(busy)d of them, refused calls in %(failing)d"
        ) % {"hours": HOURS, "busy": busy, "failing": failing}

    @property
    def caption(self) -> str:
        if not self.calls:
            return _("No call in the last %(hours)d hours.") % {"hours": HOURS}
        said = [f"{self._calls_words}, {self._changes_words}."]
        if self.refused:
            latest = next(hour for hour in reversed(self.hours) if hour.refused)
            said.append(
                ngettext(
                    "%(refused)s was refused, at %(when)s.",
                    "%(refused)s were refused, the latest after %(when)s.",
                    self.refused,
                )
                % {"refused": f"{self.refused:,}", "when": spoken_hour(latest.start)}
            )
        return " ".join(said)

    @property
    def _calls_words(self) -> str:
        return ngettext(
            "%(calls)s call in %(hours)d hours", "%(calls)s calls in %(hours)d hours", self.calls
        ) % {"calls": f"{self.calls:,}", "hours": HOURS}

    @property
    def _changes_words(self) -> str:
        if not self.changes:
            return _("none changed anything")
        return ngettext(
            "%(changes)s of them changed something",
            "%(changes)s of them changed something",
            self.changes,
        ) % {"changes": f"{self.changes:,}"}


def spoken_hour(moment: datetime) -> str:
    """As in "Mon 14:00", in the organization's zone."""
    return date_format(timezone.localtime(moment), "D H:i")


def _bar(index: int, hour: Hour, most: int) -> Bar:
    if not hour.calls:
        return Bar(NONE, STEP * index + 1, HEIGHT - LOWEST, LOWEST)
    height = LOWEST + round((HEIGHT - LOWEST) * hour.calls / most)
    css = REFUSED if hour.refused else NORMAL
    return Bar(css, STEP * index + 1, HEIGHT - height, height)


def hours_until(now: datetime) -> list[datetime]:
    """The beginnings of the last 48 hours, oldest first; whole hours of the local clock."""
    current = timezone.localtime(now).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return [current - HOUR * back for back in range(HOURS - 1, -1, -1)]


def heartbeat(organization: Organization, now: datetime) -> Heartbeat:
    """One statement."""
    starts = hours_until(now)
    rows = (
        ProvisioningLogEntry.objects.in_organization(organization)
        .filter(at__gte=starts[0])
        .annotate(hour=TruncHour("at"))
        .order_by()
        .values("hour")
        .annotate(
            calls=Count("pk"),
            refused=Count("pk", filter=Q(status__gte=400)),
            changes=Count("pk", filter=Q(operation__in=CHANGES, status__lt=400)),
        )
    )
    counted = {
        row["hour"].astimezone(UTC): (row["calls"], row["refused"], row["changes"]) for row in rows
    }
    return Heartbeat([Hour(start, *counted.get(start, ())) for start in starts])
