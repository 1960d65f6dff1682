"""Invitations: made, sent, replaced, revoked, and accepted once by whom they are for."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.digests import digest_of_secret
from accounts.errors import (
    InvalidValue,
    InvitationClosed,
    NotInvitable,
    SsoRequired,
    UserNameTaken,
)
from accounts.jobs import send_invitation
from accounts.models import Invitation, Organization, User
from accounts.services import (
    accept_invitation,
    change_user,
    create_member_account,
    deactivate_user,
    invitation_by_id,
    invitation_of,
    invite,
    invite_newcomer,
    mark_joined,
    note_opened,
    reactivate_user,
    refuse_closed_invitation,
    renew_secret,
    revoke_invitation,
    why_invitation_closed,
)
from accounts.services import invitations as service
from accounts.signals import invitation_accepted
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from tests.accounts.invited import PASSWORD, address_in, invited
from tests.at_once import at_once, refusals

State = User.State
Why = InvitationClosed.Why


@pytest.fixture
def mara(make_user):
    return make_user("mara@acme.example", state=State.INVITED, email="mara@acme.example")


def why(invitation):
    return why_invitation_closed(invitation_by_id(invitation.pk))


def accept(invitation):
    return accept_invitation(invitation=invitation, actor=Actor.from_user(invitation.user))


# ---------------------------------------------------------------- inviting


def test_a_newcomer_gets_an_account_that_waits_for_them(acme, system_actor):
    invitation = invite_newcomer(
        organization=acme, email=" Mara@Acme.example", actor=system_actor, first_name="Mara"
    )

    user = User.objects.get(pk=invitation.user_id)
    assert (user.user_name, user.email) == ("mara@acme.example", "mara@acme.example")
    assert (user.state, user.source, user.first_name) == ("invited", "invitation", "Mara")
    assert not user.has_usable_password()
    assert not user.has_verified_email
    lasts = invitation.expires_at - timezone.now()
    assert timedelta(days=29) < lasts <= timedelta(days=30)


def test_nobody_is_made_twice(acme, mara, system_actor):
    with pytest.raises(UserNameTaken), transaction.atomic():
        invite_newcomer(organization=acme, email="MARA@acme.example", actor=system_actor)
    assert not Invitation.objects.exists()


def test_what_is_no_address_is_nobody(acme, system_actor):
    with pytest.raises(InvalidValue), transaction.atomic():
        invite_newcomer(organization=acme, email="mara", actor=system_actor)


def test_inviting_is_on_record_without_the_secret(mara, actor):
    invitation = invite(user=mara, actor=actor)
    secret = renew_secret(invitation=invitation)

    event = AuditEvent.objects.get(action=Action.INVITATION_SENT)
    assert event.changes == {"email": "mara@acme.example"}
    assert event.actor_name == "Admin Test"
    stored = str(list(Invitation.objects.values())) + str(list(AuditEvent.objects.values()))
    assert secret not in stored


def test_inviting_again_replaces_what_was_sent(mara, actor):
    first, secret = invited(mara)
    second = invite(user=mara, actor=actor)

    assert why(first) is Why.REPLACED
    assert why(second) is None
    assert invitation_of(digest_of_secret(secret)) == first
    assert AuditEvent.objects.filter(action=Action.INVITATION_SENT).first().changes == {
        "email": "mara@acme.example",
        "again": True,
    }


def test_the_database_lets_nobody_have_two(mara, actor):
    first = invite(user=mara, actor=actor)
    copy = Invitation(
        organization=first.organization,
        user=mara,
        email=mara.email,
        made_by="x",
        expires_at=first.expires_at,
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()


@pytest.mark.parametrize("state", [State.DEACTIVATED, State.DELETED])
def test_whoever_is_closed_is_not_invited(make_user, actor, state):
    with pytest.raises(NotInvitable):
        invite(user=make_user(state=state), actor=actor)


def test_nobody_is_invited_without_an_address(make_user, actor):
    with pytest.raises(NotInvitable):
        invite(user=make_user(email=""), actor=actor)


def test_staff_are_not_invited(make_staff, system_actor):
    with pytest.raises(NotInvitable):
        invite(user=make_staff(email="root@portal.example"), actor=system_actor)


def test_nobody_is_invited_to_a_suspended_organization(mara, actor):
    Organization.objects.update(status=Organization.Status.SUSPENDED)

    with pytest.raises(NotInvitable):
        invite(user=mara, actor=actor)


# ---------------------------------------------------------------- the mail


def test_a_worker_writes_the_mail_whose_link_nothing_else_knows(mara, actor, mailoutbox):
    invitation = invite(user=mara, actor=actor)
    assert not mailoutbox  # nobody who invites waits for a mail server

    assert send_invitation.call(str(invitation.pk)) == "sent"

    (mail,) = mailoutbox
    assert mail.to == ["mara@acme.example"]
    assert mail.subject == "Your invitation to Acme’s learning portal"
    assert "You get this mail because Admin Test gave this address" in mail.body
    secret = address_in(mail.body).split("/")[-2]
    assert invitation_of(digest_of_secret(secret)) == invitation


def test_a_mail_that_is_written_again_has_the_only_link(mara, actor, mailoutbox):
    invitation = invite(user=mara, actor=actor)
    for _run in range(2):
        send_invitation.call(str(invitation.pk))

    first, second = [address_in(mail.body).split("/")[-2] for mail in mailoutbox]
    with pytest.raises(InvitationClosed) as refused:
        invitation_of(digest_of_secret(first))
    assert refused.value.why is Why.UNKNOWN
    assert invitation_of(digest_of_secret(second)) == invitation


def test_no_mail_goes_out_for_what_was_revoked_meanwhile(mara, actor, mailoutbox):
    invitation = invite(user=mara, actor=actor)
    revoke_invitation(user=mara, actor=actor)

    send_invitation.call(str(invitation.pk))
    send_invitation.call("01980000-0000-7000-8000-000000000000")

    assert not mailoutbox
    with pytest.raises(InvitationClosed):
        renew_secret(invitation=invitation)


def test_a_name_with_lines_of_its_own_says_nothing_in_a_mail(mara, mailoutbox):
    invitation = invite(user=mara, actor=Actor.system("Ada\n\nYour password has ended: x.example"))

    send_invitation.call(str(invitation.pk))

    assert "\nYour password" not in mailoutbox[0].body


# ---------------------------------------------------------------- accepting


def test_whoever_accepts_is_active_and_has_proved_the_address(mara):
    heard = []

    def listen(user, **kwargs):
        heard.append(user)

    invitation_accepted.connect(listen)
    try:
        invitation, _secret = invited(mara)
        user = accept(invitation)
    finally:
        invitation_accepted.disconnect(listen)

    assert user.is_active
    mara.refresh_from_db()
    assert mara.state == State.ACTIVE
    assert mara.has_verified_email
    assert heard == [mara]
    assert AuditEvent.objects.filter(action=Action.INVITATION_ACCEPTED, target_id=mara.pk).exists()


def test_it_works_once(mara):
    invitation, _secret = invited(mara)
    accept(invitation)

    with pytest.raises(InvitationClosed) as refused:
        accept(invitation)
    assert refused.value.why is Why.USED


def test_the_claim_alone_lets_nobody_in_twice(mara, monkeypatch):
    """Whatever was looked at before it."""
    invitation, _secret = invited(mara)
    accept(invitation)
    monkeypatch.setattr(service, "refuse_closed_invitation", lambda invitation: None)

    with pytest.raises(InvitationClosed) as refused:
        accept(invitation)
    assert refused.value.why is Why.USED


def test_it_ends_after_thirty_days(mara):
    invitation, _secret = invited(mara)

    with time_machine.travel(timezone.now() + timedelta(days=30, seconds=1)):
        assert why(invitation) is Why.EXPIRED
        with pytest.raises(InvitationClosed):
            accept(invitation)


def test_a_revoked_one_opens_nothing_and_the_account_stays(mara, actor):
    invitation, _secret = invited(mara)

    assert revoke_invitation(user=mara, actor=actor)
    assert not revoke_invitation(user=mara, actor=actor)

    assert why(invitation) is Why.REVOKED
    with pytest.raises(InvitationClosed):
        refuse_closed_invitation(invitation_by_id(invitation.pk))
    mara.refresh_from_db()
    assert mara.state == State.INVITED
    assert AuditEvent.objects.filter(action=Action.INVITATION_REVOKED).count() == 1


@pytest.mark.parametrize("was_in", [False, True])
def test_it_ends_with_the_account_and_stays_ended(mara, actor, was_in):
    invitation, _secret = invited(mara)
    if was_in:
        User.objects.filter(pk=mara.pk).update(state=State.ACTIVE)

    deactivate_user(user=mara, actor=actor)
    assert why(invitation) is Why.DEACTIVATED
    with pytest.raises(InvitationClosed):
        accept(invitation)

    reactivate_user(user=mara, actor=actor)
    assert why(invitation) is Why.REVOKED


def test_it_opens_nothing_once_the_account_has_another_address(mara, actor):
    """Whoever is called that in a directory now need not be whom the mail reached."""
    invitation, _secret = invited(mara)
    change_user(user=mara, values={"email": "other@acme.example"}, actor=actor)

    assert why(invitation) is Why.OTHER_ADDRESS
    with pytest.raises(InvitationClosed):
        accept(invitation)
    mara.refresh_from_db()
    assert mara.state == State.INVITED


def test_it_waits_while_the_organization_is_suspended(mara):
    invitation, _secret = invited(mara)
    Organization.objects.update(status=Organization.Status.SUSPENDED)
    assert why(invitation) is Why.SUSPENDED

    Organization.objects.update(status=Organization.Status.ACTIVE)
    assert why(invitation) is None


def test_another_way_in_keeps_whoever_was_here(make_user, actor):
    ana = make_user("ana", external_id="e-1", role="curator")
    invitation, _secret = invited(ana)

    accept(invitation)

    ana.refresh_from_db()
    assert (ana.state, ana.external_id, ana.role) == (State.ACTIVE, "e-1", "curator")
    assert ana.has_verified_email


def test_whoever_joins_by_another_door_has_used_it(mara, system_actor):
    invitation, _secret = invited(mara)

    mark_joined(user=mara, actor=system_actor)

    assert why(invitation) is Why.USED
    mara.refresh_from_db()
    assert not mara.has_verified_email  # nobody showed the mail


def test_an_invitation_that_is_gone_is_none(mara):
    invitation, _secret = invited(mara)
    Invitation.objects.all().delete()

    with pytest.raises(InvitationClosed):
        accept(invitation)
    assert invitation_by_id(invitation.pk) is None


def test_the_first_opening_is_on_record(mara):
    invitation, _secret = invited(mara)
    for _time in range(2):
        note_opened(invitation=invitation)

    assert AuditEvent.objects.filter(action=Action.INVITATION_OPENED).count() == 1


def test_no_digest_is_no_invitation(mara):
    invite(user=mara, actor=Actor.system("x"))  # its mail is not written yet

    with pytest.raises(InvitationClosed):
        invitation_of("")


# ---------------------------------------------------------------- an account of one's own


def test_an_account_with_a_password(mara):
    invitation, _secret = invited(mara)

    create_member_account(
        invitation=invitation, password=PASSWORD, first_name=" Mara ", last_name="Lind"
    )

    mara.refresh_from_db()
    assert mara.check_password(PASSWORD)
    assert mara.display_name == "Mara Lind"


def test_a_password_that_is_refused_leaves_the_invitation_as_it_was(mara):
    invitation, _secret = invited(mara)

    with pytest.raises(InvalidValue):
        create_member_account(invitation=invitation, password="mara@acme.example")

    assert why(invitation) is None
    mara.refresh_from_db()
    assert mara.state == State.INVITED


def test_a_password_that_would_open_nothing_is_none(mara):
    invitation, _secret = invited(mara)
    Organization.objects.update(sso_required_at=timezone.now())

    with pytest.raises(SsoRequired):
        create_member_account(invitation=invitation, password=PASSWORD)
    assert why(invitation) is None


def test_what_a_directory_knows_stays(make_user):
    ana = make_user("ana", source=User.Source.SCIM)
    invitation, _secret = invited(ana)

    create_member_account(invitation=invitation, password=PASSWORD, first_name="Other")

    ana.refresh_from_db()
    assert ana.first_name == "Ana"


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_does(acme, make_user):
    mara = make_user("mara@acme.example", state=State.INVITED, email="mara@acme.example")
    invitation, _secret = invited(mara)

    answers = at_once(*[lambda: accept(invitation)] * 2)

    assert refusals(answers) == ["InvitationClosed"]
    assert AuditEvent.objects.filter(action=Action.INVITATION_ACCEPTED).count() == 1


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_whoever_is_deactivated_while_they_accept_is_closed_or_was_in(acme, make_user):
    mara = make_user("mara@acme.example", state=State.INVITED, email="mara@acme.example")
    invitation, _secret = invited(mara)

    at_once(
        lambda: accept(invitation),
        lambda: deactivate_user(user=mara, actor=Actor.system("tests")),
    )

    mara.refresh_from_db()
    assert mara.state == State.DEACTIVATED
    assert why(invitation) is Why.DEACTIVATED
