"""What the path of an operation points at: RFC 7644, section 3.5.2, Figure 7."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from provisioning.errors import InvalidFilter, InvalidPath
from provisioning.filters import Filter, parse_value_filter, split_value_path
from provisioning.filters.lexer import Kind, Token, tokens
from provisioning.paths import AttributePath, UnknownPath, parse_path, shown, split_urn
from provisioning.schema import Attribute, ResourceType, Schema, Type

PASSWORD = "password"  # noqa: S105 - the attribute's name


@dataclass(frozen=True)
class Target:
    """An attribute, or those of its values that `filter` chooses, or one part of these."""

    path: AttributePath
    filter: Filter | None = None
    filter_text: str = ""

    @property
    def attribute(self) -> Attribute:
        return self.path.attribute

    @property
    def sub(self) -> Attribute | None:
        return self.path.sub

    @property
    def where(self) -> str:
        """The attribute in messages."""
        return str(self.path)

    @property
    def pinned(self) -> dict[str, Any] | None:
        """The parts that a value needs to be chosen.

        None if the filter is more than an `and` of equalities: then nobody can say what to make.
        """
        return _pinned(self.filter_text, self.attribute)


@lru_cache(maxsize=512)
def parse_target(text: str, resource_type: ResourceType) -> Target | Schema:
    """What `text` points at; a schema, if it is the URN of one.

    Raises `InvalidPath`, and `InvalidFilter` for what is between the brackets.
    """
    # Kept, since a directory says the same few dozen paths of everybody.
    try:
        name, filter_text, sub = split_value_path(text)
    except InvalidFilter as error:
        raise InvalidPath(error.detail) from error
    try:
        schema, rest = split_urn(name, resource_type)
        if schema is not None and not rest and filter_text is None:
            return schema
        path = parse_path(name if sub is None else f"{name}.{sub}", resource_type)
    except UnknownPath as error:
        raise no_such_attribute(error.text) from error
    if filter_text is None:
        return Target(path)
    if not path.attribute.multi_valued or (path.sub is not None and sub is None):
        raise InvalidPath(f"{shown(name)} has no values to choose from in {shown(text)}.")
    return Target(path, parse_value_filter(filter_text, path.attribute), filter_text)


def no_such_attribute(name: str) -> InvalidPath:
    if name.rpartition(":")[2].lower() == PASSWORD:
        return InvalidPath(
            "Passwords are never taken from a directory here: people sign in with the "
            "organization's identity provider. Switch off password synchronization."
        )
    return InvalidPath(f"There is no attribute {shown(name)}.")


def _pinned(filter_text: str, attribute: Attribute) -> dict[str, Any] | None:
    """From the words and not from the filter read, which knows values in comparable form only."""
    words = tokens(filter_text)
    pinned: dict[str, Any] = {}
    for start in range(0, len(words), 4):
        match [(token.kind, token.value) for token in words[start : start + 4]]:
            case [(Kind.WORD, name), (Kind.WORD, operator), _, *joint] if (
                operator.lower() == "eq" and _is_and(joint)
            ):
                sub = attribute.sub(name)
                value = None if sub is None else _literal(sub, words[start + 2])
                if sub is None or value is None or sub.name in pinned:
                    return None
                pinned[sub.name] = value
            case _:
                return None
    return pinned


def _is_and(joint: list[tuple[Kind, str]]) -> bool:
    return not joint or (joint[0][0] is Kind.WORD and joint[0][1].lower() == "and")


def _literal(sub: Attribute, token: Token) -> Any:
    """The value that a filter compares with; null is none."""
    if sub.type is Type.BOOLEAN:
        return {"true": True, "false": False}.get(token.value.lower())
    return token.value if token.kind is Kind.TEXT else None
