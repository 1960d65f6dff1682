"""Metadata that is read by itself: what is accepted, what waits, what a bad day leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Organization
from audit.actions import Action
from audit.models import AuditEvent
from jobs.errors import FailedInPart
from jobs.worker import work
from sandbox.saml_messages import SigningIdentity, idp_metadata
from sso.differences import CertificateDifference
from sso.errors import InvalidOption, TooManyReads
from sso.jobs import refresh_metadata
from sso.models import ConnectionVersion, MetadataRefresh, SamlConnection, StagedChange
from sso.policies import RefreshVerdict, judge_refresh, next_read
from sso.refresh import refresh
from sso.saml import describe_certificate
from sso.services import (
    apply_staged_change,
    ask_by_signature,
    ask_for_refresh,
    change_connection,
    create_connection,
    dismiss_staged_change,
    import_metadata,
    note_refresh_failed,
    queue_due_refreshes,
    stage_change,
)
from tests.sso.conftest import signing_identity
from tests.sso.hostile import answer, listening, says
from tests.sso.setup_pages import change_form

SSO_URL = "https://idp.acme.example/sso"
NOT_FOUND = says(answer(b"", status="404 Not Found"))


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings):
    settings.METADATA_ALLOWED_HOSTS = ["127.0.0.1"]


@pytest.fixture
def host():
    with listening(NOT_FOUND) as host:
        yield host


@pytest.fixture
def publish(at_acme, host):
    """The provider's metadata, with its own key and those of other names."""

    def publish(*others, own=True, **changes):
        keys = [at_acme.idp] * own + [signing_identity(f"https://{name}") for name in others]
        first = replace(keys[0], entity_id=changes.pop("entity_id", at_acme.idp.entity_id))
        xml = idp_metadata(
            first,
            sso_url=changes.pop("sso_url", SSO_URL),
            extra_certificates=[key.certificate_pem for key in keys[1:]],
            **changes,
        )
        host.behave = says(answer(xml))

    return publish


@pytest.fixture
def okta(at_acme, host, actor):
    """An active connection that has been given an address."""
    change_connection(
        connection=at_acme.connection, changes={"idp_metadata_url": host.url()}, actor=actor
    )
    return at_acme.connection


def page(connection, name="change"):
    return f"/console/sso/samlconnection/{connection.pk}/{name}/"


def text_of(response):
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def queued():
    return [
        row.args_kwargs["args"]
        for row in DBTaskResult.objects.filter(
            task_path="sso.jobs.refresh_metadata", status="READY"
        )
    ]


class TestTheVerdict:
    EXPIRED = SigningIdentity.generate(
        "https://old.example",
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        lifetime=timedelta(days=30),
        elliptic=True,
    ).certificate_pem
    FIRST, SECOND = (
        describe_certificate(signing_identity(f"https://{name}.example").certificate_pem)
        for name in ("first", "second")
    )
    OLD = describe_certificate(EXPIRED)
    WEAK = replace(SECOND, is_weak_key=True)

    @pytest.mark.parametrize(
        ("changed", "added", "kept", "removed", "verdict"),
        [
            ((), (), (FIRST,), (), RefreshVerdict.SAME),
            ((), (SECOND,), (FIRST,), (), RefreshVerdict.ACCEPT),
            ((), (), (FIRST,), (SECOND,), RefreshVerdict.ACCEPT),
            ((), (SECOND,), (), (FIRST,), RefreshVerdict.CONFIRM),
            ((), (SECOND,), (), (), RefreshVerdict.CONFIRM),
            ((), (SECOND,), (OLD,), (), RefreshVerdict.CONFIRM),
            ((), (WEAK,), (FIRST,), (), RefreshVerdict.CONFIRM),
            ((), (OLD,), (FIRST,), (), RefreshVerdict.CONFIRM),
            (("idp_sso_post_url",), (SECOND,), (FIRST,), (), RefreshVerdict.CONFIRM),
            (("idp_entity_id",), (), (FIRST,), (), RefreshVerdict.CONFIRM),
        ],
    )
    def test_a_key_that_joins_or_leaves_one_that_stays_is_accepted(
        self, changed, added, kept, removed, verdict
    ):
        certificates = CertificateDifference(added, kept, removed)

        assert judge_refresh(changed=changed, certificates=certificates) is verdict

    @pytest.mark.parametrize(("failures", "hours"), [(0, 24), (1, 1), (23, 1), (24, 24), (500, 24)])
    def test_what_fails_is_tried_within_the_hour_and_later_once_a_day(self, failures, hours):
        now = timezone.now()

        assert next_read(now=now, failures=failures) == now + timedelta(hours=hours)


class TestWhatComesOfIt:
    def test_nothing_new_changes_nothing(self, okta, publish):
        publish()
        version = okta.version

        assert refresh(okta.pk) == "same"

        okta.refresh_from_db()
        row = MetadataRefresh.objects.get(connection=okta)
        assert okta.version == version
        assert row.read_at is not None
        assert row.document.startswith("<?xml")
        assert not StagedChange.objects.exists()

    def test_a_key_that_joins_the_one_we_trust_is_accepted_and_signs_people_in(
        self, at_acme, okta, publish
    ):
        publish("next.example")

        assert refresh(okta.pk) == "accept"

        okta.refresh_from_db()
        assert len(okta.certificates) == 2
        assert at_acme.sign_in("ana").status_code == 302
        at_acme.idp = replace(
            signing_identity("https://next.example"), entity_id=at_acme.idp.entity_id
        )
        assert at_acme.sign_in("ana").status_code == 302
        event = AuditEvent.objects.filter(action=Action.METADATA_IMPORTED).latest("id")
        assert event.actor_name == "Metadata refresh"
        assert event.changes == {"certificates": [1, 2]}
        assert ConnectionVersion.objects.filter(connection=okta).first().number == okta.version

    def test_the_former_key_goes_by_itself_once_its_successor_is_known(self, okta, publish):
        publish("next.example")
        refresh(okta.pk)
        publish("next.example", own=False)

        assert refresh(okta.pk) == "accept"

        okta.refresh_from_db()
        assert len(okta.certificates) == 1

    def test_a_key_in_place_of_another_waits_for_somebody(self, at_acme, okta, publish, actor):
        publish("next.example", own=False)

        assert refresh(okta.pk) == "confirm"
        assert at_acme.sign_in("ana").status_code == 302

        apply_staged_change(staged=StagedChange.objects.open().get(), actor=actor)
        assert at_acme.sign_in("ana").status_code == 403

    def test_another_address_waits_even_beside_a_key_that_would_be_accepted(self, okta, publish):
        publish("next.example", sso_url="https://elsewhere.example/sso")

        assert refresh(okta.pk) == "confirm"

        okta.refresh_from_db()
        assert len(okta.certificates) == 1
        assert set(StagedChange.objects.get().changes) == {
            "idp_certificates",
            "idp_sso_redirect_url",
            "idp_sso_post_url",
        }

    def test_the_same_every_day_waits_once(self, okta, publish):
        publish("next.example", own=False)
        refresh(okta.pk)
        refresh(okta.pk)

        assert StagedChange.objects.count() == 1

    def test_what_was_dismissed_is_not_asked_again(self, okta, publish, actor):
        publish("next.example", own=False)
        refresh(okta.pk)
        dismiss_staged_change(staged=StagedChange.objects.get(), actor=actor)
        refresh(okta.pk)
        assert not StagedChange.objects.open().exists()

        publish("third.example", own=False)
        refresh(okta.pk)
        assert StagedChange.objects.open().exists()

    def test_what_the_provider_takes_back_waits_no_more(self, okta, publish):
        publish("next.example", own=False)
        refresh(okta.pk)
        publish()
        refresh(okta.pk)

        assert StagedChange.objects.get().outcome == "replaced"

    def test_the_same_certificates_in_another_order_are_nothing_new(
        self, at_acme, okta, publish, actor
    ):
        other = signing_identity("https://next.example")
        xml = idp_metadata(
            replace(other, entity_id=at_acme.idp.entity_id),
            sso_url=SSO_URL,
            extra_certificates=[at_acme.idp.certificate_pem],
        )
        import_metadata(connection=okta, xml=xml, actor=actor)
        publish("next.example")

        assert refresh(okta.pk) == "same"

    def test_the_first_metadata_of_a_draft_is_looked_at_before_it_counts(
        self, acme, host, publish, actor
    ):
        publish()
        draft = create_connection(
            organization=acme, name="New", preset="okta", actor=actor, idp_metadata_url=host.url()
        )

        assert refresh(draft.pk) == "confirm"

        draft.refresh_from_db()
        assert draft.idp_entity_id == ""
        row = apply_staged_change(staged=StagedChange.objects.get(), actor=actor)
        row.refresh_from_db()
        assert row.idp_entity_id
        assert row.metadata_imported_at is not None
        assert refresh(draft.pk) == "same"


class TestABadDay:
    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (answer(b"", status="404 Not Found"), "answered 404"),
            (answer(b"<html>"), "isn’t well-formed XML"),
            (answer(b"<!DOCTYPE html><p>Sign in</p>"), "This is a web page"),
            (answer(b"\x00\xff" * 50), "UTF-8"),
            (b"", "broke the connection off"),
        ],
    )
    def test_what_cannot_be_read_changes_no_trust(self, at_acme, okta, host, data, words):
        host.behave = says(data)
        version = okta.version

        assert refresh(okta.pk) == "failed"

        okta.refresh_from_db()
        row = MetadataRefresh.objects.get(connection=okta)
        assert okta.version == version
        assert words in row.failure
        assert row.failing_since == row.tried_at
        assert at_acme.sign_in("ana").status_code == 302

    def test_another_provider_at_the_address_is_a_failure_while_people_sign_in(self, okta, publish):
        publish(entity_id="https://attacker.example")

        assert refresh(okta.pk) == "failed"
        assert "another identity provider" in MetadataRefresh.objects.get().failure
        assert not StagedChange.objects.exists()

    def test_metadata_without_a_certificate_is_a_failure(self, okta, host):
        xml = idp_metadata(
            signing_identity(okta.idp_entity_id), sso_url=SSO_URL, key_use="encryption"
        )
        host.behave = says(answer(xml))

        assert refresh(okta.pk) == "failed"

    def test_what_nobody_foresaw_is_a_failure_on_its_page_and_of_the_job(
        self, okta, publish, monkeypatch
    ):
        def stumble(_xml):
            raise ZeroDivisionError

        publish()
        monkeypatch.setattr("sso.refresh.read_metadata", stumble)
        with pytest.raises(ZeroDivisionError):
            refresh(okta.pk)

        kept = MetadataRefresh.objects.get()
        assert (kept.failures, kept.failure) == (1, "The portal stumbled over it.")
        assert not kept.is_under_way(timezone.now())

    def test_metadata_that_says_it_is_outdated_is_a_failure(self, okta, publish):
        publish("next.example", valid_until=timezone.now() - timedelta(days=1))
        assert refresh(okta.pk) == "failed"
        assert "was valid until" in MetadataRefresh.objects.get().failure

        publish("next.example", valid_until=timezone.now() + timedelta(days=1))
        assert refresh(okta.pk) == "accept"

    def test_the_last_good_copy_stays_and_the_days_of_failure_are_counted(
        self, okta, host, publish
    ):
        publish()
        refresh(okta.pk)
        good = MetadataRefresh.objects.get().document
        host.behave = NOT_FOUND
        refresh(okta.pk)
        first = MetadataRefresh.objects.get()
        refresh(okta.pk)

        row = MetadataRefresh.objects.get()
        assert row.document == good
        assert (row.failures, row.failing_since) == (2, first.failing_since)

        publish()
        refresh(okta.pk)
        row = MetadataRefresh.objects.get()
        assert (row.failures, row.failing_since, row.failure) == (0, None, "")

    def test_an_answer_from_a_former_address_counts_for_nothing(
        self, okta, host, publish, actor, monkeypatch
    ):
        """The address was changed while a worker read the former one."""
        publish("next.example")
        from sso import refresh as module

        def fetch(url):
            body = real(url)
            SamlConnection.objects.update(idp_metadata_url="https://other.example/metadata")
            return body

        real = module.fetch
        monkeypatch.setattr(module, "fetch", fetch)

        assert refresh(okta.pk) == "another address"
        okta.refresh_from_db()
        assert len(okta.certificates) == 1

    def test_a_connection_that_has_gone_or_has_no_address_is_nothing_to_read(self, at_acme):
        assert refresh(uuid4()) == "nothing to read"
        assert refresh(at_acme.connection.pk) == "nothing to read"


class TestWhen:
    def test_an_address_is_read_as_soon_as_it_is_given(self, okta):
        assert queued() == [[str(okta.pk)]]
        assert MetadataRefresh.objects.get().is_under_way(timezone.now())

    def test_the_same_options_again_queue_nothing(self, okta, actor):
        change_connection(connection=okta, changes={"clock_skew_seconds": 9}, actor=actor)

        assert len(queued()) == 1

    def test_without_an_address_nothing_is_left_to_read(self, okta, actor):
        change_connection(connection=okta, changes={"idp_metadata_url": ""}, actor=actor)

        assert not MetadataRefresh.objects.exists()
        assert refresh(okta.pk) == "nothing to read"

    def test_each_address_once_a_day(self, okta):
        DBTaskResult.objects.all().delete()
        assert queue_due_refreshes() == 0

        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            assert queue_due_refreshes() == 1
            assert queue_due_refreshes() == 0
        assert queued() == [[str(okta.pk)]]

    def test_what_another_worker_took_in_the_same_moment_is_left_to_it(
        self, okta, acme, make_journey, actor, host, monkeypatch
    ):
        other = make_journey(acme, name="Other").connection
        change_connection(connection=other, changes={"idp_metadata_url": host.url()}, actor=actor)
        tomorrow = timezone.now() + timedelta(hours=25)

        class FasterWorker:
            """Queues one, and meanwhile somebody else takes the rest."""

            def enqueue(self, connection_id):
                rest = MetadataRefresh.objects.exclude(pk=connection_id)
                rest.update(next_at=tomorrow + timedelta(days=1))

        monkeypatch.setattr("sso.jobs.refresh_metadata", FasterWorker())
        with time_machine.travel(tomorrow):
            assert queue_due_refreshes() == 1

    def test_a_failure_at_a_former_address_counts_for_nothing(self, okta):
        note_refresh_failed(connection=okta, url="https://former.example/metadata", why="gone")

        assert MetadataRefresh.objects.get().failures == 0

    def test_one_that_cannot_be_queued_keeps_no_other_from_it(
        self, okta, acme, make_journey, actor, host, monkeypatch
    ):
        other = make_journey(acme, name="Other").connection
        change_connection(connection=other, changes={"idp_metadata_url": host.url()}, actor=actor)
        taken = []

        class Stumbling:
            def enqueue(self, connection_id):
                if connection_id == str(okta.pk):
                    raise ValueError
                taken.append(connection_id)

        monkeypatch.setattr("sso.jobs.refresh_metadata", Stumbling())
        tomorrow = timezone.now() + timedelta(hours=25)
        with time_machine.travel(tomorrow), pytest.raises(FailedInPart):
            queue_due_refreshes()

        assert taken == [str(other.pk)]
        assert MetadataRefresh.objects.get(connection=okta).next_at < tomorrow

    def test_not_for_an_organization_that_is_suspended(self, okta, acme):
        Organization.objects.update(status="suspended")

        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            assert queue_due_refreshes() == 0
        assert refresh(okta.pk) == "nothing to read"

    def test_whoever_asks_again_and_again_gets_it_once_a_minute(self, okta):
        DBTaskResult.objects.all().delete()
        assert not ask_for_refresh(connection=okta)

        with time_machine.travel(timezone.now() + timedelta(seconds=61)):
            assert ask_for_refresh(connection=okta)
            assert not ask_for_refresh(connection=okta)
        assert len(queued()) == 1

    def test_an_organization_has_so_many_reads_an_hour(
        self, okta, at_globex, actor, host, monkeypatch
    ):
        """The address that was given was the first; the other organization has its own."""
        monkeypatch.setattr("sso.reads.READS_AN_HOUR", 3)
        start = timezone.now().replace(minute=20) + timedelta(hours=1)
        with time_machine.travel(start) as clock:
            for _ in range(3):
                clock.shift(timedelta(minutes=2))
                assert ask_for_refresh(connection=okta)
            DBTaskResult.objects.all().delete()
            MetadataRefresh.objects.update(tried_at=timezone.now())
            clock.shift(timedelta(minutes=2))

            with pytest.raises(TooManyReads, match="in 32 minutes"):
                ask_for_refresh(connection=okta)
            assert queued() == []
            assert not MetadataRefresh.objects.get().is_under_way(timezone.now())
            other = {"idp_metadata_url": host.url("/other")}
            change_connection(connection=at_globex.connection, changes=other, actor=actor)
            assert queued() == [[str(at_globex.connection.pk)]]

            clock.shift(timedelta(minutes=33))
            assert ask_for_refresh(connection=okta)

    def test_one_address_after_another_is_read_later_once_there_were_too_many(
        self, okta, actor, host, monkeypatch
    ):
        monkeypatch.setattr("sso.reads.READS_AN_HOUR", 0)
        DBTaskResult.objects.all().delete()
        change_connection(
            connection=okta, changes={"idp_metadata_url": host.url("/other")}, actor=actor
        )
        assert queued() == []

        with time_machine.travel(timezone.now() + timedelta(minutes=61)):
            assert queue_due_refreshes() == 1

    def test_what_signatures_ask_for_uses_up_no_reads_of_the_organization(self, okta, monkeypatch):
        monkeypatch.setattr("sso.reads.READS_AN_HOUR", 0)

        with time_machine.travel(timezone.now() + timedelta(minutes=16)):
            assert ask_by_signature(connection=okta)

    def test_signatures_ask_for_so_many_reads_of_an_organization_an_hour(
        self, okta, acme, at_globex, make_journey, actor, host, monkeypatch
    ):
        """However many connections it has, the workers are the other organizations' as well."""
        monkeypatch.setattr("sso.reads.READS_BY_SIGNATURE_AN_HOUR", 1)
        others = [make_journey(acme, name="Other").connection, at_globex.connection]
        for each in others:
            change_connection(
                connection=each, changes={"idp_metadata_url": host.url("/other")}, actor=actor
            )

        with time_machine.travel(timezone.now() + timedelta(minutes=16)):
            assert ask_by_signature(connection=okta)
            assert not ask_by_signature(connection=others[0])
            assert ask_by_signature(connection=others[1])
            DBTaskResult.objects.all().delete()
            assert not ask_by_signature(connection=others[0])
        assert queued() == []
        assert not MetadataRefresh.objects.get(connection=others[0]).asked_at > timezone.now()

    def test_an_organization_with_many_addresses_leaves_the_others_their_turn(
        self, okta, acme, at_globex, make_journey, actor, host, monkeypatch
    ):
        monkeypatch.setattr("sso.reads.DUE_READS_AN_HOUR", 1)
        other = make_journey(acme, name="Other").connection
        for each in (other, at_globex.connection):
            change_connection(
                connection=each, changes={"idp_metadata_url": host.url("/other")}, actor=actor
            )
        DBTaskResult.objects.all().delete()

        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            assert queue_due_refreshes() == 2
            assert sorted(queued()) == sorted([[str(okta.pk)], [str(at_globex.connection.pk)]])
            assert queue_due_refreshes() == 1
            assert [str(other.pk)] in queued()

    @pytest.mark.parametrize(
        "url", ["http://idp.example/", "https://10.0.0.1/metadata", "idp.example", "file:///etc"]
    )
    def test_an_address_that_no_worker_would_read_is_not_kept(self, at_acme, actor, url):
        with pytest.raises(InvalidOption):
            change_connection(
                connection=at_acme.connection, changes={"idp_metadata_url": url}, actor=actor
            )
        with pytest.raises(InvalidOption):
            stage_change(
                connection=at_acme.connection,
                content={"idp_metadata_url": url},
                source=StagedChange.Source.CONSOLE,
                actor=actor,
            )

    def test_asked_for_often_it_is_read_once(self, okta, host, publish):
        publish()
        for _ in range(3):
            refresh_metadata.enqueue(str(okta.pk))
        before = len(host.requests)

        answers = [refresh_metadata.call(str(okta.pk)) for _ in range(3)]

        assert answers == ["same", "read already", "read already"]
        assert len(host.requests) == before + 1

    def test_what_is_due_is_wanted_again(self, okta, publish):
        publish()
        refresh_metadata.call(str(okta.pk))

        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            queue_due_refreshes()
            assert refresh_metadata.call(str(okta.pk)) == "same"

    @pytest.mark.django_db(transaction=True)
    def test_a_worker_does_it(self, okta, publish):
        publish("next.example")

        work(is_once=True)

        okta.refresh_from_db()
        assert len(okta.certificates) == 2


class TestASignatureThatDoesNotMatch:
    @pytest.fixture(autouse=True)
    def _long_ago(self, okta):
        """The address was read, and nobody has asked since."""
        refresh(okta.pk)
        DBTaskResult.objects.all().delete()
        MetadataRefresh.objects.update(asked_at=None)

    def exchange_key(self, at_acme):
        at_acme.idp = replace(
            signing_identity("https://next.example"), entity_id=at_acme.idp.entity_id
        )

    def test_has_the_metadata_read_so_that_the_next_one_gets_in(self, at_acme, okta, publish):
        publish("next.example")
        self.exchange_key(at_acme)

        assert at_acme.sign_in("ana").status_code == 403
        assert queued() == [[str(okta.pk)]]
        assert refresh(okta.pk) == "accept"
        assert at_acme.sign_in("ana").status_code == 302

    def test_reads_nothing_while_somebody_signs_in(self, at_acme, okta, host):
        before = len(host.requests)
        self.exchange_key(at_acme)

        at_acme.sign_in("ana")

        assert len(host.requests) == before

    def test_asks_once_in_a_quarter_of_an_hour_however_many_there_are(self, at_acme, okta):
        self.exchange_key(at_acme)
        now = timezone.now()
        for minutes in (0, 1, 14, 16, 17):
            with time_machine.travel(now + timedelta(minutes=minutes)):
                at_acme.sign_in("ana")

        assert len(queued()) == 2

    def test_within_an_encrypted_answer_asks_too(self, at_acme, okta):
        self.exchange_key(at_acme)

        at_acme.sign_in("ana", encrypt_for=okta.sp_certificate)

        assert len(queued()) == 1

    def test_what_is_refused_for_another_reason_asks_for_nothing(self, at_acme, okta):
        assert at_acme.sign_in("ana", audience="https://other.example").status_code == 403

        assert queued() == []

    def test_without_an_address_there_is_nothing_to_ask_for(self, at_acme, okta, actor):
        change_connection(connection=okta, changes={"idp_metadata_url": ""}, actor=actor)
        self.exchange_key(at_acme)

        assert at_acme.sign_in("ana").status_code == 403
        assert queued() == []

    def test_costs_the_refused_two_statements_more_and_then_one(self, at_acme, okta, actor):
        self.exchange_key(at_acme)

        def statements():
            request = at_acme.begin()
            sent = at_acme.answer("ana", in_response_to=request)
            with CaptureQueriesContext(connection) as asked:
                at_acme.post(sent)
            return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in asked)

        first, second = statements(), statements()
        SamlConnection.objects.update(idp_metadata_url="")
        without = statements()

        assert (first - without, second - without) == (2, 1)


class TestPages:
    def test_an_administrator_gives_an_address(self, console, at_acme, host, publish):
        publish()
        given = change_form(preset="generic", idp_metadata_url=host.url())
        response = console.post(page(at_acme.connection), given, follow=True)
        assert "The metadata is being read" in text_of(response)
        assert "Being read" in text_of(response)

        refresh(at_acme.connection.pk)

        assert "Read every day" in text_of(console.get(page(at_acme.connection)))

    def test_an_address_inside_is_refused_beside_its_reason(self, console, at_acme):
        given = change_form(preset="generic", idp_metadata_url="https://192.168.0.1/metadata")

        response = console.post(page(at_acme.connection), given)

        assert "not on the public internet" in text_of(response)
        at_acme.connection.refresh_from_db()
        assert at_acme.connection.idp_metadata_url == ""

    def test_a_failure_is_shown_with_its_reason(self, console, okta):
        refresh(okta.pk)

        shown = text_of(console.get(page(okta)))
        assert "Can’t be read" in shown
        assert "answered 404" in shown
        assert "What was read before stays trusted" in shown

    def test_it_is_read_when_somebody_wants_it(self, console, okta):
        DBTaskResult.objects.all().delete()
        MetadataRefresh.objects.update(asked_at=None)

        assert "being read" in text_of(console.post(page(okta, "refresh"), follow=True))
        assert len(queued()) == 1
        assert "within the last minute" in text_of(console.post(page(okta, "refresh"), follow=True))
        assert console.get(page(okta, "refresh")).status_code == 405

    def test_too_many_reads_are_said_on_every_page_that_asks(
        self, console, at_acme, okta, host, monkeypatch
    ):
        monkeypatch.setattr("sso.reads.READS_AN_HOUR", 0)
        MetadataRefresh.objects.update(asked_at=None)
        too_many = "has had metadata read"

        assert too_many in text_of(console.post(page(okta, "refresh"), follow=True))
        wizard = {"how": "address", "address": host.url()}
        assert too_many in text_of(console.post(page(okta, "setup/sso"), wizard))
        wizard["address"] = host.url("/other")
        shown = text_of(console.post(page(okta, "setup/sso"), wizard, follow=True))
        assert "It has not been read yet. The portal reads it by itself" in shown
        given = change_form(preset="generic", idp_metadata_url=host.url("/third"))
        shown = text_of(console.post(page(okta), given, follow=True))
        assert "too much metadata read in this hour" in shown

    def test_another_organization_s_administrator_asks_for_nothing(
        self, client, sign_in, make_admin, globex, okta
    ):
        DBTaskResult.objects.all().delete()
        MetadataRefresh.objects.update(asked_at=None)
        sign_in(client, make_admin("their-admin", organization=globex))

        assert client.post(page(okta, "refresh")).status_code == 404
        assert queued() == []
