"""What `accounts` announces, and what follows for licenses."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import invitation_accepted, user_deactivated
from audit.actors import Actor
from licenses.policies import Source
from licenses.services import assign_on_first_sso, revoke_license


@receiver(user_deactivated, dispatch_uid="licenses.release_seat")
def release_seat(*, user: User, actor: Actor, reason: str = "", **kwargs: Any) -> None:
    revoke_license(user=user, actor=actor, source=Source.DEACTIVATION, reason=reason)


@receiver(invitation_accepted, dispatch_uid="licenses.assign_on_invitation")
def assign_on_invitation(*, user: User, actor: Actor, **kwargs: Any) -> None:
    """By the rule of a first sign-in: where the switch is on, and nobody took it away before."""
    assign_on_first_sso(user=user, actor=actor, source=Source.INVITATION)
