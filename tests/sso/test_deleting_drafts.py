"""A draft that nobody wants any more goes; a connection that people have met stays."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import IntegrityError
from django.db import connection as database
from django.db.models.signals import post_delete, pre_delete, pre_save
from django.test import Client
from django.urls import reverse

from accounts.models import SetupLink
from accounts.roles import Ability, Role
from audit.actions import Action
from audit.models import AuditEvent
from database.inserts import insert
from sso import testing as sso_testing
from sso.errors import NotADraft
from sso.models import ConnectionVersion, SamlConnection, SignInTest, SignInTrace
from sso.services import change_connection, deactivate_connection, delete_draft, invite_to_set_up
from sso.services.rows import locked
from tests.at_once import at_once
from tests.sso import test_sign_out, test_testing

pytestmark = pytest.mark.django_db

LIST = "/console/sso/samlconnection/"
AT_THE_SAME_MOMENT = pytest.mark.skipif(
    database.vendor == "sqlite", reason="SQLite lets nobody write while somebody deletes"
)


def url(connection):
    return f"{LIST}{connection.pk}/delete-draft/"


@pytest.fixture
def invite(acme, system_actor):
    """`invite(connection)`: a set-up link for it, or with None for a new draft."""

    def run(connection):
        return invite_to_set_up(
            organization=acme,
            name="Pat",
            scope=SetupLink.Scope.SSO,
            connection=connection,
            actor=system_actor,
            maker_role=Role.FULL_ADMIN,
        )

    return run


def test_a_draft_goes_with_its_versions_and_stays_on_record(draft, acme, system_actor):
    delete_draft(connection=SamlConnection.objects.get(), actor=system_actor)

    assert not SamlConnection.objects.exists()
    assert not ConnectionVersion.objects.exists()
    event = AuditEvent.objects.get(action=Action.CONNECTION_DELETED)
    assert (event.organization, event.target_name) == (acme, "Okta")


def test_its_set_up_links_end_and_others_go_on(draft, invite, system_actor):
    mine, other = (invite(connection).link for connection in (draft, None))

    delete_draft(connection=draft, actor=system_actor)

    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.revoked_at is not None
    assert other.revoked_at is None
    assert AuditEvent.objects.filter(action=Action.SETUP_LINK_REVOKED).count() == 1


@pytest.fixture
def deleted_first(monkeypatch):
    """Somebody else's deletion is through when it is our turn: `deleted_first(module)`."""

    def at_our_turn(connection):
        SamlConnection.objects.filter(pk=connection.pk).delete()
        return locked(connection)

    return lambda module: monkeypatch.setattr(f"{module}.locked", at_our_turn)


def test_of_two_who_delete_it_at_once_the_second_is_told(console, draft, deleted_first):
    deleted_first("sso.services.connections")

    said = console.post(url(draft), {"typed_name": "Okta"}, follow=True)

    assert said.status_code == 200
    assert "Somebody has deleted this connection meanwhile." in said.content.decode()


@pytest.mark.django_db(transaction=True)
@AT_THE_SAME_MOMENT
def test_a_trace_of_the_same_moment_keeps_the_draft_and_is_told(console, draft, acme):
    """Between Django's look at what hangs on the draft and the database's own, at the commit."""

    def somebody_comes(**_kwargs):
        SignInTrace.objects.create(
            organization=acme,
            connection=draft,
            outcome=SignInTrace.Outcome.REFUSED,
            cause="connection_inactive",
        )

    def meanwhile(**_kwargs):
        assert at_once(somebody_comes) == [None]

    pre_delete.connect(meanwhile, sender=SamlConnection)
    try:
        said = console.post(url(draft), {"typed_name": "Okta"}, follow=True)
    finally:
        pre_delete.disconnect(meanwhile, sender=SamlConnection)

    assert said.status_code == 200
    assert "Only a draft that nobody has tried" in said.content.decode()
    assert SamlConnection.objects.filter(pk=draft.pk).exists()
    assert SignInTrace.objects.filter(connection=draft).exists()
    assert not AuditEvent.objects.filter(action=Action.CONNECTION_DELETED).exists()


def test_what_the_database_finds_at_the_commit_is_a_refusal(draft, system_actor, monkeypatch):
    """On every database: as the test above, with the database's answer in its stead."""

    def find(*_args):
        raise IntegrityError

    monkeypatch.setattr("sso.services.connections._delete", find)

    with pytest.raises(NotADraft):
        delete_draft(connection=draft, actor=system_actor)


def assert_says_that_it_is_off(response):
    """And gives no number that nobody could look up."""
    page = response.content.decode()
    assert response.status_code == 403
    assert "is off" in page
    assert "Reference number" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["login", "acs"])
def test_whoever_comes_while_the_draft_is_deleted_is_told_that_it_is_off(
    client, draft, system_actor, way
):
    def meanwhile(**_kwargs):
        delete_draft(connection=draft, actor=system_actor)

    pre_save.connect(meanwhile, sender=SignInTrace)
    try:
        response = client.get(f"/sso/{draft.pk}/{way}")
    finally:
        pre_save.disconnect(meanwhile, sender=SignInTrace)

    assert_says_that_it_is_off(response)
    assert not SignInTrace.objects.exists()
    assert not SamlConnection.objects.exists()


@pytest.mark.django_db(transaction=True)
@AT_THE_SAME_MOMENT
def test_whoever_waits_for_the_deletion_is_told_that_it_is_off(draft, system_actor):
    """The trace is written after the row is deleted and before that is committed: the database
    keeps the visitor until then, and takes no trace of theirs."""
    answers = []

    def come():
        answers.extend(at_once(lambda: Client().get(f"/sso/{draft.pk}/login")))

    visitor = threading.Thread(target=come)

    def meanwhile(**_kwargs):
        visitor.start()
        until = time.monotonic() + 20
        while not somebody_waits() and time.monotonic() < until:
            time.sleep(0.02)
        assert somebody_waits()

    post_delete.connect(meanwhile, sender=SamlConnection)
    try:
        delete_draft(connection=draft, actor=system_actor)
    finally:
        post_delete.disconnect(meanwhile, sender=SamlConnection)
        visitor.join()

    assert_says_that_it_is_off(answers[0])
    assert not SignInTrace.objects.exists()


def somebody_waits():
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks JOIN pg_database d ON d.datname = current_database()"
            " JOIN pg_stat_activity a ON a.pid = pg_locks.pid AND a.datid = d.oid"
            " WHERE NOT granted"
        )
        return cursor.fetchone() is not None


def test_a_refusal_that_cannot_be_kept_for_another_reason_is_an_error(client, draft):
    """A connection that is still there is not said to be off because of a fault of ours."""

    def fail(**_kwargs):
        raise IntegrityError

    pre_save.connect(fail, sender=SignInTrace)
    try:
        with pytest.raises(IntegrityError):
            client.get(f"/sso/{draft.pk}/login")
    finally:
        pre_save.disconnect(fail, sender=SignInTrace)


@pytest.fixture
def ready_draft(at_acme, system_actor):
    """The journey of a draft that knows its identity provider, and takes sign-outs."""
    connection = at_acme.connection
    SamlConnection.objects.filter(pk=connection.pk).update(
        state="draft", idp_slo_redirect_url="https://idp.acme.example/slo"
    )
    connection.refresh_from_db()
    change_connection(connection=connection, changes={"single_logout": True}, actor=system_actor)
    return at_acme


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["_spend", "_keep"])
def test_a_tester_whose_draft_is_deleted_before_the_result_is_kept_is_told_that_it_is_off(
    console, ready_draft, monkeypatch, step
):
    request_id = test_testing.begin(console, ready_draft)
    carry_on = getattr(sso_testing, step)

    def meanwhile(*args):
        SamlConnection.objects.filter(pk=ready_draft.connection.pk).delete()
        return carry_on(*args)

    monkeypatch.setattr(sso_testing, step, meanwhile)

    assert_says_that_it_is_off(test_testing.answer(console, ready_draft, request_id))
    assert not SignInTest.objects.exists()


def test_a_result_that_cannot_be_kept_for_another_reason_is_an_error(
    console, ready_draft, monkeypatch
):
    def fail(*_args):
        raise IntegrityError

    request_id = test_testing.begin(console, ready_draft)
    monkeypatch.setattr(sso_testing, "_keep", fail)

    with pytest.raises(IntegrityError):
        test_testing.answer(console, ready_draft, request_id)


@pytest.mark.django_db(transaction=True)
@AT_THE_SAME_MOMENT
def test_a_sign_out_through_a_draft_that_is_deleted_meanwhile_is_stopped_with_a_page(
    ready_draft, monkeypatch
):
    """Between the look for the connection and the commit that finds it gone."""
    pk = ready_draft.connection.pk

    def meanwhile(row):
        assert [
            type(answer) for answer in at_once(SamlConnection.objects.filter(pk=pk).delete)
        ] == [tuple]
        insert(row)

    monkeypatch.setattr("sso.sign_out.insert", meanwhile)
    out = test_sign_out.SignOut(ready_draft)

    response = out.by_redirect(out.request())

    assert response.status_code == 403
    assert "Sign-out stopped" in response.content.decode()
    assert "Reference number" not in response.content.decode()


def test_a_guest_whose_draft_is_deleted_while_they_save_finds_it_closed(
    client, draft, invite, deleted_first
):
    made = invite(draft)
    client.post(f"/setup/open/{made.secret}/")
    deleted_first("sso.console.pages")

    sent = {"name": "Okta", "preset": "okta"}

    assert client.post("/setup/connection/basics/", sent).status_code == 403


def test_a_connection_that_was_active_is_kept(at_acme, system_actor):
    connection = at_acme.connection
    for _state in ("active", "inactive"):
        with pytest.raises(NotADraft):
            delete_draft(connection=connection, actor=system_actor)
        deactivate_connection(connection=connection, actor=system_actor)

    assert SamlConnection.objects.filter(pk=connection.pk).exists()


def test_a_draft_that_somebody_came_to_is_kept_and_its_links_go_on(draft, acme, system_actor):
    SignInTrace.objects.create(
        organization=acme, connection=draft, outcome=SignInTrace.Outcome.REFUSED, cause="audience"
    )

    with pytest.raises(NotADraft):
        delete_draft(connection=draft, actor=system_actor)

    assert SamlConnection.objects.filter(pk=draft.pk).exists()
    assert not AuditEvent.objects.filter(action=Action.CONNECTION_DELETED).exists()


class TestThePage:
    def test_it_asks_for_the_name_and_leads_back_to_the_list(self, console, draft):
        shown = console.get(f"{LIST}{draft.pk}/change/").content.decode()
        assert f'href="{url(draft)}"' in shown

        assert "Keep it" in console.get(url(draft)).content.decode()
        refused = console.post(url(draft), {"typed_name": "Entra"})
        assert "Type the name: Okta." in refused.content.decode()
        assert SamlConnection.objects.exists()

        done = console.post(url(draft), {"typed_name": "okta"}, follow=True)
        assert done.redirect_chain == [(reverse("admin:sso_samlconnection_changelist"), 302)]
        assert "Okta is deleted." in done.content.decode()
        assert console.post(url(draft), {"typed_name": "okta"}).status_code == 404

    def test_it_says_how_many_set_up_links_end(self, console, draft, invite):
        invite(draft)

        assert "1 set-up link is for it" in console.get(url(draft)).content.decode()

    def test_what_is_in_use_is_kept_and_said(self, console, at_acme):
        shown = console.get(f"{LIST}{at_acme.connection.pk}/change/").content.decode()
        assert "Delete draft" not in shown

        said = console.post(url(at_acme.connection), {"typed_name": "Okta"}, follow=True)
        assert "Only a draft" in said.content.decode()
        assert SamlConnection.objects.filter(pk=at_acme.connection.pk).exists()

    def test_another_organization_s_administrator_finds_nothing(
        self, client, draft, globex, make_admin, sign_in
    ):
        sign_in(client, make_admin("their-admin", organization=globex))

        assert client.post(url(draft), {"typed_name": "Okta"}).status_code == 404
        assert SamlConnection.objects.exists()

    def test_it_takes_the_ability(self, client, draft, make_user, sign_in):
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.DIRECTORY])
        sign_in(client, helper)

        assert client.post(url(draft), {"typed_name": "Okta"}).status_code == 403
        assert SamlConnection.objects.exists()
