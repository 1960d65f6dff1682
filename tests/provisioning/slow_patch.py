"""PATCH again, for comparison: as slow and as plain as possible, and written by itself.

It knows four attributes and one form of filter. Each operation is a `Step` and not text, so that
nothing is parsed here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from provisioning.schema.tables import ENTERPRISE_USER_URN


class Refused(Exception):
    """The name of the error as RFC 7644 has it."""


@dataclass(frozen=True)
class Step:
    kind: str
    # "title", "name", "emails" or "department".
    attribute: str
    # For emails: parts and the texts that an email must have there.
    chosen: tuple[tuple[str, Any], ...] | None
    sub: str | None
    value: Any

    @property
    def path(self) -> str:
        path = self.attribute
        if path == "department":
            path = f"{ENTERPRISE_USER_URN}:department"
        if self.chosen is not None:
            path += "[" + " and ".join(f"{n} eq {json.dumps(v)}" for n, v in self.chosen) + "]"
        return f"{path}.{self.sub}" if self.sub else path


def slow_patch(document: dict[str, Any], steps: list[Step]) -> dict[str, Any]:
    copy = json.loads(json.dumps(document))
    for step in steps:
        if step.attribute == "department":
            extension = copy.setdefault(ENTERPRISE_USER_URN, {})
            single(extension, step)
            if not extension:
                del copy[ENTERPRISE_USER_URN]
        elif step.attribute == "title":
            single(copy, step)
        elif step.attribute == "name":
            name(copy, step)
        else:
            emails(copy, step)
    if sum(1 for email in copy.get("emails", []) if email.get("primary") is True) > 1:
        raise Refused("invalidValue")
    return copy


def single(holder: dict[str, Any], step: Step) -> None:
    if step.kind == "add" and step.value is None:
        return
    if step.kind == "remove" or step.value is None:
        holder.pop(step.attribute, None)
    else:
        holder[step.attribute] = step.value


def name(copy: dict[str, Any], step: Step) -> None:
    parts = dict(copy.get("name", {}))
    if step.sub is not None:
        given = {step.sub: None if step.kind == "remove" else step.value}
    elif step.kind == "remove" or not step.value:
        given = dict.fromkeys(parts) if step.kind != "add" else {}
    else:
        given = step.value
    for part, value in given.items():
        if value is not None:
            parts[part] = value
        elif step.kind != "add":
            parts.pop(part, None)
    copy.pop("name", None)
    if parts:
        copy["name"] = parts


def emails(copy: dict[str, Any], step: Step) -> None:
    before = copy.get("emails", [])
    if step.chosen is None and step.sub is None:
        after = all_emails(before, step)
    else:
        after = some_emails(before, step)
    copy.pop("emails", None)
    if after:
        copy["emails"] = after


def all_emails(before: list[dict[str, Any]], step: Step) -> list[dict[str, Any]]:
    if step.kind == "remove":
        if step.value is None:
            return []
        after = []
        for email in before:
            listed = False
            for one in step.value:
                if all(is_same(email.get(part, "nothing"), one[part]) for part in one):
                    listed = True
            if not listed:
                after.append(email)
        return after
    if step.kind == "replace":
        return without_doubles(step.value or [])
    added = step.value or []
    if any(email.get("primary") is True for email in added):
        before = [not_primary(email) for email in before]
    return without_doubles(before + added)


def some_emails(before: list[dict[str, Any]], step: Step) -> list[dict[str, Any]]:
    if step.kind == "add" and step.value is None:
        return before
    removes = step.kind == "remove" or step.value is None
    chosen = [email for email in before if is_chosen(email, step)]
    if removes:
        after = []
        for email in before:
            if not is_chosen(email, step):
                after.append(email)
            elif step.sub is not None:
                rest = dict(email)
                rest.pop(step.sub, None)
                if step.sub not in email or "value" in rest:
                    after.append(rest)
        return after
    given = {step.sub: step.value} if step.sub else step.value
    described = dict(step.chosen or ())
    if len(described) < len(step.chosen or ()):
        described = None
    if not chosen:
        if described is None or (step.kind == "replace" and step.chosen is not None):
            raise Refused("noTarget")
        made = {**described, **given}
        if made.get("primary") is True:
            before = [not_primary(email) for email in before]
        return without_doubles([*before, made])
    after = []
    becomes_primary = False
    for email in before:
        if not is_chosen(email, step):
            after.append(email)
            continue
        if step.sub is None and step.kind == "replace":
            new = {part: email[part] for part in (described or {}) if part in email}
            new.update(given)
        else:
            new = {**email, **given}
        becomes_primary = becomes_primary or new.get("primary") is True
        after.append(new)
    if becomes_primary:
        after = [
            after[at] if is_chosen(before[at], step) else not_primary(after[at])
            for at in range(len(after))
        ]
    return without_doubles(after)


def is_chosen(email: dict[str, Any], step: Step) -> bool:
    for part, wanted in step.chosen or ():
        held = email.get(part)
        if isinstance(wanted, bool):
            if bool(held) != wanted:
                return False
        elif held is None or held.lower() != wanted.lower():
            return False
    return True


def is_same(one: Any, other: Any) -> bool:
    """No part of an e-mail minds its case."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return bool(one == other)


def not_primary(email: dict[str, Any]) -> dict[str, Any]:
    return {**email, "primary": False} if email.get("primary") is True else email


def without_doubles(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    after: list[dict[str, Any]] = []
    for email in values:
        for at, other in enumerate(after):
            if "value" in email and "value" in other:
                is_double = is_same(email["value"], other["value"]) and is_same(
                    email.get("type"), other.get("type")
                )
            else:
                is_double = email.keys() == other.keys() and all(
                    is_same(email[part], other[part]) for part in email
                )
            if is_double:
                after[at] = {**other, **email}
                break
        else:
            after.append(email)
    return after
