"""One person field by field: what the directory said, what the portal has, and whose it is.

Fields that the portal works with are shown as they are; what is kept without effect is shortened,
as in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.templatetags.portal import status_badge
from audit.actions import Action
from audit.actors import ActorKind
from audit.models import AuditEvent
from provisioning.console.attributes import field_label, leaves
from provisioning.console.words import attribute_name
from provisioning.log import masked
from provisioning.mapping import ATTRIBUTE_OF_FIELD, FIELD_OF_ATTRIBUTE, manager_value, profile_of
from provisioning.models import DirectoryRecord
from provisioning.people import is_active

SWITCHES = (Action.USER_CREATED, Action.USER_DEACTIVATED, Action.USER_REACTIVATED)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the portal: what the directory said, what is here, and whose it is."""

    label: str
    attribute: str
    said: str
    here: str
    owner: str
    badge: SafeString
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """Somebody was switched on or off: when, by whom, and which way."""

    at: datetime
    by: str
    is_by_directory: bool
    is_on: bool


def switches_of(user: User) -> list[Switch]:
    """The latest first."""
    assert user.organization_id is not None  # found in an organization
    events = AuditEvent.objects.in_organization(user.organization_id)
    return [
        Switch(
            at=event.created_at,
            by=event.actor_name,
            is_by_directory=event.actor_kind == ActorKind.DIRECTORY,
            is_on=event.action != Action.USER_DEACTIVATED,
        )
        for event in events.filter(target_id=str(user.pk), action__in=SWITCHES).order_by("-id")[:20]
    ]


def field_rows(user: User, switches: Sequence[Switch]) -> Iterator[FieldRow]:
    """Every field of the portal that an attribute lands in, and the role, which none does."""
    record = DirectoryRecord.of(user)
    is_looked_after = user.source == User.Source.SCIM
    said = _said(user, record) if is_looked_after else {}
    yield _state_row(user, is_looked_after, switches)
    for name, attribute in ATTRIBUTE_OF_FIELD.items():
        here = getattr(user, name) or ""
        owner = _owner(name, is_looked_after)
        if name == "manager_name" and record is not None and is_looked_after:
            yield _manager_row(record, attribute, here, owner)
        else:
            yield _row(name, attribute, said.get(name), here, owner)
    role = str(user.get_role_display())
    yield FieldRow(
        field_label("role"), "", "", role, _("Console"), status_badge("", "none", _("Not sent"))
    )


def _said(user: User, record: DirectoryRecord | None) -> dict[str, str]:
    """What the directory's document says of each field, read as a write of it would be."""
    said = {"user_name": user.user_name, "external_id": user.external_id or ""}
    if record is None:
        return said
    return said | profile_of(record.document)


def _manager_row(record: DirectoryRecord, attribute: str, here: str, owner: str) -> FieldRow:
    """Directories send names and personnel numbers too: kept, and nobody here."""
    value = manager_value(record.document)
    if record.manager is not None or not value:
        said = record.manager.display_name if record.manager else ""
        return _row("manager_name", attribute, said, here, owner)
    badge = status_badge("", "none", _("Nobody here"))
    return FieldRow(field_label("manager_name"), _short(attribute), value, here, owner, badge)


def _row(name: str, attribute: str, said: str | None, here: str, owner: str) -> FieldRow:
    is_sent = bool(said)
    differs = said is not None and said != here
    if differs:
        badge = status_badge("warn", "swap", _("Differs"))
    elif is_sent:
        badge = status_badge("ok", "check-circle", _("Same"))
    else:
        badge = status_badge("", "none", _("Not sent"))
    return FieldRow(
        field_label(name), _short(attribute), said or "", here, owner, badge, differs=differs
    )


def _state_row(user: User, is_looked_after: bool, switches: Sequence[Switch]) -> FieldRow:
    last_said = next((each for each in switches if each.is_by_directory), None)
    here = str(user.get_state_display())
    owner = _owner("state", is_looked_after)
    if not is_looked_after or last_said is None:
        badge = status_badge("", "none", _("Not sent"))
        return FieldRow(field_label("state"), "active", "", here, owner, badge)
    said = _("yes") if last_said.is_on else _("no")
    differs = last_said.is_on is not is_active(user)
    badge = (
        status_badge("warn", "swap", _("Switched here"))
        if differs
        else status_badge("ok", "check-circle", _("Same"))
    )
    # Not a difference that the directory's next message mends by itself: `Outlook` tells it apart.
    return FieldRow(field_label("state"), "active", said, here, owner, badge)


def _short(attribute: str) -> str:
    return attribute.rpartition(":")[2]


def _owner(name: str, is_looked_after: bool) -> str:
    """Who may write a field of this person."""
    if is_looked_after:
        return _("Directory and console") if name == "state" else _("Directory")
    match name:
        case "user_name":
            return _("Nobody: given once")
        case "external_id":
            return _("Single sign-on, once")
        case "state":
            return _("Console")
        case _:
            return _("Console and single sign-on")


def kept_besides(user: User) -> Iterator[tuple[str, str, str]]:
    """What the record has besides, as `(attribute, extension, shortened value)`."""
    record = DirectoryRecord.of(user)
    if record is None or user.source != User.Source.SCIM:
        return
    for path, value in sorted(leaves(record.document), key=itemgetter(0)):
        if path in FIELD_OF_ATTRIBUTE:
            continue
        extension, _colon, name = path.rpartition(":")
        yield name, str(attribute_name(extension)) if extension else "", _shortened(value)


def _shortened(value: Any) -> str:
    match value:
        case list():
            return ", ".join(map(_shortened, value[:3])) + (", …" if len(value) > 3 else "")
        case {"value": inner}:
            return _shortened(inner)
        case dict():
            # Each database keeps the names in an order of its own.
            return ", ".join(_shortened(value[name]) for name in sorted(value))
        case bool():
            return _("yes") if value else _("no")
        case _:
            return str(masked(value))
