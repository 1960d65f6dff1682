"""People are invited, come by their invitation once, or not at all."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.digests import digest_of_secret
from accounts.emails import kept_form
from accounts.errors import InvitationClosed, NotInvitable, TooManyInvitations
from accounts.languages import page_language
from accounts.models import Invitation, InvitationQuerySet, Organization, User
from accounts.services.holding import hold_person
from accounts.services.people import add_user, mark_joined
from accounts.signals import invitation_accepted
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

LASTS = timedelta(days=30)
# Mails of one organization within a day. Whoever has more people than this has a directory.
INVITATIONS_A_DAY = 5_000

Why = InvitationClosed.Why


@transaction.atomic
def invite_newcomer(
    *,
    organization: Organization,
    email: str,
    actor: Actor,
    first_name: str = "",
    last_name: str = "",
    by_mail: bool = True,
) -> Invitation:
    """A new account in state *invited*, and the mail that opens it; no mail for whoever has just
    read one (`by_mail`).

    The address is the user name too. Raises `UserNameTaken`, `InvalidValue` and
    `TooManyInvitations`.
    """
    user = add_user(
        organization=organization,
        user_name=kept_form(email),
        email=email,
        first_name=first_name,
        last_name=last_name,
        source=User.Source.INVITATION,
        state=User.State.INVITED,
        actor=actor,
    )
    return _invite(user, actor, by_mail=by_mail)


@transaction.atomic
def invite(*, user: User, actor: Actor, by_mail: bool = True) -> Invitation:
    """Ask somebody who has an account to come in by mail, in place of any earlier invitation.

    Who was never here joins with it; who was, gets another way into the same account, with all that
    belongs to it. A worker writes the mail. Raises `NotInvitable` and `TooManyInvitations`.
    """
    row = hold_person(user)
    if row.organization is None or not row.organization.is_active:
        raise NotInvitable
    if row.state not in User.OPEN_STATES or not row.email:
        raise NotInvitable
    return _invite(row, actor, by_mail=by_mail)


def _invite(user: User, actor: Actor, *, by_mail: bool) -> Invitation:
    from accounts.jobs import send_invitation  # the job calls the services

    assert user.organization is not None
    refuse_too_many(user.organization, 1)
    now = timezone.now()
    replaced = Invitation.objects.pending().filter(user=user).update(revoked_at=now)
    invitation = Invitation(
        organization=user.organization,
        user=user,
        email=user.email,
        made_by=actor.name[:255],
        expires_at=now + LASTS,
    )
    invitation.save(force_insert=True)
    record(
        Action.INVITATION_SENT,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"email": user.email, **({"again": True} if replaced else {})},
    )
    if by_mail:
        send_invitation.enqueue(str(invitation.pk), page_language())
    return invitation


def invitations_left(organization: Organization) -> int:
    """How many more invitations there may be within a day from the oldest that counts.

    Nobody is held for it: two who invite in the same moment may go past it by one.
    """
    since = timezone.now() - timedelta(days=1)
    made = Invitation.objects.in_organization(organization).filter(created_at__gt=since).count()
    return max(0, INVITATIONS_A_DAY - made)


def refuse_too_many(organization: Organization, number: int) -> None:
    """Raises `TooManyInvitations` where so many more are too many for a day."""
    if number > invitations_left(organization):
        raise TooManyInvitations(most=INVITATIONS_A_DAY)


@transaction.atomic
def renew_secret(*, invitation: Invitation) -> str:
    """The secret of the mail that is about to be written; none that was written before counts.

    Nothing else knows it. Raises `InvitationClosed`.
    """
    secret = secrets.token_urlsafe(32)
    now = timezone.now()
    live = Invitation.objects.live(now).filter(pk=invitation.pk)
    if not live.update(digest=digest_of_secret(secret), sent_at=now):
        raise InvitationClosed(why_invitation_closed(invitation) or Why.REVOKED)
    return secret


def invitation_of(digest: str) -> Invitation:
    """The invitation whose secret has this digest, whatever became of it, with its person.

    Raises `InvitationClosed`.
    """
    found = _rows().filter(digest=digest).first() if digest else None
    if found is None:
        raise InvitationClosed(Why.UNKNOWN)
    return found


def invitation_by_id(pk: UUID) -> Invitation | None:
    """As it is now, whatever became of it, with its person and organization."""
    return _rows().filter(pk=pk).first()


def _rows() -> InvitationQuerySet:
    return Invitation.objects.select_related("organization", "user__organization")


def why_invitation_closed(invitation: Invitation) -> InvitationClosed.Why | None:
    """Why it opens nothing; None while it is good. The row and its person as they were read."""
    user = invitation.user
    if user.state not in User.OPEN_STATES:
        return Why.DEACTIVATED
    if invitation.accepted_at is not None:
        return Why.USED
    if invitation.revoked_at is not None:
        newer = Invitation.objects.live(timezone.now()).filter(user=user)
        return Why.REPLACED if newer.exists() else Why.REVOKED
    if not invitation.organization.is_active:
        return Why.SUSPENDED
    if invitation.expires_at <= timezone.now():
        return Why.EXPIRED
    # Somebody else may have the address it went to by now.
    return Why.OTHER_ADDRESS if user.email != invitation.email else None


def refuse_closed_invitation(invitation: Invitation) -> None:
    """Raises `InvitationClosed`."""
    why = why_invitation_closed(invitation)
    if why is not None:
        raise InvitationClosed(why, invitation=invitation)


@transaction.atomic
def note_opened(*, invitation: Invitation) -> None:
    """Somebody opened it who had the mail. The first time is on record."""
    unopened = Invitation.objects.pending().filter(pk=invitation.pk, opened_at=None)
    if unopened.update(opened_at=timezone.now()):
        record(
            Action.INVITATION_OPENED,
            organization=invitation.organization,
            actor=Actor.system("Invitation"),
            target=invitation.user,
            changes={"email": invitation.email},
        )


@transaction.atomic
def accept_invitation(*, invitation: Invitation, actor: Actor) -> User:
    """Use it up, and answer whose account it opens: active, its address proved.

    Of two at once one has it. The caller begins the session. Raises `InvitationClosed`.
    """
    # The person first, as everywhere: nobody deactivates or renames them between look and claim.
    user = hold_person(invitation.user)
    row = invitation_by_id(invitation.pk)
    if row is None:
        raise InvitationClosed(Why.UNKNOWN)
    row.user = user
    refuse_closed_invitation(row)
    now = timezone.now()
    if not Invitation.objects.live(now).filter(pk=row.pk).update(accepted_at=now):
        raise InvitationClosed(Why.USED, invitation=row)
    User.objects.get_queryset().filter(pk=user.pk).update(verified_email=row.email, updated_at=now)
    user.verified_email = row.email
    record(
        Action.INVITATION_ACCEPTED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"email": row.email},
    )
    mark_joined(user=user, actor=actor)
    invitation_accepted.send(sender=Invitation, user=user, actor=actor)
    return user
