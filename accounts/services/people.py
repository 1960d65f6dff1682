"""How people come to be and change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.errors import ExternalIdTaken, InvalidValue, RoleNotGrantable, UserNameTaken
from accounts.models import Organization, User
from accounts.names import name_key
from accounts.roles import Role
from accounts.services.validation import validate_fields, validate_new_password
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

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
        validate_new_password(password, user)
        user.set_password(password)
    validate_fields(user)
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
def adopt_external_id(*, user: User, external_id: str, actor: Actor) -> bool:
    """Learn what the directory calls somebody we knew without it; whether we did.

    Somebody else's id, or a second one for the same person, is left alone.
    """
    here = User.objects.present().filter(organization=user.organization_id)
    if here.filter(external_id=external_id).exists():
        return False
    unnamed = here.filter(pk=user.pk, external_id=None)
    if not unnamed.update(external_id=external_id, updated_at=timezone.now()):
        return False
    user.external_id = external_id
    record(
        Action.USER_CHANGED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"external_id": [None, external_id]},
    )
    return True


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
    validate_fields(user)
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
