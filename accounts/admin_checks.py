"""What a console page may not declare, found by `manage.py check` before anybody opens it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.utils import get_fields_from_path
from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
from django.db import models

# These list only what the visible rows hold, or nothing that comes from rows at all.
SAFE_OVER_RELATIONS = (
    admin.RelatedOnlyFieldListFilter,
    admin.ChoicesFieldListFilter,
    admin.BooleanFieldListFilter,
    admin.DateFieldListFilter,
    admin.EmptyFieldListFilter,
)


class TenantAdminChecks(ModelAdminChecks):
    def check(self, admin_obj: Any, **kwargs: Any) -> list[CheckMessage]:
        return [
            *super().check(admin_obj, **kwargs),
            *self._filters_stay_inside(admin_obj),
            *self._actions_say_what_they_take(admin_obj),
            *self._writes_go_through_services(admin_obj),
            *self._nothing_names_rows_by_raw_key(admin_obj),
            *self._moments_are_shown_alike(admin_obj),
        ]

    def _filters_stay_inside(self, admin_obj: Any) -> list[CheckMessage]:
        """A plain filter over a relation lists the rows of every organization."""
        return [
            Error(
                f"The filter '{path}' would list other organizations' rows.",
                hint=f"Write ('{path}', admin.RelatedOnlyFieldListFilter).",
                obj=admin_obj.__class__,
                id="accounts.E101",
            )
            for path, filter_class in map(_parts, admin_obj.list_filter)
            if path and _crosses_a_relation(admin_obj.model, path)
            if filter_class is None or not issubclass(filter_class, SAFE_OVER_RELATIONS)
        ]

    def _actions_say_what_they_take(self, admin_obj: Any) -> list[CheckMessage]:
        actions = [
            getattr(admin_obj, action) if isinstance(action, str) else action
            for action in admin_obj.actions or []
        ]
        return [
            Error(
                f"The action '{action.__name__}' does not say which permission it takes.",
                hint="Write @admin.action(permissions=['change']).",
                obj=admin_obj.__class__,
                id="accounts.E102",
            )
            for action in actions
            if not getattr(action, "allowed_permissions", None)
        ]

    def _writes_go_through_services(self, admin_obj: Any) -> list[CheckMessage]:
        from accounts.tenant_admin import TenantAdmin

        errors: list[CheckMessage] = []
        if admin_obj.list_editable:
            errors.append(
                Error(
                    "Lists are not edited in place.",
                    obj=admin_obj.__class__,
                    id="accounts.E103",
                )
            )
        if not admin_obj.is_read_only and type(admin_obj).save_model is TenantAdmin.save_model:
            errors.append(
                Error(
                    "What can be changed must be saved by a service.",
                    hint="Override save_model, or set is_read_only = True.",
                    obj=admin_obj.__class__,
                    id="accounts.E104",
                )
            )
        return errors

    def _nothing_names_rows_by_raw_key(self, admin_obj: Any) -> list[CheckMessage]:
        """The raw-id widget shows the name of whatever key is posted, anybody's row included."""
        if not admin_obj.raw_id_fields:
            return []
        return [
            Error(
                "raw_id_fields would show the names of other organizations' rows.",
                hint="Use autocomplete_fields.",
                obj=admin_obj.__class__,
                id="accounts.E105",
            )
        ]

    def _moments_are_shown_alike(self, admin_obj: Any) -> list[CheckMessage]:
        """A plain field would be shown in Django's style, beside ours."""
        shown = [*admin_obj.list_display, *admin_obj.readonly_fields]
        if admin_obj.is_read_only:
            shown += admin_obj.fields or ()
        moments = {
            field.name
            for field in admin_obj.model._meta.fields
            if isinstance(field, models.DateTimeField)
        }
        return [
            Error(
                f"'{name}' would be shown in another style than other moments.",
                hint="Write moment_column() or moment_field(), from accounts.columns.",
                obj=admin_obj.__class__,
                id="accounts.E106",
            )
            for name in shown
            if isinstance(name, str) and name in moments
        ]


def _parts(item: Any) -> tuple[str | None, type[Any] | None]:
    if isinstance(item, tuple | list):
        return str(item[0]), item[1]
    return (item, None) if isinstance(item, str) else (None, None)


def _crosses_a_relation(model: type[models.Model], path: str) -> bool:
    try:
        return any(field.is_relation for field in get_fields_from_path(model, path))
    except FieldDoesNotExist:
        return False  # Django's own check reports it
