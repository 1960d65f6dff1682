"""Whoever no longer works somewhere, and whose profile is still connected there.

Their account is closed, so nothing signs them in. That the profile is theirs is proved by LinkedIn.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import BindingPolicy, User
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from profiles.models import ProfileBinding, ProfileBindingQuerySet, Provider
from profiles.policies import BindingStep, next_step


def left_behind(*, subject: str) -> list[ProfileBinding]:
    """Where this profile is connected to an account that is closed, by the organization's name."""
    rows = ProfileBinding.objects.current().filter(provider=Provider.LINKEDIN, subject=subject)
    found = rows.select_related("user", "organization").order_by("organization__name", "id")
    return [binding for binding in found if _may_leave(binding)]


def _may_leave(binding: ProfileBinding) -> bool:
    step = next_step(
        policy=BindingPolicy(binding.organization.binding_policy),
        by_sso=False,
        is_bound=True,
        was_offered=True,
        now=timezone.now(),
        is_deactivated=binding.user.state == User.State.DEACTIVATED,
    )
    return step is BindingStep.LEAVE


def disconnect_left(*, bindings: Collection[UUID]) -> list[ProfileBinding]:
    """End these, for the person whose profile it is; answers those that ended.

    What isn't left behind any more, because its account was opened again or somebody else ended it,
    stays as it is. Whoever calls has had the profile proved.
    """
    return [binding for pk in bindings if (binding := _disconnect(pk)) is not None]


@transaction.atomic
def _disconnect(pk: UUID) -> ProfileBinding | None:
    closed = User.objects.get_queryset().filter(state=User.State.DEACTIVATED)
    # The account first, as everywhere: it isn't opened again between the look and the end.
    user = (
        closed.filter(profile_bindings=pk)
        .select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .first()
    )
    mine: ProfileBindingQuerySet = ProfileBinding.objects.current().filter(pk=pk, user=user)
    if user is None or not mine.update(
        state=ProfileBinding.State.REVOKED,
        ended_at=timezone.now(),
        end_reason=ProfileBinding.EndReason.LEFT,
    ):
        return None
    record(
        Action.PROFILE_UNBOUND,
        organization=user.organization,
        actor=Actor.from_user(user),
        target=user,
        changes={"reason": ProfileBinding.EndReason.LEFT},
    )
    return ProfileBinding.objects.select_related("organization").get(pk=pk)
