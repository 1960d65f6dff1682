"""Doors, menu and addresses of the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from accounts.models import Organization, User
from accounts.roles import Ability, Role
from accounts.sessions import SessionStore

SignIn = Callable[..., Client]


def menu(rf: RequestFactory, user: User, path: str = "/console/") -> dict[str, list[str]]:
    request = rf.get(path)
    request.user = user
    return {
        section["app_label"]: [entry["name"] for entry in section["models"]]
        for section in django_admin.site.get_app_list(request)
    }


class TestDoors:
    def test_a_stranger_is_sent_to_the_portals_own_sign_in_page(
        self, client: Client, db: None
    ) -> None:
        response = client.get(reverse("admin:accounts_user_changelist"))

        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("accounts:login"))
        assert "next=/console/accounts/user/" in response.headers["Location"]

    def test_the_stock_sign_in_page_is_not_served(self, client: Client, db: None) -> None:
        response = client.get(reverse("admin:login"), {"next": "/console/policies/"})

        assert response.status_code == 302
        assert response.headers["Location"] == "/login/?next=%2Fconsole%2Fpolicies%2F"

    def test_a_learner_is_refused_and_not_sent_in_circles(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User]
    ) -> None:
        sign_in(client, make_user("ana"))

        response = client.get(reverse("admin:index"), follow=True)

        assert response.status_code == 403

    def test_an_administrator_who_opens_the_stock_sign_in_page_lands_on_the_overview(
        self, client: Client, sign_in: SignIn, admin: User
    ) -> None:
        sign_in(client, admin)

        response = client.get(reverse("admin:login"))

        assert response.headers["Location"] == reverse("admin:index")

    def test_signing_out_keeps_the_method(
        self, client: Client, sign_in: SignIn, admin: User
    ) -> None:
        sign_in(client, admin)

        response = client.post(reverse("admin:logout"))

        assert response.status_code == 307
        assert response.headers["Location"] == reverse("accounts:logout")

    def test_the_address_that_resolves_any_row_of_any_model_is_closed(
        self, client: Client, sign_in: SignIn, admin: User, make_user: Callable[..., User]
    ) -> None:
        person = make_user("ana")
        kind = ContentType.objects.get_for_model(User)
        sign_in(client, admin)

        assert client.get(f"/console/r/{kind.pk}/{person.pk}/").status_code == 404
        with pytest.raises(NoReverseMatch):
            reverse("admin:view_on_site", args=[kind.pk, person.pk])


class TestOwnPassword:
    def test_it_is_changed_on_the_one_page_that_limits_guessing(
        self, client: Client, sign_in: SignIn, make_admin: Callable[..., User]
    ) -> None:
        sign_in(client, make_admin("pat", password="an older long password"))

        response = client.post(
            reverse("admin:password_change"), {"old_password": "an older long password"}
        )

        assert response.headers["Location"] == reverse("account_password")
        done = client.get(reverse("admin:password_change_done"))
        assert done.headers["Location"] == reverse("account")


class TestMenu:
    def test_a_full_admin_sees_the_tasks_of_an_organization(
        self, rf: RequestFactory, admin: User
    ) -> None:
        found = menu(rf, admin)

        assert list(found) == ["overview", "people", "access", "record"]
        assert found["people"][:1] == ["People"]
        assert "Policies" in found["access"]
        assert "Activity" in found["record"]
        assert "Organizations" not in found["people"]

    def test_platform_staff_see_the_organizations_and_no_policies_of_their_own(
        self, rf: RequestFactory, make_staff: Callable[..., User]
    ) -> None:
        found = menu(rf, make_staff())

        assert found["people"][0] == "Organizations"
        assert "Policies" not in found["access"]

    def test_a_sub_admin_sees_what_their_abilities_open(
        self, rf: RequestFactory, make_user: Callable[..., User]
    ) -> None:
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.ACTIVITY])

        found = menu(rf, helper)

        assert "Activity" in found["record"]
        assert "people" not in found
        # Everybody in the console may read the policies.
        assert found["access"] == ["Policies"]

    def test_only_the_page_that_is_open_is_marked(self, rf: RequestFactory, admin: User) -> None:
        request = rf.get(reverse("admin:policies"))
        request.user = admin

        marked = [
            entry["name"]
            for section in django_admin.site.get_app_list(request)
            for entry in section["models"]
            if entry["is_current"]
        ]

        assert marked == ["Policies"]

    def test_every_page_s_frame_costs_no_statement(
        self, rf: RequestFactory, admin: User, django_assert_num_queries: Any
    ) -> None:
        request = rf.get("/console/")
        request.user = User.objects.get_queryset().select_related("organization").get(pk=admin.pk)
        request.session = SessionStore()

        with django_assert_num_queries(0):
            context = django_admin.site.each_context(request)

        assert isinstance(context["organization"], Organization)
        assert not context["log_entries"]
