"""Who may do what, and who may come in at all."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import LastFullAdmin, LastFullAdminWhoGetsIn, RoleNotGrantable
from accounts.models import (
    DirectoryGroup,
    DirectoryGroupMembership,
    Session,
    User,
)
from accounts.roles import Role, may_grant
from accounts.services.holding import hold_organization, hold_person
from accounts.services.leavers import FOR_GOOD, revoke_links_of, take_from_leaver
from accounts.services.people import name_taken
from accounts.services.revoking import end_invitation
from accounts.services.setup_links import may_make_setup_links
from accounts.services.validation import refuse_useless_password, validate_new_password
from accounts.services.ways import gets_in
from accounts.signals import user_deactivated, user_reactivated
from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.services import record
from database.compiled import Blank, CompiledDelete, CompiledUpdate, Together


@transaction.atomic
def change_role(
    *,
    user: User,
    role: Role,
    actor: Actor,
    granter_role: str = Role.STAFF,
    abilities: Collection[str] = (),
) -> None:
    """Give somebody another role. Raises `LastFullAdmin` and `RoleNotGrantable`.

    `granter_role` is the role of the person who asks; commands and directories act as staff.
    """
    row = hold_person(user)
    if not (may_grant(granter_role, role) and may_grant(granter_role, row.role)):
        raise RoleNotGrantable
    kept = sorted(abilities) if role == Role.SUB_ADMIN else []
    before = (row.role, row.abilities)
    if before == (role, kept):
        return
    if row.role == Role.FULL_ADMIN and role != Role.FULL_ADMIN:
        _keep_a_full_admin(row, actor)
    User.objects.filter(pk=row.pk, organization=row.organization_id).update(
        role=role, abilities=kept, updated_at=timezone.now()
    )
    user.role, user.abilities = role, kept
    may_no_more = may_make_setup_links(before[0]) and not may_make_setup_links(role)
    links = revoke_links_of(row, actor) if may_no_more else []
    record(
        Action.USER_ROLE_CHANGED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={
            "role": [before[0], role],
            "abilities": [before[1], kept],
            **({"setup_links": links} if links else {}),
        },
    )


@transaction.atomic
def deactivate_user(
    *,
    user: User,
    actor: Actor,
    reason: str = "",
    state: User.State = User.State.DEACTIVATED,
) -> None:
    """Close an account: sessions end now, and whoever listens takes back what it gave.

    Whoever leaves for good, by a `reason` that says so (`accounts.services.leavers`), also loses
    their role. With `state=DELETED` the account is hidden, leaves its groups, and its name is free
    again. Doing it twice is doing it once. Raises `LastFullAdmin`.
    """
    close_account(user=hold_person(user), actor=actor, reason=reason, state=state, seen=user)


_CLOSE = CompiledUpdate(
    lambda: User.objects.get_queryset().filter(pk=Blank("user")),
    state=Blank("state"),
    deactivated_at=Blank("now"),
    updated_at=Blank("now"),
)
_SESSIONS_OF = CompiledDelete(lambda: Session.objects.filter(user=Blank("user")))
_CLOSE_AND_SIGN_OUT = Together(_CLOSE, _SESSIONS_OF)


def close_account(
    *,
    user: User,
    actor: Actor,
    reason: str = "",
    state: User.State = User.State.DEACTIVATED,
    seen: User | None = None,
) -> bool:
    """`deactivate_user` for callers that hold the person's lock; whether there was anything to do.

    Their transaction is lost when it refuses. `seen` is the caller's own object, to be kept true.
    """
    before = user.state
    if before in {state, User.State.DELETED}:
        return False
    if user.role == Role.FULL_ADMIN and before == User.State.ACTIVE:
        _keep_a_full_admin(user, actor)
    now = timezone.now()
    _closed, ended = _CLOSE_AND_SIGN_OUT.run(user=user.pk, state=state.value, now=now)
    for row in (user, seen or user):
        row.state, row.deactivated_at, row.updated_at = state, now, now
    leaves = reason in FOR_GOOD
    if before == User.State.INVITED or (leaves and actor.is_person):
        end_invitation(user=user, actor=actor)
    taken = take_from_leaver(user=user, actor=actor) if leaves else {}
    if not leaves and may_make_setup_links(user.role):
        # Their role may wake with the account; what they handed out is good for nothing meanwhile.
        taken |= {"setup_links": links} if (links := revoke_links_of(user, actor)) else {}
    if seen is not None:
        seen.role, seen.abilities = user.role, user.abilities
    left_groups = _leave_groups(user, now) if state == User.State.DELETED else {}
    record(
        Action.USER_DEACTIVATED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={
            "state": [before, state],
            "reason": reason,
            **({"sessions_ended": ended} if ended else {}),
            **({"left_groups": left_groups} if left_groups else {}),
            **taken,
        },
    )
    user_deactivated.send(sender=User, user=user, actor=actor, reason=reason)
    return True


def _end_all_sessions(user: User) -> int:
    return _SESSIONS_OF.run(user=user.pk)


def _leave_groups(user: User, now: datetime) -> dict[str, str]:
    """Which groups they were, by id: the way back for `restore_user`."""
    held = _held_groups(DirectoryGroup.objects.filter(memberships__user=user))
    DirectoryGroup.objects.filter(pk__in=held).update(updated_at=now)
    DirectoryGroupMembership.objects.filter(user=user).delete()
    return {str(group): name for group, name in held.items()}


def _held_groups(groups: QuerySet[DirectoryGroup]) -> dict[uuid.UUID, str]:
    """Names of these groups by id, locked until the transaction ends."""
    # In this order, so that two people who leave the same groups don't wait for each other.
    ordered = groups.order_by("pk").select_for_update(of=("self",), no_key=True)
    return dict(ordered.values_list("pk", "display_name"))


@transaction.atomic
def reactivate_user(*, user: User, actor: Actor) -> None:
    """Open a deactivated account again. A deleted one stays deleted."""
    reopen_account(user=hold_person(user), actor=actor, seen=user)


def reopen_account(*, user: User, actor: Actor, seen: User | None = None) -> bool:
    """`reactivate_user` for callers that hold the person's lock; whether there was anything to do.

    `seen` is the caller's own object, to be kept true.
    """
    if user.state != User.State.DEACTIVATED:
        return False
    now = timezone.now()
    User.objects.get_queryset().filter(pk=user.pk).update(
        state=User.State.ACTIVE, deactivated_at=None, updated_at=now
    )
    for row in (user, seen or user):
        row.state, row.deactivated_at, row.updated_at = User.State.ACTIVE, None, now
    # One that began in the moment of closing opened nothing since, and must not begin to now. An
    # invitation to somebody who was in already opens nothing to a closed account, and ends here.
    _end_all_sessions(user)
    end_invitation(user=user, actor=actor)
    record(
        Action.USER_REACTIVATED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"state": [User.State.DEACTIVATED, User.State.ACTIVE]},
    )
    user_reactivated.send(sender=User, user=user, actor=actor)
    return True


@transaction.atomic
def restore_user(
    *,
    user: User,
    actor: Actor,
    state: User.State = User.State.ACTIVE,
    groups: Collection[uuid.UUID] = (),
) -> bool:
    """Undo a deletion, under the same id and name; whether there was anything to do.

    `state` is the one to come back to. Of `groups`, those that are still here take the person back.
    Sessions stay ended. Raises `UserNameTaken` and `ExternalIdTaken`: both were free meanwhile.
    """
    row = hold_person(user)
    if row.state != User.State.DELETED:
        return False
    is_closed = state == User.State.DEACTIVATED
    now = timezone.now()
    closed_at = row.deactivated_at if is_closed else None
    try:
        User.objects.get_queryset().filter(pk=row.pk).update(
            state=state, deactivated_at=closed_at, updated_at=now
        )
    except IntegrityError as error:
        raise name_taken(row, error) from error
    for each in (row, user):
        each.state, each.deactivated_at, each.updated_at = state, closed_at, now
    _end_all_sessions(row)  # as `reopen_account` does
    end_invitation(user=row, actor=actor)
    joined = _join_groups(row, groups, now)
    record(
        Action.USER_REACTIVATED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={
            "state": [User.State.DELETED, state],
            **({"joined_groups": joined} if joined else {}),
        },
    )
    if not is_closed:
        user_reactivated.send(sender=User, user=row, actor=actor)
    return True


def _join_groups(user: User, groups: Collection[uuid.UUID], now: datetime) -> dict[str, str]:
    if not groups:
        return {}
    here = DirectoryGroup.objects.filter(organization=user.organization_id, pk__in=groups)
    held = _held_groups(here)
    DirectoryGroup.objects.filter(pk__in=held).update(updated_at=now)
    DirectoryGroupMembership.objects.bulk_create(
        [DirectoryGroupMembership(group_id=group, user=user) for group in held],
        ignore_conflicts=True,
    )
    return {str(group): name for group, name in held.items()}


@transaction.atomic
def set_password(*, user: User, password: str, actor: Actor) -> None:
    """Give an account a password of its own. Ends its other sessions, through Django's hash.

    Raises `InvalidValue` for one that Django's validators refuse, and `SsoRequired` where it would
    open nothing.
    """
    refuse_useless_password(user.organization_id)
    validate_new_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    record(Action.PASSWORD_CHANGED, organization=user.organization, actor=actor, target=user)


def _keep_a_full_admin(user: User, actor: Actor) -> None:
    """Refuse to lose the last full admin, and the last one who gets in too.

    Directories also act before there is a way in, and then have none to lose; command lines mend
    what others can't. The organization's row is locked first, so that two admins can't retire each
    other at once.
    """
    organization_id = _organization_id(user)
    organization = hold_organization(organization_id)
    remaining = User.objects.in_organization(organization_id).full_admins().exclude(pk=user.pk)
    if not remaining.exists():
        raise LastFullAdmin
    if actor.kind is ActorKind.SYSTEM or gets_in(organization, without=user):
        return
    if actor.is_person or gets_in(organization):
        raise LastFullAdminWhoGetsIn


def _organization_id(user: User) -> uuid.UUID:
    assert user.organization_id is not None  # a constraint: full admins have an organization
    return user.organization_id
