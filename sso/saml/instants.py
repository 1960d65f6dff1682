"""Moments in messages: read as SAML means them, shown as it writes them."""

from datetime import UTC, datetime

_EVER = datetime(1900, 1, 1, tzinfo=UTC)
_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def instant(text: str) -> datetime:
    """An xs:dateTime of the message. SAML times are UTC (core, 1.3.3)."""
    moment = datetime.fromisoformat(text.strip())
    # "For ever" and "since ever", with room to add or take a clock skew on either side.
    return min(max(moment if moment.tzinfo else moment.replace(tzinfo=UTC), _EVER), _NEVER)


def shown(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
