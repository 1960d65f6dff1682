"""Who has a profile connected, and what the person is asked next. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import BindingPolicy, Organization, User
from database.compiled import Blank, CompiledQuery
from profiles import consent, linkedin
from profiles.models import OfferAnswer, ProfileBinding
from profiles.policies import BindingStep, is_silent, next_step

UNBOUND = "none"

State = ProfileBinding.State
EndReason = ProfileBinding.EndReason


# What every sign-in asks where the policy is not "off": the words that the person agreed to, None
# without a profile that counts, and whether they have answered the offer.
_AGREED_AND_OFFERED = CompiledQuery(
    lambda: (
        User.objects.get_queryset()
        .filter(pk=Blank("user"))
        .values_list(
            Subquery(
                ProfileBinding.objects.active()
                .filter(user=OuterRef("pk"))
                .values("consent_version")[:1]
            ),
            Exists(
                OfferAnswer.objects.filter(user=OuterRef("pk")).filter(
                    Q(ask_again_at=None) | Q(ask_again_at__gt=Blank("now"))
                )
            ),
        )
    )
)

# What each step leads to first; the others go straight in.
PAGES = {BindingStep.OFFER: "profiles:connect", BindingStep.DEMAND: "profiles:connect"}


def binding_step(user: User, *, by_sso: bool) -> BindingStep:
    """What the person meets as they sign in. At most one statement; none where the policy is off.

    For somebody whom the doors let in: who is switched off gets no further than them.
    """
    organization = user.organization
    if organization is None or is_silent(BindingPolicy(organization.binding_policy)):
        return BindingStep.NONE
    now = timezone.now()
    ((agreed, was_offered),) = _AGREED_AND_OFFERED.all(user=user.pk, now=now)
    return _step(user, organization, now, by_sso=by_sso, agreed=agreed, was_offered=was_offered)


def is_held(user: User) -> bool:
    """Whether every page leads to the one to connect. A statement only where that may be."""
    organization = user.organization
    if organization is None:
        return False
    now = timezone.now()
    if _step(user, organization, now) is not BindingStep.DEMAND:
        return False  # of somebody unbound: whoever is bound meets less
    return _step(user, organization, now, agreed=_agreed(user)) is BindingStep.DEMAND


def _step(
    user: User,
    organization: Organization,
    now: datetime,
    *,
    by_sso: bool = False,
    agreed: str | None = None,
    was_offered: bool = False,
) -> BindingStep:
    """`agreed` is the version of the words that a profile which counts was connected under."""
    return next_step(
        policy=BindingPolicy(organization.binding_policy),
        by_sso=by_sso,
        is_bound=agreed is not None,
        was_offered=was_offered,
        now=now,
        consent_is_current=agreed == consent.CURRENT_VERSION,
        is_available=linkedin.is_configured(),
    )


def _agreed(user: User) -> str | None:
    active = ProfileBinding.objects.active().filter(user=user)
    return active.values_list("consent_version", flat=True).first()


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
    if organization is None or is_silent(BindingPolicy(organization.binding_policy)):
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
