"""How pages tell what happened: `{% load activity %}`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django import template

from audit.models import AuditEvent

register = template.Library()

ICONS = {
    "accounts.user": "person",
    "accounts.group": "people",
    "accounts.session": "door",
    "accounts.policies": "policy",
    "accounts.domain": "building",
    "accounts.organization": "building",
    "accounts.password": "key",
    "sso": "shield",
    "licenses": "seat",
    "profiles": "link",
    "provisioning": "sync",
    "provisioning.token": "key",
}
SHORT = 80


@register.filter
def event_icon(event: AuditEvent) -> str:
    area, _, rest = event.action.partition(".")
    subject = rest.partition(".")[0]
    return ICONS.get(f"{area}.{subject}") or ICONS.get(area, "list")


@register.filter
def changed_fields(event: AuditEvent) -> list[tuple[str, str, str]]:
    """`(field, before, after)`; before is empty where there was none."""
    return list(_rows(event.changes))


@register.filter
def change_sentence(event: AuditEvent) -> str:
    """The first changes in a few words, as in "session hours: 24 → 12"."""
    parts = [
        f"{field}: {before} → {after}" if before else f"{field}: {after}"
        for field, before, after in _rows(event.changes)
    ]
    sentence = "; ".join(parts[:3])
    return sentence if len(sentence) <= SHORT else f"{sentence[: SHORT - 1]}…"


def _rows(changes: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for field, value in changes.items():
        label = field.replace("_", " ")
        if isinstance(value, list) and len(value) == 2:
            yield label, _word(value[0]), _word(value[1])
        elif value not in (None, "", [], {}):
            yield label, "", _word(value)


def _word(value: Any) -> str:
    match value:
        case _ if value in (None, "", [], {}):
            return "nothing"
        case True:
            return "on"
        case False:
            return "off"
        case list():
            return ", ".join(_word(item) for item in value)
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return str(value)
