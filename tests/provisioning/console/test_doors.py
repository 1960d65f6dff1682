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

ARGUMENTS: dict[str, Any] = {"token_id": uuid.UUID(int=7), "guide": "okta"}
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


@pytest.mark.parametrize("name", NAMES)
def test_no_page_is_stored_by_a_browser(console: Client, acme: Organization, name: str) -> None:
    assert "no-store" in console.get(address(name)).headers["Cache-Control"]
