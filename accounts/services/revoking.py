"""Invitations that open nothing any more."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Invitation, User
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from database.compiled import Blank, CompiledUpdate

_REVOKE = CompiledUpdate(
    lambda: Invitation.objects.pending().filter(user=Blank("user")), revoked_at=Blank("now")
)


def end_invitation(*, user: User, actor: Actor) -> bool:
    """`revoke_invitation` for callers with a transaction of their own."""
    if not _REVOKE.run(user=user.pk, now=timezone.now()):
        return False
    record(Action.INVITATION_REVOKED, organization=user.organization, actor=actor, target=user)
    return True


@transaction.atomic
def revoke_invitation(*, user: User, actor: Actor) -> bool:
    """The person's invitation opens nothing any more; whether there was one.

    The account stays as it is, and may be invited again.
    """
    return end_invitation(user=user, actor=actor)
