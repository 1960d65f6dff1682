"""*Directory calls*: the log as a list to search, and each call on a page of its own."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organization, User
from accounts.roles import Ability, Role
from provisioning.models import ProvisioningLogEntry
from tests.provisioning.console.conftest import make_call, text_of

LIST = "/console/provisioning/provisioninglogentry/"


def page_of(call: ProvisioningLogEntry) -> str:
    return f"{LIST}{call.public_id}/change/"


def listed(page: Any) -> set[str]:
    return {call.subject for call in page.context["cl"].result_list}


@pytest.fixture
def calls(acme: Organization, globex: Organization) -> dict[str, ProvisioningLogEntry]:
    found = {
        "ana": make_call(acme, subject="ana", detail="", request_id="a" * 32),
        "ben": make_call(
            acme,
            "POST",
            subject="ben",
            status=409,
            scim_type="uniqueness",
            detail="Somebody is called Ben.",
        ),
        "eva": make_call(acme, "GET", subject="eva", resource_id=uuid.uuid4(), dialect="entra"),
        "sales": make_call(acme, subject="sales", resource_type="Group", status=429),
    }
    make_call(globex, subject="gus", detail="Somebody is called Gus.", request_id="a" * 32)
    return found


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ({}, {"ana", "ben", "eva", "sales"}),
        ({"result": "changes"}, {"ana"}),
        ({"result": "refused"}, {"ben", "sales"}),
        ({"result": "troubles"}, {"ben"}),
        ({"cause": "taken"}, {"ben"}),
        ({"cause": "rate"}, {"sales"}),
        ({"cause": "ours"}, set()),
        ({"cause": "nonsense"}, {"ana", "ben", "eva", "sales"}),
        ({"operation__exact": "list"}, {"eva"}),
        ({"q": "ana"}, {"ana"}),
        ({"q": "called"}, {"ben"}),
        ({"q": "a" * 32}, {"ana"}),
    ],
)
def test_the_list_can_be_filtered_and_searched(
    console: Client, calls: Any, query: dict[str, str], subjects: set[str]
) -> None:
    assert listed(console.get(LIST, query)) == subjects


def test_a_resource_s_id_finds_its_calls(console: Client, calls: Any) -> None:
    assert listed(console.get(LIST, {"q": str(calls["eva"].resource_id)})) == {"eva"}


def test_a_call_has_a_page_with_its_cause_and_what_mends_it(console: Client, calls: Any) -> None:
    page = text_of(console.get(page_of(calls["ben"])))

    assert "Name already taken" in page
    assert "What mends it:" in page
    assert "Somebody is called Ben." in page
    assert "<code>uniqueness</code>" in page


def test_what_mends_it_is_said_in_the_words_of_the_directory_that_speaks(
    console: Client, acme: Organization
) -> None:
    call = make_call(acme, "POST", status=409, scim_type="uniqueness", dialect="other")
    make_call(acme, dialect="entra")

    page = text_of(console.get(page_of(call)))

    assert "EntryConflict" in page
    assert "Microsoft Entra ID" in page


def test_what_changed_is_listed_before_and_after(console: Client, acme: Organization) -> None:
    call = make_call(
        acme,
        changes={
            "title": ["E…", None],
            "active": [True, False],
            "members": {"added": 3, "removed": 1},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": ["…", "…"],
            "odd": 7,
        },
    )

    changes = {
        change.name: (change.before, change.after)
        for change in console.get(page_of(call)).context["changes"]
    }

    assert changes == {
        "title": ("E…", "nothing"),
        "active": ("yes", "no"),
        "members": ("", "3 added, 1 removed"),
        "enterprise attributes": ("…", "…"),
        "odd": ("", "7"),
    }


def test_it_leads_to_the_person_for_whom_people_are_open(
    console: Client, client: Client, sign_in: Any, acme: Organization, make_user: Any
) -> None:
    ana = make_user("ana")
    call = make_call(acme, subject="Ana Test", resource_id=ana.pk)
    person = reverse("admin:accounts_user_change", args=[ana.pk])
    assert person in text_of(console.get(page_of(call)))

    sign_in(client, make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.DIRECTORY]))

    assert person not in text_of(client.get(page_of(call)))


def test_another_organization_s_call_looks_like_none(
    console: Client, globex: Organization, calls: Any
) -> None:
    foreign = ProvisioningLogEntry.objects.get(organization=globex)

    answers = [
        console.get(f"{LIST}{key}/change/") for key in (foreign.public_id, "1", "zz", "f" * 40)
    ]

    assert {answer.status_code for answer in answers} == {302}
    assert {answer.headers["Location"] for answer in answers} == {"/console/"}


def test_addresses_do_not_count_the_calls_of_others(console: Client, calls: Any) -> None:
    page = text_of(console.get(LIST))

    assert calls["ana"].public_id in page
    assert f"/{calls['ana'].pk}/change/" not in page


def test_nothing_can_be_changed_or_added(console: Client, calls: Any) -> None:
    assert console.get(f"{LIST}add/").status_code == 403
    assert console.post(page_of(calls["ana"]), {"subject": "x"}).status_code == 403


def test_without_a_call_the_list_says_what_will_come(console: Client, admin: User) -> None:
    assert "show up here as they come" in text_of(console.get(LIST))
