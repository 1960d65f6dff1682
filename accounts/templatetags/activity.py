"""How pages tell what happened: `{% load activity %}`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import template
from django.utils.translation import gettext as _

from accounts.change_words import field_words, value_words
from accounts.templatetags.portal import full_time
from audit.models import AuditEvent

register = template.Library()

ICONS = {
    "accounts.user": "person",
    "accounts.group": "people",
    "accounts.session": "door",
    "accounts.sessions": "door",
    "accounts.door": "door",
    "accounts.sso": "shield",
    "accounts.recovery": "key",
    "accounts.link": "link",
    "accounts.policies": "policy",
    "accounts.domain": "building",
    "accounts.organization": "building",
    "accounts.password": "key",
    "accounts.factor": "shield",
    "accounts.passkey": "key",
    "accounts.data": "download",
    "accounts.invitation": "mail",
    "accounts.activation": "link",
    "accounts.email": "mail",
    "sso": "shield",
    "licenses": "seat",
    "profiles": "link",
    "provisioning": "sync",
    "provisioning.token": "key",
}
SHORT = 80
# Fields that keep ids for whoever undoes the change; people read the names.
NAMES_BY_ID = frozenset({"joined_groups", "left_groups"})
# Fields that keep a list of things; two of them are not a before and an after.
LISTS = frozenset({"added", "attributes", "removed"})
# As JSON keeps a moment.
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})\Z")


@register.filter
def event_icon(event: AuditEvent) -> str:
    area, _, rest = event.action.partition(".")
    subject = rest.partition(".")[0]
    return ICONS.get(f"{area}.{subject}") or ICONS.get(area, "list")


@register.filter
def changed_fields(event: AuditEvent) -> list[tuple[str, str, str]]:
    """What changed, as `(field, before, after)`."""
    return [row for row in _rows(event.changes) if row[1]]


@register.filter
def kept_facts(event: AuditEvent) -> list[tuple[str, str]]:
    """What is worth knowing beside it and had no value before, as `(field, value)`."""
    return [(field, after) for field, before, after in _rows(event.changes) if not before]


@register.filter
def change_sentence(event: AuditEvent) -> str:
    """The first changes in a few words, as in "LinkedIn profile: They may → They must"."""
    parts = [
        f"{field}: {before} → {after}" if before else f"{field}: {after}"
        for field, before, after in _rows(event.changes)
    ]
    sentence = "; ".join(parts[:3])
    return sentence if len(sentence) <= SHORT else f"{sentence[: SHORT - 1]}…"


def _rows(changes: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """`(field, before, after)`; before is empty where there was none.

    What was kept beside a change without changing itself is left out.
    """
    for field, value in changes.items():
        label = field_words(field)
        if isinstance(value, list) and len(value) == 2 and field not in LISTS:
            if value[0] != value[1]:
                yield label, _word(field, value[0]), _word(field, value[1])
        elif value not in (None, "", [], {}):
            yield label, "", _word(field, value)


def _word(field: str, value: Any) -> str:
    match value:
        case _ if value in (None, "", [], {}):
            return _("nothing")
        case True:
            return _("on")
        case False:
            return _("off")
        case list():
            return ", ".join(_word(field, item) for item in value)
        case str() if MOMENT.match(value):
            return full_time(datetime.fromisoformat(value))
        case dict() if field in NAMES_BY_ID:
            return ", ".join(str(name) for name in value.values())
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
        case _:
            return value_words(field, str(value))
