"""The door itself: what `TenantAdmin` promises every page that goes through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.admin import DirectoryGroupAdmin, DomainAdmin
from accounts.models import DirectoryGroup, Domain, Organization, User
from accounts.paging import BoundedPaginator
from accounts.roles import Ability, Role
from accounts.services import add_domain
from accounts.tenant_admin import TenantAdmin
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent

SignIn = Callable[..., Client]


class TestSaving:
    def test_a_services_no_becomes_an_error_on_the_form_and_the_input_stays(
        self, client: Client, sign_in: SignIn, admin: User, acme: Organization, actor: Actor
    ) -> None:
        add_domain(organization=acme, name="acme.example", actor=actor)
        sign_in(client, admin)

        response = client.post(reverse("admin:accounts_domain_add"), {"name": "acme.example"})

        assert response.status_code == 200
        assert "can’t be added" in response.content.decode().replace("&#x27;", "’")
        assert 'value="acme.example"' in response.content.decode()
        assert Domain.objects.count() == 1

    def test_a_new_row_belongs_to_the_administrators_organization_whatever_is_posted(
        self,
        client: Client,
        sign_in: SignIn,
        admin: User,
        acme: Organization,
        globex: Organization,
    ) -> None:
        sign_in(client, admin)

        client.post(
            reverse("admin:accounts_domain_add"),
            {"name": "acme.example", "organization": str(globex.pk)},
        )

        assert Domain.objects.get().organization == acme

    def test_platform_staff_choose_the_organization(
        self, client: Client, sign_in: SignIn, make_staff: Callable[..., User], globex: Organization
    ) -> None:
        sign_in(client, make_staff())

        client.post(
            reverse("admin:accounts_domain_add"),
            {"name": "globex.example", "organization": str(globex.pk)},
        )

        assert Domain.objects.get().organization == globex

    @pytest.mark.parametrize("method", ["save_model", "delete_model", "delete_queryset"])
    def test_a_page_that_calls_no_service_writes_nothing(self, method: str) -> None:
        page = TenantAdmin(DirectoryGroup, admin.site)
        arguments = {"save_model": (None, None, None, True), "delete_model": (None, None)}

        with pytest.raises(ImproperlyConfigured):
            getattr(page, method)(*arguments.get(method, (None, None)))

    def test_many_to_many_fields_are_left_to_the_service(self) -> None:
        class Form:
            def save_m2m(self) -> None:
                raise AssertionError("written past the services")

        TenantAdmin(DirectoryGroup, admin.site).save_related(None, Form(), [], True)

    def test_changed_inlines_need_a_service_too(self) -> None:
        class Formset:
            def has_changed(self) -> bool:
                return True

        with pytest.raises(ImproperlyConfigured):
            TenantAdmin(DirectoryGroup, admin.site).save_related(None, None, [Formset()], True)


class TestActions:
    def test_an_action_that_does_not_say_what_it_takes_is_not_offered(
        self, rf: RequestFactory, admin: User
    ) -> None:
        class Page(DomainAdmin):
            actions = ["mark_verified", "anything"]

            def anything(self, request: Any, rows: Any) -> None: ...

        request = rf.get("/")
        request.user = admin

        assert "anything" not in Page(Domain, admin_site()).get_actions(request)

    def test_an_administrator_cannot_declare_a_domain_proved(
        self, client: Client, sign_in: SignIn, admin: User, acme: Organization, actor: Actor
    ) -> None:
        domain = add_domain(organization=acme, name="acme.example", actor=actor)
        sign_in(client, admin)

        client.post(
            reverse("admin:accounts_domain_changelist"),
            {"action": "mark_verified", "index": "0", "_selected_action": str(domain.pk)},
        )

        domain.refresh_from_db()
        assert domain.verified_at is None

    def test_platform_staff_declare_a_domain_proved(
        self,
        client: Client,
        sign_in: SignIn,
        make_staff: Callable[..., User],
        acme: Organization,
        actor: Actor,
    ) -> None:
        domain = add_domain(organization=acme, name="acme.example", actor=actor)
        sign_in(client, make_staff())

        client.post(
            reverse("admin:accounts_domain_changelist"),
            {"action": "mark_verified", "index": "0", "_selected_action": str(domain.pk)},
        )

        domain.refresh_from_db()
        assert domain.verified_at is not None
        assert AuditEvent.objects.filter(action=Action.DOMAIN_VERIFIED).exists()

    def test_a_no_in_an_action_is_a_message_and_no_error_page(
        self,
        client: Client,
        sign_in: SignIn,
        make_staff: Callable[..., User],
        acme: Organization,
        globex: Organization,
        actor: Actor,
    ) -> None:
        first = add_domain(organization=acme, name="shared.example", actor=actor)
        second = add_domain(organization=globex, name="shared.example", actor=actor)
        sign_in(client, make_staff())

        response = client.post(
            reverse("admin:accounts_domain_changelist"),
            {
                "action": "mark_verified",
                "index": "0",
                "_selected_action": [str(first.pk), str(second.pk)],
            },
        )

        assert response.status_code == 302
        told = [str(message) for message in get_messages(response.wsgi_request)]
        assert any("can't be added" in text or "can’t be added" in text for text in told)


class TestPaging:
    def test_a_list_is_counted_to_its_limit_and_no_further(
        self, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(BoundedPaginator, "limit", 3)
        for _number in range(5):
            make_user()

        paginator = BoundedPaginator(User.objects.get_queryset().order_by("pk"), 2)

        assert (paginator.count, paginator.num_pages, paginator.is_bounded) == (3, 2, True)

    def test_a_short_list_is_counted_whole(self, make_user: Callable[..., User]) -> None:
        for _number in range(5):
            make_user()

        paginator = BoundedPaginator(User.objects.get_queryset().order_by("pk"), 2)

        assert (paginator.count, paginator.is_bounded) == (5, False)

    def test_counting_asks_the_database_to_stop(self, make_user: Callable[..., User]) -> None:
        make_user()
        paginator = BoundedPaginator(User.objects.get_queryset().order_by("pk"), 2)

        with CaptureQueriesContext(connection) as asked:
            paginator.count  # noqa: B018 - the property asks

        assert len(asked) == 1
        assert f"LIMIT {BoundedPaginator.limit + 1}" in asked[0]["sql"]

    def test_lists_that_are_not_in_the_database_are_counted_too(self) -> None:
        assert BoundedPaginator([1, 2, 3], 2).count == 3


class TestWho:
    @pytest.mark.parametrize("ability", Ability)
    def test_a_sub_admin_enters_the_pages_of_their_abilities_alone(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], ability: Ability
    ) -> None:
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[ability])
        sign_in(client, helper)

        groups = client.get(reverse("admin:accounts_directorygroup_changelist"))
        activity = client.get(reverse("admin:audit_auditevent_changelist"))

        assert (groups.status_code == 200) == (ability == Ability.PEOPLE)
        assert (activity.status_code == 200) == (ability == Ability.ACTIVITY)

    def test_a_deactivated_administrator_may_nothing(
        self, rf: RequestFactory, make_admin: Callable[..., User]
    ) -> None:
        request = rf.get("/")
        request.user = make_admin("gone", state=User.State.DEACTIVATED)
        page = DirectoryGroupAdmin(DirectoryGroup, admin_site())

        assert not page.has_view_permission(request)
        assert not page.has_add_permission(request)

    def test_a_row_that_came_another_way_is_still_foreign(
        self, rf: RequestFactory, admin: User, globex: Organization
    ) -> None:
        request = rf.get("/")
        request.user = admin
        foreign = DirectoryGroup.objects.create(organization=globex, display_name="Theirs")
        page = DirectoryGroupAdmin(DirectoryGroup, admin_site())

        assert not page.has_view_permission(request, foreign)
        assert not page.has_change_permission(request, foreign)


class TestHistory:
    def test_history_is_what_services_recorded(
        self, client: Client, sign_in: SignIn, admin: User, acme: Organization, actor: Actor
    ) -> None:
        domain = add_domain(organization=acme, name="acme.example", actor=actor)
        sign_in(client, admin)

        page = client.get(reverse("admin:accounts_domain_history", args=[domain.pk]))

        assert "Domain added" in page.content.decode()

    def test_the_stock_log_stays_empty(self, client: Client, sign_in: SignIn, admin: User) -> None:
        from django.contrib.admin.models import LogEntry

        sign_in(client, admin)

        client.post(reverse("admin:accounts_domain_add"), {"name": "acme.example"})

        assert Domain.objects.exists()
        assert not LogEntry.objects.exists()


def admin_site() -> Any:
    return admin.site


SEARCHED = sorted(
    (model for model, page in admin.site._registry.items() if page.search_fields),
    key=lambda model: model._meta.label,
)


@pytest.mark.parametrize("model", SEARCHED, ids=lambda model: model._meta.label)
def test_a_search_of_thousands_of_words_asks_the_database_for_some(
    client: Client, sign_in: SignIn, make_staff: Callable[..., User], model: type[Model]
) -> None:
    """SQLite refused such a statement, and PostgreSQL planned one of the log's for 20 seconds."""
    sign_in(client, make_staff())
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    with CaptureQueriesContext(connection) as asked:
        response = client.get(address, {"q": "a " * 1_000})

    assert response.status_code == 200
    assert max(each["sql"].count(" LIKE ") for each in asked) <= 100 * len(
        admin.site._registry[model].search_fields
    )
