"""What every write of a directory has in common: one transaction, and refusals in SCIM's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from django.db import connection, transaction

from accounts import errors as accounts_errors
from accounts.names import name_key
from audit.services import one_statement
from provisioning.authentication import Directory
from provisioning.errors import Conflict, InvalidValue, NotUnique, Paused
from provisioning.mapping import ATTRIBUTE_OF_FIELD
from provisioning.services.brake import RETRY_AFTER_SECONDS, pause_directory


class RemovalHeld(Exception):
    """The brake does not let this removal pass."""


@contextmanager
def change(directory: Directory, *, is_one_statement: bool = False) -> Iterator[None]:
    """One transaction in which a directory changes something; its events are stored together.

    A change that is one statement is a transaction by itself: two ways to the server less.

    Raises `NotUnique`, `InvalidValue`, `Conflict` and `Paused` for what services refuse. Nothing of
    the change is left then, except that a directory held by the brake stays held.
    """
    if directory.configuration.is_paused:
        raise _paused()
    try:
        with _transaction(is_one_statement=is_one_statement), one_statement():
            yield
    except accounts_errors.UserNameTaken as error:
        holder = {"user_name_key": name_key(error.user_name)}
        raise NotUnique(f"userName: {error}", holder=holder) from error
    except accounts_errors.ExternalIdTaken as error:
        holder = {"external_id": error.external_id}
        raise NotUnique(f"externalId: {error}", holder=holder) from error
    except accounts_errors.GroupExternalIdTaken as error:
        raise NotUnique(f"externalId: {error}") from error
    except accounts_errors.InvalidValue as error:
        attribute = ATTRIBUTE_OF_FIELD.get(error.field, error.field)
        raise InvalidValue(f"{attribute}: {error.message}") from error
    except accounts_errors.LastFullAdmin as error:
        raise Conflict(str(error)) from error
    except RemovalHeld as error:
        pause_directory(configuration=directory.configuration, actor=directory.actor)
        raise _paused() from error


def _transaction(*, is_one_statement: bool) -> AbstractContextManager[None]:
    # Inside of another one it is a savepoint all the same: a refusal must not spoil that one.
    is_by_itself = is_one_statement and not connection.in_atomic_block
    return nullcontext() if is_by_itself else transaction.atomic()


def _paused() -> Paused:
    return Paused(
        "This directory is paused because it was about to remove many people at once. "
        "An administrator decides under Directory sync in the console.",
        RETRY_AFTER_SECONDS,
    )


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The attributes in which two documents differ, with what they were and what they are."""
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: [before.get(name), after.get(name)]
        for name in names
        if before.get(name) != after.get(name)
    }
