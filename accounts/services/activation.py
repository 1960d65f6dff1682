"""An organization's activation link, and who gets in by it."""

from __future__ import annotations

import secrets

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.emails import domain_of
from accounts.errors import AccountsError, ActivationClosed, NotInvitable, UserNameTaken
from accounts.models import ActivationLink, Domain, Invitation, Organization, User
from accounts.names import name_key
from accounts.services.holding import hold_organization
from accounts.services.invitations import invite, invite_newcomer, why_invitation_closed
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

SALT = "accounts.activation"
# How long the mail to somebody new is good: they have just asked for it.
TICKET_SECONDS = 24 * 60 * 60


@transaction.atomic
def make_activation_link(*, organization: Organization, actor: Actor) -> ActivationLink:
    """A new one, in place of any before it, which opens nothing from now on."""
    hold_organization(organization.pk)  # of two made at once the second one counts
    replaced = _close(organization)
    link = ActivationLink(
        organization=organization, token=secrets.token_urlsafe(16), made_by=actor.name[:255]
    )
    link.save(force_insert=True)
    record(
        Action.ACTIVATION_MADE,
        organization=organization,
        actor=actor,
        target=organization,
        changes={"again": True} if replaced else {},
    )
    return link


@transaction.atomic
def close_activation_link(*, organization: Organization, actor: Actor) -> bool:
    """Switch it off; whether it was on. Mails that went out because of it to people who were
    invited stay good; those to newcomers don't."""
    if not _close(organization):
        return False
    record(Action.ACTIVATION_CLOSED, organization=organization, actor=actor, target=organization)
    return True


def _close(organization: Organization) -> int:
    links = ActivationLink.objects.in_organization(organization).filter(closed_at=None)
    return links.update(closed_at=timezone.now())


def activation_link_of(organization: Organization) -> ActivationLink | None:
    """The one that is on."""
    return ActivationLink.objects.in_organization(organization).filter(closed_at=None).first()


def is_open(link: ActivationLink) -> bool:
    return link.closed_at is None and link.organization.is_active


def invite_again(*, link: ActivationLink, email: str) -> bool:
    """A new mail for whoever of this organization waits with an invitation; whether anybody does.

    What an administrator revoked stays revoked.
    """
    waiting = Invitation.objects.pending().in_organization(link.organization).filter(email=email)
    asked = False
    for invitation in waiting.filter(user__email=email).select_related("user"):
        try:
            invite(user=invitation.user, actor=Actor.system("Activation link"))
        except AccountsError:  # closed meanwhile, or too many mails today
            continue
        asked = True
    return asked


def may_join(organization: Organization, email: str) -> bool:
    """Whether somebody new of this address may make an account by the activation link.

    Only where the organization lets people be made who come by themselves, and of a domain that it
    proved. Whoever is or was here is not new: an account that was closed is opened by hand.
    """
    proved = Domain.objects.in_organization(organization).verified()
    if not organization.jit_enabled or not proved.filter(name=domain_of(email)).exists():
        return False
    theirs = Q(email=email) | Q(user_name_key=name_key(email))
    return not User.objects.in_organization(organization).filter(theirs).exists()


def ticket_for(link: ActivationLink, email: str) -> str:
    """What the mail to somebody new has in its link: it proves that they read the mail."""
    return signing.dumps([str(link.pk), email], salt=SALT)


def read_ticket(ticket: str) -> tuple[ActivationLink, str]:
    """Whose link it is and whose address. Raises `ActivationClosed`."""
    try:
        pk, email = signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature as error:
        raise ActivationClosed from error
    link = ActivationLink.objects.select_related("organization").filter(pk=pk).first()
    if link is None or not is_open(link):
        raise ActivationClosed
    return link, email


@transaction.atomic
def join(*, ticket: str) -> Invitation:
    """Make the account of somebody new who read the mail; they hold its invitation from now on.

    Whoever comes twice before they chose a way in holds the same one: an organization has so many
    a day, and nobody uses them up by clicking. Raises `ActivationClosed` and `TooManyInvitations`.
    """
    link, email = read_ticket(ticket)
    actor = Actor.system("Activation link")
    waiting = Invitation.objects.pending().in_organization(link.organization)
    theirs = waiting.filter(email=email, user__email=email)
    mine = theirs.select_related("organization", "user__organization").first()
    if mine is not None and why_invitation_closed(mine) is None:
        return mine
    if mine is not None:
        try:
            return invite(user=mine.user, actor=actor, by_mail=False)
        except NotInvitable as error:  # they came in with it once, and their account was closed
            raise ActivationClosed from error
    if not may_join(link.organization, email):
        raise ActivationClosed
    try:
        with transaction.atomic():
            return invite_newcomer(
                organization=link.organization, email=email, actor=actor, by_mail=False
            )
    except UserNameTaken as error:  # the other click of the same moment; the next one finds it
        raise ActivationClosed from error
