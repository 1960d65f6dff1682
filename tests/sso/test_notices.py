"""Who is written to about certificates and metadata, when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.mail import MailNotSent
from accounts.models import Organization, User
from accounts.roles import Role
from audit.actors import Actor
from jobs.errors import FailedInPart
from jobs.models import Schedule
from jobs.worker import work
from sandbox.saml_messages import SigningIdentity, idp_metadata
from sso import notices
from sso.models import (
    CertificateNotice,
    MetadataRefresh,
    SamlConnection,
    StagedChange,
    TrustNotice,
)
from sso.notices import (
    notify_ending_certificates,
    notify_failing_metadata,
    tell_trust_changes,
)
from sso.saml import describe_certificate, read_metadata
from sso.services import (
    activate_connection,
    apply_staged_change,
    change_connection,
    create_connection,
    deactivate_connection,
    import_metadata,
    make_next_key,
    sign_with_key,
    stage_change,
    stage_roll_back,
    take_metadata,
)
from sso.services.keys import fingerprint_of
from tests.sso.conftest import signing_identity

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ENDS = datetime(2031, 6, 1, 12, tzinfo=UTC)
ENDING = SigningIdentity.generate(
    "https://idp.acme.example/Okta",
    not_before=ENDS - 365 * DAY,
    lifetime=365 * DAY,
    elliptic=True,
)


def metadata(*others):
    return idp_metadata(
        ENDING,
        sso_url="https://idp.acme.example/sso",
        extra_certificates=[signing_identity(f"https://{name}").certificate_pem for name in others],
    )


@pytest.fixture
def okta(at_acme, admin, actor):
    """Active, with a certificate that ends on the first of June."""
    import_metadata(connection=at_acme.connection, xml=metadata(), actor=actor)
    return at_acme.connection


def told_at(days_ahead):
    with time_machine.travel(ENDS - days_ahead * DAY):
        return notify_ending_certificates()


class TestACertificateThatEnds:
    def test_is_told_of_in_steps_and_each_step_once(self, okta, admin, mailoutbox):
        counts = []
        for days in (61, 59.5, 59.4, 30, 29, 6.9, 0.9, 0.8, -1):
            told_at(days)
            counts.append(len(mailoutbox))

        assert counts == [0, 1, 1, 2, 2, 3, 4, 4, 4]
        assert [mail.subject for mail in mailoutbox] == [
            "Okta’s signing certificate ends in 60 days",
            "Okta’s signing certificate ends in 30 days",
            "Okta’s signing certificate ends in 7 days",
            "Okta’s signing certificate ends in 1 day",
        ]
        assert mailoutbox[0].to == [admin.email]
        assert f"/console/sso/samlconnection/{okta.pk}/change/" in mailoutbox[0].body

    def test_is_none_to_tell_of_where_another_lasts(self, okta, actor, mailoutbox):
        import_metadata(connection=okta, xml=metadata("longer.example"), actor=actor)

        assert told_at(5) == 0

    def test_is_told_to_full_admins_and_nobody_else(
        self, okta, make_user, make_admin, globex, mailoutbox
    ):
        make_user("helper", role=Role.SUB_ADMIN, abilities=["sso"])
        make_admin("theirs", organization=globex)
        make_admin("mute", email="")

        told_at(5)

        assert [mail.to for mail in mailoutbox] == [["admin@acme.example"]]

    def test_of_a_connection_that_is_off_is_no_news(self, okta, actor, mailoutbox):
        deactivate_connection(connection=okta, actor=actor)

        assert told_at(5) == 0

    def test_of_a_suspended_organization_is_no_news(self, okta):
        Organization.objects.update(status="suspended")

        assert told_at(5) == 0

    def test_is_told_the_next_time_where_mail_is_away(self, okta, mailoutbox, monkeypatch):
        def away(*args, **kwargs):
            raise MailNotSent

        with monkeypatch.context() as patch:
            patch.setattr("accounts.notices.send_mail_to", away)
            assert told_at(5) == 0
        assert not CertificateNotice.objects.exists()

        assert told_at(5) == 1

    def test_that_cannot_be_told_of_keeps_no_other_from_it(
        self, okta, make_journey, globex, make_admin, mailoutbox, monkeypatch
    ):
        make_admin("theirs", organization=globex)
        other = make_journey(globex).connection
        SamlConnection.objects.filter(pk=other.pk).update(idp_certificates=okta.idp_certificates)
        write = notices.write_to_full_admins

        def stumble(organization, *args, **context):
            if organization == okta.organization:
                raise ValueError("nobody foresaw this")
            write(organization, *args, **context)

        with monkeypatch.context() as patch:
            patch.setattr("sso.notices.write_to_full_admins", stumble)
            with pytest.raises(FailedInPart):
                told_at(5)

        assert [mail.to for mail in mailoutbox] == [["theirs@globex.example"]]
        assert told_at(5) == 1

    def test_of_ours_is_told_too(self, okta, mailoutbox):
        SamlConnection.objects.update(sp_certificate=ENDING.certificate_pem)
        CertificateNotice.objects.all().delete()
        SamlConnection.objects.update(
            idp_certificates=signing_identity("https://longer.example").certificate_pem
        )

        assert told_at(5) == 1
        assert mailoutbox[0].subject == "Our certificate for Okta ends in 5 days"
        assert "Make the next key" in mailoutbox[0].body

    def test_says_what_to_do_with_an_address_and_without(self, okta, mailoutbox):
        told_at(40)
        SamlConnection.objects.update(idp_metadata_url="https://idp.acme.example/metadata")
        told_at(20)

        assert "give us its address" in mailoutbox[0].body
        assert "We read its metadata every day" in mailoutbox[1].body


class TestMetadataThatWaits:
    @pytest.fixture
    def read(self, system_actor):
        def read(connection, entity_id=ENDING.entity_id, sso_url="https://new.example/sso"):
            xml = idp_metadata(signing_identity(entity_id), sso_url=sso_url)
            return take_metadata(
                connection=connection,
                url="",
                xml=xml,
                metadata=read_metadata(xml),
                actor=system_actor,
            )

        return read

    def test_is_told_once(self, okta, read, mailoutbox, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            read(okta)
            read(okta)

        (mail,) = mailoutbox
        assert mail.subject == "Okta has new metadata that waits for you"
        assert f"/console/sso/samlconnection/{okta.pk}/changes/" in mail.body

    def test_of_a_draft_is_told_on_its_page_alone(
        self, acme, admin, actor, read, mailoutbox, django_capture_on_commit_callbacks
    ):
        draft = create_connection(organization=acme, name="New", preset="okta", actor=actor)
        with django_capture_on_commit_callbacks(execute=True):
            read(draft)

        assert mailoutbox == []


class TestAChangeOfTrust:
    @pytest.fixture
    def bo(self, make_user):
        """Who may change connections, and is told nothing: not a full admin."""
        return make_user(
            "bo", first_name="Bo", last_name="", role=Role.SUB_ADMIN, abilities=["sso"]
        )

    @pytest.fixture
    def by_bo(self, bo):
        return Actor.from_user(bo)

    @pytest.fixture(autouse=True)
    def _with_admins(self, okta, make_admin, globex):
        make_admin("theirs", organization=globex)
        TrustNotice.objects.all().delete()

    def test_by_a_person_is_told_to_each_full_admin_once(self, okta, by_bo, admin, mailoutbox):
        import_metadata(connection=okta, xml=metadata("next.example"), actor=by_bo)

        assert (tell_trust_changes(), tell_trust_changes()) == (1, 0)
        (mail,) = mailoutbox
        assert mail.to == [admin.email]
        assert mail.subject == "Bo changed certificates or addresses of Okta"
        assert "A signing certificate is trusted now" in mail.body
        okta.refresh_from_db()
        version = f"/console/sso/samlconnection/{okta.pk}/versions/{okta.version}/"
        assert version in mail.body
        assert "If nobody of you meant this" in mail.body
        assert "because you are a full admin of Acme." in mail.body

    def test_says_what_was_and_what_is(self, okta, by_bo, mailoutbox):
        change = {"idp_metadata_url": "https://elsewhere.example/metadata"}
        change_connection(connection=okta, changes=change, actor=by_bo)

        tell_trust_changes()

        assert "Metadata address\nbefore: —\nnow: https://elsewhere" in mailoutbox[0].body

    def test_that_waited_is_told_once_it_is_applied(self, okta, by_bo, mailoutbox):
        okta.refresh_from_db()
        staged = stage_change(
            connection=okta,
            content={"idp_sso_redirect_url": "https://elsewhere.example/sso"},
            source=StagedChange.Source.METADATA,
            actor=by_bo,
        )
        assert tell_trust_changes() == 0

        apply_staged_change(staged=staged, actor=by_bo)

        assert tell_trust_changes() == 1
        assert "now: https://elsewhere.example/sso" in mailoutbox[0].body

    def test_back_to_an_earlier_version_is_told(self, okta, by_bo, actor):
        import_metadata(connection=okta, xml=metadata("next.example"), actor=actor)
        tell_trust_changes()
        former = okta.versions.all()[1]

        apply_staged_change(staged=stage_roll_back(version=former, actor=by_bo), actor=by_bo)

        assert tell_trust_changes() == 1

    def test_of_the_key_that_signs_is_told(self, okta, by_bo, mailoutbox):
        standby = make_next_key(connection=okta, actor=by_bo)
        assert tell_trust_changes() == 0

        sign_with_key(connection=okta, fingerprint=fingerprint_of(standby.certificate), actor=by_bo)

        assert tell_trust_changes() == 1
        assert "The certificate of the key of ours that signs" in mailoutbox[0].body

    def test_behind_a_switch_is_told_when_it_is_on_again(self, okta, by_bo, mailoutbox):
        deactivate_connection(connection=okta, actor=by_bo)
        import_metadata(connection=okta, xml=metadata("next.example"), actor=by_bo)
        assert tell_trust_changes() == 0

        activate_connection(
            connection=okta, actor=by_bo, untested_because="tests", decider_role=Role.FULL_ADMIN
        )

        assert tell_trust_changes() == 1

    def test_that_is_none_is_not_told(self, okta, by_bo, system_actor):
        again = metadata("other.example", "next.example")
        import_metadata(connection=okta, xml=again, actor=system_actor)
        import_metadata(connection=okta, xml=metadata("next.example", "other.example"), actor=by_bo)
        change_connection(connection=okta, changes={"name": "Our Okta"}, actor=by_bo)
        deactivate_connection(connection=okta, actor=by_bo)
        activate_connection(connection=okta, actor=by_bo, untested_because="tests")

        assert tell_trust_changes() == 0

    def test_the_first_activation_is_told_once_with_whom_it_trusts(
        self, acme, by_bo, admin, mailoutbox
    ):
        new = create_connection(organization=acme, name="New", preset="okta", actor=by_bo)
        import_metadata(connection=new, xml=metadata(), actor=by_bo)
        assert tell_trust_changes() == 0, "nobody signs in through it yet"

        activate_connection(connection=new, actor=by_bo, untested_because="tests")
        deactivate_connection(connection=new, actor=by_bo)
        activate_connection(connection=new, actor=by_bo, untested_because="tests")

        assert tell_trust_changes() == 1
        (mail,) = mailoutbox
        assert mail.to == [admin.email]
        assert mail.subject == "Bo has activated New"
        assert ENDING.entity_id in mail.body
        assert describe_certificate(new.certificates[0]).sha256_fingerprint in mail.body
        assert f"/console/sso/samlconnection/{new.pk}/versions/" in mail.body
        assert "deactivate the connection" in mail.body

    def test_a_first_activation_by_a_command_is_not_told(self, acme, by_bo, system_actor):
        new = create_connection(organization=acme, name="New", preset="okta", actor=by_bo)
        import_metadata(connection=new, xml=metadata(), actor=by_bo)

        activate_connection(connection=new, actor=system_actor, untested_because="tests")

        assert tell_trust_changes() == 0

    def test_of_another_organization_is_told_there_alone(self, at_globex, globex, mailoutbox):
        theirs = User.objects.get(user_name="theirs")
        import_metadata(
            connection=at_globex.connection,
            xml=idp_metadata(at_globex.idp, sso_url="https://elsewhere.example/sso"),
            actor=Actor.from_user(theirs),
        )

        tell_trust_changes()

        assert [mail.to for mail in mailoutbox] == [[theirs.email]]

    def test_is_told_the_next_time_where_mail_is_away_and_not_after_days(
        self, okta, by_bo, monkeypatch, mailoutbox
    ):
        def away(*_to, **_mail):
            raise MailNotSent

        import_metadata(connection=okta, xml=metadata("next.example"), actor=by_bo)
        with monkeypatch.context() as patch:
            patch.setattr("accounts.notices.send_mail_to", away)
            assert tell_trust_changes() == 0

        with time_machine.travel(timezone.now() + 3 * DAY):
            assert tell_trust_changes() == 0
        assert tell_trust_changes() == 1

    def test_is_told_by_one_of_two_workers(self, okta, by_bo, monkeypatch, mailoutbox):
        import_metadata(connection=okta, xml=metadata("next.example"), actor=by_bo)

        def each_after_another_worker(rows, act):
            rows = list(rows)
            TrustNotice.objects.update(told_at=timezone.now())
            return [act(row) for row in rows]

        monkeypatch.setattr("sso.notices.each", each_after_another_worker)

        assert tell_trust_changes() == 0
        assert mailoutbox == []

    @pytest.mark.django_db(transaction=True)
    def test_is_told_by_a_worker_at_once(self, okta, by_bo, mailoutbox):
        Schedule.objects.create(
            name="sso.tell_trust_changes", next_at=timezone.now() + timedelta(hours=1)
        )
        import_metadata(connection=okta, xml=metadata("next.example"), actor=by_bo)

        work(is_once=True)

        assert [mail.subject for mail in mailoutbox] == [
            "Bo changed certificates or addresses of Okta"
        ]


class TestMetadataThatCannotBeRead:
    @pytest.fixture
    def failing(self, okta):
        """Since one moment, for a reason a host could have given."""
        since = timezone.now()
        SamlConnection.objects.update(idp_metadata_url="https://idp.acme.example/metadata")
        MetadataRefresh.objects.create(
            connection=okta,
            organization=okta.organization,
            next_at=since,
            failing_since=since,
            failures=1,
            failure="idp.acme.example answered 404.",
        )

        def told_after(days):
            with time_machine.travel(since + days * DAY):
                return notify_failing_metadata()

        return told_after

    def test_is_told_after_a_day_and_then_once_a_week(self, failing, okta, admin, mailoutbox):
        days = (0.9, 1.1, 1.5, 8, 8.2, 15)

        assert [failing(day) for day in days] == [0, 1, 0, 0, 1, 0]
        assert [mail.to for mail in mailoutbox] == [[admin.email]] * 2
        assert mailoutbox[0].subject == "Okta’s metadata can’t be read"
        assert "idp.acme.example answered 404." in mailoutbox[0].body
        assert "https://idp.acme.example/metadata" in mailoutbox[0].body
        assert f"/console/sso/samlconnection/{okta.pk}/change/" in mailoutbox[0].body
        assert "The last certificate we know is good until 1 Jun 2031." in mailoutbox[0].body

    def test_that_came_back_and_went_again_is_told_once_a_week_too(self, failing, mailoutbox):
        assert failing(2) == 1
        MetadataRefresh.objects.update(failing_since=timezone.now() + 4 * DAY)

        assert [failing(6), failing(9.1)] == [0, 1]

    @pytest.mark.parametrize("what", ["read", "off", "suspended"])
    def test_of_which_nothing_depends_is_no_news(self, failing, okta, actor, what):
        match what:
            case "read":
                MetadataRefresh.objects.update(failing_since=None, failures=0)
            case "off":
                deactivate_connection(connection=okta, actor=actor)
            case "suspended":
                Organization.objects.update(status="suspended")

        assert failing(2) == 0

    def test_is_told_the_next_time_where_mail_is_away(self, failing, monkeypatch):
        def away(*_to, **_mail):
            raise MailNotSent

        with monkeypatch.context() as patch:
            patch.setattr("accounts.notices.send_mail_to", away)
            assert failing(2) == 0

        assert failing(2.1) == 1

    def test_is_told_by_one_of_two_workers(self, failing, monkeypatch, mailoutbox):
        def each_after_another_worker(rows, act):
            rows = list(rows)
            MetadataRefresh.objects.update(failure_told_at=timezone.now())
            return [act(row) for row in rows]

        monkeypatch.setattr("sso.notices.each", each_after_another_worker)

        assert failing(2) == 0
        assert mailoutbox == []
