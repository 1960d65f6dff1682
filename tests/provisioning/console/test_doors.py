"""Every page of the directory, whichever there will be: only for those with the ability."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organization
from accounts.roles import Ability, Role
from provisioning.console.urls import pages
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.policies import may_make_tokens
from provisioning.services import pause_directory
from tests.provisioning.console.conftest import make_call, make_token, text_of

ARGUMENTS: dict[str, Any] = {
    "token_id": uuid.UUID(int=7),
    "guide": "okta",
    "person_id": uuid.UUID(int=8),
}
DIRECTORY = "/console/directory/"
NAMES = [page.name for page in pages(lambda view: view)]


def address(name: str) -> str:
    page = next(page for page in pages(lambda view: view) if page.name == name)
    wanted = {key: ARGUMENTS[key] for key in page.pattern.converters}
    return reverse(f"admin:{name}", kwargs=wanted)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["get", "post"])
class TestEachPage:
    def test_without_the_ability_it_is_refused(
        self, client: Client, sign_in: Callable[..., Client], make_user: Any, name: str, method: str
    ) -> None:
        others = [each for each in Ability if each is not Ability.DIRECTORY]
        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=others))

        assert getattr(client, method)(address(name)).status_code == 403

    def test_a_stranger_is_sent_to_sign_in(
        self, client: Client, acme: Organization, name: str, method: str
    ) -> None:
        answer = getattr(client, method)(address(name))

        assert answer.status_code == 302
        assert "login" in answer.headers["Location"]

    def test_staff_have_to_name_an_organization(
        self, staff_console: Client, acme: Organization, name: str, method: str
    ) -> None:
        assert getattr(staff_console, method)(address(name)).status_code == 404

    def test_nothing_comes_to_be_by_being_refused(
        self, client: Client, sign_in: Callable[..., Client], make_user: Any, name: str, method: str
    ) -> None:
        sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.SSO]))

        getattr(client, method)(address(name), {"id": str(uuid.uuid4()), "name": "x", "days": 90})

        assert not ScimToken.objects.exists()
        assert not ScimConfiguration.objects.exists()


class TestTokensAreFullAdminsToMake:
    """Whoever holds a token may change administrators: a sub-admin must not come by one."""

    MAKING = ("directory_token_new", "directory_token_rotate")

    @pytest.fixture
    def helper(self, client: Client, sign_in: Callable[..., Client], make_user: Any) -> Client:
        user = make_user("helper", role=Role.SUB_ADMIN, abilities=[*Ability])
        return sign_in(client, user)

    @pytest.mark.parametrize("name", MAKING)
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_sub_admin_makes_and_replaces_none(
        self, helper: Client, acme: Organization, name: str, method: str
    ) -> None:
        token = make_token(acme)
        args = [token.pk] if name == "directory_token_rotate" else []
        sent = {"id": str(uuid.uuid4()), "name": "Mine", "days": "365"}

        answer = getattr(helper, method)(reverse(f"admin:{name}", args=args), sent)

        assert answer.status_code == 403
        assert b"lps_" not in answer.content
        assert [*ScimToken.objects.values_list("pk", "expires_at")] == [
            (token.pk, token.expires_at)
        ]

    @pytest.mark.parametrize("page", ["", "guide/okta/", "guide/entra/", "guide/other/"])
    def test_the_pages_say_why_there_is_no_button(
        self, helper: Client, acme: Organization, page: str
    ) -> None:
        make_token(acme)

        text = text_of(helper.get(f"{DIRECTORY}{page}"))

        assert "A full admin makes and replaces tokens" in text
        assert "/tokens/new/" not in text
        assert "/replace/" not in text

    @pytest.mark.parametrize("page", ["", "guide/okta/"])
    def test_a_full_admin_sees_the_button_and_no_excuse(
        self, console: Client, acme: Organization, page: str
    ) -> None:
        make_token(acme)

        text = text_of(console.get(f"{DIRECTORY}{page}"))

        assert "/tokens/new/" in text
        assert "A full admin makes" not in text

    def test_a_sub_admin_reads_the_feed_and_revokes(
        self, helper: Client, acme: Organization
    ) -> None:
        make_call(acme, subject="Ana Alvarez")
        token = ScimToken.objects.get()

        assert "Ana Alvarez" in text_of(helper.get(DIRECTORY))
        revoke = reverse("admin:directory_token_revoke", args=[token.pk])
        assert "until a full admin has made another" in text_of(helper.get(revoke))
        helper.post(revoke)
        assert not ScimToken.objects.live().exists()
        assert "Ask a full admin for a new one" in text_of(helper.get(DIRECTORY))

    def test_a_sub_admin_uses_the_brake(
        self, helper: Client, acme: Organization, system_actor: Any
    ) -> None:
        make_token(acme)
        configuration = ScimConfiguration.objects.get(organization=acme)
        pause_directory(configuration=configuration, actor=system_actor)

        helper.post(reverse("admin:directory_resume"))

        configuration.refresh_from_db()
        assert not configuration.is_paused

    @pytest.mark.parametrize("role", [Role.SUB_ADMIN, Role.CURATOR, Role.LEARNER])
    def test_only_full_admins_and_staff_may(self, role: Role) -> None:
        assert not may_make_tokens(role)
        assert may_make_tokens(Role.FULL_ADMIN)
        assert may_make_tokens(Role.STAFF)


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_stored_by_a_browser(console: Client, acme: Organization, name: str) -> None:
    assert "no-store" in console.get(address(name)).headers["Cache-Control"]
