"""*View as learner*: what each kind of person meets under each policy.

Drawn by the functions that decide at the real sign-in, so the picture can't differ from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import acceptance
from accounts.models import BindingPolicy, Organization
from profiles.policies import BindingStep, Way, grace_ends, next_step, ways_in

# As the cards to choose from, which stand above.
COLUMNS = tuple(BindingPolicy)


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    is_now: bool
    steps: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    who: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Matrix:
    columns: list[Column]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of person: what the deciding functions ask about one."""

    who: str
    by_sso: bool
    is_bound: bool = False
    was_offered: bool = False
    is_invited: bool = False
    has_seat: bool = True
    # Here when a profile became required.
    was_here: bool = False
    is_deactivated: bool = False
    consent_is_current: bool = True


def learner_view(organization: Organization, *, door: str | None) -> Matrix:
    """`door` is the identity provider's name; None where nobody comes through one."""
    today = BindingPolicy(organization.binding_policy)
    return Matrix(
        columns=[Column(str(policy.label), policy is today) for policy in COLUMNS],
        rows=[
            Row(
                kind.who,
                [
                    Cell(
                        str(policy.label),
                        policy is today,
                        list(_path(kind, policy, door, organization.binding_grace_days)),
                    )
                    for policy in COLUMNS
                ],
            )
            for kind in _kinds(organization, by_sso=door is not None)
        ],
    )


def _kinds(organization: Organization, *, by_sso: bool) -> Iterator[_Kind]:
    if by_sso:
        yield _Kind(_("Signs in for the first time"), by_sso)
        yield _Kind(_("Was asked before, said “Not now”"), by_sso, was_offered=True)
        if not organization.requires_sso:
            yield _Kind(_("Has a password, not connected"), by_sso=False)
    else:
        yield _Kind(_("Was invited"), by_sso, is_invited=True)
        yield _Kind(_("Has a password, not connected"), by_sso)
    yield _Kind(_("Here before they must, not connected"), by_sso, was_offered=True, was_here=True)
    yield _Kind(_("Already connected"), by_sso, is_bound=True)
    yield _Kind(
        _("Connected, and the words have changed"), by_sso, is_bound=True, consent_is_current=False
    )
    yield _Kind(_("No seat left"), by_sso, has_seat=False)
    yield _Kind(_("Deactivated, connected"), by_sso, is_bound=True, is_deactivated=True)
    yield _Kind(_("Deactivated, not connected"), by_sso, is_deactivated=True)


def _path(kind: _Kind, policy: BindingPolicy, door: str | None, days: int) -> Iterator[str]:
    """From the door on, as if the policy had been chosen at this moment."""
    now = timezone.now()
    step = next_step(
        policy=policy,
        by_sso=kind.by_sso,
        # Whoever joins through LinkedIn is connected by it.
        is_bound=kind.is_bound or (kind.is_invited and _joins_by(policy) == (Way.LINKEDIN,)),
        was_offered=kind.was_offered,
        now=now,
        grace_until=grace_ends(policy=policy, since=now, days=days, joined_at=now)
        if kind.was_here
        else None,
        is_deactivated=kind.is_deactivated,
        consent_is_current=kind.consent_is_current,
    )
    if step in {BindingStep.LEAVE, BindingStep.CLOSED}:
        yield _("Doesn’t get in")
        if step is BindingStep.LEAVE:
            yield _("May disconnect under “I don’t work here anymore”")
        return
    yield _way(kind, policy, door)
    if not kind.has_seat:
        # A sign-in ends in the line, which no requirement closes: `BindingGateMiddleware`.
        yield _("Waiting page with the place in line")
        yield from _asked_later(step)
        return
    match step:
        case BindingStep.DEMAND:
            yield _("Must connect LinkedIn")
        case BindingStep.OFFER:
            yield _("Asked: Connect, Not now or Don’t ask again")
        case BindingStep.AGREE:
            yield _("Shown the new words once: Agree, Disconnect or Decide later")
        case BindingStep.REMIND:
            yield ngettext(
                "Home, past a banner, for %(count)d day; then must connect LinkedIn",
                "Home, past a banner, for %(count)d days; then must connect LinkedIn",
                days,
            ) % {"count": days}
            return
    hides = policy is BindingPolicy.OFF and kind.is_bound
    yield _("Home. Profile hidden, nothing sent") if hides else _("Home")


# What there is to choose from behind an invitation, before the policy leaves some of it.
_PROFILE = acceptance.Way("", "", "", profile_of="LinkedIn")
_ACCOUNT = acceptance.Way("", "", "")


def _joins_by(policy: BindingPolicy) -> tuple[Way, ...]:
    left = acceptance.offered([_PROFILE], policy=policy, account=_ACCOUNT)
    return tuple(Way.LINKEDIN if way.connects_profile else Way.ACCOUNT for way in left)


def _way(kind: _Kind, policy: BindingPolicy, door: str | None) -> str:
    if kind.is_invited:
        return {
            (Way.LINKEDIN,): _("Invitation: connect LinkedIn"),
            (Way.LINKEDIN, Way.ACCOUNT): _("Invitation: connect LinkedIn or create an account"),
            (Way.ACCOUNT,): _("Invitation: create an account"),
        }[_joins_by(policy)]
    ways = ways_in(by_sso=kind.by_sso, policy=policy, is_bound=kind.is_bound)
    return {
        (Way.SSO,): str(door),
        (Way.LINKEDIN, Way.ACCOUNT): _("LinkedIn or password"),
        (Way.ACCOUNT,): _("Password"),
    }[ways]


def _asked_later(step: BindingStep) -> Iterator[str]:
    match step:
        case BindingStep.DEMAND:
            yield _("Must connect LinkedIn when a seat comes")
        case BindingStep.OFFER:
            yield _("Asked to connect at the first sign-in with a seat")
