"""Who has a profile connected, and what the person is asked next. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import (
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import BindingPolicy, Organization, Session, User
from database.compiled import Blank, CompiledQuery
from profiles import consent, linkedin
from profiles.models import OfferAnswer, ProfileBinding
from profiles.policies import BindingStep, grace_ends, is_silent, next_step

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
PAGES = {
    BindingStep.OFFER: "profiles:connect",
    BindingStep.DEMAND: "profiles:connect",
    BindingStep.AGREE: "profiles:agree",
}


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
    return is_held_without(user) and not is_bound(user)


def is_held_without(user: User) -> bool:
    """Whether they would be without a profile. Whoever isn't, isn't with one: nothing to look up.

    Whoever is held without one is held by nothing else.
    """
    return _step_without(user) is BindingStep.DEMAND


def grace_until(user: User) -> datetime | None:
    """When the gate closes for somebody who has no profile yet and is let in until then.

    None for everybody else. A statement only while a grace is running.
    """
    if _step_without(user) is not BindingStep.REMIND or is_bound(user):
        return None
    return _grace_ends(user)


def has_new_words(user: User) -> bool:
    """Whether the words about the person's connected profile have changed since they agreed."""
    organization = user.organization
    if organization is None:
        return False
    active = ProfileBinding.objects.active().filter(user=user)
    agreed = active.values_list("consent_version", flat=True).first()
    return _step(user, organization, timezone.now(), agreed=agreed) is BindingStep.AGREE


def _step_without(user: User) -> BindingStep:
    if user.organization is None:
        return BindingStep.NONE
    return _step(user, user.organization, timezone.now())


def _grace_ends(user: User) -> datetime | None:
    organization = user.organization
    assert organization is not None  # whoever meets a requirement is somebody's
    return grace_ends(
        policy=BindingPolicy(organization.binding_policy),
        since=organization.binding_policy_at,
        days=organization.binding_grace_days,
        joined_at=user.created_at,
    )


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
        grace_until=_grace_ends(user),
        consent_is_current=agreed == consent.CURRENT_VERSION,
        is_available=linkedin.is_configured(),
    )


def current_binding(user: User) -> ProfileBinding | None:
    """The binding that has not ended, active or suspended."""
    return ProfileBinding.objects.current().filter(user=user).first()


def is_bound(user: User) -> bool:
    return ProfileBinding.objects.active().filter(user=user).exists()


def sessions_it_began(user: User, *, keep: str | None = None) -> list[str]:
    """The keys of this person's sessions that began with a profile, but for `keep`."""
    began = Session.objects.filter(user=user, door=Session.Door.LINKEDIN)
    return [key for key in began.values_list("session_key", flat=True) if key != keep]


def with_binding_state(users: QuerySet[User]) -> QuerySet[User]:
    """Each person with `binding_state`: "active", "suspended" or "none"."""
    current = ProfileBinding.objects.current().filter(user=OuterRef("pk"))
    return users.annotate(
        binding_state=Coalesce(Subquery(current.values("state")[:1]), Value(UNBOUND))
    )


@dataclass(frozen=True, slots=True)
class Consent:
    """Words that somebody agreed to once: which, when, until when, and why not longer."""

    version: str
    agreed_at: datetime
    ended_at: datetime | None = None
    why: str = ""


# More than anybody connects; the file with all one's data has the rest.
BINDINGS_SHOWN = 25


def consent_history(user: User) -> list[Consent]:
    """Of every profile the person has or had, newest first. Two statements, one without any."""
    return _consents_of(_newest_bindings(user))


def _newest_bindings(user: User) -> list[ProfileBinding]:
    bindings = ProfileBinding.objects.filter(user=user).order_by("-bound_at", "-id")
    return list(bindings[:BINDINGS_SHOWN])


def _consents_of(bindings: list[ProfileBinding]) -> list[Consent]:
    prefetch_related_objects(bindings, "earlier_consents")
    found = []
    for binding in bindings:
        why = binding.get_end_reason_display() if binding.end_reason else ""
        newer = Consent(binding.consent_version, binding.consented_at, binding.ended_at, why)
        found.append(newer)
        earlier = sorted(
            binding.earlier_consents.all(), key=lambda each: each.agreed_at, reverse=True
        )
        for each in earlier:
            newer = Consent(each.version, each.agreed_at, newer.agreed_at, _("Newer words"))
            found.append(newer)
    return found


@dataclass(frozen=True, slots=True)
class ProfilePanel:
    """What My account and the home page show of somebody's profile."""

    organization: Organization
    is_required: bool
    is_available: bool
    binding: ProfileBinding | None
    # Only while nothing is connected: the last one, if an administrator ended it.
    ended_by_admin: ProfileBinding | None
    # Whether every page is closed to them without a profile, and when that begins if not yet.
    signs_out: bool = False
    grace_ends: datetime | None = None
    # Connected, and the words have changed since.
    has_new_words: bool = False
    # Said "don't ask again", or disconnected: the account page stays the place to connect.
    is_declined: bool = False
    # Newest first, ended ones too.
    bindings: list[ProfileBinding] = field(default_factory=list)

    @property
    def is_offered(self) -> bool:
        """Whether it is theirs to connect one, and they haven't said no."""
        may = self.is_available and not self.is_required
        return may and self.binding is None and not self.is_declined

    @property
    def consents(self) -> list[Consent]:
        """Of these. A statement of its own where there are any, for the page that shows them."""
        return _consents_of(self.bindings)


def account_context(user: User) -> ProfilePanel | None:
    """For `profiles/_account_section.html` and `profiles/_home_banner.html`, as `profile`.

    None where nothing named LinkedIn may show: policy off, or platform staff. One statement, and
    one more about an optional profile that isn't connected.
    """
    organization = user.organization
    if organization is None or is_silent(BindingPolicy(organization.binding_policy)):
        return None
    # At most one is current, and it is younger than all that ended.
    bindings = _newest_bindings(user)
    newest = bindings[0] if bindings else None
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
        signs_out=is_held_without(user),
        has_new_words=_step(
            user,
            organization,
            timezone.now(),
            agreed=newest.consent_version if newest is not None and is_active else None,
        )
        is BindingStep.AGREE,
        grace_ends=_grace_ends(user),
        is_declined=not (is_required or is_active) and answers.exists(),
        bindings=bindings,
    )
