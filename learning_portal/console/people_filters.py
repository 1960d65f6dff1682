"""The filters of *People* that no column answers alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import DirectoryGroup, User
from accounts.tenant_admin import restrict
from profiles.models import ProfileBinding

# A menu, not a search: whoever has more groups opens them in *Groups*.
LISTED_GROUPS = 100


class PresentStateFilter(admin.ChoicesFieldListFilter):
    """Without *Deleted*: the list shows who is here."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            if choice["display"] != User.State.DELETED.label:
                yield choice


class ProfileFilter(admin.SimpleListFilter):
    title = _("LinkedIn profile")
    parameter_name = "profile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            (ProfileBinding.State.ACTIVE, _("Connected")),
            (ProfileBinding.State.SUSPENDED, _("Asleep")),
            ("none", _("Not connected")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(Q(("binding_state", self.value()))) if self.value() else queryset


class GroupFilter(admin.SimpleListFilter):
    title = _("group")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        groups = restrict(DirectoryGroup.objects.all(), request, "organization")
        listed = groups.order_by("display_name", "id").values_list("pk", "display_name")
        return [(str(pk), name) for pk, name in listed[:LISTED_GROUPS]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if not self.value():
            return queryset
        try:
            return queryset.filter(memberships__group=UUID(str(self.value())))
        except ValueError:
            return queryset.none()
