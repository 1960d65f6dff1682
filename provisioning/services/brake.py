"""The safety net under mass removal: one wrong filter in a directory must not empty a customer.

A directory that removes more than a share of the people within an hour is paused: from then on
its writes are refused with 503 and Retry-After, which directories obey by trying later, until an
administrator lets it go on or undoes what it did. People count when they are deactivated or
deleted; who comes back is not taken off the count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Any, TypeAlias
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.errors import ExternalIdTaken, RoleNotGrantable, UserNameTaken
from accounts.models import Organization, User
from accounts.roles import Role
from accounts.services import change_role, reactivate_user, restore_user
from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.models import AuditEvent
from audit.services import record
from licenses.models import LicenseAssignment
from licenses.policies import Source as LicenseSource
from licenses.services import assign_licenses
from provisioning.jobs import tell_paused
from provisioning.models import ScimConfiguration

# A role, and the abilities chosen with it.
Rights: TypeAlias = tuple[Role, tuple[str, ...]]

WINDOW = timedelta(hours=1)
UNDO_WITHIN = timedelta(days=1)
# When a paused directory should come again; an administrator needs some time to read a mail.
RETRY_AFTER_SECONDS = 15 * 60


def allow_removal(configuration: ScimConfiguration) -> bool:
    """Count one more removal, inside the transaction that removes; whether the brake lets it pass.

    One conditional UPDATE in the common case. The first removal of an hour counts the active people
    and settles how many may go.
    """
    if not configuration.brake_is_on:
        return True
    now = timezone.now()
    # Somebody else may have pulled it since this request began.
    here = ScimConfiguration.objects.filter(pk=configuration.pk, paused_at=None)
    current = here.filter(
        window_started_at__gt=now - WINDOW, window_removed__lt=F("window_allowed")
    )
    count = {"window_removed": F("window_removed") + 1}
    if current.update(**count):
        return True
    over = here.filter(Q(window_started_at=None) | Q(window_started_at__lte=now - WINDOW))
    begun = {"window_started_at": now, "window_allowed": allowance(configuration)}
    if over.update(**begun, window_removed=1):
        return True
    # Either the allowance is used up, or somebody else began the new hour while we counted.
    return bool(current.update(**count))


def allowance(configuration: ScimConfiguration) -> int:
    """How many people the directory may remove within an hour, of those active now."""
    active = User.objects.in_organization(configuration.organization_id).active().count()
    share = floor(active * configuration.brake_percent / 100)
    return max(configuration.brake_minimum, share)


@transaction.atomic
def pause_directory(*, configuration: ScimConfiguration, actor: Actor) -> None:
    """Hold the directory's writes, and have the full admins written to. Twice is once."""
    now = timezone.now()
    running = ScimConfiguration.objects.filter(pk=configuration.pk, paused_at=None)
    if not running.update(paused_at=now):
        return
    configuration.paused_at = now
    record(
        Action.DIRECTORY_PAUSED,
        organization=configuration.organization,
        actor=actor,
        target=configuration,
        changes={"removed": configuration.window_removed},
    )
    tell_paused.enqueue(str(configuration.pk))


@transaction.atomic
def resume_directory(*, configuration: ScimConfiguration, actor: Actor) -> None:
    """Let a paused directory go on. For the hour that follows the brake lets everything pass:
    somebody has looked at what it is about to do."""
    now = timezone.now()
    everyone = User.objects.in_organization(configuration.organization_id).present().count()
    paused = ScimConfiguration.objects.filter(pk=configuration.pk).exclude(paused_at=None)
    if not paused.update(
        paused_at=None, window_started_at=now, window_allowed=everyone, window_removed=0
    ):
        return
    configuration.refresh_from_db()
    record(
        Action.DIRECTORY_RESUMED,
        organization=configuration.organization,
        actor=actor,
        target=configuration,
    )


@dataclass(frozen=True, slots=True)
class Removal:
    """Somebody whom a directory removed: what they were before, and whether they can come back.

    `is_taken`: they were deleted, and somebody else has the user name or external id by now.
    """

    user: User
    before: User.State
    left_groups: tuple[UUID, ...]
    is_taken: bool
    # Role and abilities that the removal took, None where it took none.
    rights: Rights | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """How many came back, who had to stay deleted, and how many are left for the next time."""

    back: int
    taken: list[User]
    remaining: int


def removed_lately(organization: Organization) -> list[Removal]:
    """Whom a directory deactivated or deleted within a day and who still are, the latest first.

    Two statements.
    """
    since = timezone.now() - UNDO_WITHIN
    gone: Iterable[Any] = (
        User.objects.in_organization(organization)
        .filter(state__in=(User.State.DEACTIVATED, User.State.DELETED), deactivated_at__gte=since)
        .annotate(is_taken=is_taken(organization))
    )
    traces = _traces_since(organization, since)
    found = {str(user.pk): user for user in gone}
    names: set[str] = set()
    removals: list[Removal] = []
    for target in reversed(traces):
        if target not in found:
            continue
        user = found[target]
        before, groups, rights = traces[target]
        if before == user.state == User.State.DEACTIVATED:
            continue  # closed by somebody else: the directory took no more than what was kept
        # Of two of one name, deleted one after the other, the later comes back.
        is_taken_since = user.is_taken or not names.isdisjoint(_names_of(user))
        names |= _names_of(user)
        removals.append(Removal(user, before, groups, is_taken_since, rights))
    return removals


def is_taken(organization: Organization) -> Q:
    """Annotation of a person: whether somebody else here has the user name or external id."""
    others = User.objects.present().filter(organization=organization).exclude(pk=OuterRef("pk"))
    has_name = Exists(others.filter(user_name_key=OuterRef("user_name_key")))
    return has_name | Exists(others.filter(external_id=OuterRef("external_id")))


def _names_of(user: User) -> set[str]:
    names = {f"user name {user.user_name_key}"}
    return names if user.external_id is None else {*names, f"external id {user.external_id}"}


_Trace: TypeAlias = tuple[User.State, tuple[UUID, ...], Rights | None]


def _traces_since(organization: Organization, since: datetime) -> dict[str, _Trace]:
    """By person, from the earliest: the state before a directory's removal, and the groups left.

    Whoever came back since, or was removed by somebody else as well, is not among them.
    """
    events = AuditEvent.objects.in_organization(organization).filter(
        action__in=(Action.USER_DEACTIVATED, Action.USER_REACTIVATED), created_at__gte=since
    )
    traces: dict[str, _Trace] = {}
    rows = events.order_by("id").values_list("action", "actor_kind", "target_id", "changes")
    for action, kind, target, changes in rows.iterator():
        earlier = traces.pop(target, None)
        if action == Action.USER_DEACTIVATED and kind == ActorKind.DIRECTORY:
            # Deactivated first and deleted later, somebody comes back as they were at first.
            before = earlier[0] if earlier else User.State(changes["state"][0])
            rights = _rights_in(changes) or (earlier[2] if earlier else None)
            traces[target] = before, tuple(map(UUID, changes.get("left_groups", ()))), rights
    return traces


def _rights_in(changes: Mapping[str, Any]) -> Rights | None:
    if "role" not in changes:
        return None
    return Role(changes["role"][0]), tuple(changes.get("abilities", [()])[0])


def undo_removals(
    *, organization: Organization, actor: Actor, at_most: int | None = None
) -> Undone:
    """Bring back whom the directory deactivated or deleted within a day, everybody or some.

    Whoever lost a license by it gets one again, or a place in line. Each in a transaction of their
    own: doing it again goes on where it stopped. Whoever was deleted and whose user name or
    external id is somebody else's by now stays deleted.
    """
    removals = removed_lately(organization)
    taken = [each.user for each in removals if each.is_taken]
    free = [each for each in removals if not each.is_taken]
    at_once = free[:at_most]
    licensed = _unlicensed_with_them([each.user.pk for each in at_once])
    back = 0
    for removal in at_once:
        user = removal.user
        try:
            _bring_back(removal, organization, actor, with_license=user.pk in licensed)
        except (UserNameTaken, ExternalIdTaken):  # since we looked
            taken.append(user)
        else:
            back += 1
    if back:
        record(
            Action.REMOVALS_UNDONE,
            organization=organization,
            actor=actor,
            target=organization,
            changes={"people": back},
        )
    return Undone(back, taken, remaining=len(free) - len(at_once))


@transaction.atomic
def _bring_back(
    removal: Removal, organization: Organization, actor: Actor, *, with_license: bool
) -> None:
    user = removal.user
    if user.state == User.State.DELETED:
        restore_user(user=user, actor=actor, state=removal.before, groups=removal.left_groups)
    else:
        reactivate_user(user=user, actor=actor)
    if removal.rights is not None:
        _give_rights_back(user, removal.rights, actor)
    if with_license and removal.before != User.State.DEACTIVATED:
        assign_licenses(
            organization=organization,
            users=[user.pk],
            source=LicenseSource.ADMIN,
            actor=actor,
        )


def _give_rights_back(user: User, rights: Rights, actor: Actor) -> None:
    """As far as whoever undoes it could have given them; else a full admin gives the role."""
    by = Role.STAFF
    if actor.is_person:
        by = Role(User.objects.get_queryset().values_list("role", flat=True).get(pk=actor.id))
    role, abilities = rights
    with suppress(RoleNotGrantable):
        change_role(user=user, role=role, abilities=abilities, granter_role=by, actor=actor)


def _unlicensed_with_them(people: Collection[UUID]) -> set[UUID]:
    """Of these people, those whose license ended because they were deactivated."""
    ended = LicenseAssignment.objects.filter(
        user__in=people,
        assigned_at__isnull=False,
        ended_source=LicenseSource.DEACTIVATION,
        ended_at__gte=timezone.now() - UNDO_WITHIN,
    )
    return set(ended.values_list("user_id", flat=True))
