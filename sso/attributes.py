"""What an identity provider says about a person, found under any of its usual names.

Decisions only: values in, value out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

MAX_VALUE_LENGTH = 255
# Custom attributes are a convenience, not an archive.
MAX_CUSTOM_ATTRIBUTES = 50
MAX_CUSTOM_VALUES = 200

# Compared ignoring case, with the whole name or its last path segment, so that the namespaces of
# Entra and AD FS never need stripping.
USUAL_NAMES: Mapping[str, frozenset[str]] = {
    "email": frozenset({"email", "mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3"}),
    "first_name": frozenset({"firstname", "givenname", "urn:oid:2.5.4.42"}),
    "last_name": frozenset({"lastname", "surname", "sn", "urn:oid:2.5.4.4"}),
    "department": frozenset({"department"}),
    "title": frozenset({"title", "jobtitle"}),
    "manager_name": frozenset({"manager"}),
    "location": frozenset({"location"}),
    "stable_id": frozenset({"employeeid", "objectidentifier"}),
    "groups": frozenset({"groups", "memberof"}),
}


@dataclass(frozen=True, slots=True)
class MappedProfile:
    """A person as the identity provider describes them. An empty text was not given."""

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    title: str = ""
    department: str = ""
    location: str = ""
    manager_name: str = ""
    stable_id: str = ""
    groups: tuple[str, ...] = ()
    custom: Mapping[str, list[str]] = field(default_factory=dict)

    def given(self) -> dict[str, Any]:
        """The columns of `User` that were given. What was not sent is not emptied."""
        texts = {
            name: getattr(self, name)
            for name in (
                "email",
                "first_name",
                "last_name",
                "title",
                "department",
                "location",
                "manager_name",
            )
        }
        columns: dict[str, Any] = {name: text for name, text in texts.items() if text}
        if self.custom:
            columns["attributes"] = dict(self.custom)
        return columns


def _spellings(name: str) -> tuple[str, str]:
    whole = name.strip().lower()
    return whole, whole.rstrip("/").rpartition("/")[2]


def find_attribute(attributes: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """The values of the attribute an administrator named, by whole name or last segment."""
    wanted = name.strip().lower()
    for key, values in attributes.items():
        if wanted in _spellings(key):
            return values
    return ()


def _kept(value: str) -> str:
    """A value as it may be stored: without control characters, trimmed, not too long."""
    visible = "".join(letter for letter in value if letter.isprintable())
    return visible.strip()[:MAX_VALUE_LENGTH]


def _email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        return ""  # an address nobody can write to is as good as none
    return value.lower()


def _fields_of(
    attributes: Mapping[str, tuple[str, ...]], attribute_map: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Pairs of our field's name and the attribute that fills it."""
    for name, usual in USUAL_NAMES.items():
        mapped = attribute_map.get(name, "").strip().lower()
        wanted = frozenset({mapped}) if mapped else usual
        for key in attributes:
            if wanted.intersection(_spellings(key)):
                yield name, key
                break


def map_profile(
    attributes: Mapping[str, tuple[str, ...]], attribute_map: Mapping[str, str]
) -> MappedProfile:
    """Read a profile out of an assertion's attributes.

    `attribute_map` names the attribute of a field where it differs from the usual ones. Attributes
    that fill no field are kept as custom ones.
    """
    filled = dict(_fields_of(attributes, attribute_map))
    texts = {
        name: next((kept for value in attributes[key] if (kept := _kept(value))), "")
        for name, key in filled.items()
        if name != "groups"
    }
    texts["email"] = _email(texts.get("email", ""))
    groups = tuple(_kept(value) for value in attributes.get(filled.get("groups", ""), ()))
    used = set(filled.values())
    custom = {
        _kept(key): [_kept(value) for value in values[:MAX_CUSTOM_VALUES]]
        for key, values in list(attributes.items())[:MAX_CUSTOM_ATTRIBUTES]
        if key not in used
    }
    return MappedProfile(groups=groups[:MAX_CUSTOM_VALUES], custom=custom, **texts)
