"""The log of every call."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

import pytest
import time_machine
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.utils import timezone

from accounts.models import DirectoryGroupMembership, User
from provisioning import log
from provisioning.addresses import base_url
from provisioning.causes import Cause, cause_of
from provisioning.log import MOST_KEPT, Recorder, masked, masked_changes
from provisioning.models import (
    DirectoryRecord,
    ProvisioningLogEntry,
    ScimConfiguration,
    ScimToken,
)
from provisioning.services import create_token
from tests.provisioning.conftest import Directory


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("ana@acme.example", "a…@acme.example"),
        ("Planner", "P…"),
        ("x", "x"),
        ("", ""),
        ("@acme", "@…"),
        (True, True),
        (None, None),
        ([{"value": "ana@acme.example"}], "…"),
        ({"givenName": "Ana"}, "…"),
        (12, "…"),
    ],
)
def test_values_are_masked(value, shown):
    assert masked(value) == shown


def test_counts_are_shown_as_they_are():
    assert masked_changes({"members": {"added": 3}, "title": [None, "Buyer"]}) == {
        "members": {"added": 3},
        "title": [None, "B…"],
    }


def test_of_what_has_parts_those_that_changed_are_told():
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    before = {"givenName": "Ana", "familyName": "Ban"}

    shown = masked_changes(
        {
            "name": [before, {**before, "familyName": "Bell"}],
            enterprise: [None, {"manager": {"value": "7"}, "department": "Sales"}],
            "emails": [None, [{"value": "ana@acme.example"}]],
        }
    )

    assert shown == {
        "name.familyName": ["B…", "B…"],
        f"{enterprise}:manager": [None, "…"],
        f"{enterprise}:department": [None, "S…"],
        "emails": [None, "…"],
    }


def test_each_call_is_a_line_with_what_came_of_it(directory):
    made = directory.create_user("ana@acme.example", title="Buyer").json()
    directory.create_user("ana@acme.example")
    directory.get('/Users?filter=flavor eq "x"')

    created, taken, asked = ProvisioningLogEntry.objects.order_by("pk")
    assert (created.method, created.operation, created.status) == ("POST", "create", 201)
    assert str(created.resource_id) == made["id"]
    assert created.changes["title"] == [None, "B…"]
    assert (taken.status, taken.scim_type) == (409, "uniqueness")
    assert "ana@acme.example" in taken.detail
    assert (asked.operation, asked.scim_type) == ("list", "invalidFilter")
    assert {line.organization_id for line in (created, taken, asked)} == {directory.organization.pk}


def test_a_token_says_when_and_by_whom_it_was_last_used(directory):
    directory.get("/Users", **{"User-Agent": "Okta SCIM Client 1.0.0"})

    token = ScimToken.objects.get()
    assert token.last_used_at is not None
    assert token.last_used_client == "Okta SCIM Client 1.0.0"
    assert ProvisioningLogEntry.objects.get().dialect == "okta"


def test_an_unknown_token_leaves_no_line(directory):
    directory.token = "lps_unknown"
    directory.get("/Users")

    assert not ProvisioningLogEntry.objects.exists()


@pytest.mark.parametrize("how", ["revoked", "expired"])
def test_a_token_that_has_ended_leaves_a_line_and_is_answered_as_an_unknown_one(
    directory, make_user, how
):
    ana = make_user("ana")
    unknown = Directory(directory.organization, "lps_unknown").get(f"/Users/{ana.pk}")
    now = timezone.now()
    ended = {"revoked_at": now} if how == "revoked" else {"expires_at": now}
    ScimToken.objects.update(created_at=now - timedelta(days=9), **ended)

    answer = directory.get(f"/Users/{ana.pk}", **{"User-Agent": "Okta SCIM Client 1.0.0"})

    assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
    differs_by_nature = {"X-Request-ID", "Date"}
    told, told_the_other = (
        {name: value for name, value in each.items() if name not in differs_by_nature}
        for each in (answer, unknown)
    )
    assert told == told_the_other
    token = ScimToken.objects.get()
    line = ProvisioningLogEntry.objects.get()
    assert (line.organization_id, line.token_id) == (directory.organization.pk, token.pk)
    assert cause_of(line.status, line.scim_type) is Cause.TOKEN
    assert (line.subject, line.dialect, line.operation) == (str(token), "okta", "read")
    assert line.resource_id is None
    assert [*ProvisioningLogEntry.objects.troubles()] == [line]
    assert token.last_used_at is None


def test_calls_beyond_the_limit_fill_no_log(directory, other_directory, settings):
    settings.SCIM_RATE_LIMIT = 1
    with time_machine.travel("2026-11-25T12:00:01Z", tick=False):
        statuses = [directory.get("/ServiceProviderConfig").status_code for _call in range(1_010)]
        for _call in range(6):
            other_directory.get("/ServiceProviderConfig")

    refused = ProvisioningLogEntry.objects.in_organization(directory.organization).refused()
    others = ProvisioningLogEntry.objects.in_organization(other_directory.organization).refused()
    assert statuses == [200] * 5 + [429] * 1_005
    assert refused.count() == 101
    assert [line.subject for line in refused.order_by("-id")[:2]] == ["1000 calls in a minute", ""]
    assert others.count() == 1


def test_who_calls_with_an_ended_token_again_and_again_fills_no_log(directory):
    ScimToken.objects.update(revoked_at=timezone.now())
    with time_machine.travel("2026-07-01T12:00:00Z", tick=False) as clock:
        for _each in range(120):
            assert directory.get("/Users").status_code == 401
        clock.shift(60)
        directory.get("/Users")

    token = ScimToken.objects.get()
    lines = ProvisioningLogEntry.objects.order_by("pk").values_list("subject", flat=True)
    assert [*lines] == [
        f"{token}",
        f"{token}, 10 calls in a minute",
        f"{token}, 100 calls in a minute",
        f"{token}",
    ]


@pytest.mark.parametrize("path", ["/scim/v2/Users", "/scim/Users", "/v2/Users/1", "/SCIM"])
def test_a_base_url_that_stands_there_twice_is_told_with_what_it_is(directory, path):
    answer = directory.get(path)

    assert answer.status_code == 404
    assert f"twice. The base URL is {base_url()} and no more" in answer.json()["detail"]
    assert ProvisioningLogEntry.objects.get().detail == answer.json()["detail"]


MISSED = ["/Users", "/scim/Users", "/Groups/1", "/scim", "/api/ServiceProviderConfig", "/v2/Bulk"]


@pytest.mark.parametrize("path", MISSED)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_base_url_that_was_missed_is_told_to_whoever_has_a_token(directory, path, method):
    answer = directory.client.generic(
        method, path, headers={"Authorization": f"Bearer {directory.token}"}
    )

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/scim+json"
    assert f"The base URL is {base_url()}, whole" in answer.json()["detail"]
    line = ProvisioningLogEntry.objects.get()
    assert cause_of(line.status, line.scim_type) is Cause.ADDRESS
    assert line.detail == answer.json()["detail"]
    assert line.organization_id == directory.organization.pk


@pytest.mark.parametrize("path", MISSED)
def test_without_a_token_that_is_good_such_an_address_is_any_address(directory, path):
    ScimToken.objects.update(revoked_at=timezone.now())
    plain = Client().get(path)

    for token in (directory.token, "lps_unknown", ""):
        answer = Client().get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers.get("Location"), answer["Content-Type"]) == (
            plain.status_code,
            plain.headers.get("Location"),
            plain["Content-Type"],
        )
    assert not ProvisioningLogEntry.objects.exists()


def test_a_token_opens_no_page_and_is_no_slip_there(directory):
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {directory.token}"})

    assert answer.status_code == 401
    assert not ProvisioningLogEntry.objects.exists()


def test_a_refusal_says_whom_it_was_about(directory):
    made = directory.create_user("ana@acme.example", name={"givenName": "Ana", "familyName": "Ban"})
    group = directory.create_group("Buyers").json()
    directory.patch(f"/Users/{made.json()['id']}", {"op": "replace", "path": "shoe", "value": "42"})
    directory.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "shoe", "value": "42"})

    person, buyers = ProvisioningLogEntry.objects.filter(status=400).order_by("pk")
    assert (person.subject, buyers.subject) == ("Ana Ban", "Buyers")


@pytest.mark.parametrize(
    "taken", [{"user_name": "ANA@acme.example"}, {"user_name": "other", "externalId": "7"}]
)
def test_somebody_who_could_not_be_added_is_told_by_whoever_has_the_name(
    directory, globex, make_user, taken
):
    ana = directory.create_user(
        "ana@acme.example", externalId="7", name={"givenName": "Ana", "familyName": "Ban"}
    ).json()
    make_user("ana@acme.example", organization=globex, external_id="7")

    directory.create_user(**taken)

    refused = ProvisioningLogEntry.objects.get(status=409)
    assert (str(refused.resource_id), refused.subject) == (ana["id"], "Ana Ban")


def test_whoever_is_renamed_to_a_name_that_is_taken_is_whom_it_is_about(directory):
    directory.create_user("ana@acme.example")
    ben = directory.create_user("ben@acme.example").json()["id"]

    directory.patch(
        f"/Users/{ben}", {"op": "replace", "path": "userName", "value": "ana@acme.example"}
    )

    assert str(ProvisioningLogEntry.objects.get(status=409).resource_id) == ben


def test_whoever_has_the_name_and_is_gone_when_the_line_is_written_is_not_named(
    directory, deferred
):
    row = ProvisioningLogEntry(
        organization=directory.organization,
        method="POST",
        operation="create",
        resource_type="User",
        status=409,
        scim_type="uniqueness",
        milliseconds=1,
    )
    row.holder = {"user_name_key": "ana"}
    deferred.add(row)
    deferred.flush()

    assert ProvisioningLogEntry.objects.get().subject == ""


def test_a_name_that_was_taken_is_mended_once_the_directory_takes_the_person_over(
    directory, make_user
):
    make_user("ana")
    directory.create_user("ana")
    assert ProvisioningLogEntry.objects.troubles().unmended().exists()

    ScimConfiguration.objects.update_or_create(
        organization=directory.organization, defaults={"adopts_people": True}
    )
    assert directory.create_user("ana").status_code == 201

    assert not ProvisioningLogEntry.objects.troubles().unmended().exists()


@pytest.mark.parametrize("path", ["/scim/v2/Users", "/User", "/Users/1/2"])
def test_a_slip_in_the_base_url_needs_somebody_and_has_a_cause_of_its_own(directory, path):
    answer = directory.get(path)

    assert answer.status_code == 404
    assert "scimType" not in answer.json()
    line = ProvisioningLogEntry.objects.get()
    assert cause_of(line.status, line.scim_type) is Cause.ADDRESS
    assert [*ProvisioningLogEntry.objects.troubles()] == [line]


def test_a_base_url_is_mended_once_the_same_token_is_heard_at_the_right_one(
    directory, acme, system_actor
):
    directory.get("/scim/v2/Users")
    other = create_token(organization=acme, name="Other", actor=system_actor)
    Directory(acme, other.text).get("/Users")
    directory.get("/nowhere")
    directory.get('/Users?filter=flavor eq "x"')

    assert ProvisioningLogEntry.objects.troubles().unmended().count() == 3

    directory.get("/Users")

    left = ProvisioningLogEntry.objects.troubles().unmended().get()
    assert left.scim_type == "invalidFilter"


def test_whoever_is_looked_up_and_not_there_needs_nobody(directory):
    directory.get(f"/Users/{uuid.uuid4()}")

    assert not ProvisioningLogEntry.objects.troubles().exists()


def test_a_refusal_names_nobody_of_another_organization(directory, globex, make_user):
    stranger = make_user("stranger", organization=globex)
    directory.patch(f"/Users/{stranger.pk}", {"op": "replace", "path": "title", "value": "x"})

    refused = ProvisioningLogEntry.objects.get(status=404)
    assert refused.resource_id == stranger.pk
    assert refused.subject == ""


def test_operations_of_a_bulk_request_have_lines_of_their_own(directory):
    directory.call(
        "POST",
        "/Bulk",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
                {
                    "method": "POST",
                    "path": "/Users",
                    "bulkId": "a",
                    "data": {
                        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                        "userName": "ana",
                    },
                },
                {"method": "DELETE", "path": "/Users/nobody"},
            ],
        },
    )

    lines = ProvisioningLogEntry.objects.order_by("pk").values_list("operation", "status")
    assert list(lines) == [("bulk", 200), ("create", 201), ("delete", 404)]


@pytest.fixture
def deferred(settings):
    settings.SCIM_LOG_IS_DEFERRED = True
    recorder = Recorder()
    recorder._run = lambda: None  # the thread ends at once; the test writes by itself
    return recorder


@pytest.mark.parametrize("method", ["\ud800", "\0"])
def test_an_operation_of_no_method_that_could_be_written_has_a_line(directory, method):
    stranger = {"method": method, "path": "/Users/somebody"}

    directory.call(
        "POST",
        "/Bulk",
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [stranger],
        },
    )

    whole, refused = ProvisioningLogEntry.objects.order_by("pk")
    assert whole.operation == "bulk"
    assert (refused.method, refused.status) == ("?", 400)


def line(directory, **values) -> ProvisioningLogEntry:
    return ProvisioningLogEntry(
        organization=directory.organization,
        **{"method": "GET", "operation": "list", "status": 200, "milliseconds": 1, **values},
    )


def test_lines_are_written_together(deferred, directory, django_assert_num_queries):
    for _call in range(3):
        deferred.add(line(directory))
    assert not ProvisioningLogEntry.objects.exists()

    # One, in a transaction of its own.
    with django_assert_num_queries(3):
        deferred.flush()
        deferred.flush()

    assert ProvisioningLogEntry.objects.count() == 3


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_lines_outlive_a_database_that_is_away_up_to_a_number(
    deferred, directory, monkeypatch, caplog, error
):
    def away(rows):
        raise error

    monkeypatch.setattr(log, "MOST_KEPT", 2)
    for _call in range(3):
        deferred.add(line(directory))
    with monkeypatch.context() as broken, caplog.at_level(logging.ERROR):
        broken.setattr(log, "store", away)
        deferred.flush()

    assert "lost" in caplog.text
    deferred.flush()
    assert ProvisioningLogEntry.objects.count() == 2
    assert MOST_KEPT > 1000


@pytest.mark.parametrize(
    "wrong",
    [{"milliseconds": -1}, {"changes": {"title": object()}}],
    ids=["refused by the database", "no JSON"],
)
def test_a_line_that_can_not_be_written_costs_itself_alone(deferred, directory, caplog, wrong):
    for values in ({"method": "GET"}, {"method": "PUT"}, wrong, {"method": "POST"}):
        deferred.add(line(directory, **values))

    with caplog.at_level(logging.ERROR):
        deferred.flush()

    assert "can't be written" in caplog.text
    lines = ProvisioningLogEntry.objects.order_by("pk").values_list("method", flat=True)
    assert list(lines) == ["GET", "PUT", "POST"]
    deferred.flush()
    assert ProvisioningLogEntry.objects.count() == 3


def test_what_is_left_when_the_database_goes_away_in_between_is_written_later_in_order(
    deferred, directory, monkeypatch
):
    for method in ("GET", "PUT", "POST", "PATCH"):
        deferred.add(line(directory, method=method))
    answers = iter([ValueError, None, OperationalError])
    store = log.store

    def failing(rows):
        if error := next(answers):
            raise error
        store(rows)

    with monkeypatch.context() as broken:
        broken.setattr(log, "store", failing)
        deferred.flush()
    assert ProvisioningLogEntry.objects.count() == 2

    deferred.flush()

    lines = ProvisioningLogEntry.objects.order_by("pk").values_list("method", flat=True)
    assert list(lines) == ["GET", "PUT", "POST", "PATCH"]


def test_a_line_is_not_written_twice_where_its_token_could_not_be(deferred, directory, monkeypatch):
    token = ScimToken.objects.get()
    deferred.add(line(directory, token=token))

    def locked(*_args, **_values):
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(type(ScimToken.objects.all()), "update", locked)
        deferred.flush()
    deferred.flush()

    assert ProvisioningLogEntry.objects.count() == 1
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_while_directories_call_the_tables_they_fill_are_looked_at(
    deferred, directory, monkeypatch
):
    looked_at = []
    monkeypatch.setattr(log, "tend_grown", lambda *models: looked_at.append(models))

    deferred.turn()
    assert not looked_at

    deferred.add(line(directory))
    deferred.turn()
    deferred.turn()
    assert looked_at == [(User, DirectoryRecord, DirectoryGroupMembership)]
    assert ProvisioningLogEntry.objects.count() == 1


def test_tables_that_can_t_be_looked_at_cost_no_line(deferred, directory, monkeypatch, caplog):
    def away(*models):
        raise OperationalError

    monkeypatch.setattr(log, "tend_grown", away)
    deferred.add(line(directory))
    with caplog.at_level(logging.ERROR):
        deferred.turn()

    assert "could not be looked at" in caplog.text
    assert ProvisioningLogEntry.objects.count() == 1
