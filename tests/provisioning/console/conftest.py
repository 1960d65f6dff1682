"""Acme's administrator in front of a directory that has said something."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from accounts.models import Organization, User
from audit.actors import Actor
from provisioning.models import Operation, ProvisioningLogEntry, ScimToken
from provisioning.services import create_token

OPERATIONS = {
    "POST": Operation.CREATE,
    "PUT": Operation.REPLACE,
    "PATCH": Operation.MODIFY,
    "DELETE": Operation.DELETE,
    "GET": Operation.LIST,
}
_microseconds = itertools.count()


def make_token(organization: Organization, name: str = "Okta", days: int = 365) -> ScimToken:
    actor = Actor.system("tests")
    return create_token(organization=organization, name=name, actor=actor, days=days).token


def make_call(
    organization: Organization,
    method: str = "PATCH",
    *,
    minutes_ago: float = 5,
    status: int = 200,
    **fields: Any,
) -> ProvisioningLogEntry:
    """A line of the log. Its token was used then."""
    at = timezone.now() - timedelta(minutes=minutes_ago, microseconds=next(_microseconds))
    token = ScimToken.objects.filter(organization=organization).first() or make_token(organization)
    ScimToken.objects.filter(pk=token.pk).update(last_used_at=at)
    fields.setdefault("operation", OPERATIONS[method])
    fields.setdefault("resource_type", "User")
    fields.setdefault("milliseconds", 12)
    fields.setdefault("dialect", "okta")
    return ProvisioningLogEntry.objects.create(
        organization=organization, token=token, method=method, status=status, at=at, **fields
    )


@pytest.fixture
def console(client: Client, sign_in: Callable[..., Client], admin: User) -> Client:
    return sign_in(client, admin)


@pytest.fixture
def staff_console(make_staff: Callable[..., User], sign_in: Callable[..., Client]) -> Client:
    return sign_in(Client(), make_staff())


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def text_of(response: Any) -> str:
    assert response.status_code == 200, response
    return unescape(response.content.decode())
