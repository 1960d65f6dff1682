"""A row of any model in any organization, so that a new console page is tried without being named.

Every text in a row carries the organization's mark: what leaks, leaks with its mark on it.
"""

from __future__ import annotations

import datetime
import itertools
import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from accounts.models import Organization, User
from accounts.names import NameKeyField
from tests import factories

_numbers = itertools.count(1)


def mark_of(organization: Organization) -> str:
    return f"mark{organization.slug}"


def make_row(model: type[models.Model], organization: Organization) -> models.Model:
    """A saved row of `model` that belongs to `organization`, with its marks on it."""
    if model is Organization:
        return organization
    if model is User:
        mark = f"{mark_of(organization)}-{next(_numbers)}"
        return factories.make_user(mark, organization=organization, department=mark)
    row = model(**dict(_values(model, organization)))
    row.save()
    return row


def _values(model: type[models.Model], organization: Organization) -> Any:
    for field in model._meta.fields:
        if field.name == model._meta.pk.name and not field.is_relation:
            continue
        value = _value(field, organization)
        if value is not None:
            yield field.name, value


def _value(field: models.Field[Any, Any], organization: Organization) -> Any:
    if isinstance(field, models.ForeignKey):
        related = field.related_model
        assert isinstance(related, type)
        if field.null and related not in (Organization, User):
            return None
        return make_row(related, organization)
    if isinstance(field, NameKeyField) or field.null or field.blank:
        return None
    if field.choices:
        return field.default if field.has_default() else field.choices[0][0]
    match field:
        case models.GenericIPAddressField():
            return "192.0.2.1"
        case models.EmailField():
            return f"{mark_of(organization)}@example.com"
        case models.CharField() if not field.has_default() or not callable(field.default):
            return _text(field, organization)
        case models.TextField():
            return _text(field, organization)
        case models.DateTimeField():
            return timezone.now()
        case models.DateField():
            return datetime.date(2026, 1, 1) if not field.has_default() else None
        case models.IntegerField():
            return None if field.has_default() else 5
        case models.UUIDField():
            return None if field.has_default() else uuid.uuid4()
        case _:
            return None


def _text(field: models.Field[Any, Any], organization: Organization) -> str:
    mark = f"{mark_of(organization)}-{next(_numbers)}"
    return mark[: field.max_length] if field.max_length else mark
