"""Who is written to about certificates and metadata, when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine

from accounts.models import Organization
from accounts.roles import Role
from jobs.errors import FailedInPart
from sandbox.saml_messages import SigningIdentity, idp_metadata
from sso import notices
from sso.models import CertificateNotice, SamlConnection
from sso.notices import notify_ending_certificates
from sso.saml import read_metadata
from sso.services import create_connection, deactivate_connection, import_metadata, take_metadata
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
            raise SMTPServerDisconnected

        with monkeypatch.context() as patch:
            patch.setattr("accounts.notices.send_mail", away)
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
