from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import BindingPolicy, Organization, User
from audit.actions import Action
from audit.models import AuditEvent
from profiles.models import ProfileBinding, Via
from tests.profiles import provider as fake


@pytest.fixture(scope="session")
def _provider() -> Iterator[fake.Provider]:
    provider = fake.Provider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(_provider: fake.Provider, settings: Any) -> fake.Provider:
    """LinkedIn, as far as the portal can tell."""
    _provider.reset()
    settings.LINKEDIN_CLIENT_ID = fake.CLIENT_ID
    settings.LINKEDIN_CLIENT_SECRET = fake.CLIENT_SECRET
    settings.LINKEDIN_ISSUER = _provider.issuer
    settings.LINKEDIN_AUTHORIZATION_URL = f"{_provider.base}/authorization"
    settings.LINKEDIN_TOKEN_URL = f"{_provider.base}/token"
    settings.LINKEDIN_USERINFO_URL = f"{_provider.base}/userinfo"
    settings.LINKEDIN_JWKS_URL = f"{_provider.base}/jwks"
    return _provider


@pytest.fixture
def bind(db: None) -> Callable[..., ProfileBinding]:
    """A connected profile, as a row."""

    def make(user: User, **fields: Any) -> ProfileBinding:
        fields.setdefault("subject", f"member-of-{user.pk}")
        fields.setdefault("name", f"{user.first_name} on LinkedIn")
        fields.setdefault("via", Via.SSO)
        fields.setdefault("consent_version", "1")
        fields.setdefault("consented_at", timezone.now())
        return ProfileBinding.objects.create(user=user, organization=user.organization, **fields)

    return make


@pytest.fixture
def set_policy() -> Callable[[Organization, str], None]:
    """The row alone; what follows a real change of policy is tested in test_following."""

    def change(organization: Organization, policy: str) -> None:
        organization.binding_policy = policy
        organization.save(update_fields=["binding_policy"])

    return change


@pytest.fixture
def required(acme: Organization, set_policy: Callable[..., None]) -> Organization:
    set_policy(acme, BindingPolicy.REQUIRED)
    return acme


@pytest.fixture
def ana(make_user: Callable[..., User]) -> User:
    return make_user("ana")


@pytest.fixture
def browser(client: Client, ana: User, sign_in: Callable[..., Client]) -> Client:
    """Ana's, signed in a moment ago."""
    return sign_in(client, ana)


def state_of(response: Any) -> str:
    """The `state` in the redirect to LinkedIn."""
    return parse_qs(urlsplit(response["Location"]).query)["state"][0]


def press_connect(client: Client, **fields: str) -> str:
    response = client.post("/connect/", {"do": "connect", **fields})
    assert response.status_code == 303, response.content
    return state_of(response)


def come_back(client: Client, state: str, **params: str) -> Any:
    params = params or {"code": fake.CODE}
    return client.get("/connect/callback", {"state": state, **params})


def events(action: Action) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("id"))
