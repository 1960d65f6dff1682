"""The file of everything the portal holds on somebody: whole, theirs alone, asked for afresh."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import (
    DirectoryGroup,
    DirectoryGroupMembership,
    Organization,
    Session,
    User,
)
from accounts.personal_data import document, told_models
from accounts.services import deactivate_user, reactivate_user
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from learning_portal.data_download import MOST_AN_HOUR
from licenses.models import Source
from licenses.services import assign_license
from profiles.models import ProfileBinding, Via
from provisioning.models import DirectoryRecord, ProvisioningLogEntry
from sso.models import SamlConnection, SamlIdentity, SignInTrace
from tests.factories import PASSWORD, sign_in

DATA = "/account/data/"
HOUR_AGO = 60 * 60


@pytest.fixture
def boss(make_admin: Any) -> User:
    user: User = make_admin("boss", first_name="Zelda", last_name="Quimby")
    return user


@pytest.fixture
def ana(make_user: Any) -> User:
    user: User = make_user("ana", title="Demand Planner", attributes={"costCenter": "17"})
    return user


def of(user: User) -> dict[str, Any]:
    told: dict[str, Any] = json.loads("".join(document(user, {})))
    return told


def rich(user: User, boss: User, make_pool: Any, tag: str) -> None:
    """Something of every kind, that says `tag` somewhere."""
    organization = user.organization
    assert organization is not None
    actor = Actor.from_user(boss)
    make_pool(organization=organization, name=f"Pool {tag}")
    assign_license(user=user, actor=actor, source=Source.ADMIN)
    group = DirectoryGroup.objects.create(
        organization=organization, display_name=f"Group {tag}", external_id=f"g-{tag}"
    )
    DirectoryGroupMembership.objects.create(group=group, user=user)
    okta = SamlConnection.objects.create(organization=organization, name=f"Okta {tag}")
    SamlIdentity.objects.create(
        connection=okta, user=user, name_id=f"nameid-{tag}", last_used_at=timezone.now()
    )
    SignInTrace.objects.create(
        organization=organization,
        connection=okta,
        user=user,
        outcome="accepted",
        client=f"UA {tag}",
    )
    ProfileBinding.objects.create(
        organization=organization,
        user=user,
        subject=f"subject-{tag}",
        name=f"Profile {tag}",
        via=Via.SSO,
        consent_version="1",
        consented_at=timezone.now(),
    )
    DirectoryRecord.objects.create(
        user=user, organization=organization, document={"nickName": f"nick-{tag}"}
    )
    ProvisioningLogEntry.objects.create(
        organization=organization,
        method="GET",
        operation="read",
        resource_type="User",
        resource_id=user.pk,
        status=200,
        milliseconds=1,
        subject=f"Subject {tag}",
        changes={"title": [f"a {tag}", "b"]},
    )
    deactivate_user(user=user, actor=actor, reason=f"reason-{tag}")
    reactivate_user(user=user, actor=actor)


def test_it_tells_everything(ana: User, boss: User, make_pool: Any) -> None:
    rich(ana, boss, make_pool, "mine")

    told = of(ana)

    assert told["account"]["email"] == "ana@acme.example"
    assert told["account"]["attributes"] == {"costCenter": "17"}
    assert told["account"]["organization"] == "Acme"
    assert told["groups"] == [{"name": "Group mine"}]
    assert told["licenses"][0]["pool"] == "Pool mine"
    assert told["identities"][0]["name_id"] == "nameid-mine"
    assert told["sign_ins"][0]["browser"] == "UA mine"
    assert told["connected_profiles"][0]["profile_id"] == "subject-mine"
    assert told["what_your_directory_says"] == {"nickName": "nick-mine"}
    assert told["calls_of_your_directory"][0]["changes"] == {"title": ["a mine", "b"]}
    happened = {event["action"]: event for event in told["what_happened_to_you"]}
    assert happened[Action.USER_DEACTIVATED]["changes"]["reason"] == "reason-mine"


def test_of_others_it_tells_the_role_alone(ana: User, boss: User, make_pool: Any) -> None:
    rich(ana, boss, make_pool, "mine")

    text = "".join(document(ana, {}))

    for private in ("Zelda", "Quimby", "boss@acme.example", str(boss.pk)):
        assert private not in text
    whos = {event["by"] for event in json.loads(text)["what_happened_to_you"]}
    assert "Full admin" in whos


def test_it_holds_nothing_of_a_colleague_or_of_another_organization(
    ana: User, boss: User, make_user: Any, make_pool: Any, globex: Organization
) -> None:
    rich(ana, boss, make_pool, "mine")
    colleague = make_user("ben")
    namesake = make_user("ana", organization=globex)
    rich(namesake, make_user("root", organization=globex), make_pool, "theirs")

    for other in (colleague, namesake):
        text = "".join(document(other, {}))
        assert "mine" not in text
        assert str(ana.pk) not in text
    assert "theirs" not in "".join(document(ana, {}))


def test_what_somebody_did_to_others_is_told_without_whom(ana: User, boss: User) -> None:
    deactivate_user(user=ana, actor=Actor.from_user(boss), reason="left for Initech")

    told = of(boss)

    (event,) = [e for e in told["what_you_did"] if e["action"] == Action.USER_DEACTIVATED]
    assert event["on"] == "accounts.user"
    assert "Initech" not in json.dumps(told)
    assert "ana" not in json.dumps(told["what_you_did"]).lower()


def test_no_secret_is_in_it(client: Client, make_user: Any) -> None:
    ana = make_user("ana", password=PASSWORD)
    sign_in(client, ana)
    key = client.session.session_key

    text = "".join(document(ana, {}))

    assert key not in text
    assert ana.password not in text
    assert json.loads(text)["sessions"][0]["signed_in_through"] == Session.Door.PASSWORD


def test_every_model_that_knows_a_person_is_told() -> None:
    """A new one is told by its app's `own_data.py`, or named here with the reason why not."""
    not_told = {
        # Django's own history of the admin: the console writes none (accounts.tenant_admin).
        "admin.LogEntry",
    }
    knowing = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model is User
    }

    assert knowing - told_models() == not_told


class TestPage:
    def file(self, response: Any) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(b"".join(response.streaming_content))
        return told

    def test_somebody_fresh_gets_a_named_and_dated_file(self, client: Client, ana: User) -> None:
        sign_in(client, ana)
        assert "What is in it" in client.get(DATA).content.decode()

        response = client.post(DATA)

        name = f"learning-portal-my-data-{timezone.localtime():%Y-%m-%d}.json"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.headers["Content-Type"] == "application/json"
        assert "no-store" in response.headers["Cache-Control"]
        told = self.file(response)
        assert told["account"]["user_name"] == "ana"
        assert told["what_happened_to_you"][-1]["action"] == Action.DATA_DOWNLOADED
        event = AuditEvent.objects.get(action=Action.DATA_DOWNLOADED)
        assert (event.target_id, event.actor_id) == (str(ana.pk), str(ana.pk))

    def test_somebody_who_signed_in_long_ago_proves_anew_who_they_are(
        self, client: Client, ana: User
    ) -> None:
        sign_in(client, ana, authenticated_at=time.time() - HOUR_AGO)

        response = client.post(DATA)

        assert response.url == DATA
        page = client.get(DATA).content.decode()
        assert "/o/acme/login/?password=1&amp;next=%2Faccount%2Fdata%2F" in page
        assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
        assert not AuditEvent.objects.filter(action=Action.DATA_DOWNLOADED).exists()

    def test_platform_staff_sign_in_again(self, client: Client, make_staff: Any) -> None:
        staff = make_staff("ops")
        sign_in(client, staff, authenticated_at=time.time() - HOUR_AGO)
        page = client.get(DATA).content.decode()
        assert "/login/?again=1&amp;next=%2Faccount%2Fdata%2F" in page

        sign_in(client, staff)
        assert self.file(client.post(DATA))["account"]["organization"] is None

    def test_it_is_had_ten_times_an_hour(self, client: Client, ana: User) -> None:
        sign_in(client, ana)
        for _time in range(MOST_AN_HOUR):
            assert client.post(DATA).status_code == 200

        response = client.post(DATA, follow=True)

        assert "ten times within an hour" in response.content.decode()

    def test_strangers_are_sent_to_the_door(self, client: Client, db: None) -> None:
        assert client.post(DATA).url.startswith("/login/")

    def test_it_takes_few_statements_however_long_the_history(
        self, client: Client, ana: User, boss: User
    ) -> None:
        for _time in range(10):
            deactivate_user(user=ana, actor=Actor.from_user(boss))
            reactivate_user(user=ana, actor=Actor.from_user(boss))
        ana.refresh_from_db()

        with CaptureQueriesContext(connection) as captured:
            told = of(ana)

        assert len(told["what_happened_to_you"]) >= 20
        assert len(captured) <= 25
