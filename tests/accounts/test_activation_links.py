"""Activation links: they write to whom they are for, and tell nobody who that is."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import acceptance
from accounts.errors import ActivationClosed, TooManyInvitations, UserNameTaken
from accounts.invitations import held_invitation
from accounts.jobs import MAILS_AN_HOUR, answer_activation
from accounts.models import ActivationLink, Domain, Invitation, Organization, User
from accounts.services import (
    accept_invitation,
    activation_link_of,
    close_activation_link,
    deactivate_user,
    invite,
    join,
    make_activation_link,
    may_join,
    revoke_invitation,
    ticket_for,
)
from accounts.services import activation as service
from audit.actions import Action
from audit.models import AuditEvent
from tests.accounts.doorways import signed_in, text
from tests.accounts.invited import PASSWORD, address_in

MARA, NEW = "mara@acme.example", "new@acme.example"


@pytest.fixture
def link(acme, actor, no_doors, monkeypatch):
    monkeypatch.setattr(acceptance, "_sources", [])
    Domain.objects.create(
        organization=acme, name="acme.example", token="proof", verified_at=timezone.now()
    )
    return make_activation_link(organization=acme, actor=actor)


@pytest.fixture
def mara(make_user, link, actor):
    user = make_user(MARA, email=MARA, state=User.State.INVITED)
    invite(user=user, actor=actor)
    return user


def page(link):
    return f"/join/{link.token}/"


def mails(link, email, mailoutbox):
    """To whom the worker writes, the mails that it leaves to others included."""
    mailoutbox.clear()
    DBTaskResult.objects.all().delete()
    answer_activation.call(str(link.pk), email)
    for task in DBTaskResult.objects.all():
        task.task.call(*task.args_kwargs["args"])
    return [mail.to[0] for mail in mailoutbox]


# ---------------------------------------------------------------- the link


def test_it_is_made_replaced_and_switched_off(client, link, acme, actor):
    assert activation_link_of(acme) == link
    assert client.get(page(link)).status_code == 200

    newer = make_activation_link(organization=acme, actor=actor)
    assert client.get(page(link)).status_code == 403
    assert client.get(page(newer)).status_code == 200

    assert close_activation_link(organization=acme, actor=actor)
    assert not close_activation_link(organization=acme, actor=actor)
    assert client.get(page(newer)).status_code == 403
    assert activation_link_of(acme) is None
    actions = AuditEvent.objects.filter(action__startswith="accounts.activation")
    assert [event.action for event in actions.order_by("pk")] == [
        Action.ACTIVATION_MADE,
        Action.ACTIVATION_MADE,
        Action.ACTIVATION_CLOSED,
    ]


def test_another_organization_s_stays(link, globex, actor):
    make_activation_link(organization=globex, actor=actor)
    close_activation_link(organization=globex, actor=actor)

    link.refresh_from_db()
    assert link.closed_at is None


def test_it_is_off_while_the_organization_is_suspended(client, link, mara, mailoutbox):
    Organization.objects.update(status="suspended")

    assert client.get(page(link)).status_code == 403
    assert mails(link, MARA, mailoutbox) == []


def test_what_is_no_link_says_so(client, db):
    response = client.get("/join/nothing/")

    assert response.status_code == 404
    assert "This link opens nothing any more" in text(response)


# ---------------------------------------------------------------- asking


def test_every_address_is_answered_alike_at_the_same_cost(client, link, mara, make_user):
    make_user("ana", email="ana@acme.example")

    def cost(email):
        with CaptureQueriesContext(connection) as queries:
            response = client.post(page(link), {"email": email})
        statements = [query["sql"].split()[0] for query in queries.captured_queries]
        return response.status_code, response.url, statements

    costs = [cost(email) for email in (MARA, NEW, "ana@acme.example", "x@else.example")]
    assert costs == [costs[0]] * 4
    assert "If Acme has invited this address" in text(client.get(costs[0][1]))


def test_asking_is_limited(client, link, settings):
    settings.SIGN_IN_RATE_LIMIT = 3
    with time_machine.travel(timezone.now(), tick=False):
        statuses = [client.post(page(link), {"email": NEW}).status_code for _time in range(4)]

    assert statuses[-1] == 429


def test_what_is_no_address_is_said_so(client, link):
    assert "Enter a full address" in text(client.post(page(link), {"email": "x"}))


def test_a_mailbox_is_not_filled(link, mailoutbox):
    for _time in range(MAILS_AN_HOUR + 2):
        answer_activation.call(str(link.pk), NEW)

    assert len(mailoutbox) == MAILS_AN_HOUR


# ---------------------------------------------------------------- to whom it writes


def test_whoever_was_invited_gets_the_mail_again(link, mara, mailoutbox):
    assert mails(link, MARA, mailoutbox) == [MARA]

    newest = Invitation.objects.pending().get(user=mara)
    assert newest.made_by == "Activation link"
    assert Invitation.objects.filter(user=mara).count() == 2


def test_what_was_revoked_stays_revoked(link, mara, mailoutbox, actor):
    revoke_invitation(user=mara, actor=actor)

    assert mails(link, MARA, mailoutbox) == []


@pytest.mark.parametrize("state", ["active", "deactivated", "deleted"])
def test_whoever_is_or_was_here_gets_no_mail(link, make_user, mailoutbox, state):
    make_user("ana", email="ana@acme.example", state=state)
    make_user("ben@acme.example", email="other@acme.example", state=state)

    assert mails(link, "ana@acme.example", mailoutbox) == []
    assert mails(link, "ben@acme.example", mailoutbox) == []


def test_the_other_organization_s_people_get_none(link, globex, make_user, actor, mailoutbox):
    theirs = make_user("zoe", organization=globex, email="zoe@globex.example", state="invited")
    invite(user=theirs, actor=actor)

    assert mails(link, "zoe@globex.example", mailoutbox) == []


def test_one_who_can_t_be_invited_now_gets_none(link, mara, mailoutbox, monkeypatch):
    def too_many(**_fields):
        raise TooManyInvitations(most=1)

    monkeypatch.setattr(service, "invite", too_many)

    answer_activation.call(str(link.pk), MARA)
    assert not mailoutbox


def test_somebody_new_of_a_proved_domain_may_join(link, mailoutbox):
    assert mails(link, NEW, mailoutbox) == [NEW]
    assert "You get this mail because somebody gave this address on the activation page" in (
        mailoutbox[0].body
    )
    assert not User.objects.filter(email=NEW).exists()  # typing an address makes nobody


@pytest.mark.parametrize(
    "change",
    [
        lambda: Organization.objects.update(jit_enabled=False),
        lambda: Domain.objects.update(verified_at=None),
        lambda: Domain.objects.update(name="else.example"),
    ],
)
def test_nobody_new_joins_where_that_is_not_wanted(link, acme, mailoutbox, change):
    change()
    acme.refresh_from_db()

    assert mails(link, NEW, mailoutbox) == []
    assert not may_join(acme, NEW)


# ---------------------------------------------------------------- somebody new


def test_somebody_new_makes_an_account(client, link, mailoutbox, acme):
    mails(link, NEW, mailoutbox)
    path = address_in(mailoutbox[0].body)

    first = client.get(path)
    assert (first.status_code, first.url) == (302, "/join/confirm/")
    seen = text(client.get("/join/confirm/"))
    assert "n•••@acme.example" in seen
    assert NEW not in seen
    assert not User.objects.filter(email=NEW).exists()  # looking makes nobody either
    assert client.post("/join/confirm/").url == "/invitation/ways/"
    response = client.post(
        "/invitation/account/", {"first_name": "Nia", "last_name": "", "password": PASSWORD}
    )

    assert response.url == "/"
    user = User.objects.get(organization=acme, email=NEW)
    assert signed_in(client) == user
    assert (user.role, user.source) == ("learner", "invitation")
    assert user.has_verified_email


def test_a_second_click_goes_on_with_the_same_account(link):
    ticket = ticket_for(link, NEW)

    first, second = join(ticket=ticket), join(ticket=ticket)

    assert first == second
    assert Invitation.objects.count() == 1, "an organization has so many a day"


def test_who_waited_too_long_to_choose_holds_another(link):
    ticket = ticket_for(link, NEW)
    first = join(ticket=ticket)
    Invitation.objects.update(expires_at=timezone.now())

    second = join(ticket=ticket)

    assert first.user == second.user
    assert Invitation.objects.pending().get() == second


def test_the_ticket_opens_nothing_once_the_account_is_used_or_closed(link, actor):
    ticket = ticket_for(link, NEW)
    invitation = join(ticket=ticket)
    deactivate_user(user=invitation.user, actor=actor)

    with pytest.raises(ActivationClosed):
        join(ticket=ticket)


def test_it_opens_nothing_to_whoever_was_in_and_is_closed_with_an_invitation(client, link, actor):
    ticket = ticket_for(link, NEW)
    client.get(f"/join/open/{ticket}/")
    new = accept_invitation(invitation=join(ticket=ticket), actor=actor)
    invite(user=new, actor=actor)
    deactivate_user(user=new, actor=actor)

    assert client.post("/join/confirm/").status_code == 404


def test_of_two_clicks_at_once_one_is_asked_again(link, monkeypatch):
    def taken(**_fields):
        raise UserNameTaken(NEW)

    monkeypatch.setattr(service, "invite_newcomer", taken)

    with pytest.raises(ActivationClosed):
        join(ticket=ticket_for(link, NEW))


def test_the_ticket_is_good_for_a_day_and_for_its_link(client, link, acme, actor):
    ticket = ticket_for(link, NEW)
    client.get(f"/join/open/{ticket}/")
    assert client.get("/join/confirm/").status_code == 200

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert client.post("/join/confirm/").status_code == 404
    browser = Client()  # the first one's session ended with that day
    browser.get(f"/join/open/{ticket}/")
    assert browser.get("/join/confirm/").status_code == 200
    close_activation_link(organization=acme, actor=actor)
    assert browser.post("/join/confirm/").status_code == 404
    ActivationLink.objects.all().delete()
    assert browser.get("/join/confirm/").status_code == 404
    assert Client().get("/join/confirm/").status_code == 404
    assert not User.objects.filter(email=NEW).exists()


def test_whoever_is_signed_in_here_is_told_and_then_is_not(client, link, make_user, sign_in):
    sign_in(client, make_user("ben"))
    client.get(f"/join/open/{ticket_for(link, NEW)}/")
    assert "Going on signs Ben Test out" in text(client.get("/join/confirm/"))

    client.post("/join/confirm/")

    assert signed_in(client) is None
    request = client.get("/invitation/account/").wsgi_request
    assert held_invitation(request).email == NEW
