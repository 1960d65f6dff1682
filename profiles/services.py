"""Connecting and disconnecting profiles, and following what organizations and people do.

Writes only; for reads see `profiles.standing`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from accounts.errors import LastWayIn
from accounts.models import BindingPolicy, Organization, User
from accounts.roles import Role
from accounts.services import end_sessions, hold_organization, hold_person, keeping_a_way_in
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from database.compiled import Blank, CompiledUpdate
from profiles.errors import AlreadyBound, BindingNotAllowed, ProfileBoundToColleague
from profiles.jobs import tell_disconnected
from profiles.models import EarlierConsent, OfferAnswer, ProfileBinding, Provider, Via
from profiles.standing import is_bound, is_held_without, sessions_it_began
from profiles.ways_in import is_last_way

NOT_NOW_LASTS = timedelta(days=30)

State = ProfileBinding.State
EndReason = ProfileBinding.EndReason


# Connecting


def bind_profile(
    *,
    user: User,
    provider: Provider,
    subject: str,
    name: str,
    consent_version: str,
    via: Via,
    actor: Actor,
    consented_at: datetime | None = None,
) -> ProfileBinding:
    """Tie the profile to the account; binding the same profile again changes nothing.

    Raises `BindingNotAllowed`, `AlreadyBound`, and `ProfileBoundToColleague`, which leaves an
    event of its own: that is why this is not one transaction.
    """
    try:
        return _bind(
            user=user,
            binding=ProfileBinding(
                user=user,
                provider=provider,
                subject=subject,
                name=name,
                via=via,
                consent_version=consent_version,
                consented_at=consented_at or timezone.now(),
            ),
            actor=actor,
        )
    except ProfileBoundToColleague:
        record_refusal(user=user, reason="bound to a colleague", actor=actor)
        raise


@transaction.atomic
def _bind(*, user: User, binding: ProfileBinding, actor: Actor) -> ProfileBinding:
    if user.organization_id is None:
        raise BindingNotAllowed
    # Both stay as they are until this transaction ends: a policy that is switched off, or an
    # account that is closed at this moment, finds the binding or prevents it.
    row = User.objects.get_queryset().select_for_update(no_key=True).get(pk=user.pk)
    organization = hold_organization(user.organization_id)
    row.organization = binding.organization = organization
    if organization.binding_policy == BindingPolicy.OFF or not row.is_active:
        raise BindingNotAllowed
    current = ProfileBinding.objects.current().filter(user=row, provider=binding.provider).first()
    if current is not None:
        if current.subject != binding.subject:
            raise AlreadyBound
        return current
    try:
        with transaction.atomic():
            binding.save(force_insert=True)
    except IntegrityError as error:
        if _is_held_by_a_colleague(binding):
            raise ProfileBoundToColleague from error
        raise
    record(
        Action.PROFILE_BOUND,
        organization=organization,
        actor=actor,
        target=row,
        changes={
            "provider": binding.provider,
            "via": binding.via,
            "consent_version": binding.consent_version,
            "consented_at": binding.consented_at,
        },
    )
    return binding


def _is_held_by_a_colleague(binding: ProfileBinding) -> bool:
    return (
        ProfileBinding.objects.current()
        .in_organization(binding.organization)
        .filter(provider=binding.provider, subject=binding.subject)
        .exists()
    )


@transaction.atomic
def agree_anew(*, user: User, version: str, actor: Actor) -> bool:
    """Agree to words that changed since the profile was connected; whether that is new.

    What was agreed to before is kept beside it, with its day.
    """
    held = ProfileBinding.objects.active().select_for_update(no_key=True)
    binding = held.filter(user=user).exclude(consent_version=version).first()
    if binding is None:
        return False
    # A version comes back where a release is taken back; it is the newer consent that counted.
    EarlierConsent.objects.update_or_create(
        binding=binding,
        version=binding.consent_version,
        defaults={"agreed_at": binding.consented_at},
    )
    now = timezone.now()
    ProfileBinding.objects.filter(pk=binding.pk).update(consent_version=version, consented_at=now)
    record(
        Action.PROFILE_AGREED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"consent_version": [binding.consent_version, version]},
    )
    return True


def record_refusal(*, user: User, reason: str, actor: Actor) -> None:
    """Keep that connecting failed. The event carries the reference number the person saw."""
    record(
        Action.PROFILE_REFUSED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"reason": reason},
    )


@transaction.atomic
def answer_offer(*, user: User, ask_again: bool, actor: Actor) -> None:
    """*Not now* (asks again after 30 days) or *Don't ask again*. Raises `BindingNotAllowed`."""
    organization = user.organization
    if organization is None or organization.binding_policy != BindingPolicy.OPTIONAL:
        raise BindingNotAllowed
    same = Q(ask_again_at__gt=timezone.now()) if ask_again else Q(ask_again_at=None)
    is_repeated = OfferAnswer.objects.filter(same, user=user).exists()
    _remember_answer(user, ask_again=ask_again)
    if is_repeated:  # history has heard it
        return
    record(
        Action.OFFER_ANSWERED,
        organization=organization,
        actor=actor,
        target=user,
        changes={"answer": "later" if ask_again else "never"},
    )


def _remember_answer(user: User, *, ask_again: bool) -> None:
    now = timezone.now()
    OfferAnswer.objects.update_or_create(
        user=user,
        defaults={
            "answered_at": now,
            "ask_again_at": now + NOT_NOW_LASTS if ask_again else None,
        },
    )


# Disconnecting


@transaction.atomic
def unbind_profile(
    *, user: User, actor: Actor, reason: ProfileBinding.EndReason, keep: str | None = None
) -> bool:
    """End the current binding, suspended or not; answers whether there was one.

    Sessions that it began end with it, all but `keep`: the key of the one that asks. Whoever
    disconnects themselves isn't offered to connect again, and where every page would be closed to
    them now they are signed out everywhere: the page says so first. Whose profile an administrator
    disconnects is told by mail; where it is required, the gate closes on their next request. Raises
    `NobodyGetsIn` where full admins come in by this profile alone.
    """
    is_guarded = user.role == Role.FULL_ADMIN and user.state == User.State.ACTIVE
    with keeping_a_way_in(user.organization if is_guarded else None, actor=actor):
        return _unbind(user, actor, reason, keep)


def _unbind(user: User, actor: Actor, reason: ProfileBinding.EndReason, keep: str | None) -> bool:
    ended = (
        ProfileBinding.objects.current()
        .filter(user=user)
        .update(state=State.REVOKED, ended_at=timezone.now(), end_reason=reason)
    )
    if not ended:
        return False
    record(
        Action.PROFILE_UNBOUND,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"reason": reason},
    )
    match reason:
        case EndReason.LEARNER:
            _remember_answer(user, ask_again=False)
            if is_held_without(user):
                end_sessions(user=user, actor=actor)
            else:
                _end_what_it_began(user, actor, keep)
        case EndReason.ADMIN:
            _end_what_it_began(user, actor, keep)
            if user.email:
                tell_disconnected.enqueue(str(user.pk))
    return True


def _end_what_it_began(user: User, actor: Actor, keep: str | None) -> None:
    """A profile may be disconnected because somebody else has it by now."""
    end_sessions(user=user, actor=actor, only=sessions_it_began(user, keep=keep))


@transaction.atomic
def disconnect_own_profile(*, user: User, keep: str | None = None) -> bool:
    """`unbind_profile`, as the person asks for it. Raises `LastWayIn`: nobody shuts themselves out.

    The person is held, as whenever a way in goes: of two that go in one moment, one stays.
    """
    if is_last_way(hold_person(user)):
        raise LastWayIn
    return unbind_profile(
        user=user, actor=Actor.from_user(user), reason=EndReason.LEARNER, keep=keep
    )


# Following policies and people


@transaction.atomic
def follow_policy(*, organization: Organization, before: str, actor: Actor) -> None:
    """Policy off: everything connected is suspended, nothing is deleted. Away from off: it returns.

    Bindings of deactivated people stay suspended until their person returns. One event says how
    many people it touched.
    """
    bindings = ProfileBinding.objects.current().in_organization(organization)
    if organization.binding_policy == BindingPolicy.OFF:
        # To the moment, since the page counts from it until when they are kept.
        off_at = organization.binding_policy_at
        touched = bindings.active().update(state=State.SUSPENDED, policy_off_at=off_at)
        bindings.filter(policy_off_at=None).update(policy_off_at=off_at)
        action = Action.PROFILE_SUSPENDED
    elif before == BindingPolicy.OFF:
        returning = bindings.exclude(policy_off_at=None)
        touched = returning.filter(dormant_at=None).update(state=State.ACTIVE, policy_off_at=None)
        returning.update(policy_off_at=None)
        action = Action.PROFILE_RESUMED
    else:
        return
    if touched:
        record(
            action,
            organization=organization,
            actor=actor,
            target=organization,
            changes={"people": touched, "reason": "policy"},
        )


_FALL_DORMANT = CompiledUpdate(
    lambda: ProfileBinding.objects.current().filter(user=Blank("user"), dormant_at=None),
    state=State.SUSPENDED.value,
    dormant_at=Blank("now"),
)


@transaction.atomic(savepoint=False)  # always part of a larger change
def suspend_for_person(*, user: User, actor: Actor) -> None:
    """The account was closed: its binding is dormant. A deleted account never returns: it ends."""
    if user.state == User.State.DELETED:
        unbind_profile(user=user, actor=actor, reason=EndReason.DELETED)
        return
    if _FALL_DORMANT.run(user=user.pk, now=timezone.now()):
        record(
            Action.PROFILE_SUSPENDED,
            organization=user.organization,
            actor=actor,
            target=user,
            changes={"reason": "person"},
        )


@transaction.atomic(savepoint=False)  # always part of a larger change
def resume_for_person(*, user: User, actor: Actor) -> None:
    """The account was opened again; its binding wakes, unless the policy keeps it suspended."""
    dormant = ProfileBinding.objects.current().filter(user=user).exclude(dormant_at=None)
    woken = dormant.update(
        dormant_at=None,
        state=Case(When(policy_off_at=None, then=Value(State.ACTIVE)), default=F("state")),
    )
    if woken and is_bound(user):
        record(
            Action.PROFILE_RESUMED,
            organization=user.organization,
            actor=actor,
            target=user,
            changes={"reason": "person"},
        )
