"""Who has a profile connected, and what the person is asked next. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import BindingPolicy, Organization, User
from database.compiled import Blank, CompiledQuery
from profiles import linkedin
from profiles.models import OfferAnswer, ProfileBinding
from profiles.policies import BindingStep, next_step

UNBOUND = "none"

State = ProfileBinding.State
EndReason = ProfileBinding.EndReason


# What every sign-in asks where the policy is not "off".
_BOUND_AND_OFFERED = CompiledQuery(
    lambda: (
        User.objects.get_queryset()
        .filter(pk=Blank("user"))
        .values_list(
            Exists(ProfileBinding.objects.active().filter(user=OuterRef("pk"))),
            Exists(
                OfferAnswer.objects.filter(user=OuterRef("pk")).filter(
                    Q(ask_again_at=None) | Q(ask_again_at__gt=Blank("now"))
                )
            ),
        )
    )
)


def binding_step(user: User) -> BindingStep:
    """What the person must or may do next. At most one statement; none where the policy is off.

    Nobody is offered what the portal can't do: without LinkedIn credentials there is no offer.
    A demand stays a demand, since a requirement must not vanish with a setting.
    """
    organization = user.organization
    if organization is None or organization.binding_policy == BindingPolicy.OFF:
        return BindingStep.NONE
    policy = BindingPolicy(organization.binding_policy)
    if policy == BindingPolicy.OPTIONAL and not linkedin.is_configured():
        return BindingStep.NONE
    ((is_bound, was_offered),) = _BOUND_AND_OFFERED.all(user=user.pk, now=timezone.now())
    return next_step(policy=policy, is_bound=is_bound, was_offered=was_offered)


def current_binding(user: User) -> ProfileBinding | None:
    """The binding that has not ended, active or suspended."""
    return ProfileBinding.objects.current().filter(user=user).first()


def is_bound(user: User) -> bool:
    return ProfileBinding.objects.active().filter(user=user).exists()


def with_binding_state(users: QuerySet[User]) -> QuerySet[User]:
    """Each person with `binding_state`: "active", "suspended" or "none"."""
    current = ProfileBinding.objects.current().filter(user=OuterRef("pk"))
    return users.annotate(
        binding_state=Coalesce(Subquery(current.values("state")[:1]), Value(UNBOUND))
    )


@dataclass(frozen=True, slots=True)
class ProfilePanel:
    """What My account and the home page show of somebody's profile."""

    organization: Organization
    is_required: bool
    is_available: bool
    binding: ProfileBinding | None
    # Only while nothing is connected: the last one, if an administrator ended it.
    ended_by_admin: ProfileBinding | None
    # Said "don't ask again", or disconnected: the account page stays the place to connect.
    is_declined: bool = False


def account_context(user: User) -> ProfilePanel | None:
    """For `profiles/_account_section.html` and `profiles/_home_banner.html`, as `profile`.

    None where nothing named LinkedIn may show: policy off, or platform staff. One statement, and
    one more about an optional profile that isn't connected.
    """
    organization = user.organization
    if organization is None or organization.binding_policy == BindingPolicy.OFF:
        return None
    # At most one is current, and it is younger than all that ended.
    newest = ProfileBinding.objects.filter(user=user).order_by("-bound_at", "-id").first()
    is_active = newest is not None and newest.state == State.ACTIVE
    was_taken = newest is not None and newest.end_reason == EndReason.ADMIN
    is_required = organization.binding_policy == BindingPolicy.REQUIRED
    answers = OfferAnswer.objects.filter(user=user, ask_again_at=None)
    return ProfilePanel(
        organization=organization,
        is_required=is_required,
        is_available=linkedin.is_configured(),
        binding=newest if is_active else None,
        ended_by_admin=newest if was_taken else None,
        is_declined=not (is_required or is_active) and answers.exists(),
    )
