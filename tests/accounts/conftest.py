"""A door that stands for single sign-on, which these tests know nothing of."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts import dns, doors
from accounts.doors import Door
from accounts.models import Domain
from tests.accounts.zones import Zone


@pytest.fixture
def okta(acme, monkeypatch):
    """Acme's people sign in at Okta, and acme.example is proved to be Acme's."""

    def sign_in_choices(organization):
        if organization == acme:
            return [Door(name="Okta", url="/sso/okta/login", host="acme.okta.example")]
        return []

    monkeypatch.setattr(doors, "_sources", [sign_in_choices])
    Domain.objects.create(
        organization=acme, name="acme.example", token="proof", verified_at=timezone.now()
    )


@pytest.fixture
def no_doors(monkeypatch):
    monkeypatch.setattr(doors, "_sources", [])


@pytest.fixture
def zone(monkeypatch):
    """What DNS says in this test: nothing, until the test publishes something."""
    zone = Zone()
    monkeypatch.setattr(dns, "look_up", zone.look_up)
    return zone
