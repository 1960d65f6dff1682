"""A forgotten password: nobody learns who has an account, and a mail opens only what it should."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.contrib.auth import hashers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.errors import ResetClosed
from accounts.jobs import MAILS_AN_HOUR, send_reset_mail, tell_password_reset
from accounts.mail import MailNotSent
from accounts.models import BindingPolicy, Organization, Session, User
from accounts.resets import reset_tokens, resettable
from accounts.services import (
    change_user,
    create_user,
    deactivate_user,
    reactivate_user,
    reset_password,
    set_password,
)
from audit.actions import Action
from audit.models import AuditEvent
from tests.accounts.doorways import signed_in, text
from tests.accounts.invited import PASSWORD as NEW
from tests.accounts.invited import address_in
from tests.at_once import at_once, refusals
from tests.factories import PASSWORD

FORGOT, SENT, RESET = "/password/forgot/", "/password/forgot/sent/", "/password/reset/"
ANA = "ana@acme.example"


@pytest.fixture
def make_member(make_user):
    def run(name="ana", password=PASSWORD, **fields):
        user = make_user(name, password=password, **fields)
        User.objects.filter(pk=user.pk).update(verified_email=user.email)
        user.refresh_from_db()
        return user

    return run


@pytest.fixture
def ana(make_member):
    return make_member()


def ask(client, email=ANA):
    return client.post(FORGOT, {"email": email})


def mailed(mailoutbox, email=ANA):
    """The path in the mail, or nothing."""
    mailoutbox.clear()
    send_reset_mail.call(email)
    return address_in(mailoutbox[0].body) if mailoutbox else None


def follow(path, client=None, password=NEW):
    client = client or Client()
    client.get(path)
    return client.post(RESET, {"password": password})


# ---------------------------------------------------------------- asking


def test_known_and_unknown_addresses_see_the_same_and_cost_the_same(client, ana):
    def cost(email):
        with (
            CaptureQueriesContext(
                connection,
            ) as queries,
            mock.patch.object(hashers, "make_password", wraps=hashers.make_password) as hashed,
        ):
            response = ask(client, email)
        statements = [query["sql"].split()[0] for query in queries.captured_queries]
        return response.status_code, response.url, statements, hashed.call_count

    assert cost(ANA) == cost("nobody@acme.example") == cost("nobody@else.example")
    assert text(client.get(SENT)) == text(client.get(SENT))
    assert DBTaskResult.objects.count() == 3


def test_nobody_waits_for_a_mail_server(client, ana, mailoutbox):
    assert ask(client).url == SENT
    assert not mailoutbox


def test_what_is_no_address_is_said_so(client, db):
    assert "Enter a full address" in text(ask(client, "ana"))
    assert not DBTaskResult.objects.exists()


def test_asking_is_limited_alike(client, ana, settings):
    settings.SIGN_IN_RATE_LIMIT = 3
    with time_machine.travel(timezone.now(), tick=False):
        for email in (ANA, "nobody@acme.example"):
            statuses = [
                Client(REMOTE_ADDR=f"203.0.113.{number}").post(FORGOT, {"email": email}).status_code
                for number in range(4)
            ]
            assert statuses == [302, 302, 302, 429]


def test_a_mailbox_is_not_filled(ana, mailoutbox):
    for _time in range(MAILS_AN_HOUR + 3):
        send_reset_mail.call(ANA)

    assert len(mailoutbox) == MAILS_AN_HOUR


def test_mails_that_did_not_leave_fill_no_mailbox(ana, mailoutbox, monkeypatch):
    def away(*_to, **_mail):
        raise MailNotSent

    with monkeypatch.context() as patched:
        patched.setattr("accounts.letters.send_mail_to", away)
        for _time in range(MAILS_AN_HOUR + 1):
            with pytest.raises(MailNotSent):
                send_reset_mail.call(ANA)

    send_reset_mail.call(ANA)

    assert len(mailoutbox) == 1


# ---------------------------------------------------------------- the mail


def test_the_mail_says_why_and_leads_to_another_password(client, ana, mailoutbox):
    path = mailed(mailoutbox, " ANA@acme.example ")
    assert "You get this mail because somebody gave this address" in mailoutbox[0].body
    assert AuditEvent.objects.filter(action=Action.PASSWORD_RESET_SENT, target_id=ana.pk).exists()

    first = client.get(path)
    assert (first.status_code, first.url) == (302, RESET)
    assert "Choose a password" in text(client.get(RESET))
    response = client.post(RESET, {"password": NEW})

    assert response.url == "/o/acme/login/"
    assert signed_in(client) is None  # a second factor may be asked for
    ana.refresh_from_db()
    assert ana.check_password(NEW)


def test_every_browser_is_signed_out_and_the_person_is_told(ana, mailoutbox, sign_in):
    sign_in(Client(), ana)
    path = mailed(mailoutbox)

    follow(path)
    mailoutbox.clear()
    tell_password_reset.call(str(ana.pk))

    assert not Session.objects.filter(user=ana).exists()
    assert mailoutbox[0].subject == "Your password was changed"


def test_one_mail_lists_each_organization(ana, make_member, globex, mailoutbox):
    other = make_member("ana", organization=globex, email=ANA)

    send_reset_mail.call(ANA)

    (mail,) = mailoutbox
    assert "Acme:" in mail.body
    assert "Globex:" in mail.body
    assert mail.body.count("/password/reset/open/") == 2
    follow(next(line for line in mail.body.split() if str(other.pk) in line).partition(":8000")[2])
    ana.refresh_from_db()
    other.refresh_from_db()
    assert other.check_password(NEW)
    assert ana.check_password(PASSWORD)


def test_staff_get_one_too(make_staff, mailoutbox, system_actor):
    staff = create_user(
        organization=None,
        user_name="root",
        email="root@portal.example",
        source=User.Source.COMMAND,
        password=PASSWORD,
        actor=system_actor,
    )

    response = follow(mailed(mailoutbox, "root@portal.example"))
    tell_password_reset.call(str(staff.pk))

    assert response.url == "/login/"
    assert "Hello root" in mailoutbox[-1].body


def test_a_weak_password_is_refused_and_the_link_stays_good(client, ana, mailoutbox):
    path = mailed(mailoutbox)

    assert "at least 12 characters" in text(follow(path, client, "short"))
    assert follow(path, client).url == "/o/acme/login/"


# ---------------------------------------------------------------- what a link survives


def test_it_works_once(ana, mailoutbox):
    path = mailed(mailoutbox)
    follow(path)

    response = follow(path, password="something else entirely")

    assert response.status_code == 403
    assert "This link changes nothing any more" in text(response)
    ana.refresh_from_db()
    assert ana.check_password(NEW)


def close_and_open(user, actor):
    deactivate_user(user=user, actor=actor)
    reactivate_user(user=user, actor=actor)


CHANGES = {
    "deactivated": lambda user, actor: deactivate_user(user=user, actor=actor),
    "deactivated and opened again": close_and_open,
    "another password": lambda user, actor: set_password(
        user=user, password="another one altogether", actor=actor
    ),
    "another address": lambda user, actor: change_user(
        user=user, values={"email": "new@acme.example"}, actor=actor
    ),
    "single sign-on required": lambda user, actor: Organization.objects.update(
        sso_required_at=timezone.now()
    ),
    "suspended": lambda user, actor: Organization.objects.update(status="suspended"),
    "signed in": lambda user, actor: User.objects.filter(pk=user.pk).update(
        last_login=timezone.now()
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_dies_with_the_account_as_it_was(ana, admin, actor, mailoutbox, change):
    path = mailed(mailoutbox)
    change(ana, actor)

    assert follow(path).status_code == 403
    assert Client().get(RESET).status_code == 403
    ana.refresh_from_db()
    assert not ana.check_password(NEW)


def test_it_is_good_for_an_hour(ana, mailoutbox):
    path = mailed(mailoutbox)

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert follow(path).status_code == 403
    assert follow(path).status_code == 302


def test_a_link_to_another_person_s_account_is_none(ana, make_member, mailoutbox):
    ben = make_member("ben")
    path = mailed(mailoutbox).replace(str(ana.pk), str(ben.pk))

    assert follow(path).status_code == 403
    assert follow(f"/password/reset/open/{ana.pk}/x/").status_code == 403
    assert follow("/password/reset/open/01980000-0000-7000-8000-000000000000/x/").status_code == 403


def test_one_used_up_while_the_form_was_sent_says_so(client, ana, mailoutbox, monkeypatch):
    def too_late(**_fields):
        raise ResetClosed

    path = mailed(mailoutbox)
    monkeypatch.setattr("accounts.reset_views.reset_password", too_late)

    assert follow(path, client).status_code == 403


# ---------------------------------------------------------------- whom no mail opens


@pytest.mark.parametrize(
    "change",
    [
        {"state": "deactivated", "deactivated_at": timezone.now()},
        {"state": "invited"},
        {"verified_email": ""},
        {"verified_email": "old@acme.example"},
    ],
    ids=["is closed", "is not open yet", "proved no address", "proved another"],
)
def test_no_mail_opens_an_account_that(ana, mailoutbox, change):
    User.objects.filter(pk=ana.pk).update(**change)

    assert mailed(mailoutbox) is None
    assert mailed(mailoutbox, "old@acme.example") is None


def test_an_address_that_a_directory_wrote_opens_nothing_and_the_old_one_neither(
    ana, mailoutbox, system_actor
):
    """Whoever has the new address never proved it; whoever had the old one may be somebody else."""
    change_user(user=ana, values={"email": "thief@acme.example"}, actor=system_actor)

    assert mailed(mailoutbox, "thief@acme.example") is None
    assert mailed(mailoutbox, ANA) is None


def test_another_organization_that_gives_its_people_the_address_opens_only_its_own(
    ana, make_member, globex, mailoutbox
):
    make_member("thief", organization=globex, email=ANA)

    paths = {str(user.pk) for user in resettable(ANA)}

    assert str(ana.pk) in paths
    assert len(paths) == 2
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


def test_people_of_single_sign_on_get_no_password_by_mail(make_user, mailoutbox):
    make_user("ana", source=User.Source.SSO)

    assert mailed(mailoutbox) is None


@pytest.mark.parametrize(
    ("policy", "may"),
    [(BindingPolicy.REQUIRED, False), (BindingPolicy.OPTIONAL, True), (BindingPolicy.OFF, True)],
)
def test_a_member_without_a_password_may_have_one_unless_a_profile_is_demanded(
    make_member, mailoutbox, policy, may
):
    make_member(password=None)
    Organization.objects.update(binding_policy=policy)

    assert (mailed(mailoutbox) is not None) == may


def test_nothing_is_nobody_s_address(make_member):
    make_member(email="")

    assert resettable("") == []


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_does(acme, make_member):
    ana = make_member()
    token = reset_tokens.make_token(ana)

    answers = at_once(
        *[
            lambda word=word: reset_password(
                user_id=ana.pk, token=token, password=f"{word} walk by the sea"
            )
            for word in ("one", "two")
        ]
    )

    assert refusals(answers) == ["ResetClosed"]
