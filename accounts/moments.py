"""Moments that rows keep about themselves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _DateTimeField = models.DateTimeField[Any, datetime]
else:
    _DateTimeField = models.DateTimeField


class ChangedAtField(_DateTimeField):
    """When a row last changed: at first, exactly when it was made.

    Directories are promised so (RFC 7643, section 3.1), and `auto_now` looks at the clock a second
    time. The field goes behind `created_at`, and the column is that of any other moment.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_now"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if not add:
            return super().pre_save(model_instance, add)
        made_at: datetime = model_instance.created_at  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, made_at)
        return made_at
