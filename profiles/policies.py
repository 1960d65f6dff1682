"""What a person meets between the door and their home page. Decisions only: values in, value out.

The sign-in, the gate on every page, *My account* and the console's *View as learner* all ask here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from accounts.models import BindingPolicy

# How long the profiles of an organization that switched them off are kept, in case they return.
KEPT_AFTER_OFF = timedelta(days=90)
# How long before the gate closes those without a profile are told by mail.
TOLD_BEFORE = timedelta(days=3)


class BindingStep(Enum):
    """What a person meets."""

    # Goes straight in.
    NONE = "none"
    # Asked once after the sign-in, and may decline.
    OFFER = "offer"
    # Goes in, past a banner that says until when.
    REMIND = "remind"
    # No page but the one to connect.
    DEMAND = "demand"
    # Connected, and the words have changed since: shown once, to agree or to disconnect.
    AGREE = "agree"
    # Switched off and still connected: nothing opens but the page to disconnect.
    LEAVE = "leave"
    # Switched off: nothing opens.
    CLOSED = "closed"


class Way(Enum):
    """How somebody comes in."""

    SSO = "sso"
    LINKEDIN = "linkedin"
    ACCOUNT = "account"


def is_silent(policy: BindingPolicy) -> bool:
    """Whether this policy asks nobody anything, so that nothing need be looked up."""
    return policy is BindingPolicy.OFF


def next_step(
    *,
    policy: BindingPolicy,
    by_sso: bool,
    is_bound: bool,
    was_offered: bool,
    now: datetime,
    grace_until: datetime | None = None,
    is_deactivated: bool = False,
    consent_is_current: bool = True,
    is_available: bool = True,
) -> BindingStep:
    """What this person meets now.

    `is_bound` is about a profile that counts, and of somebody deactivated about one that is asleep.
    `grace_until` comes from `grace_ends`; at that very moment the gate is closed. `is_available`
    says whether the portal can reach LinkedIn at all: nobody is offered what can't be done, but a
    requirement doesn't vanish with a setting.

    Whoever isn't held at the gate without a profile isn't held with one, nor by any consent, so
    the gate asks about somebody unbound first and looks nothing up where that opens.
    """
    if is_deactivated:
        return BindingStep.LEAVE if is_bound else BindingStep.CLOSED
    match policy:
        case _ if is_silent(policy):
            return BindingStep.NONE
        case _ if is_bound:
            return BindingStep.NONE if consent_is_current else BindingStep.AGREE
        case BindingPolicy.REQUIRED if grace_until is not None and now < grace_until:
            return BindingStep.REMIND
        case BindingPolicy.REQUIRED:
            return BindingStep.DEMAND
        # Without single sign-on the question was asked at the door: LinkedIn, or an account.
        case _ if by_sso and is_available and not was_offered:
            return BindingStep.OFFER
        case _:
            return BindingStep.NONE


def grace_ends(
    *, policy: BindingPolicy, since: datetime | None, days: int, joined_at: datetime
) -> datetime | None:
    """When the gate closes for somebody of `joined_at`; None: it is closed to them at once.

    The grace is for the people whom the change of policy finds here. Whoever joins later learns of
    the requirement with everything else there is to learn on a first day, and meets it then.
    `since` is None where the policy is older than the grace itself.
    """
    if policy is not BindingPolicy.REQUIRED or since is None or joined_at > since:
        return None
    return since + timedelta(days=days)


def is_told(*, now: datetime, since: datetime, days: int) -> bool:
    """Whether it is time for the one mail about a gate that closes `days` after `since`.

    A grace that is shorter than the notice is told of at once, and one of no days not at all.
    """
    ends = since + timedelta(days=days)
    return max(since, ends - TOLD_BEFORE) <= now < ends


def ways_in(*, by_sso: bool, policy: BindingPolicy, is_bound: bool) -> tuple[Way, ...]:
    """How somebody who has an account comes in, the usual way first.

    LinkedIn knows people by a connected profile alone, so it opens to nobody without one.
    """
    if by_sso:
        return (Way.SSO,)
    if is_bound and not is_silent(policy):
        return (Way.LINKEDIN, Way.ACCOUNT)
    return (Way.ACCOUNT,)


class ClosedBy(Enum):
    """What keeps people from signing in with a profile that they have connected."""

    POLICY = "policy"
    SSO = "sso"


def sign_in_closed_by(*, by_sso: bool, policy: BindingPolicy) -> ClosedBy | None:
    """None where a connected profile is a way in.

    `by_sso`: one active connection is enough. Then that is the door, and whoever is locked out
    there must not find another one open.
    """
    if Way.LINKEDIN in ways_in(by_sso=by_sso, policy=policy, is_bound=True):
        return None
    return ClosedBy.POLICY if is_silent(policy) else ClosedBy.SSO
