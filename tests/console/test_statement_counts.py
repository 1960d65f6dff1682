"""A list costs the same number of statements whatever its length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import DirectoryGroup, Domain, Organization, User
from audit.models import AuditEvent
from tests.architecture.rows import make_row

SignIn = Callable[..., Client]
ROWS = (5, 50)
# Session and person, then count and rows, then what the filters offer.
PINNED = {User: 5, DirectoryGroup: 4, Domain: 4, AuditEvent: 4}
LISTS = sorted(
    (model for model in admin.site._registry if model is not Organization),
    key=lambda model: model._meta.label,
)


def statements(browser: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(url).status_code == 200
    return len(asked)


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_fifty_rows_cost_what_five_rows_cost(
    model: type[models.Model],
    acme: Organization,
    admin: User,
    sign_in: SignIn,
) -> None:
    browser = sign_in(Client(), admin)
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    found = []
    made = 0
    for number in ROWS:
        while made < number:
            make_row(model, acme)
            made += 1
        found.append(statements(browser, url))

    assert found[0] == found[1]
    assert found[0] <= 10
    assert model not in PINNED or found[0] == PINNED[model]


def test_a_person_s_page_costs_at_most_ten_statements(
    acme: Organization, admin: User, make_user: Callable[..., User], sign_in: SignIn, make_pool: Any
) -> None:
    make_pool(seats=1)
    browser = sign_in(Client(), admin)
    page = reverse("admin:accounts_user_change", args=[make_user("ana").pk])
    browser.get(page)  # content types are looked up once for each process

    assert statements(browser, page) <= 10
