"""Every row that is added pays for each index: none says what the beginning of another says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Model, UniqueConstraint

# Libraries bring tables of their own.
ROOT = Path(__file__).resolve().parents[2]
OURS = [
    model
    for config in apps.get_app_configs()
    if Path(config.path).parent == ROOT
    for model in config.get_models()
]


def looked_up_by(model: type[Model]) -> Iterator[tuple[str, ...]]:
    """The columns of each index over all rows that nothing but look-ups needs."""
    for field in model._meta.local_fields:
        if getattr(field, "db_index", False) and not field.unique:
            yield (field.name,)
    for index in model._meta.indexes:
        if index.condition is None:
            yield tuple(name.lstrip("-") for name in index.fields)


def unique_together(model: type[Model]) -> Iterator[tuple[str, ...]]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.condition is None:
            yield tuple(constraint.fields)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_index_is_the_beginning_of_another(model: type[Model]) -> None:
    indexes = list(looked_up_by(model))
    others = [*indexes, *unique_together(model)]

    superfluous = [
        (index, other)
        for number, index in enumerate(indexes)
        for place, other in enumerate(others)
        if place != number and other[: len(index)] == index
    ]

    assert superfluous == []


def test_there_are_tables_to_look_at() -> None:
    assert len(OURS) > 15
