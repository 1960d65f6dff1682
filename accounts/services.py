"""Every write about organizations, people and their sessions that means something."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import (
    DomainTaken,
    ExternalIdTaken,
    InvalidValue,
    LastFullAdmin,
    RoleNotGrantable,
    SlugTaken,
    UserNameTaken,
)
from accounts.models import Domain, Organization, Session, User
from accounts.names import name_key
from accounts.roles import Role, may_grant
from accounts.signals import policies_changed, user_deactivated, user_reactivated
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

# What an organization's administrator may set, all on one page.
POLICY_FIELDS = ("auto_assign", "binding_policy", "jit_enabled", "session_hours")
# What may be written on a person by whoever knows them: the console, a directory, a sign-in.
PROFILE_FIELDS = (
    "email",
    "first_name",
    "last_name",
    "title",
    "department",
    "location",
    "manager_name",
    "attributes",
)


def _validate(instance: Organization | Domain | User) -> None:
    """Refuse what the fields refuse; uniqueness is left to the database, which can't be raced."""
    try:
        # The organization is a row we hold, which a field would look up again.
        instance.clean_fields(exclude={"organization", "user_name_key"})
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidValue(field, messages[0]) from error


def _validate_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidValue("password", " ".join(error.messages)) from error


@transaction.atomic
def create_organization(
    *, slug: str, name: str, actor: Actor, time_zone: str = "UTC", contact_email: str = ""
) -> Organization:
    """A new customer. Raises `SlugTaken` and `InvalidValue`."""
    organization = Organization(
        slug=slug, name=name, time_zone=time_zone, contact_email=contact_email
    )
    _validate(organization)
    if Organization.objects.filter(slug=slug).exists():
        raise SlugTaken(slug)
    try:
        organization.save(force_insert=True)
    except IntegrityError as error:  # another transaction was faster
        raise SlugTaken(slug) from error
    record(Action.ORGANIZATION_CREATED, organization=organization, actor=actor, target=organization)
    return organization


@transaction.atomic
def set_policies(
    *, organization: Organization, changes: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Change some of `POLICY_FIELDS`; answers what really changed, as `{field: [before, after]}`.

    Setting what is set already changes and records nothing. Raises `InvalidValue`.
    """
    row = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    changed: dict[str, list[Any]] = {}
    for field, value in changes.items():
        if field not in POLICY_FIELDS:
            raise InvalidValue(field, "not a policy")
        before = getattr(row, field)
        if before != value:
            setattr(row, field, value)
            setattr(organization, field, value)
            changed[field] = [before, value]
    if not changed:
        return changed
    _validate(row)
    try:
        row.validate_constraints()
    except ValidationError as error:
        raise InvalidValue(next(iter(changed)), error.messages[0]) from error
    row.save(update_fields=[*changed])
    record(
        Action.POLICIES_CHANGED,
        organization=row,
        actor=actor,
        target=row,
        changes=changed,
    )
    policies_changed.send(
        sender=Organization,
        organization=row,
        before={field: before for field, (before, _after) in changed.items()},
        actor=actor,
    )
    return changed


@transaction.atomic
def add_domain(*, organization: Organization, name: str, actor: Actor) -> Domain:
    """Put a domain on the list, unproved. Raises `DomainTaken`."""
    domain = Domain(
        organization=organization, name=name.strip().lower(), token=secrets.token_hex(16)
    )
    _validate(domain)
    taken = Domain.objects.filter(name=domain.name)
    if taken.verified().exists() or taken.in_organization(organization).exists():
        raise DomainTaken(domain.name)
    try:
        domain.save(force_insert=True)
    except IntegrityError as error:
        raise DomainTaken(domain.name) from error
    record(Action.DOMAIN_ADDED, organization=organization, actor=actor, target=domain)
    return domain


@transaction.atomic
def mark_domain_verified(*, domain: Domain, actor: Actor) -> None:
    """The proof was seen. Raises `DomainTaken` if another organization was first."""
    try:
        with transaction.atomic():
            is_new = Domain.objects.filter(pk=domain.pk, verified_at=None).update(
                verified_at=timezone.now()
            )
    except IntegrityError as error:
        raise DomainTaken(domain.name) from error
    if is_new:
        domain.refresh_from_db(fields=["verified_at"])
        record(
            Action.DOMAIN_VERIFIED,
            organization=domain.organization,
            actor=actor,
            target=domain,
        )


@transaction.atomic
def create_user(
    *,
    organization: Organization | None,
    user_name: str,
    source: User.Source,
    actor: Actor,
    role: Role = Role.LEARNER,
    state: User.State = User.State.ACTIVE,
    external_id: str | None = None,
    password: str | None = None,
    **profile: Any,
) -> User:
    """A new account in one organization; with `organization=None`, a member of platform staff.

    `profile` takes `PROFILE_FIELDS`. Raises `UserNameTaken`, `ExternalIdTaken`, `InvalidValue`, and
    `RoleNotGrantable` for staff of an organization.
    """
    if organization is not None and role == Role.STAFF:
        raise RoleNotGrantable
    unknown = set(profile) - set(PROFILE_FIELDS)
    if unknown:
        raise InvalidValue(min(unknown), "not an attribute of a person")
    user = User(
        organization=organization,
        user_name=user_name.strip(),
        external_id=external_id or None,
        role=role if organization else Role.STAFF,
        state=state,
        source=source,
        **profile,
    )
    user.email = user.email.strip().lower()
    if password is None:
        user.set_unusable_password()
    else:
        _validate_password(password, user)
        user.set_password(password)
    _validate(user)
    _refuse_taken(user)
    try:
        user.save(force_insert=True)
    except IntegrityError as error:
        taken = _what_is_taken(user, error)
        if taken is None:
            raise
        raise taken from error
    record(
        Action.USER_CREATED,
        organization=organization,
        actor=actor,
        target=user,
        changes={"source": source, "role": user.role},
    )
    return user


def _refuse_taken(user: User) -> None:
    """A friendly no in the common case; the constraint has the last word in a race."""
    key = name_key(user.user_name)
    same = Q(user_name_key=key)
    if user.external_id:
        same |= Q(external_id=user.external_id)
    others = User.objects.present().filter(organization=user.organization).filter(same)
    taken = set(others.values_list("user_name_key", flat=True)[:2])
    if key in taken:
        raise UserNameTaken(user.user_name)
    if taken:
        raise ExternalIdTaken


def _what_is_taken(user: User, error: IntegrityError) -> UserNameTaken | ExternalIdTaken | None:
    # PostgreSQL names the constraint, SQLite the columns.
    text = str(error)
    if "external_id" in text:
        return ExternalIdTaken()
    return UserNameTaken(user.user_name) if "user_name" in text else None


@transaction.atomic
def update_profile(*, user: User, values: Mapping[str, Any], actor: Actor) -> dict[str, list[Any]]:
    """Write some of `PROFILE_FIELDS`; answers what changed. The same values change nothing."""
    changed: dict[str, list[Any]] = {}
    for field, value in values.items():
        if field not in PROFILE_FIELDS:
            raise InvalidValue(field, "not an attribute of a person")
        new = value.strip().lower() if field == "email" else value
        before = getattr(user, field)
        if before != new:
            setattr(user, field, new)
            changed[field] = [before, new]
    if not changed:
        return changed
    _validate(user)
    user.save(update_fields=[*changed, "updated_at"])
    record(
        Action.USER_CHANGED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes=changed,
    )
    return changed


@transaction.atomic
def mark_joined(*, user: User, actor: Actor) -> None:
    """An invited person came in for the first time."""
    joined = User.objects.get_queryset().filter(pk=user.pk, state=User.State.INVITED)
    if not joined.update(state=User.State.ACTIVE, updated_at=timezone.now()):
        return
    user.state = User.State.ACTIVE
    record(
        Action.USER_CHANGED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"state": [User.State.INVITED, User.State.ACTIVE]},
    )


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
    row = _locked(user)
    if not (may_grant(granter_role, role) and may_grant(granter_role, row.role)):
        raise RoleNotGrantable
    kept = sorted(abilities) if role == Role.SUB_ADMIN else []
    before = (row.role, row.abilities)
    if before == (role, kept):
        return
    if row.role == Role.FULL_ADMIN and role != Role.FULL_ADMIN:
        _keep_a_full_admin(row)
    User.objects.filter(pk=row.pk, organization=row.organization_id).update(
        role=role, abilities=kept, updated_at=timezone.now()
    )
    user.role, user.abilities = role, kept
    record(
        Action.USER_ROLE_CHANGED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"role": [before[0], role], "abilities": [before[1], kept]},
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

    With `state=DELETED` the account is also hidden and its name is free again. Doing it twice is
    doing it once. Raises `LastFullAdmin`.
    """
    row = _locked(user)
    if row.state in {state, User.State.DELETED}:
        return
    if row.role == Role.FULL_ADMIN and row.state == User.State.ACTIVE:
        _keep_a_full_admin(row)
    now = timezone.now()
    User.objects.filter(pk=row.pk).update(state=state, deactivated_at=now, updated_at=now)
    user.state, user.deactivated_at = state, now
    end_sessions(user=user, actor=actor)
    record(
        Action.USER_DEACTIVATED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"state": [row.state, state], "reason": reason},
    )
    user_deactivated.send(sender=User, user=user, actor=actor, reason=reason)


@transaction.atomic
def reactivate_user(*, user: User, actor: Actor) -> None:
    """Open a deactivated account again. A deleted one stays deleted."""
    row = _locked(user)
    if row.state != User.State.DEACTIVATED:
        return
    User.objects.filter(pk=row.pk).update(
        state=User.State.ACTIVE, deactivated_at=None, updated_at=timezone.now()
    )
    user.state, user.deactivated_at = User.State.ACTIVE, None
    record(
        Action.USER_REACTIVATED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"state": [row.state, User.State.ACTIVE]},
    )
    user_reactivated.send(sender=User, user=user, actor=actor)


@transaction.atomic
def set_password(*, user: User, password: str, actor: Actor) -> None:
    """Give an account a password of its own. Ends its other sessions, through Django's hash.

    Raises `InvalidValue` for one that Django's validators refuse.
    """
    _validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    record(Action.PASSWORD_CHANGED, organization=user.organization, actor=actor, target=user)


@transaction.atomic
def end_sessions(
    *,
    user: User,
    actor: Actor,
    only: Collection[str] | None = None,
    keep: str | None = None,
) -> int:
    """Sign a person out everywhere, of the sessions `only` names, or of all but `keep`.

    Answers how many sessions ended. Effective on the next request of each.
    """
    sessions = Session.objects.filter(user=user)
    if only is not None:
        sessions = sessions.filter(session_key__in=only)
    if keep is not None:
        sessions = sessions.exclude(session_key=keep)
    ended, _per_model = sessions.delete()
    if ended:
        record(
            Action.SESSIONS_REVOKED,
            organization=user.organization,
            actor=actor,
            target=user,
            changes={"sessions": ended},
        )
    return ended


def _locked(user: User) -> User:
    """The account as it is now, and nobody else may change it until this transaction ends."""
    return (
        User.objects.get_queryset()
        .select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .get(pk=user.pk)
    )


def _keep_a_full_admin(user: User) -> None:
    """Refuse to lose the last full admin.

    The organization's row is locked first, so that two admins can't retire each other at once.
    """
    organization_id = _organization_id(user)
    # Without the key, so that whoever adds a row that names the organization need not wait.
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    remaining = User.objects.in_organization(organization_id).full_admins().exclude(pk=user.pk)
    if not remaining.exists():
        raise LastFullAdmin


def _organization_id(user: User) -> uuid.UUID:
    assert user.organization_id is not None  # a constraint: full admins have an organization
    return user.organization_id
