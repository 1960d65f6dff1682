"""What `accounts` announces, followed."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.models import Organization, User
from accounts.signals import policies_changed, user_deactivated, user_reactivated
from audit.actors import Actor
from profiles.services import follow_policy, resume_for_person, suspend_for_person


@receiver(policies_changed, dispatch_uid="profiles.follow_policy")
def on_policies_changed(
    *, organization: Organization, before: dict[str, Any], actor: Actor, **kwargs: Any
) -> None:
    if "binding_policy" in before:
        follow_policy(organization=organization, before=before["binding_policy"], actor=actor)


@receiver(user_deactivated, dispatch_uid="profiles.suspend_for_person")
def on_user_deactivated(*, user: User, actor: Actor, **kwargs: Any) -> None:
    suspend_for_person(user=user, actor=actor)


@receiver(user_reactivated, dispatch_uid="profiles.resume_for_person")
def on_user_reactivated(*, user: User, actor: Actor, **kwargs: Any) -> None:
    resume_for_person(user=user, actor=actor)
