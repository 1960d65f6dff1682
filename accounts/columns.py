"""How the console shows moments: in lists how long ago, on a page of its own the time as well.

Django would show a plain field in a style of its own; `manage.py check` finds those that forgot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin

from accounts.templatetags.portal import ago, time_and_ago

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def moment_column(field: str, label: str | _StrPromise) -> Callable[[Any, Any], Any]:
    """A method of a `ModelAdmin` for its `list_display`; sorts by the field."""

    @admin.display(description=label, ordering=field)
    def column(self: Any, row: Any) -> Any:
        return ago(getattr(row, field), "—")

    return column


def moment_field(field: str, label: str | _StrPromise) -> Callable[[Any, Any], Any]:
    """A method of a `ModelAdmin` for its `readonly_fields`."""

    @admin.display(description=label)
    def shown(self: Any, row: Any) -> Any:
        return time_and_ago(getattr(row, field))

    return shown
