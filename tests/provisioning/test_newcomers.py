"""What could not be added at first, and can later, is mended."""

import pytest
from django.utils import timezone

from provisioning.models import ProvisioningLogEntry
from provisioning.newcomers import newcomer_of
from provisioning.policies import Standing
from provisioning.standing import facts_of

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        ({"userName": "ana@acme.example"}, {"USERNAME": " Ana@Acme.example"}, True),
        ({"userName": "ana@acme.example"}, {"userName": "ben@acme.example"}, False),
        ({"userName": "ana", "externalId": "7"}, {"userName": "ana.diaz", "externalId": "7"}, True),
        ({"userName": "ana", "externalId": "7"}, {"userName": "ana", "externalId": "8"}, False),
        ({"displayName": "Sales"}, {"displayName": "sales"}, True),
        ({"displayName": "Sales"}, {"userName": "sales"}, False),
        ({"userName": "\ud800"}, {"userName": "\ud800"}, True),
        ({"userName": "ana", "externalId": " "}, {"userName": "ana", "externalId": None}, True),
    ],
)
def test_a_directory_calls_whom_it_adds_the_same(first, second, is_same):
    assert newcomer_of(first)
    assert (newcomer_of(first) == newcomer_of(second)) is is_same


@pytest.mark.parametrize("body", [None, [], "ana", {}, {"userName": 7}, {"userName": "  "}])
def test_who_is_called_nothing_is_nobody(body):
    assert newcomer_of(body) == ""


def unmended():
    return ProvisioningLogEntry.objects.troubles().unmended().count()


def standing_of(directory):
    return facts_of(directory.organization, timezone.now()).standing


def added(directory, name, external_id, *, by_bulk):
    body = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "externalId": external_id,
    }
    if not by_bulk:
        return directory.call("POST", "/Users", body).status_code
    operation = {"method": "POST", "path": "/Users", "bulkId": "one", "data": body}
    answer = directory.call("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation]})
    return int(answer.json()["Operations"][0]["status"])


@pytest.mark.parametrize("by_bulk", [False, True])
def test_whoever_was_added_after_all_needs_nobody_any_more(directory, by_bulk):
    in_the_way = directory.create_user("ana@acme.example").json()["id"]
    assert added(directory, "ana@acme.example", "7", by_bulk=by_bulk) == 409
    assert added(directory, "ANA@acme.example", "8", by_bulk=by_bulk) == 409
    assert (unmended(), standing_of(directory)) == (2, Standing.REFUSED)

    directory.call("DELETE", f"/Users/{in_the_way}")
    assert added(directory, "ana@acme.example", "7", by_bulk=by_bulk) == 201
    assert unmended() == 1, "the other one waits still"
    assert added(directory, "ben@acme.example", "8", by_bulk=by_bulk) == 201

    assert (unmended(), standing_of(directory)) == (0, Standing.IN_STEP)


def test_another_organization_that_adds_them_mends_nothing(directory, other_directory):
    directory.create_user("ana@acme.example")
    assert added(directory, "ana@acme.example", "7", by_bulk=False) == 409

    assert added(other_directory, "ana@acme.example", "7", by_bulk=False) == 201

    assert unmended() == 1
