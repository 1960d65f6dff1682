"""Which parameters of a list's address belong to its filters. Nothing else may ask for rows."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db import models

# How the stock filters spell their parameters: `field`, `field__exact`, `field__gte` …
FILTER_SUFFIXES = frozenset({"exact", "in", "isnull", "gte", "lt", "isempty"})
DATE_HIERARCHY_SUFFIXES = frozenset({"year", "month", "day"})


def field_of(item: Any) -> Any:
    """The field that an entry of `list_filter` or `fields` names."""
    return item[0] if isinstance(item, tuple) and item else item


def is_parameter_of(item: Any, lookup: str, model: type[models.Model]) -> bool:
    if isinstance(item, type) and issubclass(item, admin.SimpleListFilter):
        return lookup == item.parameter_name
    path = str(field_of(item))
    if lookup == path:
        return True
    head, _, suffix = lookup.rpartition("__")
    if suffix not in FILTER_SUFFIXES:
        return False
    if head == path:
        return True
    # A relation's filter names the related key: `organization__id__exact`.
    target = getattr(get_fields_from_path(model, path)[-1], "target_field", None)
    return target is not None and head == f"{path}__{target.name}"


def is_date_of(date_hierarchy: str | None, lookup: str) -> bool:
    head, _, suffix = lookup.rpartition("__")
    return bool(date_hierarchy) and head == date_hierarchy and suffix in DATE_HIERARCHY_SUFFIXES
