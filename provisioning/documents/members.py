"""The members of a group, as a directory names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from provisioning.errors import InvalidValue
from provisioning.paths import shown
from provisioning.schema import CORE_GROUP

MEMBERS = next(each for each in CORE_GROUP.attributes if each.name == "members")


def member_ids(elements: Iterable[dict[str, Any]]) -> list[str]:
    """The ids that they name, each once, in order. Raises `InvalidValue`."""
    ids: dict[str, None] = {}
    for element in elements:
        member = element.get("value")
        if not member:
            raise InvalidValue("Each of members needs a value: the id of a person.")
        kind = element.get("type", "User")
        if kind.lower() != "user" or "/groups/" in element.get("$ref", "").lower():
            _refuse(member, kind)
        ids[member] = None
    return list(ids)


def _refuse(member: str, kind: str) -> None:
    if kind.lower() in {"user", "group"}:
        raise InvalidValue(
            f"Groups can't be members of groups here: {shown(member)} is one. "
            "Send the people who are in it."
        )
    raise InvalidValue(f"Members are people, of the type User and not {shown(kind)}.")
