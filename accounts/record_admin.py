"""Rows that are only added and only read, in the console: a history, newest first."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import reverse

from accounts.tenant_admin import Section, TenantAdmin


class RecordList(ChangeList):
    def url_for_result(self, result: Any) -> str:
        """By the public id: a running number would tell how busy other organizations are."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[result.public_id])


class RecordAdmin(TenantAdmin):
    """Of a model that has a `public_id`. Whoever extends it finds an object by that."""

    is_read_only = True
    section = Section.RECORD
    ordering = ("-id",)
    # The order is the index; any other would sort the whole history.
    sortable_by = ()
    list_select_related = ("organization",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecordList
