"""What `accounts` announces, followed: directories see people as they are, whoever wrote them."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_changed, user_created
from audit.actors import Actor, ActorKind
from provisioning.services.records import start_record, update_record


@receiver(user_created, dispatch_uid="provisioning.record_created")
def on_user_created(*, user: User, actor: Actor, **kwargs: Any) -> None:
    if _is_somebody_elses(user, actor):
        start_record(user=user)


@receiver(user_changed, dispatch_uid="provisioning.record_changed")
def on_user_changed(*, user: User, changed: frozenset[str], actor: Actor, **kwargs: Any) -> None:
    if _is_somebody_elses(user, actor):
        update_record(user=user, fields=changed)


def _is_somebody_elses(user: User, actor: Actor) -> bool:
    # A directory writes the record itself, and platform staff are none of its business.
    return actor.kind is not ActorKind.DIRECTORY and user.organization_id is not None
