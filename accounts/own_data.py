"""What `accounts` and the audit trail hold on one person."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.clients import describe_client
from accounts.models import (
    Authenticator,
    DirectoryGroup,
    DirectoryGroupMembership,
    Invitation,
    Passkey,
    PersonalCode,
    RecoveryCode,
    Session,
    User,
)
from accounts.personal_data import register, rows, tell_rows
from accounts.roles import Role
from audit.actors import ActorKind
from audit.models import AuditEvent

# Columns of the person's own row that are no fact about them but a secret, or made of another one.
LEFT_OUT = frozenset({"password", "user_name_key", "organization"})


@register("account", User)
def account(user: User) -> dict[str, Any]:
    own = {
        field.attname: getattr(user, field.attname)
        for field in user._meta.concrete_fields
        if field.name not in LEFT_OUT
    }
    organization = user.organization
    return {
        "organization": organization.name if organization else None,
        **own,
        "has_password": user.has_usable_password(),
    }


tell_rows(
    "groups",
    DirectoryGroupMembership,
    order=["group__display_name"],
    also=[DirectoryGroup],
    name="group__display_name",
)


@register("sessions", Session)
def sessions(user: User) -> Generator[dict[str, Any]]:
    """Without their keys: whoever finds the file must not be signed in by it."""
    mine = Session.objects.filter(user=user).order_by("created_at")
    for row in rows(
        mine,
        started_at="created_at",
        ends_at="expire_date",
        signed_in_through="door",
        second_factor="second_factor",
        address="address",
        browser="client",
    ):
        yield {**row, "browser_in_words": describe_client(row["browser"])}


# Without its secret.
tell_rows(
    "authenticator_app",
    Authenticator,
    set_up_at="created_at",
    last_used_at="last_used_at",
)
tell_rows(
    "personal_recovery_codes",
    PersonalCode,
    order=["created_at", "id"],
    made_at="created_at",
    used_at="used_at",
)
tell_rows(
    "passkeys",
    Passkey,
    order=["created_at", "id"],
    name="name",
    added_at="created_at",
    last_used_at="last_used_at",
    times_used_by_its_own_count="sign_count",
    synced_between_devices="is_synced",
)
tell_rows(
    "invitations",
    Invitation,
    order=["created_at"],
    sent_to="email",
    made_at="created_at",
    sent_at="sent_at",
    ends_at="expires_at",
    opened_at="opened_at",
    accepted_at="accepted_at",
    revoked_at="revoked_at",
)
tell_rows(
    "recovery_codes_used",
    RecoveryCode,
    person="used_by",
    order=["used_at"],
    used_at="used_at",
)


@register("what_happened_to_you", AuditEvent)
def events_about(user: User) -> Generator[dict[str, Any]]:
    """Who did it is told by role. Where from, only if it was the person themselves."""
    about = _events(user).filter(target_id=str(user.pk))
    roles = _roles(about)
    for event in about.order_by("id").iterator(chunk_size=500):
        is_own = _is_own(event, user)
        yield {
            "at": event.created_at,
            "action": event.action,
            "in_words": str(event.get_action_display()),
            "by": _who(event, user, roles),
            "changes": event.changes,
            **({"address": event.address} if is_own else {}),
        }


@register("what_you_did", AuditEvent)
def events_by(user: User) -> Generator[dict[str, Any]]:
    """To others, so without whom: only what kind of thing it was."""
    mine = _events(user).filter(actor_kind=ActorKind.PERSON, actor_id=str(user.pk))
    for event in mine.exclude(target_id=str(user.pk)).order_by("id").iterator(chunk_size=500):
        yield {
            "at": event.created_at,
            "action": event.action,
            "in_words": str(event.get_action_display()),
            "on": event.target_type,
            "address": event.address,
        }


def _events(user: User) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(organization=user.organization_id)


def _is_own(event: AuditEvent, user: User) -> bool:
    return event.actor_kind == ActorKind.PERSON and event.actor_id == str(user.pk)


def _roles(events: QuerySet[AuditEvent]) -> dict[str, str]:
    """Of the people who did these, by id, as they are today."""
    by_people = events.filter(actor_kind=ActorKind.PERSON).order_by()
    ids = [UUID(actor) for actor in by_people.values_list("actor_id", flat=True).distinct()]
    roles = User.objects.get_queryset().filter(pk__in=ids).values_list("pk", "role")
    return {str(pk): str(Role(role).label) for pk, role in roles}


def _who(event: AuditEvent, user: User, roles: dict[str, str]) -> str:
    if _is_own(event, user):
        return _("You")
    if event.actor_kind == ActorKind.PERSON:
        return roles.get(event.actor_id, str(ActorKind.PERSON.label))
    return str(ActorKind(event.actor_kind).label)
