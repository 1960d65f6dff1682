"""References to what a Bulk request adds: `bulkId:…` for an id (RFC 7644, section 3.7.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from typing import Any

from provisioning.errors import InvalidValue
from provisioning.paths import shown

REFERENCE = "bulkId:"
# As a text in a filter.
_IN_PATH = re.compile(rf'"{REFERENCE}([^"\\]*)"')


def references(data: Any) -> Iterator[str]:
    """The bulkIds that the data refers to, at any depth."""
    match data:
        case str() if data.startswith(REFERENCE):
            yield data.removeprefix(REFERENCE)
        case dict():
            for name, value in data.items():
                if _is_path(name, value):
                    yield from _IN_PATH.findall(value)
                yield from references(value)
        case list():
            for value in data:
                yield from references(value)


def resolved(data: Any, ids: Mapping[str, str]) -> Any:
    """The data with ids in place of references. Raises `InvalidValue` where one leads nowhere."""
    match data:
        case str() if data.startswith(REFERENCE):
            bulk_id = data.removeprefix(REFERENCE)
            if bulk_id not in ids:
                raise InvalidValue(f"{shown(data)} names nothing that this request has added.")
            return ids[bulk_id]
        case dict():
            return {
                name: resolved(_path(value, ids) if _is_path(name, value) else value, ids)
                for name, value in data.items()
            }
        case list():
            return [resolved(value, ids) for value in data]
        case _:
            return data


def _is_path(name: str, value: Any) -> bool:
    return name.lower() == "path" and isinstance(value, str)


def _path(path: str, ids: Mapping[str, str]) -> str:
    """A path of a PATCH that chooses by references: `members[value eq "bulkId:…"]`."""
    return _IN_PATH.sub(lambda found: f'"{resolved(REFERENCE + found[1], ids)}"', path)


def without(data: Any, unknown: Set[str]) -> Any:
    """The data without what refers to these: objects whose value it is, and plain references."""
    match data:
        case dict():
            kept = {name: without(value, unknown) for name, value in data.items()}
            return {
                name: value
                for name, value in kept.items()
                if not (_is_reference(value, unknown) or _names(value, unknown))
            }
        case list():
            return [
                without(value, unknown)
                for value in data
                if not (_is_reference(value, unknown) or _names(value, unknown))
            ]
        case _:
            return data


def _is_reference(value: Any, unknown: Set[str]) -> bool:
    return (
        isinstance(value, str)
        and value.startswith(REFERENCE)
        and value.removeprefix(REFERENCE) in unknown
    )


def _names(value: Any, unknown: Set[str]) -> bool:
    return isinstance(value, dict) and _is_reference(value.get("value"), unknown)
