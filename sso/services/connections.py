"""A connection is made, its options are chosen, it opens and closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from accounts.errors import NobodyGetsIn
from accounts.models import Organization, SetupLink
from accounts.roles import Role
from accounts.services import (
    hold_organization,
    keeping_a_way_in,
    revoke_setup_link,
    set_changed,
)
from audit.actions import Action
from audit.actors import Actor
from audit.services import record
from database.sealing import seal
from sso.content import OPTION_FIELDS
from sso.errors import (
    ClosesOtherDoors,
    ConnectionNameTaken,
    InvalidOption,
    MayNotSkipTest,
    NotADraft,
    NotReadyToActivate,
    NotTested,
    TooManyConnections,
)
from sso.green_tests import has_green_test
from sso.models import SamlConnection
from sso.policies import may_skip_test
from sso.services.keys import new_key_pair
from sso.services.rows import follow_address, keep_version, locked, store
from sso.services.validation import validate

# Of one organization, those that are off included. Mergers bring a handful of identity providers.
MOST_CONNECTIONS = 50


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    unknown = set(options) - set(OPTION_FIELDS)
    if unknown:
        raise InvalidOption(min(unknown), "not an option of a connection")


@transaction.atomic
def create_connection(
    *, organization: Organization, name: str, preset: str, actor: Actor, **options: Any
) -> SamlConnection:
    """A draft with keys and addresses of its own.

    Raises `ConnectionNameTaken`, `InvalidOption` and `TooManyConnections`.
    """
    _refuse_unknown(options)
    key_pem, certificate_pem = new_key_pair(organization)
    connection = SamlConnection(
        organization=organization,
        name=name.strip(),
        preset=preset,
        sp_private_key=seal(key_pem),
        sp_certificate=certificate_pem,
    )
    for field, value in options.items():
        setattr(connection, field, value)
    validate(connection, {"name", *options})
    # Held: of two who add the last one there may be, one does. Making the key took its time before.
    hold_organization(organization.pk)
    if SamlConnection.objects.in_organization(organization).count() >= MOST_CONNECTIONS:
        raise TooManyConnections(most=MOST_CONNECTIONS)
    try:
        with transaction.atomic():
            connection.save(force_insert=True)
    except IntegrityError as error:
        raise ConnectionNameTaken from error
    keep_version(connection, action=Action.CONNECTION_CREATED, actor=actor)
    if connection.idp_metadata_url:
        follow_address(connection)
    record(
        Action.CONNECTION_CREATED,
        organization=organization,
        actor=actor,
        target=connection,
        changes={"preset": preset},
    )
    return connection


@transaction.atomic
def change_connection(
    *, connection: SamlConnection, changes: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Choose options; answers what changed. Valid from the next request or answer on."""
    _refuse_unknown(changes)
    row = locked(connection)
    changed = set_changed(row, changes, among=OPTION_FIELDS, otherwise="")
    if not changed:
        return changed
    validate(row, changed)
    if "pool" in changed:
        changed["pool"] = [str(pool) for pool in changed["pool"]]
    store(row, [*changed], action=Action.CONNECTION_CHANGED, actor=actor)
    record(
        Action.CONNECTION_CHANGED,
        organization=row.organization,
        actor=actor,
        target=row,
        changes=changed,
    )
    connection.refresh_from_db()
    return changed


@transaction.atomic
def activate_connection(
    *,
    connection: SamlConnection,
    actor: Actor,
    untested_because: str = "",
    decider_role: str = Role.STAFF,
) -> None:
    """Let people sign in through it, once a test sign-in of it as it is now has passed.

    With a reason, `untested_because`, it goes without; `decider_role` is the role of the person
    who says so. Raises `NotReadyToActivate` before there is metadata, `NotTested`,
    `MayNotSkipTest`, and `ClosesOtherDoors` where full admins come in by their profiles alone.
    """
    row = locked(connection)
    if row.is_active:
        return
    if not row.knows_its_provider:
        raise NotReadyToActivate
    on_record = {}
    if not has_green_test(row):
        if not untested_because:
            raise NotTested
        if not may_skip_test(decider_role):
            raise MayNotSkipTest
        on_record["untested_because"] = untested_because
    try:
        with keeping_a_way_in(row.organization, actor=actor):
            _change_state(
                connection,
                row,
                SamlConnection.State.ACTIVE,
                Action.CONNECTION_ACTIVATED,
                actor,
                on_record,
            )
    except NobodyGetsIn as error:
        raise ClosesOtherDoors from error


@transaction.atomic
def deactivate_connection(*, connection: SamlConnection, actor: Actor) -> None:
    """Stop sign-ins through it at once, those under way included. Sessions go on."""
    row = locked(connection)
    if not row.is_active:
        return
    _change_state(
        connection, row, SamlConnection.State.INACTIVE, Action.CONNECTION_DEACTIVATED, actor
    )


def delete_draft(*, connection: SamlConnection, actor: Actor) -> None:
    """Remove a connection that never opened, with its versions and tests; its set-up links end.

    Raises `NotADraft` for one that was ever active, or that somebody came to: the database keeps
    what an identity, a claim or a sign-in trace names. A transaction of its own: PostgreSQL asks
    at the commit, and so finds a trace that was written in the same moment.
    """
    try:
        _delete(connection, actor)
    except IntegrityError as error:
        raise NotADraft from error


@transaction.atomic
def _delete(connection: SamlConnection, actor: Actor) -> None:
    row = locked(connection)
    if row.state != SamlConnection.State.DRAFT:
        raise NotADraft
    links = SetupLink.objects.filter(connection_id=row.pk, revoked_at=None)
    for link in links.select_related("organization"):
        revoke_setup_link(link=link, actor=actor)
    record(Action.CONNECTION_DELETED, organization=row.organization, actor=actor, target=row)
    try:
        row.delete()
    except ProtectedError as error:
        raise NotADraft from error


def _change_state(
    connection: SamlConnection,
    row: SamlConnection,
    state: SamlConnection.State,
    action: Action,
    actor: Actor,
    on_record: Mapping[str, str] | None = None,
) -> None:
    before = row.state
    row.state = state
    store(row, ["state"], action=action, actor=actor)
    record(
        action,
        organization=row.organization,
        actor=actor,
        target=row,
        changes={"state": [before, state], **(on_record or {})},
    )
    connection.refresh_from_db()
