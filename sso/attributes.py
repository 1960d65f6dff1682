"""What an identity provider says about a person, found under any of its usual names.

Decisions only: values in, value out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts import emails

MAX_VALUE_LENGTH = 255
# Custom attributes are a convenience, not an archive.
MAX_CUSTOM_ATTRIBUTES = 50
MAX_CUSTOM_VALUES = 200

# How higher education wrote the names of LDAP before their numbers, and SimpleSAMLphp still can.
_MACE_DIR = "urn:mace:dir:attribute-def:"

# The first that is there counts. Compared ignoring case, with the whole name or its last path
# segment, so that the namespaces of Entra and AD FS never need stripping.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3"),
    "first_name": ("firstname", "givenname", "urn:oid:2.5.4.42"),
    "last_name": ("lastname", "surname", "sn", "urn:oid:2.5.4.4"),
    "department": ("department",),
    "title": ("title", "jobtitle", "urn:oid:2.5.4.12"),
    "manager_name": ("manager",),
    "location": ("location", "urn:oid:2.5.4.7"),
    "stable_id": ("employeeid", "objectidentifier"),
    "groups": ("groups", "memberof"),
}
# What says something of this sign-in and nothing of the person, as Entra and AD FS name it.
OF_THE_SIGN_IN = frozenset({"authnmethodsreferences", "authenticationinstant"})


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
        other = dict(self.custom) | ({"groups": list(self.groups)} if self.groups else {})
        if other:
            columns["attributes"] = other
        return columns


def _spellings(name: str) -> tuple[str, str]:
    whole = name.strip().lower()
    return whole, whole.removeprefix(_MACE_DIR).rstrip("/").rpartition("/")[2]


def find_attribute(attributes: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """The values of the attribute an administrator named, by whole name or last segment."""
    wanted = name.strip().lower()
    for key, values in attributes.items():
        if wanted in _spellings(key):
            return values
    return ()


def _kept(value: str) -> str:
    """A value as it may be stored: without control characters, trimmed, not too long."""
    if not value.isprintable():
        value = "".join(letter for letter in value if letter.isprintable())
    return value.strip()[:MAX_VALUE_LENGTH]


def _by_spelling(attributes: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in attributes:
        for spelling in {*_spellings(key)}:
            found.setdefault(spelling, []).append(key)
    return found


def _fillers(spelled: Mapping[str, list[str]], name: str, mapped: str) -> Iterator[str]:
    """The attributes that fill a field, by our order of names and not by the message's."""
    for wanted in (mapped.strip().lower(),) if mapped.strip() else USUAL_NAMES[name]:
        yield from spelled.get(wanted, ())


def attributes_called(
    attributes: Mapping[str, Any], name: str, attribute_map: Mapping[str, str]
) -> list[str]:
    """Every attribute that goes by a name: of a field those that may fill it, else by spelling."""
    spelled = _by_spelling(attributes)
    if name in USUAL_NAMES:
        found = [*_fillers(spelled, name, attribute_map.get(name, ""))]
    else:
        found = spelled.get(name.strip().lower(), [])
    return [*dict.fromkeys(found)]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What becomes of an answer's attributes: the one account of it."""

    # Of each field that is filled, the attribute that fills it and the values fit for it.
    fields: Mapping[str, tuple[str, list[str]]]
    # The attributes that are kept beside the fields.
    custom: Sequence[str]


def _read(attributes: Mapping[str, tuple[str, ...]], attribute_map: Mapping[str, str]) -> _Reading:
    spelled = _by_spelling(attributes)
    fields: dict[str, tuple[str, list[str]]] = {}
    fillers: set[str] = set()
    for name in USUAL_NAMES:
        keys = [*_fillers(spelled, name, attribute_map.get(name, ""))]
        fillers.update(keys)
        for key in keys:
            if values := _usable(name, attributes[key]):
                fields[name] = (key, values)
                break
    # An attribute that may fill a field is not kept beside it where another one does.
    custom = [
        key
        for key in [*attributes][:MAX_CUSTOM_ATTRIBUTES]
        if key not in fillers and _spellings(key)[1] not in OF_THE_SIGN_IN
    ]
    return _Reading(fields, custom)


def _usable(name: str, values: tuple[str, ...]) -> list[str]:
    kept = [clean for value in values if (clean := _kept(value))]
    if name == "email":
        return [address for value in kept if (address := emails.usable(value))]
    return kept


# What becomes of an attribute that fills no field.
CUSTOM, UNUSED = "custom", "unused"


def destinations(
    attributes: Mapping[str, tuple[str, ...]], attribute_map: Mapping[str, str]
) -> dict[str, list[str]]:
    """Of each attribute, the fields that `map_profile` fills with it, else `CUSTOM` or `UNUSED`."""
    reading = _read(attributes, attribute_map)
    found: dict[str, list[str]] = {key: [] for key in attributes}
    for name, (key, _values) in reading.fields.items():
        found[key].append(name)
    kept = {*reading.custom}
    return {key: fields or [CUSTOM if key in kept else UNUSED] for key, fields in found.items()}


def map_profile(
    attributes: Mapping[str, tuple[str, ...]], attribute_map: Mapping[str, str]
) -> MappedProfile:
    """Read a profile out of an assertion's attributes.

    `attribute_map` names the attribute of a field where it differs from the usual ones. Attributes
    that fill no field are kept as custom ones.
    """
    reading = _read(attributes, attribute_map)
    found = {name: values for name, (_key, values) in reading.fields.items()}
    groups = tuple(found.pop("groups", ())[:MAX_CUSTOM_VALUES])
    custom = {
        _kept(key): [_kept(value) for value in attributes[key][:MAX_CUSTOM_VALUES]]
        for key in reading.custom
    }
    texts = {name: values[0] for name, values in found.items()}
    return MappedProfile(groups=groups, custom=custom, **texts)
