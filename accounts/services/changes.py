"""What a service writes of the values it is given: those that differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model

from accounts.errors import InvalidValue


def set_changed(
    row: Model, values: Mapping[str, Any], *, among: Collection[str], otherwise: str
) -> dict[str, list[Any]]:
    """Set on a row the values that are new; answers them as `{field: [before, after]}`.

    Nothing is stored yet. Raises `InvalidValue`, with the words of `otherwise`, for a field that is
    not `among` those that may be written.
    """
    changed: dict[str, list[Any]] = {}
    for field, value in values.items():
        if field not in among:
            raise InvalidValue(field, otherwise)
        before = getattr(row, field)
        if before != value:
            setattr(row, field, value)
            changed[field] = [before, value]
    return changed
