"""How long sessions may last, as administrators choose it."""

from __future__ import annotations

from django.utils.translation import ngettext

DAY = 24
SESSION_HOURS = (1, 4, 8, 12, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 180 * DAY)


def duration(hours: int) -> str:
    if hours % DAY == 0:
        days = hours // DAY
        return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    return ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours}


def session_length_choices(chosen: int | None) -> list[tuple[int, str]]:
    """A length that a command line chose stays a choice."""
    offered = sorted({*SESSION_HOURS, *([chosen] if chosen else [])})
    return [(hours, duration(hours)) for hours in offered]
