"""Parts every page is made of: `{% load portal %}`. The functions serve `admin.display` too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from accounts.clients import describe_client
from accounts.names import possessive
from accounts.widgets import zone_words

register = template.Library()

STATUS_KINDS = ("", "ok", "warn", "bad", "info")
_MINUTE, _HOUR = 60, 60 * 60


def icon(name: str) -> SafeString:
    """One symbol of the sprite. It is decoration: a word must stand beside it."""
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>',
        static("portal/icons.svg"),
        name,
    )


@register.simple_tag
def status_badge(kind: str, icon_name: str, text: str) -> SafeString:
    """A state: icon, word and color. `kind` is one of `STATUS_KINDS`."""
    if kind not in STATUS_KINDS:
        raise ValueError(f"{kind!r} is no kind of status")
    return format_html(
        '<span class="status{}">{}{}</span>', f" {kind}" if kind else "", icon(icon_name), text
    )


@register.inclusion_tag("_copy.html")
def copy_field(value: object, label: str) -> dict[str, object]:
    """A value to carry elsewhere. `label` finishes the sentence "Copy the …"."""
    return {"value": value, "label": label}


@register.filter
def one_a_line(values: Iterable[object]) -> str:
    """Several values to carry elsewhere at once."""
    return "\n".join(map(str, values))


# As in "Firefox on Windows".
register.filter("browser", describe_client)


register.filter("possessive", possessive)


@register.simple_tag
def ago(when: datetime | None, empty: str | None = None) -> str | SafeString:
    """How long ago, or until, in words; the full local time and its zone as title.

    Nothing known is `empty`, else "Never".
    """
    if when is None:
        return gettext("Never") if empty is None else empty
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        timezone.localtime(when).isoformat(timespec="seconds"),
        full_time(when),
        relative_time(when),
    )


@register.filter
def full_time(when: datetime) -> str:
    """As in "Mon 23 Nov 2026, 16:42 Stockholm"."""
    return f"{date_format(timezone.localtime(when), gettext('D j M Y, H:i'))} {zone_words()}"


def time_and_ago(when: datetime | None) -> str | SafeString:
    """As in "Mon 23 Nov 2026, 16:42 Stockholm (4 min ago)"; a dash for nothing."""
    return format_html("{} ({})", full_time(when), relative_time(when)) if when else "—"


def relative_time(when: datetime, now: datetime | None = None) -> str:
    """Minutes and hours within a day, then the weekday, then the date."""
    now = timezone.now() if now is None else now
    seconds = round((now - when).total_seconds())
    if abs(seconds) < _MINUTE:
        return gettext("just now") if seconds >= 0 else gettext("in a moment")
    if abs(seconds) < _HOUR:
        minutes = abs(seconds) // _MINUTE
        if seconds > 0:
            return gettext("%(count)d min ago") % {"count": minutes}
        return gettext("in %(count)d min") % {"count": minutes}
    days = (timezone.localdate(now) - timezone.localdate(when)).days
    if days == 0:
        if seconds > 0:
            return gettext("%(count)d h ago") % {"count": seconds // _HOUR}
        # To the nearest: what was set to 12 hours a second ago ends in 12.
        return gettext("in %(count)d h") % {"count": (-seconds + _HOUR // 2) // _HOUR}
    return _by_day(when, days)


def _by_day(when: datetime, days: int) -> str:
    if days == 1:
        return gettext("yesterday")
    if days == -1:
        return gettext("tomorrow")
    local = timezone.localtime(when)
    if 1 < days < timedelta(weeks=1).days:
        return date_format(local, "l")
    if -timedelta(days=100).days < days < 0:
        return ngettext("in %(count)d day", "in %(count)d days", -days) % {"count": -days}
    return date_format(local, gettext("j M Y"))
