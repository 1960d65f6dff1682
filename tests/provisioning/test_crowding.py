"""What takes long leaves threads for other organizations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from accounts.models import Organization, User
from provisioning import crowding
from provisioning.crowding import require_room, taking_a_thread
from provisioning.errors import RateExceeded
from provisioning.handlers.bulk import Run
from provisioning.limits import LONG_CALL_SECONDS, LONG_CALLS_AT_ONCE
from provisioning.models import ProvisioningLogEntry
from tests.provisioning.conftest import Directory, user

BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def limited(settings: Any) -> None:
    settings.SCIM_RATE_LIMIT = 100


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(crowding, "time", clock)
    return clock


@pytest.fixture
def begin(acme: Organization) -> Iterator[Callable[[int], None]]:
    """So many calls of Acme's directory that don't end, as threads beside this one have them."""
    with ExitStack() as calls, ThreadPoolExecutor(max_workers=1) as beside:

        def enter(number: int) -> None:
            for _each in range(number):
                call = taking_a_thread(acme.pk)
                beside.submit(call.__enter__).result()
                calls.callback(leave, call)

        def leave(call: Any) -> None:
            beside.submit(call.__exit__, None, None, None).result()

        yield enter
        calls.close()


def test_a_few_that_take_long_keep_their_organization_waiting_and_no_other(
    directory: Directory, other_directory: Directory, begin: Any, clock: Clock
) -> None:
    begin(LONG_CALLS_AT_ONCE)
    assert directory.get("/Users").status_code == 200

    clock.now += LONG_CALL_SECONDS

    refused = directory.get("/Users")
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert ProvisioningLogEntry.objects.refused().get().status == 429
    assert other_directory.get("/Users").status_code == 200


def test_very_many_that_are_quick_are_not_refused(
    directory: Directory, begin: Any, clock: Clock
) -> None:
    begin(LONG_CALLS_AT_ONCE - 1)
    clock.now += LONG_CALL_SECONDS
    begin(50)
    clock.now += LONG_CALL_SECONDS * 0.9

    assert directory.get("/Users").status_code == 200


def test_what_has_ended_is_forgotten(acme: Organization, clock: Clock) -> None:
    def fail() -> None:
        with taking_a_thread(acme.pk):
            clock.now += LONG_CALL_SECONDS
            raise ZeroDivisionError

    for _each in range(2 * LONG_CALLS_AT_ONCE):
        with pytest.raises(ZeroDivisionError):
            fail()

    assert acme.pk not in crowding._running


def test_of_long_ones_that_came_at_once_the_first_go_on(
    acme: Organization, begin: Any, clock: Clock
) -> None:
    require_room()  # outside of any call there is nobody to keep waiting
    with taking_a_thread(acme.pk):
        begin(LONG_CALLS_AT_ONCE)
        clock.now += LONG_CALL_SECONDS
        require_room()


def test_and_the_others_end(acme: Organization, begin: Any, clock: Clock) -> None:
    begin(LONG_CALLS_AT_ONCE)
    with taking_a_thread(acme.pk):
        require_room()
        clock.now += LONG_CALL_SECONDS
        with pytest.raises(RateExceeded):
            require_room()


def test_what_a_bulk_request_had_no_time_for_is_refused_one_by_one(
    directory: Directory,
    acme: Organization,
    begin: Any,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin(LONG_CALLS_AT_ONCE)
    attempt = Run._attempt

    def slowly(run: Run, step: Any, work: Any) -> None:
        attempt(run, step, work)
        clock.now += LONG_CALL_SECONDS / 2

    monkeypatch.setattr(Run, "_attempt", slowly)
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(number), "data": user(f"p{number}")}
        for number in range(4)
    ]

    answer = directory.call("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations})

    statuses = [each["status"] for each in answer.json()["Operations"]]
    assert statuses == ["201", "201", "429", "429"]
    assert User.objects.in_organization(acme).count() == 2


def test_without_a_limit_nobody_is_refused(
    directory: Directory, begin: Any, clock: Clock, settings: Any
) -> None:
    settings.SCIM_RATE_LIMIT = 0
    begin(LONG_CALLS_AT_ONCE)
    clock.now += LONG_CALL_SECONDS

    assert directory.get("/Users").status_code == 200
