"""What every test may ask for. Two organizations, `acme` and `globex`, stand for all tenants."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_socket import socket_allow_hosts

from accounts.models import Organization, User
from accounts.roles import Role
from audit.actors import Actor
from audit.append_only import SQLITE_FLAG
from tests import factories

# Looking every 700 objects for what can go finds nothing, and takes a twentieth of the time.
gc.set_threshold(50_000, 20, 20)

LOOPBACK = ["127.0.0.1", "::1", "localhost"]
TESTS = Path(__file__).parent
PAGES = tuple(TESTS / name for name in ("console", "learning_portal", "provisioning/console"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in PAGES):
            item.add_marker(pytest.mark.pages)


@pytest.fixture(autouse=True)
def _closed_network() -> None:
    """This machine only: a test that reaches further fails at the connection."""
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Lets SQLite empty the history between tests; see audit/append_only.py."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA {SQLITE_FLAG} = 1")


@pytest.fixture(autouse=True, scope="session")
def _few_private_keys() -> Iterator[None]:
    """Connections of one test have keys of their own, which those of the next have again: making a
    key takes as long as a dozen requests."""
    keys = itertools.cycle([generate_private_key(65537, 2048) for _number in range(4)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "sso.services.keys.rsa", SimpleNamespace(generate_private_key=lambda **_: next(keys))
        )
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture
def make_organization(db: None) -> Callable[..., Organization]:
    return factories.make_organization


@pytest.fixture
def acme(make_organization: Callable[..., Organization]) -> Organization:
    return make_organization("acme", contact_email="it@acme.example")


@pytest.fixture
def globex(make_organization: Callable[..., Organization]) -> Organization:
    """The other tenant."""
    return make_organization("globex", contact_email="it@globex.example")


class _InAcme:
    """Calls a factory, in Acme unless the test names an organization. Acme appears when needed."""

    def __init__(self, factory: Callable[..., Any], request: pytest.FixtureRequest) -> None:
        self._factory = factory
        self._request = request

    def __call__(self, *args: Any, organization: Organization | None = None, **fields: Any) -> Any:
        if organization is None:
            organization = self._request.getfixturevalue("acme")
        return self._factory(*args, organization=organization, **fields)


@pytest.fixture
def make_user(db: None, request: pytest.FixtureRequest) -> Callable[..., User]:
    return _InAcme(factories.make_user, request)


@pytest.fixture
def make_staff(db: None) -> Callable[..., User]:
    return factories.make_staff


@pytest.fixture
def make_pool(db: None, request: pytest.FixtureRequest) -> Callable[..., Any]:
    return _InAcme(factories.make_pool, request)


@pytest.fixture
def make_admin(make_user: Callable[..., User]) -> Callable[..., User]:
    """A full admin, who has a password: what shuts the others out leaves them a way in."""
    return partial(make_user, role=Role.FULL_ADMIN, password=factories.PASSWORD)


@pytest.fixture
def admin(make_admin: Callable[..., User]) -> User:
    """Acme's full admin."""
    return make_admin("admin")


@pytest.fixture
def actor(admin: User) -> Actor:
    """Acme's full admin, as services want to know them."""
    return Actor.from_user(admin)


@pytest.fixture
def system_actor() -> Actor:
    return Actor.system("tests")


@pytest.fixture
def sign_in() -> Callable[..., Any]:
    """`sign_in(client, user)`: the client is that person's browser from here on."""
    return factories.sign_in


@pytest.fixture
def console(client: Client, admin: User, sign_in: Callable[..., Client]) -> Client:
    """Acme's full admin's browser."""
    return sign_in(client, admin)
