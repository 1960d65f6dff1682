"""Who is written to about a directory, when, and how often."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.mail import MailNotSent, send_mail_to
from accounts.models import Organization, User
from accounts.roles import Ability, Role
from audit.actors import Actor
from jobs.errors import FailedInPart
from provisioning import notices
from provisioning.jobs import tell_paused
from provisioning.models import ScimConfiguration, ScimToken
from provisioning.notices import notify_expiring_tokens
from provisioning.services import create_token, pause_directory, resume_directory

DAY = timedelta(days=1)


@pytest.fixture
def make_ending(acme: Organization, admin: User, system_actor: Actor) -> Callable[..., ScimToken]:
    """A token of Acme, made a year ago, that ends in some days."""

    def make(days: float, organization: Organization = acme, **fields: Any) -> ScimToken:
        token = create_token(organization=organization, name="Okta", actor=system_actor).token
        now = timezone.now()
        ScimToken.objects.filter(pk=token.pk).update(
            **{"created_at": now - 365 * DAY, "expires_at": now + days * DAY, **fields}
        )
        token.refresh_from_db()
        return token

    return make


def run() -> dict[str, Any]:
    out = StringIO()
    call_command("notify_expiring_tokens", "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


class TestExpiringTokens:
    def test_each_step_is_told_once(self, make_ending: Any, mailoutbox: list[Any]) -> None:
        token = make_ending(59.5)
        mails = []
        for days in (59.5, 59.4, 30, 29, 6.9, 0.9, 0.8, -1):
            ScimToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() + days * DAY)
            notify_expiring_tokens()
            mails.append(len(mailoutbox))

        assert mails == [1, 1, 2, 2, 3, 4, 4, 4]
        assert [mail.subject.rpartition(" ends in ")[2] for mail in mailoutbox] == [
            "60 days",
            "30 days",
            "7 days",
            "1 day",
        ]

    def test_it_says_which_token_and_where_to_replace_it(
        self, make_ending: Any, mailoutbox: list[Any], settings: Any
    ) -> None:
        settings.PORTAL_BASE_URL = "https://learning.example"
        token = make_ending(5, last_used_at=timezone.now())

        assert run() == {"tokens": 1}

        (mail,) = mailoutbox
        assert "Okta" in mail.subject
        assert f"…{token.ending}" in mail.body
        assert "https://learning.example/console/directory/" in mail.body
        assert "It was last used on" in mail.body
        assert "&" not in mail.body, "a letter is no page"

    def test_full_admins_are_told_each_alone_and_nobody_else(
        self, make_ending: Any, make_user: Any, mailoutbox: list[Any], globex: Organization
    ) -> None:
        make_user("second", role=Role.FULL_ADMIN)
        make_user("silent", role=Role.FULL_ADMIN, email="")
        make_user("gone", role=Role.FULL_ADMIN, state=User.State.DEACTIVATED)
        make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.DIRECTORY])
        make_user("ana")
        make_user("gus", role=Role.FULL_ADMIN, organization=globex)
        make_ending(5)

        notify_expiring_tokens()

        assert sorted(mail.to for mail in mailoutbox) == [
            ["admin@acme.example"],
            ["second@acme.example"],
        ]

    def test_a_token_that_is_replaced_is_no_news(
        self, make_ending: Any, mailoutbox: list[Any], acme: Organization, system_actor: Actor
    ) -> None:
        make_ending(5, last_used_at=timezone.now() - DAY)
        successor = create_token(organization=acme, name="Okta", actor=system_actor).token
        assert ScimToken.objects.needed().count() == 2, "nobody has used the new one yet"

        ScimToken.objects.filter(pk=successor.pk).update(last_used_at=timezone.now())

        assert notify_expiring_tokens() == 0
        assert not mailoutbox

    def test_a_newer_token_of_somebody_else_replaces_nothing(
        self, make_ending: Any, globex: Organization, system_actor: Actor
    ) -> None:
        make_ending(5)
        foreign = create_token(organization=globex, name="Okta", actor=system_actor).token
        ScimToken.objects.filter(pk=foreign.pk).update(last_used_at=timezone.now())

        assert notify_expiring_tokens() == 1

    @pytest.mark.parametrize("fields", [{"revoked_at": timezone.now()}, {"noticed_days": 7}])
    def test_revoked_and_told_of_means_silent(
        self, make_ending: Any, fields: dict[str, Any]
    ) -> None:
        make_ending(5, **fields)

        assert notify_expiring_tokens() == 0

    def test_a_suspended_organization_is_left_alone(
        self, make_ending: Any, acme: Organization
    ) -> None:
        make_ending(5)
        Organization.objects.update(status=Organization.Status.SUSPENDED)

        assert notify_expiring_tokens() == 0

    def test_when_mail_is_away_the_next_run_tells(
        self, make_ending: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        make_ending(5)

        def away(*_to: Any, **_mail: Any) -> None:
            raise MailNotSent

        with monkeypatch.context() as patched:
            patched.setattr("accounts.notices.send_mail_to", away)
            assert notify_expiring_tokens() == 0

        assert notify_expiring_tokens() == 1
        assert len(mailoutbox) == 1
        assert "could not be told" in caplog.text

    def test_a_token_that_cannot_be_told_of_keeps_no_other_from_it(
        self, make_ending: Any, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, _second = make_ending(5), make_ending(6)
        write = notices.write_to_full_admins

        def stumble(*args: Any, token: ScimToken, **context: Any) -> None:
            if token == first:
                raise ValueError("nobody foresaw this")
            write(*args, token=token, **context)

        with monkeypatch.context() as patched:
            patched.setattr("provisioning.notices.write_to_full_admins", stumble)
            with pytest.raises(FailedInPart):
                notify_expiring_tokens()

        assert len(mailoutbox) == 1
        assert notify_expiring_tokens() == 1

    def test_a_name_in_two_lines_keeps_nobody_else_from_being_told(
        self, make_ending: Any, mailoutbox: list[Any]
    ) -> None:
        ScimToken.objects.filter(pk=make_ending(5).pk).update(name="Okta\r\nBcc: all@mail.example")
        make_ending(6)

        assert notify_expiring_tokens() == 2

        assert {mail.bcc == [] and "\n" not in mail.subject for mail in mailoutbox} == {True}

    def test_an_address_that_takes_no_mail_keeps_nobody_else_from_being_told(
        self,
        make_ending: Any,
        make_user: Any,
        mailoutbox: list[Any],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        make_user("second", role=Role.FULL_ADMIN)
        make_ending(5)

        def send(to: User, *mail: Any, **context: Any) -> None:
            if to.email == "admin@acme.example":
                raise MailNotSent
            send_mail_to(to, *mail, **context)

        monkeypatch.setattr("accounts.notices.send_mail_to", send)

        assert notify_expiring_tokens() == 1
        assert [mail.to for mail in mailoutbox] == [["second@acme.example"]]

    def test_the_readable_line_counts(self, acme: Organization) -> None:
        out = StringIO()
        call_command("notify_expiring_tokens", stdout=out)

        assert out.getvalue() == "Told full admins of 0 tokens.\n"


def waiting() -> Any:
    return DBTaskResult.objects.filter(task_path="provisioning.jobs.tell_paused")


def work_off() -> list[str]:
    """What workers would do about pauses; answers what came of each job."""
    return [tell_paused.call(*row.args_kwargs["args"]) for row in waiting()]


class TestPaused:
    @pytest.fixture
    def configuration(self, acme: Organization, admin: User) -> ScimConfiguration:
        return ScimConfiguration.objects.create(organization=acme, window_removed=12)

    def test_full_admins_learn_of_it_by_a_worker(
        self, configuration: ScimConfiguration, system_actor: Actor, mailoutbox: list[Any]
    ) -> None:
        pause_directory(configuration=configuration, actor=system_actor)
        assert not mailoutbox

        assert work_off() == ["told"]
        (mail,) = mailoutbox
        assert mail.to == ["admin@acme.example"]
        assert mail.subject == "Your directory is paused"
        assert "it removed 12 people" in mail.body
        assert "/console/directory/" in mail.body

    def test_pausing_twice_writes_once(
        self, configuration: ScimConfiguration, system_actor: Actor
    ) -> None:
        pause_directory(configuration=configuration, actor=system_actor)
        pause_directory(configuration=configuration, actor=system_actor)

        assert work_off() == ["told"]

    def test_a_pause_that_an_administrator_has_ended_is_old_news(
        self, configuration: ScimConfiguration, actor: Actor, mailoutbox: list[Any]
    ) -> None:
        pause_directory(configuration=configuration, actor=actor)
        resume_directory(configuration=configuration, actor=actor)

        assert work_off() == ["not paused any more"]
        assert not mailoutbox

    def test_the_job_names_nobody_and_another_organizations_pause_is_its_own(
        self, configuration: ScimConfiguration, system_actor: Actor, globex: Organization
    ) -> None:
        ScimConfiguration.objects.create(organization=globex)
        pause_directory(configuration=configuration, actor=system_actor)

        assert [row.args_kwargs["args"] for row in waiting()] == [[str(configuration.pk)]]
        assert tell_paused.call(str(globex.pk)) == "not paused any more"

    def test_a_mail_server_that_is_down_fails_the_job_and_undoes_no_pause(
        self,
        configuration: ScimConfiguration,
        system_actor: Actor,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def away(*_to: Any, **_mail: Any) -> None:
            raise MailNotSent

        monkeypatch.setattr("accounts.notices.send_mail_to", away)

        pause_directory(configuration=configuration, actor=system_actor)

        with pytest.raises(MailNotSent):
            work_off()
        configuration.refresh_from_db()
        assert configuration.is_paused
