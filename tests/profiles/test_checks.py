from __future__ import annotations

import pytest

from profiles.checks import linkedin_addresses_are_safe, linkedin_credentials_come_in_pairs


def test_the_defaults_are_safe():
    assert linkedin_addresses_are_safe(None) == []
    assert linkedin_credentials_come_in_pairs(None) == []


@pytest.mark.parametrize(
    "url", ["http://login.example/token", "login.example/token", "", "file:///etc/passwd"]
)
def test_an_address_that_others_could_read_along_is_an_error(settings, url):
    settings.LINKEDIN_TOKEN_URL = url

    (error,) = linkedin_addresses_are_safe(None)

    assert error.id == "profiles.E001"
    assert "LINKEDIN_TOKEN_URL" in error.msg


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001/token", "http://localhost:1/", "https://x"])
def test_this_machine_and_https_are_safe(settings, url):
    settings.LINKEDIN_TOKEN_URL = url

    assert linkedin_addresses_are_safe(None) == []


@pytest.mark.parametrize(("client_id", "secret"), [("id", ""), ("", "secret")])
def test_half_of_the_credentials_is_an_error(settings, client_id, secret):
    settings.LINKEDIN_CLIENT_ID, settings.LINKEDIN_CLIENT_SECRET = client_id, secret

    (error,) = linkedin_credentials_come_in_pairs(None)

    assert error.id == "profiles.E002"


def test_neither_credential_is_a_choice(settings):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    assert linkedin_credentials_come_in_pairs(None) == []
