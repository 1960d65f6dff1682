"""Objects made of a row, as a queryset makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState

# Puts an object beside another one, under the name of their relation.
Setter = Callable[[Any, Any], None]


class Maker:
    """Makes objects of one model, with what `select_related` brought along.

    They come to be as unpickled ones do, with their columns as attributes and without `__init__`,
    which looks at each field and costs as much as reading the row did. What was not read is
    fetched when it is needed.
    """

    def __init__(self, kind: Mapping[str, Any], select: Sequence[Any]) -> None:
        """Of what Django's compiler says of the model (`klass_info`) and the columns it reads."""
        self._model: type[models.Model] = kind["model"]
        self._columns = slice(kind["select_fields"][0], kind["select_fields"][-1] + 1)
        self._names = [column.target.attname for column, _sql, _alias in select[self._columns]]
        self._key = self._columns.start + self._names.index(self._model._meta.pk.attname)
        self._related: list[tuple[Maker, Setter, Setter]] = [
            (Maker(each, select), each["local_setter"], each["remote_setter"])
            for each in kind.get("related_klass_infos", ())
        ]

    def make(self, row: Sequence[Any]) -> models.Model | None:
        """None where an outer join found nobody."""
        if row[self._key] is None:
            return None
        made = self._model.__new__(self._model)
        state = made._state = ModelState()
        state.adding = False
        state.db = DEFAULT_DB_ALIAS
        made.__dict__.update(zip(self._names, row[self._columns], strict=True))
        for maker, set_here, set_there in self._related:
            found = maker.make(row)
            set_here(made, found)
            if found is not None:
                set_there(found, made)
        return made
