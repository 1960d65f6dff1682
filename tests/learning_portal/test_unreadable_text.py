"""A zero byte fits no text column of PostgreSQL. Wherever one is put, it makes no server error."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.sessions import SessionStore
from tests.factories import sign_in

pytestmark = pytest.mark.django_db

LISTS = sorted(
    reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for model in admin.site._registry
)


@pytest.mark.parametrize(
    "address",
    [
        "/console/accounts/user/?state__exact=%00",
        "/console/accounts/user/?license=a%00",
        "/console/audit/auditevent/?target_id=%00",
        "/console/autocomplete/?term=%00&app_label=accounts&model_name=user&field_name=organization",
        "/console/policies/?organization=%00",
        "/login/?next=%00",
        "/join/%00/",
    ],
)
def test_in_an_address(make_staff, address):
    browser = sign_in(Client(raise_request_exception=False), make_staff())

    response = browser.get(address)

    assert response.status_code == 400
    assert "We could not read this request" in response.content.decode()


@pytest.mark.parametrize("cookie", ["session", "csrf", "signin", "last-organization", "messages"])
@pytest.mark.parametrize("path", ["/", "/login/", "/o/acme/login/", "/healthz"])
def test_in_a_cookie(acme, cookie, path):
    for value in ("a\\000b", "long enough\\000 for a key"):
        browser = Client(raise_request_exception=False, headers={"Cookie": f'{cookie}="{value}"'})

        assert browser.get(path).status_code < 500


@pytest.mark.parametrize("key", ["long enough\x00", "long enough\ud800", "longué enough", "short"])
def test_what_is_no_key_of_ours_is_no_session(key):
    assert SessionStore(key).session_key is None


def test_in_what_is_typed_at_the_door(acme):
    browser = Client(raise_request_exception=False)

    answer = browser.post("/login/", {"email": "a\x00b@acme.example", "password": "x"})

    assert answer.status_code == 200


def test_in_the_name_of_a_browser(acme, actor):
    browser = Client(raise_request_exception=False, headers={"User-Agent": "a\x00b"})

    assert browser.post("/login/", {"email": "a@b.example", "password": "x"}).status_code == 200


@pytest.mark.parametrize("key", ["\x00", "no key", "9" * 40, "1,2"])
@pytest.mark.parametrize("address", LISTS)
def test_a_row_that_is_chosen_by_no_key(make_staff, address, key):
    browser = sign_in(Client(raise_request_exception=False), make_staff())
    model_admin = next(
        page
        for model, page in admin.site._registry.items()
        if address.endswith(f"/{model._meta.model_name}/")
    )

    for action in model_admin.actions or ():
        name = action if isinstance(action, str) else action.__name__
        response = browser.post(address, {"action": name, "index": "0", "_selected_action": [key]})

        assert response.status_code == 400
