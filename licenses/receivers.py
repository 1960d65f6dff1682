"""What `accounts` announces, and what follows for licenses."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_deactivated
from audit.actors import Actor
from licenses.policies import Source
from licenses.services import revoke_license


@receiver(user_deactivated, dispatch_uid="licenses.release_seat")
def release_seat(*, user: User, actor: Actor, reason: str = "", **kwargs: Any) -> None:
    revoke_license(user=user, actor=actor, source=Source.DEACTIVATION, reason=reason)
