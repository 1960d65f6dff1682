"""The sandbox's own process, played by Django's test client with the sandbox's settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from sandbox.places import ServiceProvider, register_service_providers
from sandbox.saml_messages import SigningIdentity

OWN = (
    "ROOT_URLCONF",
    "MIDDLEWARE",
    "TEMPLATES",
    "ALLOWED_HOSTS",
    "CSRF_COOKIE_NAME",
    "SECURE_CSP",
    "LINKEDIN_CLIENT_ID",
    "LINKEDIN_CLIENT_SECRET",
)


@pytest.fixture(scope="session")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests of a process: keys take a while to make."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(autouse=True)
def folder(_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDBOX_DIR", str(_folder))
    for name in (
        *("service_providers.json", "scim_tokens.json"),
        *(f"{slug}.{key}.pem" for slug in ("acme", "globex") for key in ("next", "former")),
    ):
        (_folder / name).unlink(missing_ok=True)
    return _folder


@pytest.fixture
def sandbox(settings, folder: Path) -> Iterator[Client]:
    """A browser at the sandbox."""
    # Imported here: it makes its secret key in the folder.
    from sandbox import settings as own

    for name in OWN:
        setattr(settings, name, getattr(own, name))
    settings.ALLOWED_HOSTS = ["testserver"]
    return Client()


@pytest.fixture(scope="session")
def portal_key() -> SigningIdentity:
    return SigningIdentity.generate("http://127.0.0.1:8000/sso/1/metadata")


@pytest.fixture
def service(folder: Path, portal_key: SigningIdentity) -> ServiceProvider:
    """The portal, registered at Acme's identity provider."""
    return _register("acme", portal_key)


@pytest.fixture
def globex_service(folder: Path, portal_key: SigningIdentity) -> ServiceProvider:
    return _register("globex", portal_key)


def _register(slug: str, portal_key: SigningIdentity) -> ServiceProvider:
    service = ServiceProvider(
        entity_id=portal_key.entity_id,
        provider=slug,
        name="the learning portal",
        acs_url="http://127.0.0.1:8000/sso/1/acs",
        login_url="http://127.0.0.1:8000/sso/1/login",
        certificate_pem=portal_key.certificate_pem,
    )
    register_service_providers([service])
    return service
