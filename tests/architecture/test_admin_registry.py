"""Every page of the console, tried with a second organization's rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.db import models
from django.urls import reverse

from accounts.admin import DirectoryGroupAdmin, DomainAdmin
from accounts.models import DirectoryGroup, Domain, Organization, User
from accounts.roles import Role
from accounts.tenant_admin import TenantAdmin
from tests.architecture.probe import Probe
from tests.architecture.rows import make_row, mark_of

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
# Platform staff alone enter these; an organization's administrator is refused outright.
STAFF_ONLY = {Organization}


@pytest.fixture
def probe(
    make_admin: Callable[..., User], acme: Organization, globex: Organization
) -> Callable[..., Probe]:
    # The organization's own name is one of the things that must not show.
    globex.name = f"{mark_of(globex)} Inc"
    globex.save()

    def make(page: ModelAdmin[Any]) -> Probe:
        return Probe(
            page,
            person=make_admin("prober"),
            own=make_row(page.model, acme),
            foreign=make_row(page.model, globex),
            globex=globex,
        )

    return make


def _ids(model: type[models.Model]) -> str:
    return model._meta.label


def test_every_page_of_the_console_goes_through_the_tenant_door() -> None:
    strangers = [
        str(page) for page in admin.site._registry.values() if not isinstance(page, TenantAdmin)
    ]

    assert strangers == []


def test_the_console_has_pages_to_try() -> None:
    assert {User, DirectoryGroup, Domain, Organization} <= set(REGISTERED)


@pytest.mark.parametrize("model", REGISTERED, ids=_ids)
def test_no_page_shows_or_touches_another_organizations_rows(
    model: type[models.Model], probe: Callable[..., Probe]
) -> None:
    assert probe(admin.site._registry[model]).leaks() == []


@pytest.mark.parametrize("model", [m for m in REGISTERED if m not in STAFF_ONLY], ids=_ids)
def test_a_full_admin_sees_their_own_rows(
    model: type[models.Model], probe: Callable[..., Probe]
) -> None:
    found = probe(admin.site._registry[model])
    request = found.request()

    assert found.page.has_view_permission(request)
    assert found.page.get_queryset(request).filter(pk=found.own.pk).exists()


@pytest.mark.parametrize("model", REGISTERED, ids=_ids)
def test_a_sub_admin_without_the_ability_gets_no_page(
    model: type[models.Model], probe: Callable[..., Probe], make_user: Callable[..., User]
) -> None:
    found = probe(admin.site._registry[model])
    found.person = make_user("helper", role=Role.SUB_ADMIN, abilities=[])

    assert "refused" in found.answer(found.page.changelist_view, found.request())
    assert "refused" in found.answer(
        found.page.change_view, found.request(), found.id_of(found.own)
    )


# An unproved domain carries nobody: `tests/accounts/test_domains_page.py`.
REMOVABLE = {"accounts.Domain"}


@pytest.mark.parametrize(
    "model", [each for each in REGISTERED if each._meta.label not in REMOVABLE], ids=_ids
)
def test_nothing_is_deleted_from_the_console(
    model: type[models.Model], probe: Callable[..., Probe]
) -> None:
    found = probe(admin.site._registry[model])

    answer = found.answer(
        found.page.delete_view,
        found.request(post=True, data={"post": "yes"}),
        found.id_of(found.own),
    )

    assert "refused" in answer
    assert model._default_manager.filter(pk=found.own.pk).exists()


class StockAdmin(admin.ModelAdmin[Any]):
    """What somebody in a hurry writes."""

    search_fields = ["display_name"]
    list_filter = ["organization"]

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return True

    has_change_permission = has_view_permission


class ForgetfulAdmin(DirectoryGroupAdmin):
    """Extends the door and walks around it."""

    def get_queryset(self, request: Any) -> Any:
        groups = DirectoryGroup.objects.annotate(member_count=models.Count("memberships"))
        return groups.order_by("pk")


class PlainFilterAdmin(DomainAdmin):
    list_filter = ["organization"]

    def get_list_filter(self, request: Any) -> Any:
        return self.list_filter


class ProbingAdmin(DomainAdmin):
    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return True


class RenamingAction(DirectoryGroupAdmin):
    actions = ["rename_all"]

    @admin.action(permissions=["change"])
    def rename_all(self, request: Any, groups: Any) -> None:
        DirectoryGroup.objects.update(display_name="renamed")


class WideForm(DirectoryGroupAdmin):
    """Offers everybody's organizations by declaring the field itself, and does not narrow it."""

    fieldsets = [(None, {"fields": ["organization", "display_name"]})]

    def get_fieldsets(self, request: Any, obj: Any = None) -> Any:
        return self.fieldsets

    def get_readonly_fields(self, request: Any, obj: Any = None) -> Any:
        return []

    def _narrow(self, request: Any, form: Any) -> None:
        return None


@pytest.mark.parametrize(
    ("leaky", "model", "leak"),
    [
        (StockAdmin, DirectoryGroup, "the list shows the row"),
        (StockAdmin, DirectoryGroup, "tells a foreign row from an unknown one"),
        (StockAdmin, DirectoryGroup, "autocomplete"),
        (StockAdmin, DirectoryGroup, "the address may probe"),
        (ForgetfulAdmin, DirectoryGroup, "the list shows the row"),
        (PlainFilterAdmin, Domain, "the filter"),
        (ProbingAdmin, Domain, "the address may probe organization__slug__startswith"),
        (RenamingAction, DirectoryGroup, "an action changed something"),
        (WideForm, DirectoryGroup, "the form takes a foreign key"),
    ],
)
def test_a_leaky_page_is_caught(
    leaky: type[ModelAdmin[Any]],
    model: type[models.Model],
    leak: str,
    probe: Callable[..., Probe],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reverse("admin:index")  # the addresses are made once, from the real pages and not from this one
    page = leaky(model, admin.site)
    monkeypatch.setitem(admin.site._registry, model, page)

    assert any(leak in found for found in probe(page).leaks())


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"list_filter": ["organization"]}, "accounts.E101"),
        ({"list_filter": ["organization__name"]}, "accounts.E101"),
        ({"list_editable": ["display_name"]}, "accounts.E103"),
        ({"save_model": TenantAdmin.save_model}, "accounts.E104"),
        ({"raw_id_fields": ["organization"]}, "accounts.E105"),
        ({"actions": [lambda *args: None]}, "accounts.E102"),
        ({"list_display": ["display_name", "created_at"]}, "accounts.E106"),
        ({"readonly_fields": ["updated_at"]}, "accounts.E106"),
        ({"is_read_only": True, "fields": ["updated_at"]}, "accounts.E106"),
    ],
)
def test_manage_py_check_refuses_what_no_page_may_do(wrong: dict[str, Any], check: str) -> None:
    page = type("WrongAdmin", (DirectoryGroupAdmin,), wrong)(DirectoryGroup, AdminSite())

    assert check in {found.id for found in page.check()}
