"""What the directory's pages are made of: `{% load provisioning %}`."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from provisioning.console.pages import Visit
from provisioning.console.words import kind_of, outcome_words, result_badge, subject_of
from provisioning.models import ProvisioningLogEntry

register = template.Library()


@register.simple_tag
def directory_url(visit: Visit, name: str, *args: str | UUID) -> str:
    """The address of one of the directory's pages, for this person and organization."""
    return visit.address(name, *args)


@register.simple_tag
def directory_chip(visit: Visit, calls: str, wanted: str) -> SafeString:
    """One of the filters over the latest calls."""
    words = {"": gettext("All"), "changes": gettext("Changes"), "refused": gettext("Refused")}
    return format_html(
        '<a class="chip" href="{}#feed"{}>{}</a>',
        visit.address(**({"calls": calls} if calls else {})),
        SafeString(' aria-current="true"') if calls == wanted else "",
        words[calls],
    )


@register.filter
def duration(time: timedelta) -> str:
    """Whole days or hours in words."""
    if time >= timedelta(days=1):
        return ngettext("%(n)d day", "%(n)d days", time.days) % {"n": time.days}
    hours = time // timedelta(hours=1)
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


@register.filter
def call_subject(call: ProvisioningLogEntry) -> str:
    return subject_of(call)


@register.filter
def call_kind(call: ProvisioningLogEntry) -> str:
    return kind_of(call)


@register.filter
def call_result(call: ProvisioningLogEntry) -> SafeString:
    return result_badge(call)


@register.filter
def call_outcome(call: ProvisioningLogEntry) -> str:
    return outcome_words(call)
