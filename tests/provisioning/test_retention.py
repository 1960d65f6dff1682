"""The provisioning log is kept for 30 days."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Organization
from provisioning import retention
from provisioning.models import KEPT_DAYS, ProvisioningLogEntry


def add_calls(organization: Organization, number: int, **age: float) -> None:
    ProvisioningLogEntry.objects.bulk_create(
        ProvisioningLogEntry(
            organization=organization,
            method="GET",
            operation="list",
            status=200,
            milliseconds=1,
            at=timezone.now() - timedelta(**age),
        )
        for _number in range(number)
    )


def run(*args: str) -> Any:
    out = StringIO()
    call_command("forget_provisioning_log", *args, stdout=out)
    return out.getvalue()


def test_what_is_older_goes_and_the_rest_stays(acme: Organization, globex: Organization) -> None:
    for organization in (acme, globex):
        add_calls(organization, 2, days=KEPT_DAYS, minutes=1)
        add_calls(organization, 1, days=KEPT_DAYS - 1)

    assert json.loads(run("--json")) == {"calls": 4}
    assert ProvisioningLogEntry.objects.count() == 2
    assert run() == "Dropped 0 calls.\n"


def test_many_go_in_parts(
    acme: Organization, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("accounts.retention.BATCH", 4)
    add_calls(acme, 10, days=KEPT_DAYS + 1)

    # Three parts, each looked up and dropped, and the look that finds none.
    with django_assert_max_num_queries(7):
        assert retention.forget_calls() == 10
