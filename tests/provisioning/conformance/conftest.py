"""Two organizations, each with a directory that holds a token of its own.

They are made once for each module, and whatever a test does is taken back when it ends: two
thousand tests would otherwise spend most of their time on making the same rows again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts.models import Organization, User
from audit.actors import Actor
from provisioning.log import recorder
from provisioning.services import configure_directory, create_token
from tests.factories import make_organization
from tests.provisioning.conformance.client import Json, Scim
from tests.provisioning.conformance.people import Library, fill


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say of these tests that they need a database: their fixtures open it by themselves."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.django_db)


def connect(organization: Organization, *, name: str = "Directory", days: int = 30) -> Scim:
    """A directory of this organization, its brake on mass removal off: that has its own tests."""
    actor = Actor.system("tests")
    configure_directory(organization=organization, changes={"brake_is_on": False}, actor=actor)
    return Scim(create_token(organization=organization, name=name, actor=actor, days=days).text)


@dataclass(frozen=True)
class Tenants:
    acme: Organization
    globex: Organization
    of_acme: Scim
    of_globex: Scim


@contextmanager
def two_tenants(blocker: Any, suffix: str = "") -> Iterator[Tenants]:
    cache.clear()
    with blocker.unblock(), transaction.atomic():
        acme, globex = make_organization(f"acme{suffix}"), make_organization(f"globex{suffix}")
        yield Tenants(acme, globex, connect(acme), connect(globex))
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def tenants(django_db_setup: None, django_db_blocker: Any) -> Iterator[Tenants]:
    with two_tenants(django_db_blocker) as made:
        yield made


@pytest.fixture(scope="module")
def stocked(tenants: Tenants, django_db_blocker: Any) -> Iterator[Tenants]:
    """Two more, for the tests that ask for the library: the others find nobody there."""
    with two_tenants(django_db_blocker, "-library") as made:
        yield made


@pytest.fixture(scope="module")
def shared_library(stocked: Tenants) -> Library:
    """The people of `people.py`, stored for all tests of a module."""
    return fill(stocked.of_acme, elsewhere=stocked.of_globex)


@pytest.fixture
def own(request: pytest.FixtureRequest) -> Tenants:
    """The organizations of this test."""
    wants_library = "library" in request.fixturenames
    made: Tenants = request.getfixturevalue("stocked" if wants_library else "tenants")
    return made


@pytest.fixture(scope="module")
def standing(tenants: Tenants) -> None:
    """What all tests of a module find besides, where the module says so."""


@pytest.fixture
def _taken_back(own: Tenants, standing: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # The log has tests of its own; here it would be two statements more for each call.
    monkeypatch.setattr(recorder, "add", lambda row: None)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def scim(own: Tenants, _taken_back: None) -> Scim:
    """Acme's directory."""
    return own.of_acme


@pytest.fixture
def other(own: Tenants, _taken_back: None) -> Scim:
    """The directory of the other tenant."""
    return own.of_globex


@pytest.fixture
def acme(own: Tenants, _taken_back: None) -> Organization:
    return own.acme


@pytest.fixture
def library(shared_library: Library, own: Tenants, _taken_back: None) -> Library:
    return shared_library


@pytest.fixture
def person(scim: Scim) -> Json:
    """Somebody in Acme."""
    return scim.create_user("bjensen", displayName="Babs Jensen")


@pytest.fixture
def make_people(scim: Scim) -> Callable[[int], list[Json]]:
    """So many people, called person-000 and on."""

    def make(count: int) -> list[Json]:
        return [scim.create_user(f"person-{number:03}") for number in range(count)]

    return make


@pytest.fixture
def make_crowd(acme: Organization) -> Callable[[int], list[str]]:
    """More people than there is time to post; answers their ids."""

    def make(count: int) -> list[str]:
        people = User.objects.bulk_create(
            User(organization=acme, user_name=f"crowd-{number:04}", source=User.Source.SCIM)
            for number in range(count)
        )
        return [str(each.pk) for each in people]

    return make
