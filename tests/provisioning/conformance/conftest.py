"""Two organizations, each with a directory that holds a token of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts.models import Organization, User
from audit.actors import Actor
from provisioning.services import configure_directory, create_token
from tests.factories import make_organization
from tests.provisioning.conformance.client import Json, Scim
from tests.provisioning.conformance.people import Library, fill


def connect(organization: Organization, *, name: str = "Directory", days: int = 30) -> Scim:
    """A directory of this organization, its brake on mass removal off: that has its own tests."""
    actor = Actor.system("tests")
    configure_directory(organization=organization, changes={"brake_is_on": False}, actor=actor)
    return Scim(create_token(organization=organization, name=name, actor=actor, days=days).text)


@pytest.fixture
def scim(acme: Organization) -> Scim:
    """Acme's directory."""
    return connect(acme)


@pytest.fixture
def other(globex: Organization) -> Scim:
    """The directory of the other tenant."""
    return connect(globex)


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


@pytest.fixture(scope="module")
def shared_library(django_db_setup: None, django_db_blocker: Any) -> Iterator[Library]:
    """The people of `people.py`, stored once for all tests of a module that only read."""
    cache.clear()
    with django_db_blocker.unblock(), transaction.atomic():
        try:
            yield fill(
                connect(make_organization("acme")), elsewhere=connect(make_organization("globex"))
            )
        finally:
            transaction.set_rollback(True)


@pytest.fixture
def library(shared_library: Library) -> Iterator[Library]:
    """The same, with whatever a test leaves behind taken back."""
    with transaction.atomic():
        yield shared_library
        transaction.set_rollback(True)
