"""Signing in with a connected profile: whose accounts it opens, and why it doesn't open others.

A profile opens the accounts it is bound to and no other: nothing here looks at a name or an e-mail
address, and nobody is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.db import transaction
from django.utils import timezone

from accounts.models import Organization, Session, User
from accounts.second_factor import register_proof
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from profiles.doors import closed_by
from profiles.models import ProfileBinding, Provider
from profiles.policies import ClosedBy

PAGE = "Sign-in page"


class Refusal(Enum):
    """Why somebody whom the provider vouched for doesn't come in."""

    UNKNOWN = "unknown"
    DEACTIVATED = "closed"
    SUSPENDED = "suspended"
    POLICY = "policy"
    SSO = "sso"


@dataclass(frozen=True, slots=True)
class Refused:
    """`user` is whose account stays closed; None where the profile is bound to none."""

    why: Refusal
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The accounts a profile opens; where there are none, `refused` says why."""

    accounts: Sequence[User] = ()
    refused: Refused | None = None


def find_accounts(*, subject: str, organization: Organization | None) -> Found:
    """Whom this profile lets in: of one organization, or of all of them."""
    bindings = (
        ProfileBinding.objects.current()
        .filter(provider=Provider.LINKEDIN, subject=subject)
        .select_related("user__organization")
        .order_by("bound_at", "id")
    )
    if organization is not None:
        bindings = bindings.in_organization(organization)
    judged = [(binding.user, _refusal(binding)) for binding in bindings]
    accounts = [user for user, why in judged if why is None]
    if accounts:
        return Found(accounts=accounts)
    closed = [Refused(why, user) for user, why in judged if why is not None]
    return Found(refused=next(iter(closed), Refused(Refusal.UNKNOWN)))


@transaction.atomic
def admit(*, user: User, subject: str) -> bool:
    """Keep that this person's profile signs them in; whether it is still theirs at this moment.

    Part of the transaction in which the session begins, or the second factor is asked for.
    """
    used = ProfileBinding.objects.active().filter(
        user=user, provider=Provider.LINKEDIN, subject=subject
    )
    return bool(used.update(last_used_at=timezone.now()))


@register_proof(Session.Door.LINKEDIN)
def still_proves(user: User) -> bool:
    """Whether a profile of this person lets them in as it did when it was asked."""
    mine = ProfileBinding.objects.active().filter(user=user)
    binding = mine.select_related("user__organization").first()
    return binding is not None and _refusal(binding) is None


def record_refused(*, user: User | None, organization: Organization | None, reason: str) -> None:
    """Keep that somebody didn't come in. Which profile it was is not kept."""
    record(
        Action.SIGN_IN_FAILED,
        organization=user.organization if user else organization,
        actor=Actor.system(PAGE),
        target=user,
        changes={"door": str(Session.Door.LINKEDIN), "reason": reason},
    )


def _refusal(binding: ProfileBinding) -> Refusal | None:
    user = binding.user
    organization = user.organization
    assert organization is not None  # a binding names one, so its user has one
    if not organization.is_active:
        return Refusal.SUSPENDED
    if not user.is_active:
        return Refusal.DEACTIVATED
    match closed_by(organization):
        case ClosedBy.POLICY:
            return Refusal.POLICY
        case ClosedBy.SSO:
            return Refusal.SSO
    # Whatever else may suspend a binding: only an active one opens anything.
    return None if binding.state == ProfileBinding.State.ACTIVE else Refusal.UNKNOWN
