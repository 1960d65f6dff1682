"""How the console speaks of directories and of what they call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.templatetags.portal import status_badge
from provisioning.causes import NO_ENDPOINT, Cause, cause_of
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
        case Operation.CREATE if _was_here(entry):
            return _written(entry.changes, _("Taken over"))
        case Operation.CREATE:
            return status_badge("ok", "check-circle", _("Added"))
        case Operation.DELETE:
            return status_badge("ok", "check-circle", _("Removed"))
        case Operation.REPLACE | Operation.MODIFY:
            return _written(entry.changes, _("Updated"))
        case Operation.BULK:
            return status_badge("ok", "check-circle", _("Done"))
        case _:
            return status_badge("", "eye", _("Read only"))


def _was_here(entry: ProvisioningLogEntry) -> bool:
    """Whether adding somebody met a person who was here, and the directory looks after them now:
    whoever is new comes with a user name out of nothing."""
    is_person = entry.resource_type == "User" and entry.changes
    return bool(is_person) and entry.changes.get("userName", [""])[0] is not None


def _written(changes: dict[str, Any], word: str) -> SafeString:
    match changes.get("active"):
        case [_, False]:
            return status_badge("ok", "pause", _("Deactivated"))
        case [False, True]:
            return status_badge("ok", "check-circle", _("Reactivated"))
    if not changes:
        return status_badge("", "none", _("Nothing new"))
    return status_badge("ok", "check-circle", word)


def subject_of(entry: ProvisioningLogEntry) -> str:
    """Whom or what a call was about; where no name says it, what kind of thing."""
    match entry.resource_type, entry.operation:
        case _ if entry.subject:
            return entry.subject
        case _ if entry.scim_type == NO_ENDPOINT:
            return _("An unknown address")
        case "User", Operation.LIST:
            return _("People")
        case "User", Operation.CREATE:
            return _("Somebody new")
        case "User", _:
            return _("Somebody unknown")
        case "Group", Operation.LIST:
            return _("Groups")
        case "Group", Operation.CREATE:
            return _("A new group")
        case "Group", _:
            return _("An unknown group")
        case _:
            return entry.get_operation_display()


def kind_of(entry: ProvisioningLogEntry) -> str:
    """What stands beside the name: the kind of thing, or that many of them were asked for."""
    if entry.operation == Operation.LIST:
        return entry.get_operation_display().lower() if entry.resource_type else ""
    if not entry.subject:
        return ""
    return {"User": _("person"), "Group": _("group")}.get(entry.resource_type, "")


def outcome_words(entry: ProvisioningLogEntry) -> str:
    """What a call changed, or why nothing."""
    if not entry.is_refused:
        return changed_words(entry)
    is_held = cause_of(entry.status, entry.scim_type) is Cause.PAUSED
    # The answer is for the directory, and fifty lines of it in a row tell nobody more.
    return _("Held by the brake") if is_held else entry.detail


def changed_words(entry: ProvisioningLogEntry) -> str:
    """What a call changed, in a few words: which way a switch went, how many members came. Of
    somebody new everything did, so it is counted."""
    is_person = entry.resource_type == "User" and entry.operation == Operation.CREATE
    if is_person and not _was_here(entry):
        number = len(entry.changes)
        return ngettext("%(n)d attribute", "%(n)d attributes", number) % {"n": number}
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
    """An attribute as SCIM calls it, without the URN of its extension; whole extensions by a name
    that people can read."""
    for urn in _EXTENSIONS:
        if name.startswith(f"{urn}:"):
            return name.removeprefix(f"{urn}:")
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
