"""`create_saml_connection` and `forget_expired`, as scripts use them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sandbox.saml_messages import idp_metadata
from sso import retention
from sso.causes import Cause
from sso.models import SamlConnection, SignInRequest, SignInTrace, UsedAssertion
from sso.retention import TRACES_KEPT_DAYS, forget_expired
from tests.sso.conftest import signing_identity

pytestmark = pytest.mark.django_db


@pytest.fixture
def metadata_file(tmp_path):
    path = tmp_path / "idp.xml"
    identity = signing_identity("https://idp.acme.example")
    path.write_bytes(idp_metadata(identity, sso_url="https://idp.acme.example/sso"))
    return path


def test_a_script_connects_an_identity_provider_and_reads_the_addresses(
    acme, metadata_file, capsys
):
    call_command(
        "create_saml_connection",
        "acme",
        "--name=Okta",
        "--preset=okta",
        f"--metadata={metadata_file}",
        "--activate",
        "--json",
    )

    connection = SamlConnection.objects.get(organization=acme)
    assert json.loads(capsys.readouterr().out) == {
        "id": str(connection.pk),
        "entity_id": connection.entity_id,
        "acs_url": connection.acs_url,
        "login_url": connection.login_url,
        "metadata_url": connection.metadata_url,
    }
    assert connection.is_active
    assert not connection.idp_initiated


def test_metadata_that_cannot_be_read_leaves_no_draft(acme, tmp_path):
    (tmp_path / "idp.xml").write_text("<html/>")

    with pytest.raises(CommandError):
        call_command(
            "create_saml_connection", "acme", "--name=Okta", f"--metadata={tmp_path / 'idp.xml'}"
        )
    assert not SamlConnection.objects.exists()


def test_a_missing_file_is_a_readable_error(acme, tmp_path):
    with pytest.raises(CommandError, match="metadata can't be read"):
        call_command(
            "create_saml_connection", "acme", "--name=Okta", f"--metadata={tmp_path / 'none.xml'}"
        )


def test_what_no_longer_protects_anything_is_dropped(at_acme, capsys):
    at_acme.sign_in("ana@acme.example")
    at_acme.begin()
    past = timezone.now() - timedelta(days=91)
    SignInRequest.objects.update(expires_at=past)
    UsedAssertion.objects.update(expires_at=past)
    SignInTrace.objects.update(created_at=past)
    at_acme.begin()

    call_command("forget_expired", "--json")

    dropped = {"requests": 1, "assertions": 1, "traces": 1, "tests": 0, "claims": 0}
    assert json.loads(capsys.readouterr().out) == dropped
    assert SignInRequest.objects.count() == 1


def test_old_traces_go_some_at_a_time_and_the_others_stay(at_acme, monkeypatch):
    monkeypatch.setattr("accounts.retention.BATCH", 2)
    with CaptureQueriesContext(database) as with_nothing_to_drop:
        forget_expired()
    connection = at_acme.connection
    SignInTrace.objects.bulk_create(
        SignInTrace(
            organization=connection.organization,
            connection=connection,
            outcome="accepted",
            created_at=timezone.now() - timedelta(days=days),
        )
        for days in (TRACES_KEPT_DAYS + 1,) * 5 + (TRACES_KEPT_DAYS - 1,) * 2
    )

    with CaptureQueriesContext(database) as statements:
        assert forget_expired()["traces"] == 5

    # Three parts; each is looked up, and dropped with its links.
    assert len(statements) <= len(with_nothing_to_drop) + 3 * 4
    assert SignInTrace.objects.count() == 2


@pytest.mark.parametrize(
    ("outcome", "cause"), [("accepted", Cause.EXPIRED), ("refused", ""), ("perhaps", "")]
)
def test_a_refusal_has_its_cause_and_nothing_else_has_one(at_acme, outcome, cause):
    at_acme.sign_in("ana@acme.example")

    with pytest.raises(IntegrityError, match="sso_a_refusal_has_its_cause"):
        SignInTrace.objects.update(outcome=outcome, cause=cause)


def test_what_went_wrong_in_part_is_a_readable_line_and_an_exit_code(at_acme, monkeypatch, caplog):
    drop = retention.drop

    def stumble(rows):
        if rows.model is SignInTrace:
            raise ValueError("nobody foresaw this")
        return drop(rows)

    at_acme.begin()
    SignInRequest.objects.update(expires_at=timezone.now() - timedelta(days=1))
    monkeypatch.setattr("sso.retention.drop", stumble)
    with pytest.raises(CommandError, match="1 failed, 4 went well"):
        call_command("forget_expired")

    assert not SignInRequest.objects.exists()
    assert "nobody foresaw this" in caplog.text
