"""Who may speak for a directory."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Organization
from provisioning.errors import ProvisioningError
from provisioning.handlers.bulk import REQUEST as BULK_REQUEST
from provisioning.models import ScimToken
from provisioning.services import create_token, revoke_token, rotate_token
from tests.provisioning.conftest import Directory, user


def test_only_a_digest_is_stored(acme, system_actor):
    made = create_token(organization=acme, name="Okta", actor=system_actor)

    stored = ScimToken.objects.get()
    assert made.text not in str(stored.__dict__)
    assert len(bytes(stored.digest)) == 32
    assert made.text.endswith(stored.ending)
    assert made.text not in repr(made)


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer é"]
)
def test_without_a_token_the_answer_is_401_in_the_words_of_scim(directory, header):
    headers = {} if header is None else {"Authorization": header}

    refused = Client().get("/scim/v2/Users", headers=headers)

    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith("Bearer")
    # RFC 6750, section 3.1: an error where there was a token, and none where there was none.
    names_an_error = 'error="invalid_token"' in refused["WWW-Authenticate"]
    assert names_an_error == (header in {"Bearer x", "Bearer é"})
    assert refused["Content-Type"] == "application/scim+json"
    assert refused.json()["status"] == "401"


@pytest.mark.parametrize("twice", ["Bearer bearer", "Bearer  Bearer"])
def test_whoever_writes_bearer_twice_is_told_so(directory, twice):
    refused = Client().get(
        "/scim/v2/Users", headers={"Authorization": f"{twice} {directory.token}"}
    )

    assert refused.status_code == 401
    assert "twice" in refused.json()["detail"]


def test_the_scheme_is_known_in_any_case(directory):
    client = Client(headers={"Authorization": f"bEARER {directory.token}"})

    assert client.get("/scim/v2/Users").status_code == 200


def test_a_revoked_token_opens_nothing_from_then_on(directory, system_actor):
    token = ScimToken.objects.get()
    revoke_token(token=token, actor=system_actor)
    revoke_token(token=token, actor=system_actor)

    assert directory.get("/Users").status_code == 401


def test_an_expired_token_opens_nothing(acme, system_actor):
    made = create_token(organization=acme, name="Okta", actor=system_actor, days=30)
    directory = Directory(acme, made.text)

    with time_machine.travel(timezone.now() + timedelta(days=29, hours=23)):
        assert directory.get("/Users").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1)):
        assert directory.get("/Users").status_code == 401


def test_while_tokens_overlap_both_open(acme, directory, system_actor):
    old = ScimToken.objects.get()
    fresh = rotate_token(token=old, actor=system_actor)
    successor = Directory(acme, fresh.text)

    assert directory.get("/Users").status_code == successor.get("/Users").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert directory.get("/Users").status_code == 401
        assert successor.get("/Users").status_code == 200


def test_rotating_never_lengthens_a_life(acme, system_actor):
    old = create_token(organization=acme, name="Okta", actor=system_actor, days=1).token
    expires_at = old.expires_at

    rotate_token(token=old, actor=system_actor)

    assert ScimToken.objects.get(pk=old.pk).expires_at == expires_at


@pytest.mark.parametrize(
    ("name", "days"),
    [("", 30), (" ", 30), ("x" * 101, 30), ("a\r\nBcc: b", 30), ("Okta", 0), ("Okta", 731)],
)
def test_a_token_without_a_name_or_with_an_endless_life_is_refused(acme, system_actor, name, days):
    with pytest.raises(ProvisioningError):
        create_token(organization=acme, name=name, actor=system_actor, days=days)


def test_a_suspended_organization_is_closed_to_its_directory(directory):
    Organization.objects.filter(pk=directory.organization.pk).update(status="suspended")

    assert directory.get("/Users").status_code == 403


def test_a_session_opens_nothing_here_and_a_token_nothing_elsewhere(
    client, admin, sign_in, directory
):
    sign_in(client, admin)
    assert client.get("/scim/v2/Users").status_code == 401

    stranger = Client(headers={"Authorization": f"Bearer {directory.token}"})
    assert stranger.get("/console/").status_code == 302
    assert stranger.get("/api/v1/me").status_code == 401


def test_a_call_asks_once_whose_the_token_is(directory, log_apart, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert directory.get("/ServiceProviderConfig").status_code == 200


def test_too_many_calls_are_turned_away_for_a_while_and_other_organizations_are_not(
    directory, other_directory, settings
):
    settings.SCIM_RATE_LIMIT = 1
    with time_machine.travel("2026-11-25T12:00:01Z", tick=False):
        answers = [directory.get("/ServiceProviderConfig") for _call in range(6)]

        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[-1]["Retry-After"] == "4"
        assert other_directory.get("/ServiceProviderConfig").status_code == 200
    with time_machine.travel("2026-11-25T12:00:05Z", tick=False):
        assert directory.get("/ServiceProviderConfig").status_code == 200


def test_operations_of_a_bulk_request_count_as_calls_for_those_after_it(
    directory, other_directory, settings
):
    settings.SCIM_RATE_LIMIT = 1
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": str(number), "data": user(f"p{number}")}
        for number in range(8)
    ]
    bulk = {"schemas": [BULK_REQUEST], "Operations": operations}
    with time_machine.travel("2026-11-25T12:00:01Z", tick=False):
        whole = directory.call("POST", "/Bulk", bulk)

        assert {each["status"] for each in whole.json()["Operations"]} == {"201"}
        assert directory.call("POST", "/Bulk", bulk).status_code == 429
        assert other_directory.get("/ServiceProviderConfig").status_code == 200
    with time_machine.travel("2026-11-25T12:00:05Z", tick=False):
        assert directory.get("/ServiceProviderConfig").status_code == 200
