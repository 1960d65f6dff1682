"""The self-test: the calls of a directory, rehearsed, and nothing of them stays."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from django.apps import apps
from django.core import mail

from accounts.models import Organization, User
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from provisioning import self_test
from provisioning.calls import Answer
from provisioning.handlers import users
from provisioning.log import recorder
from provisioning.models import ProvisioningLogEntry, ScimConfiguration, ScimToken
from provisioning.rehearsal import is_rehearsal, rehearsal
from provisioning.self_test import STEPS, Check, Verdict, run_self_test
from provisioning.services import configure_directory, create_token, pause_directory, revoke_token
from tests.provisioning.conftest import Directory, user


@pytest.fixture(autouse=True)
def https(settings: Any) -> None:
    settings.PORTAL_IS_HTTPS = True
    settings.PORTAL_BASE_URL = "https://learning.example"


def rows() -> dict[str, int]:
    """How many rows every table has, but for the record of what happened."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model is not AuditEvent
    }


def tried(organization: Organization, actor: Actor, dialect: str = "okta") -> dict[str, Check]:
    checks = run_self_test(organization=organization, dialect=dialect, actor=actor)
    return {str(check.name): check for check in checks}


def verdicts(checks: dict[str, Check], *wanted: Verdict) -> list[str]:
    return [name for name, check in checks.items() if check.verdict in wanted]


@pytest.mark.parametrize("dialect", ["okta", "entra", "entra_optscim", "other", ""])
def test_where_all_is_well_everything_passes(
    directory: Directory, actor: Actor, dialect: str
) -> None:
    checks = tried(directory.organization, actor, dialect)

    assert [*checks][3:-1] == [str(name) for name in STEPS]
    assert verdicts(checks, Verdict.FAILED, Verdict.LOOK) == []
    assert verdicts(checks, Verdict.LEFT_OUT) == [str(self_test.SEAT)]


def test_nothing_stays_but_that_it_was_run(
    directory: Directory, actor: Actor, make_pool: Any
) -> None:
    make_pool(seats=2)
    configure_directory(
        organization=directory.organization, changes={"auto_assign": True}, actor=actor
    )
    before, events = rows(), AuditEvent.objects.count()
    configuration = ScimConfiguration.objects.values().get()

    checks = tried(directory.organization, actor)

    assert checks[str(self_test.SEAT)].verdict is Verdict.PASSED
    assert rows() == before
    assert ScimConfiguration.objects.values().get() == configuration
    event = AuditEvent.objects.latest("id")
    assert AuditEvent.objects.count() == events + 1
    assert event.action == Action.DIRECTORY_TESTED
    assert event.changes == {"passed": 15, "look": 0, "failed": 0}
    assert event.actor_name == actor.name


@pytest.mark.django_db(transaction=True)
def test_nothing_stays_where_transactions_are_real(directory: Directory, actor: Actor) -> None:
    before = rows()

    checks = tried(directory.organization, actor)

    assert verdicts(checks, Verdict.FAILED) == []
    assert rows() == before


def test_its_calls_are_no_line_in_the_log_and_count_for_no_limit(
    directory: Directory, actor: Actor, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SCIM_LOG_IS_DEFERRED = True
    added: list[ProvisioningLogEntry] = []
    counted: list[Any] = []
    monkeypatch.setattr(recorder, "add", added.append)
    monkeypatch.setattr("provisioning.views.count_call", counted.append)

    tried(directory.organization, actor)
    assert (added, counted) == ([], [])

    directory.get("/Users")
    assert (len(added), counted) == (1, [directory.organization.pk])


def test_a_rehearsal_ends_with_whatever_went_wrong_in_it(
    acme: Organization, make_user: Any
) -> None:
    def go_wrong() -> None:
        with rehearsal():
            make_user("ana")
            assert is_rehearsal()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        go_wrong()

    assert not is_rehearsal()
    assert not User.objects.in_organization(acme).filter(first_name="Ana").exists()


class TestWhatIsWrong:
    def test_without_a_valid_token(self, directory: Directory, actor: Actor) -> None:
        revoke_token(token=ScimToken.objects.get(), actor=actor)

        check = tried(directory.organization, actor)[str(self_test.TOKEN)]

        assert check.verdict is Verdict.FAILED
        assert "make a token" in check.remedy

    def test_a_token_that_ends_soon(self, acme: Organization, actor: Actor) -> None:
        create_token(organization=acme, name="Okta", days=20, actor=actor)

        check = tried(acme, actor)[str(self_test.TOKEN)]

        assert check.verdict is Verdict.LOOK
        assert "20 more days" in check.seen

    def test_before_the_first_token_the_calls_are_rehearsed_all_the_same(
        self, acme: Organization, actor: Actor
    ) -> None:
        checks = tried(acme, actor)

        assert verdicts(checks, Verdict.FAILED) == [str(self_test.TOKEN)]
        assert not ScimConfiguration.objects.exists()

    def test_an_address_that_no_directory_calls(
        self, directory: Directory, actor: Actor, settings: Any
    ) -> None:
        settings.PORTAL_IS_HTTPS = False

        check = tried(directory.organization, actor)[str(self_test.ADDRESS)]

        assert check.verdict is Verdict.LOOK
        assert "PORTAL_BASE_URL" in check.remedy

    def test_a_paused_directory(self, directory: Directory, actor: Actor) -> None:
        pause_directory(configuration=ScimConfiguration.objects.get(), actor=actor)

        checks = tried(directory.organization, actor)

        assert verdicts(checks, Verdict.FAILED) == [str(self_test.RUNNING), str(self_test.CREATE)]
        assert "503" in checks[str(self_test.CREATE)].seen
        assert "Dashboard › Tasks › Retry" in checks[str(self_test.CREATE)].remedy
        left_out = verdicts(checks, Verdict.LEFT_OUT)
        assert left_out == [str(name) for name in STEPS[4:]]
        assert checks[str(self_test.NOTHING_STAYS)].verdict is Verdict.PASSED

    def test_a_brake_that_lets_nobody_go_any_more_is_seen_and_pauses_nothing(
        self, directory: Directory, actor: Actor, make_user: Any
    ) -> None:
        for number in range(5):
            person = make_user(f"p{number}")
            directory.call("PUT", f"/Users/{person.pk}", user(person.user_name, active=False))

        checks = tried(directory.organization, actor)

        assert verdicts(checks, Verdict.FAILED) == [str(self_test.SWITCH_OFF)]
        assert not ScimConfiguration.objects.get().is_paused
        assert mail.outbox == []

    def test_no_free_seat(self, directory: Directory, actor: Actor, make_pool: Any) -> None:
        make_pool(seats=0)
        configure_directory(
            organization=directory.organization, changes={"auto_assign": True}, actor=actor
        )

        check = tried(directory.organization, actor)[str(self_test.SEAT)]

        assert check.verdict is Verdict.LOOK
        assert "waits in line" in check.seen

    def test_a_seat_that_is_not_given_back(
        self, directory: Directory, actor: Actor, make_pool: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_pool(seats=1)
        configure_directory(
            organization=directory.organization, changes={"auto_assign": True}, actor=actor
        )
        monkeypatch.setattr("licenses.receivers.revoke_license", lambda **_kwargs: None)

        check = tried(directory.organization, actor)[str(self_test.SEAT_BACK)]

        assert check.verdict is Verdict.FAILED

    def test_a_suspended_organization(self, directory: Directory, actor: Actor) -> None:
        Organization.objects.filter(pk=directory.organization.pk).update(
            status=Organization.Status.SUSPENDED
        )

        checks = tried(directory.organization, actor)

        assert "suspended" in checks[str(self_test.DISCOVERY)].seen

    def test_a_fault_of_ours_is_called_one(
        self, directory: Directory, actor: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(users, "_looked_up", lambda call: None)
        monkeypatch.setattr(users, "list_answer", lambda *_args: Answer(200, {"totalResults": 7}))

        checks = tried(directory.organization, actor)

        assert verdicts(checks, Verdict.FAILED) == [str(self_test.NOBODY)]
        assert "tell us the request id" in checks[str(self_test.NOBODY)].remedy

    def test_what_stays_is_said(
        self, directory: Directory, actor: Actor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(self_test, "rehearsal", nullcontext)

        checks = tried(directory.organization, actor)

        assert verdicts(checks, Verdict.FAILED) == [str(self_test.NOTHING_STAYS)]
