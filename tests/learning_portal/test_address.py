"""A member's own address: another one counts once its mail was followed by its owner."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import doors
from accounts.doors import Door
from accounts.errors import (
    AddressNotTheirs,
    AddressTicketClosed,
    InvalidValue,
    UserNameTaken,
)
from accounts.jobs import (
    MAILS_AN_HOUR,
    send_address_mail,
    send_reset_mail,
    tell_former_address,
)
from accounts.models import User
from accounts.services import (
    address_ticket,
    ask_for_address,
    change_user,
    deactivate_user,
    keeps_own_address,
    prove_address,
    update_profile,
)
from accounts.sessions import FRESH_SECONDS
from audit.actions import Action
from audit.models import AuditEvent
from tests.accounts.doorways import text
from tests.accounts.invited import address_in
from tests.factories import PASSWORD

PAGE, PROVE, ACCOUNT = "/account/email/", "/account/email/prove/", "/account/"
NEW = "ana@new.example"


@pytest.fixture
def ana(make_user, monkeypatch):
    monkeypatch.setattr(doors, "_sources", [])
    return make_user("ana", password=PASSWORD, source=User.Source.INVITATION)


@pytest.fixture
def browser(client, ana, sign_in):
    return sign_in(client, ana)


def run_tasks():
    for task in DBTaskResult.objects.all():
        task.task.call(*task.args_kwargs["args"])
    DBTaskResult.objects.all().delete()


def ask(browser, mailoutbox, email=NEW):
    response = browser.post(PAGE, {"email": email})
    assert response.url == ACCOUNT
    run_tasks()
    return address_in(mailoutbox[-1].body)


# ---------------------------------------------------------------- the way


def test_another_address_counts_once_its_mail_was_followed(browser, ana, mailoutbox):
    path = ask(browser, mailoutbox, "Ana@New.example")
    assert mailoutbox[0].to == [NEW]
    ana.refresh_from_db()
    assert ana.email == "ana@acme.example"

    first = browser.get(path)
    assert (first.status_code, first.url) == (302, PROVE)
    assert f"{NEW} becomes the address of your account" in text(browser.get(PROVE))
    ana.refresh_from_db()
    assert ana.email == "ana@acme.example"  # programs follow links, too
    browser.post(PROVE)
    run_tasks()

    ana.refresh_from_db()
    assert (ana.email, ana.has_verified_email) == (NEW, True)
    assert mailoutbox[-1].to == ["ana@acme.example"]
    assert NEW not in mailoutbox[-1].body
    assert "a•••@new.example" in mailoutbox[-1].body
    assert AuditEvent.objects.filter(action=Action.EMAIL_PROVED, target_id=ana.pk).exists()


def test_the_address_one_has_is_proved_the_same_way(browser, ana, mailoutbox):
    assert "Not proved" in text(browser.get(ACCOUNT))
    page = text(browser.get(PAGE))
    assert 'value="ana@acme.example"' in page
    assert "New e-mail address" in page

    browser.get(ask(browser, mailoutbox, "ana@acme.example"))
    assert "counts as proved from now on" in text(browser.get(PROVE))
    browser.post(PROVE)

    assert "Not proved" not in text(browser.get(ACCOUNT))
    assert not DBTaskResult.objects.exists()  # nobody else is told
    mailoutbox.clear()
    send_reset_mail.call("ana@acme.example")
    assert len(mailoutbox) == 1


def test_it_wants_a_fresh_sign_in(client, ana, sign_in):
    old = timezone.now().timestamp() - FRESH_SECONDS - 1
    sign_in(client, ana, authenticated_at=old)

    page = text(client.get(PAGE))
    client.post(PAGE, {"email": NEW})

    assert "we want to be sure that it’s still you" in page
    assert (
        "/o/acme/login/?password=1&amp;next=%2Faccount%2Femail%2F"
        in client.get(PAGE).content.decode()
    )
    assert not DBTaskResult.objects.exists()


def test_staff_without_a_fresh_sign_in_sign_in_again(client, make_staff, sign_in):
    staff = make_staff(email="root@portal.example")
    sign_in(client, staff, authenticated_at=timezone.now().timestamp() - FRESH_SECONDS - 1)

    assert "/login/?again=1&amp;next=%2Faccount%2Femail%2F" in client.get(PAGE).content.decode()


def test_staff_change_theirs(client, make_staff, sign_in, mailoutbox):
    staff = make_staff(email="root@portal.example")
    sign_in(client, staff)

    client.get(ask(client, mailoutbox))
    client.post(PROVE)
    run_tasks()

    staff.refresh_from_db()
    assert staff.email == NEW
    assert "Whom to tell" not in mailoutbox[-1].body


def test_asking_is_limited(browser, settings):
    settings.SIGN_IN_RATE_LIMIT = 2
    with time_machine.travel(timezone.now(), tick=False):
        statuses = [browser.post(PAGE, {"email": NEW}).status_code for _time in range(3)]

    assert statuses == [302, 302, 429]


def test_what_is_no_address_is_said_so(browser):
    assert "Enter a full address" in text(browser.post(PAGE, {"email": "ana"}))


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize(
    ("source", "has_door", "may"),
    [
        (User.Source.SCIM, False, False),
        (User.Source.SCIM, True, False),
        (User.Source.SSO, True, False),
        (User.Source.SSO, False, True),
        (User.Source.INVITATION, True, True),
        (User.Source.CONSOLE, False, True),
    ],
)
def test_whose_address_it_is_to_say(ana, browser, monkeypatch, source, has_door, may):
    door = Door("Okta", "/okta/", "okta.example")
    monkeypatch.setattr(doors, "_sources", [lambda organization: [door] if has_door else []])
    User.objects.filter(pk=ana.pk).update(source=source)
    ana.refresh_from_db()

    assert keeps_own_address(ana) == may
    assert browser.get(PAGE).status_code == (200 if may else 403)
    assert ("Prove or change it" in text(browser.get(ACCOUNT))) == may
    if not may:
        with pytest.raises(AddressNotTheirs):
            ask_for_address(user=ana, email=NEW)
        with pytest.raises(AddressNotTheirs):
            prove_address(user=ana, ticket=address_ticket(ana, NEW))
        assert browser.post(PROVE).status_code == 403


def test_nothing_is_no_address(ana):
    with pytest.raises(InvalidValue):
        ask_for_address(user=ana, email=" ")


# ---------------------------------------------------------------- what a link survives


def test_it_works_for_whoever_asked_alone(ana, make_user, sign_in):
    ticket = address_ticket(ana, NEW)
    ben = make_user("ben")
    thief = sign_in(Client(), ben)

    thief.get(f"/account/email/open/{ticket}/")
    assert thief.get(PROVE).url == PAGE
    assert thief.post(PROVE).url == PAGE
    stranger = Client()
    assert "/login/" in stranger.get(f"/account/email/open/{ticket}/").url

    ben.refresh_from_db()
    ana.refresh_from_db()
    assert NEW not in {ben.email, ana.email}


def test_it_dies_with_the_address_it_replaces(ana, system_actor):
    ticket = address_ticket(ana, NEW)
    change_user(user=ana, values={"email": "ana@else.example"}, actor=system_actor)

    with pytest.raises(AddressTicketClosed):
        prove_address(user=ana, ticket=ticket)


def test_it_works_once_and_for_an_hour(ana):
    ticket = address_ticket(ana, NEW)
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=61)),
        pytest.raises(AddressTicketClosed),
    ):
        prove_address(user=ana, ticket=ticket)

    prove_address(user=ana, ticket=ticket)
    with pytest.raises(AddressTicketClosed):
        prove_address(user=ana, ticket=ticket)


def test_a_made_up_ticket_is_none(browser):
    browser.get("/account/email/open/x/")

    assert browser.get(PROVE).url == PAGE
    assert Client().get(PROVE).status_code == 302


def test_no_mail_goes_out_for_a_closed_account_or_too_often(ana, actor, mailoutbox):
    for _time in range(MAILS_AN_HOUR + 2):
        send_address_mail.call(str(ana.pk), NEW)
    assert len(mailoutbox) == MAILS_AN_HOUR

    mailoutbox.clear()
    deactivate_user(user=ana, actor=actor)
    send_address_mail.call(str(ana.pk), "other@new.example")
    assert not mailoutbox
    tell_former_address.call(str(ana.pk), "ana@acme.example")
    assert "it@acme.example" in mailoutbox[0].body


def test_a_colleague_s_address_opens_nothing_of_theirs(ana, make_user, mailoutbox):
    """It may stand in two accounts; each has its own link, and names its organization."""
    ben = make_user("ben", password=PASSWORD)
    User.objects.filter(pk=ben.pk).update(verified_email=ben.email)
    ben.refresh_from_db()

    prove_address(user=ana, ticket=address_ticket(ana, ben.email))

    ben.refresh_from_db()
    assert ben.check_password(PASSWORD)
    assert ben.has_verified_email


# ---------------------------------------------------------------- the user name


@pytest.fixture
def mara(make_user, monkeypatch):
    monkeypatch.setattr(doors, "_sources", [])
    name = "mara@acme.example"
    return make_user(name, email=name, password=PASSWORD, source=User.Source.INVITATION)


def names_of(user):
    user.refresh_from_db()
    return user.user_name, user.user_name_key, user.email


def test_a_name_that_was_the_address_follows_it(mara):
    prove_address(user=mara, ticket=address_ticket(mara, "Mara.Lind@acme.example".lower()))

    assert names_of(mara) == ("mara.lind@acme.example",) * 3
    changes = AuditEvent.objects.get(action=Action.USER_CHANGED).changes
    assert changes["user_name"] == ["mara@acme.example", "mara.lind@acme.example"]


def test_so_it_does_when_an_administrator_writes_another(mara, actor):
    update_profile(user=mara, values={"email": "mara.lind@acme.example"}, actor=actor)

    assert names_of(mara) == ("mara.lind@acme.example",) * 3


def test_a_name_that_somebody_chose_stays(ana, mara, actor):
    prove_address(user=ana, ticket=address_ticket(ana, NEW))
    assert names_of(ana)[0] == "ana"

    User.objects.filter(pk=mara.pk).update(source=User.Source.CONSOLE)
    mara.refresh_from_db()
    update_profile(user=mara, values={"email": "mara.lind@acme.example"}, actor=actor)
    assert names_of(mara)[0] == "mara@acme.example"


def test_a_colleague_s_name_stays_the_colleague_s(mara, make_user, globex):
    other = "mara.lind@acme.example"
    make_user(other, organization=globex)
    make_user(other.upper())

    prove_address(user=mara, ticket=address_ticket(mara, other))

    assert names_of(mara) == ("mara@acme.example", "mara@acme.example", other)


def test_a_name_that_is_taken_in_this_moment_asks_for_another_mail(mara, client, sign_in):
    sign_in(client, mara)
    client.get(f"/account/email/open/{address_ticket(mara, NEW)}/")

    with mock.patch("learning_portal.address.prove_address", side_effect=UserNameTaken("somebody")):
        assert client.post(PROVE).url == PAGE


@pytest.mark.parametrize(
    ("policy", "has_password", "says"),
    [
        ("required", True, "If you forget your password, the mail goes there."),
        ("optional", False, "a mail there lets you choose a password."),
        ("required", False, "Mails about your account go there."),
    ],
)
def test_the_account_page_says_what_the_address_is_good_for(
    browser, ana, acme, policy, has_password, says
):
    acme.binding_policy = policy
    acme.save()
    if not has_password:
        ana.set_unusable_password()
    User.objects.filter(pk=ana.pk).update(verified_email=ana.email, password=ana.password)
    browser.force_login(User.objects.get(pk=ana.pk))

    assert says in text(browser.get(ACCOUNT))
