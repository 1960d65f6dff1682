"""A broken request is answered with a page, and with a status that says whose fault it is."""

from __future__ import annotations

import pytest
from django.test import Client

from learning_portal import views

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
    ],
)
@pytest.mark.parametrize("path", ["/no/such/page", "/sso/x/acs", "/login/", "/api/v1/me"])
def test_a_body_that_nobody_can_read_makes_no_server_error(path, content_type):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.get("/login/")

    response = browser.post(path, b"x" * 100, content_type=content_type)

    assert response.status_code in {400, 401, 403, 404}


def test_a_fault_of_ours_says_so_and_nothing_else(client, admin, sign_in, monkeypatch):
    def explode(*args: object) -> None:
        raise ZeroDivisionError("a secret")

    sign_in(client, admin)
    client.raise_request_exception = False
    monkeypatch.setattr(views, "greeting", explode)

    response = client.get("/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "a secret" not in response.content.decode()
