"""No change of a connection shuts an organization's administrators out, and no guest leads its
people elsewhere.

Every change goes through `rows.store`, and `rows.store` asks here before it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Organization, User
from accounts.services import has_other_way_in
from audit.actions import Action
from audit.actors import Actor, ActorKind
from sso.content import CONTENT_FIELDS, OUR_CERTIFICATE, content_of, digest_of
from sso.errors import ConnectionEnforced, KeyInUse, LastWayIn, NotForGuests, NoWayBackIn
from sso.green_tests import has_green_test
from sso.models import (
    ConnectionVersion,
    SamlConnection,
    SamlIdentity,
    SignInTrace,
    StandbyKey,
)
from sso.policies import keeps_the_way_in
from sso.requirement import PROOF_LASTS

# The digest of a test names the certificate, which has one key.
OUR_KEY = ("sp_private_key", OUR_CERTIFICATE)
# A key that opened an answer so lately is in use.
KEY_IN_USE_FOR = timedelta(days=7)


def refuse_lock_out(
    before: SamlConnection, row: SamlConnection, fields: Sequence[str], *, actor: Actor
) -> None:
    """Raises `ConnectionEnforced`, `LastWayIn` or `NoWayBackIn` for a change that could do it.

    A change with which a full admin would have come in, as a test within a day says, could not.

    The caller holds the organization's row, so that nobody requires single sign-on meanwhile.
    Command lines are for those who have other ways in, except where single sign-on is required:
    that ends by an act of its own.
    """
    is_system = actor.kind is ActorKind.SYSTEM
    if not before.is_active:
        return
    organization = Organization.objects.get(pk=row.organization_id)
    if row.is_active:
        changes = _changes(before, row, fields)
        if keeps_the_way_in(changes, by_itself=is_system):
            return
        # Where it is required there are recovery codes, for whom the test knew by an address that
        # is another one by now.
        if _is_proved(row, fields, is_strict=not organization.requires_sso):
            return
    if organization.requires_sso:
        if row.is_active:
            raise ConnectionEnforced(organization)
        if not _full_admins_use_another(row):
            raise LastWayIn(organization)
    elif not is_system and not _is_another_way_in(row, organization):
        raise NoWayBackIn


def refuse_guest(row: SamlConnection, *, actor: Actor) -> None:
    """Raises `NotForGuests` for a set-up link that would switch a connection on, or change one that
    people are known by.

    Be that one on or off: whoever is known there by a name would be whomever another identity
    provider calls so, as soon as it is on again.
    """
    if actor.kind is ActorKind.SETUP_LINK and (row.is_active or not is_open_to_guests(row)):
        raise NotForGuests


def is_open_to_guests(row: SamlConnection) -> bool:
    return SamlConnection.objects.open_to_guests().filter(pk=row.pk).exists()


def _is_proved(row: SamlConnection, fields: Sequence[str], *, is_strict: bool) -> bool:
    """Whether a full admin would have come in lately with exactly what the row becomes; strictly,
    one whom the connection knows."""
    if not set(fields) <= {*CONTENT_FIELDS, *OUR_KEY, "metadata_imported_at"}:
        return False
    since = timezone.now() - PROOF_LASTS
    admins = User.objects.in_organization(row.organization_id).full_admins()
    if is_strict:
        admins = admins.filter(saml_identities__connection=row)
    return has_green_test(row, digest_of(content_of(row)), by=admins, since=since)


def _changes(
    before: SamlConnection, after: SamlConnection, fields: Sequence[str]
) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    for field in fields:
        if field == "idp_certificates":
            changes[field] = (frozenset(before.certificates), frozenset(after.certificates))
        else:
            changes[field] = (getattr(before, field), getattr(after, field))
    return changes


def _is_another_way_in(row: SamlConnection, organization: Organization) -> bool:
    return has_other_way_in(organization) or _full_admins_use_another(row)


def _full_admins_use_another(row: SamlConnection) -> bool:
    admins = User.objects.in_organization(row.organization_id).full_admins()
    others = SamlConnection.objects.in_organization(row.organization_id).active()
    return have_come_in(admins, others.exclude(pk=row.pk))


def have_come_in(people: QuerySet[User], connections: QuerySet[SamlConnection]) -> bool:
    """Whether one of them has come in through one of these connections as it is now.

    One that was changed since may let nobody in: while it was off it could be changed freely. Nor
    does a connection for certain let somebody in whom it doesn't know: whom a test found by an
    address may have another one by now, or be known elsewhere.
    """
    if _have_used(people, connections, since=F("connection__updated_at")):
        return True
    return any(
        has_green_test(
            each,
            by=people.filter(saml_identities__connection=each),
            since=_last_retirement(each),
        )
        for each in connections
    )


def _have_used(
    people: QuerySet[User], connections: QuerySet[SamlConnection], *, since: F | datetime
) -> bool:
    """Whether one of them really came in since then, by a name that the connection still knows."""
    # The last use of an identity is true to the hour, a trace to the moment, and gone in time.
    known = SamlIdentity.objects.filter(
        user__in=people, connection__in=connections, last_used_at__gte=since
    )
    by_this_name = SamlIdentity.objects.filter(
        user=OuterRef("user"),
        connection=OuterRef("connection"),
        created_at__lte=OuterRef("created_at"),
    )
    seen = SignInTrace.objects.filter(
        Exists(by_this_name),
        user__in=people,
        connection__in=connections,
        outcome=SignInTrace.Outcome.ACCEPTED,
        created_at__gte=since,
    )
    return known.exists() or seen.exists()


def _last_retirement(connection: SamlConnection) -> datetime | None:
    """When a key of ours went last. It may have opened the answers of tests before."""
    gone = ConnectionVersion.objects.filter(connection=connection, action=Action.KEY_RETIRED)
    return gone.values_list("created_at", flat=True).first()


def refuse_needed_key(row: SamlConnection, standby: StandbyKey) -> None:
    """Raises `KeyInUse` where answers may be encrypted for this key and full admins need them.

    They do where single sign-on is required, or is their only way in.

    Nobody's answers are for certain where a full admin has come in by one that another key opened:
    since this one was made or put aside, and after it last opened an answer.
    """
    if not row.is_active:
        return
    used_at = standby.opened_at
    is_in_use = used_at is not None and timezone.now() - used_at < KEY_IN_USE_FOR
    # The last opening is true to the hour.
    openings = [] if used_at is None else [used_at + timedelta(hours=1)]
    since = max([standby.put_aside_at or standby.created_at, *openings])
    admins = User.objects.in_organization(row.organization_id).full_admins()
    here = SamlConnection.objects.filter(pk=row.pk)
    if not is_in_use and _have_used(admins, here, since=since):
        return
    organization = row.organization
    if organization.requires_sso or not _is_another_way_in(row, organization):
        raise KeyInUse
