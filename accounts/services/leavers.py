"""What somebody who leaves for good is relieved of, beside their account."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import SetupLink, User
from accounts.roles import ORGANIZATION_ROLES, Role
from accounts.services.holding import hold_person
from accounts.services.revoking import end_invitation
from accounts.services.setup_links import revoke_setup_link
from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.models import AuditEvent
from audit.services import record

# Why an account was closed, as its event keeps it, where the person leaves for good.
BY_CONSOLE, BY_DIRECTORY = "off_boarding", "directory"
FOR_GOOD = frozenset({BY_CONSOLE, BY_DIRECTORY})


def take_from_leaver(*, user: User, actor: Actor) -> dict[str, Any]:
    """Their role, and the set-up links they handed out: whoever has one sets up who gets in.

    Answers what was taken, for the event of the caller, whose transaction it is. A learner whom a
    directory closes never made a link worth a statement; others are looked at.
    """
    taken = _take_role(user)
    if not taken and actor.kind is ActorKind.DIRECTORY:
        return {}
    links = revoke_links_of(user, actor)
    return {**taken, **({"setup_links": links} if links else {})}


def _take_role(user: User) -> dict[str, Any]:
    if user.role == Role.LEARNER or user.role not in ORGANIZATION_ROLES:
        return {}
    taken: dict[str, Any] = {"role": [user.role, Role.LEARNER]}
    if user.abilities:
        taken["abilities"] = [user.abilities, []]
    User.objects.get_queryset().filter(pk=user.pk).update(role=Role.LEARNER, abilities=[])
    user.role, user.abilities = Role.LEARNER, []
    return taken


def revoke_links_of(user: User, actor: Actor) -> list[str]:
    """The live set-up links they handed out end; answers for whom they were.

    Links name who made them in words; whose they are for certain, history says.
    """
    if user.organization_id is None:
        return []  # platform staff hand out none
    made = AuditEvent.objects.in_organization(user.organization_id).filter(
        actor_kind=ActorKind.PERSON, actor_id=str(user.pk), action=Action.SETUP_LINK_MADE
    )
    live = SetupLink.objects.in_organization(user.organization_id).live(timezone.now())
    mine = live.filter(pk__in=list(made.values_list("target_id", flat=True)))
    names = []
    for link in mine.select_related("organization"):
        revoke_setup_link(link=link, actor=actor)
        names.append(link.name)
    return names


@transaction.atomic
def off_board(*, user: User, actor: Actor) -> None:
    """Close an account for good, whole or not at all: sessions, invitation, license, role, set-up
    links and profile. What was taken is read from its receipt (`accounts.receipts`).

    Of one that is deactivated already, what was kept for the day it is opened again goes. Doing it
    twice is doing it once. Raises `LastFullAdmin`.
    """
    from accounts.services.access import close_account  # it takes from leavers

    row = hold_person(user)
    if row.state == User.State.DEACTIVATED:
        take_from_closed(user=row, actor=actor, reason=BY_CONSOLE)
        user.role, user.abilities = row.role, row.abilities
    else:
        close_account(user=row, actor=actor, reason=BY_CONSOLE, seen=user)


def take_from_closed(*, user: User, actor: Actor, reason: str) -> None:
    """Of somebody who is deactivated already: what was kept for the day they are opened again.

    Where a directory closed them, it is on record even if there is nothing to take: from now on
    they are closed by more than it, and undoing what it did does not open them. For callers that
    hold the person's lock, in their transaction.
    """
    has_ended = end_invitation(user=user, actor=actor)
    taken = take_from_leaver(user=user, actor=actor)
    if not (has_ended or taken or _is_news(user, actor)):
        return
    record(
        Action.USER_DEACTIVATED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"state": [user.state, user.state], "reason": reason, **taken},
    )


def _is_news(user: User, actor: Actor) -> bool:
    """Whether it was a directory that closed them, and somebody else says so now."""
    if actor.kind is ActorKind.DIRECTORY or user.organization_id is None:
        return False
    closings = AuditEvent.objects.in_organization(user.organization_id).filter(
        target_id=str(user.pk), action=Action.USER_DEACTIVATED
    )
    kinds = closings.order_by("-id").values_list("actor_kind", flat=True)
    return kinds.first() == ActorKind.DIRECTORY
