"""How the console speaks of directories and of what they call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.templatetags.portal import status_badge
from provisioning.causes import cause_of
from provisioning.models import Operation, ProvisioningLogEntry
from provisioning.policies import Standing
from provisioning.schema import CUSTOM_USER, ENTERPRISE_USER

STANDINGS = {
    Standing.NO_TOKEN: ("", "none"),
    Standing.TOKEN_ENDED: ("bad", "x-circle"),
    Standing.WAITING: ("info", "clock"),
    Standing.PAUSED: ("bad", "pause"),
    Standing.QUIET: ("warn", "clock"),
    Standing.REFUSED: ("warn", "warn"),
    Standing.IN_STEP: ("ok", "check-circle"),
}
_EXTENSIONS = {
    ENTERPRISE_USER.id: gettext_lazy("enterprise attributes"),
    CUSTOM_USER.id: gettext_lazy("own attributes"),
}


def standing_badge(standing: Standing) -> SafeString:
    kind, icon = STANDINGS[standing]
    return status_badge(kind, icon, str(standing.label))


def directory_name(dialect: str, *, begins: bool = True) -> str:
    """What a directory of this dialect is called; dialects nobody here knows are directories.

    `begins`: a sentence begins with it.
    """
    if dialect.startswith("entra"):
        return "Microsoft Entra ID"
    if dialect == "okta":
        return "Okta"
    return _("Your directory") if begins else _("your directory")


# ---------------------------------------------------------------------- one call


def result_badge(entry: ProvisioningLogEntry) -> SafeString:
    """What came of a call, in a word or two."""
    if entry.is_refused:
        cause = cause_of(entry.status, entry.scim_type)
        return status_badge("bad", "x-circle", str(cause.label))
    match entry.operation:
        case Operation.CREATE:
            return status_badge("ok", "check-circle", _("Added"))
        case Operation.DELETE:
            return status_badge("ok", "check-circle", _("Removed"))
        case Operation.REPLACE | Operation.MODIFY:
            return _written(entry.changes)
        case Operation.BULK:
            return status_badge("ok", "check-circle", _("Done"))
        case _:
            return status_badge("", "eye", _("Read only"))


def _written(changes: dict[str, Any]) -> SafeString:
    match changes.get("active"):
        case [_, False]:
            return status_badge("ok", "pause", _("Deactivated"))
        case [False, True]:
            return status_badge("ok", "check-circle", _("Reactivated"))
    if not changes:
        return status_badge("", "none", _("Nothing new"))
    return status_badge("ok", "check-circle", _("Updated"))


def subject_of(entry: ProvisioningLogEntry) -> str:
    """Whom or what a call was about; where no name says it, what kind of thing."""
    return entry.subject or {"User": _("People"), "Group": _("Groups")}.get(
        entry.resource_type, entry.get_operation_display()
    )


def kind_of(entry: ProvisioningLogEntry) -> str:
    """What stands beside the name: the kind of thing, or what was done with many of them."""
    if not entry.subject:
        return entry.get_operation_display().lower() if entry.resource_type else ""
    return {"User": _("person"), "Group": _("group")}.get(entry.resource_type, "")


def changed_words(entry: ProvisioningLogEntry) -> str:
    """What a call changed, in a few words: which way a switch went, how many members came."""
    return ", ".join(_changed_word(name, value) for name, value in entry.changes.items())


def _changed_word(name: str, value: Any) -> str:
    match value:
        case dict():
            return f"{attribute_name(name)}: {_counted(value)}"
        case [bool(before), bool(after)]:
            return f"{attribute_name(name)}: {_word(before)} → {_word(after)}"
        case _:
            return attribute_name(name)


def attribute_name(name: str) -> str:
    """An attribute as SCIM calls it; whole extensions by a name that people can read."""
    return str(_EXTENSIONS.get(name, name))


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute before and after, as the log keeps it: masked."""

    name: str
    before: str
    after: str


def changes_of(entry: ProvisioningLogEntry) -> Iterator[Change]:
    for name, value in entry.changes.items():
        match value:
            case [before, after]:
                yield Change(attribute_name(name), _word(before), _word(after))
            case dict():
                yield Change(attribute_name(name), "", _counted(value))
            case _:
                yield Change(attribute_name(name), "", _word(value))


def _counted(counts: dict[str, Any]) -> str:
    """As in "6 added, 2 removed"."""
    words = {"added": _("%(n)s added"), "removed": _("%(n)s removed")}
    return ", ".join(
        words[name] % {"n": number} if name in words else f"{name} {number}"
        for name, number in counts.items()
    )


def _word(value: Any) -> str:
    match value:
        case None | "":
            return _("nothing")
        case True:
            return _("yes")
        case False:
            return _("no")
        case _:
            return str(value)
