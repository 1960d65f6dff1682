"""How people come to be and change."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.hashers import (
    UNUSABLE_PASSWORD_PREFIX,
    UNUSABLE_PASSWORD_SUFFIX_LENGTH,
)
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from accounts.emails import kept_form
from accounts.errors import (
    ExternalIdTaken,
    InvalidValue,
    PersonIsDirectoryOwned,
    RoleNotGrantable,
    UserNameTaken,
)
from accounts.models import Invitation, Organization, User
from accounts.names import name_key
from accounts.roles import Role
from accounts.services.validation import (
    refuse_useless_password,
    validate_fields,
    validate_new_password,
)
from accounts.signals import user_changed, user_created
from audit.actions import Action
from audit.actors import Actor
from audit.services import event_for, record
from database.compiled import Blank, CompiledUpdate
from database.inserts import insert

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


def _nothing(_user: User) -> Sequence[Model]:
    return ()


def add_user(
    *,
    organization: Organization | None,
    user_name: str,
    source: User.Source,
    actor: Actor,
    role: Role = Role.LEARNER,
    state: User.State = User.State.ACTIVE,
    external_id: str | None = None,
    password: str | None = None,
    beside: Callable[[User], Sequence[Model]] = _nothing,
    **profile: Any,
) -> User:
    """A new account in one organization; with `organization=None`, a member of platform staff.

    Whoever gives an account its password at once vouches for its address: reset mails go there.
    `profile` takes `PROFILE_FIELDS`; `beside` makes the rows that are stored with the person. For
    callers whose own transaction is lost when it refuses: no savepoint; others call `create_user`.
    Whether a name is free is the constraint's answer, so nothing is asked beforehand. Raises
    `UserNameTaken`, `ExternalIdTaken`, `InvalidValue`, `SsoRequired` for a password that would open
    nothing, and `RoleNotGrantable` for staff of an organization.
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
    user.email = kept_form(user.email)
    if state == User.State.DEACTIVATED:
        user.deactivated_at = timezone.now()
    if password is None:
        user.password = _unusable_password()
    else:
        refuse_useless_password(user.organization_id)
        validate_new_password(password, user)
        user.set_password(password)
        user.verified_email = user.email
    validate_fields(user)
    event = event_for(
        Action.USER_CREATED,
        organization=organization,
        actor=actor,
        target=user,
        changes={"source": source, "role": user.role},
    )
    try:
        insert(user, *beside(user), event)
    except IntegrityError as error:
        raise name_taken(user, error) from error
    user_created.send(sender=User, user=user, actor=actor)
    return user


def _unusable_password() -> str:
    """As long and as random as `set_unusable_password` leaves one, which draws letter by letter."""
    random_bytes = UNUSABLE_PASSWORD_SUFFIX_LENGTH * 3 // 4
    return UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(random_bytes)


# The same, whole or not at all.
create_user = transaction.atomic(add_user)


def name_taken(user: User, error: IntegrityError) -> Exception:
    """Which name the constraint found taken; the error itself where it was another constraint."""
    where = _violated(error)
    if "external_id" in where:
        return ExternalIdTaken(user.external_id or "")
    return UserNameTaken(user.user_name) if "user_name" in where else error


def _violated(error: IntegrityError) -> str:
    """The constraint's name where the database tells it; SQLite's message names the columns.

    PostgreSQL's message has the values as well, and a value may be anything.
    """
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(error) if diagnosis is None else str(diagnosis.constraint_name)


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
    """Write some of `PROFILE_FIELDS`; answers what changed. The same values change nothing.

    What a directory keeps is not for people to write. Raises `InvalidValue` and
    `PersonIsDirectoryOwned`.
    """
    unknown = set(values) - set(PROFILE_FIELDS)
    if unknown:
        raise InvalidValue(min(unknown), "not an attribute of a person")
    if values and actor.is_person and user.source == User.Source.SCIM:
        raise PersonIsDirectoryOwned
    return change_user(user=user, values=values, actor=actor)


def change_user(
    *,
    user: User,
    values: Mapping[str, Any],
    actor: Actor,
    besides: Mapping[str, Any] | None = None,
) -> dict[str, list[Any]]:
    """`update_profile` for whoever may also rename: `user_name` and `external_id` too.

    For callers whose own transaction is lost when it refuses. `besides` names what the caller
    changes about the person in tables of its own: it goes into the same event and moves
    `updated_at`. Where an invitation made the address the user name, that follows the address.
    Raises `UserNameTaken`, `ExternalIdTaken` and `InvalidValue`.
    """
    changed: dict[str, list[Any]] = {}
    for field, value in values.items():
        new = kept_form(value) if field == "email" else value
        before = getattr(user, field)
        if before != new:
            setattr(user, field, new)
            changed[field] = [before, new]
    if not (changed or besides):
        return changed
    if "email" in changed and "user_name" not in changed:
        _rename_with_address(user, changed)
    validate_fields(user)
    written = [*changed, "updated_at"]
    if "user_name" in changed:
        written.append("user_name_key")
    try:
        user.save(update_fields=written)
    except IntegrityError as error:
        raise name_taken(user, error) from error
    record(
        Action.USER_CHANGED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={**changed, **(besides or {})},
    )
    user_changed.send(sender=User, user=user, changed=frozenset(changed), actor=actor)
    return changed


def _rename_with_address(user: User, changed: dict[str, list[Any]]) -> None:
    """Whoever has the former address next must not be taken for this person by their old name.

    Names that a directory or an administrator chose stay, and so does one whose successor is
    somebody else's name.
    """
    former, address = changed["email"]
    if user.source != User.Source.INVITATION or not address:
        return
    if user.user_name_key != name_key(former):
        return
    named_so = User.objects.get_queryset().named(address).filter(organization=user.organization_id)
    if named_so.exclude(pk=user.pk).exists():
        return
    changed["user_name"] = [user.user_name, address]
    user.user_name = address


_KEEP_SIGN_IN = CompiledUpdate(
    lambda: User.objects.get_queryset().filter(pk=Blank("user")), last_login=Blank("now")
)


_KEEP_PASSWORD_SIGN_IN = CompiledUpdate(
    lambda: User.objects.get_queryset().filter(pk=Blank("user")),
    last_login=Blank("now"),
    password_used_at=Blank("now"),
)


def keep_last_sign_in(*, user: User, by_password: bool = False) -> None:
    """The person signs in now.

    Whoever signs people in within a transaction calls it there, before locking an organization;
    for everybody else it is done when the session begins.
    """
    user.last_login = timezone.now()
    keep = _KEEP_PASSWORD_SIGN_IN if by_password else _KEEP_SIGN_IN
    keep.run(user=user.pk, now=user.last_login)


@transaction.atomic
def mark_joined(*, user: User, actor: Actor) -> None:
    """An invited person came in for the first time, by whichever door; the invitation is used."""
    joined = User.objects.get_queryset().filter(pk=user.pk, state=User.State.INVITED)
    if not joined.update(state=User.State.ACTIVE, updated_at=timezone.now()):
        return
    user.state = User.State.ACTIVE
    Invitation.objects.pending().filter(user=user).update(accepted_at=timezone.now())
    record(
        Action.USER_CHANGED,
        organization=user.organization,
        actor=actor,
        target=user,
        changes={"state": [User.State.INVITED, User.State.ACTIVE]},
    )
