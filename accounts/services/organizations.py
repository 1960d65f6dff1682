"""Customers and their policies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import InvalidValue, SlugTaken
from accounts.models import Organization
from accounts.services.changes import set_changed
from accounts.services.holding import hold_organization
from accounts.services.sessions import shorten_sessions
from accounts.services.validation import validate_fields
from accounts.services.ways import keeping_a_way_in
from accounts.signals import policies_changed
from audit.actions import Action
from audit.actors import Actor
from audit.services import record

# What platform staff write. The short name stands in addresses that identity providers hold: it
# never changes.
DETAIL_FIELDS = ("name", "time_zone", "contact_email", "status")
# What an organization's administrator may set, all on one page.
POLICY_FIELDS = (
    "auto_assign",
    "binding_grace_days",
    "binding_policy",
    "jit_enabled",
    "session_hours",
)


@transaction.atomic
def create_organization(
    *, slug: str, name: str, actor: Actor, time_zone: str = "UTC", contact_email: str = ""
) -> Organization:
    """A new customer. Raises `SlugTaken` and `InvalidValue`."""
    organization = Organization(
        slug=slug, name=name, time_zone=time_zone, contact_email=contact_email
    )
    validate_fields(organization)
    if Organization.objects.filter(slug=slug).exists():
        raise SlugTaken(slug)
    try:
        organization.save(force_insert=True)
    except IntegrityError as error:  # another transaction was faster
        raise SlugTaken(slug) from error
    record(Action.ORGANIZATION_CREATED, organization=organization, actor=actor, target=organization)
    return organization


@transaction.atomic
def update_organization(
    *, organization: Organization, values: Mapping[str, Any], actor: Actor
) -> dict[str, list[Any]]:
    """Write some of `DETAIL_FIELDS`; answers what changed. Raises `InvalidValue`.

    Suspending signs nobody out by deleting rows: a suspended organization's accounts are not
    active, which every request asks.
    """
    row = hold_organization(organization.pk)
    changed = set_changed(
        row, values, among=DETAIL_FIELDS, otherwise="not a detail of an organization"
    )
    if not changed:
        return changed
    validate_fields(row)
    row.save(update_fields=[*changed])
    record(Action.ORGANIZATION_CHANGED, organization=row, actor=actor, target=row, changes=changed)
    return changed


def changed_policies(row: Organization, changes: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set what is new of `POLICY_FIELDS` on a row that is held, and store nothing.

    Answers it as `set_policies` does. Raises `InvalidValue`.
    """
    changed = set_changed(row, changes, among=POLICY_FIELDS, otherwise="not a policy")
    if changed:
        validate_fields(row)
        try:
            row.validate_constraints()
        except ValidationError as error:
            raise InvalidValue(next(iter(changed)), error.messages[0]) from error
    return changed


@transaction.atomic
def set_policies(
    *,
    organization: Organization,
    changes: Mapping[str, Any],
    actor: Actor,
    scheduled_at: datetime | None = None,
) -> dict[str, list[Any]]:
    """Change some of `POLICY_FIELDS`; answers what really changed, as `{field: [before, after]}`.

    Setting what is set already changes and records nothing. A shorter session length counts for
    sessions under way too, a longer one from the next sign-in on. `scheduled_at` is when `actor`
    asked for it, where that wasn't now. Raises `InvalidValue`, and `NobodyGetsIn` where full admins
    come in by their profiles alone.
    """
    row = hold_organization(organization.pk)
    changed = changed_policies(row, changes)
    if not changed:
        return changed
    is_guarded = "binding_policy" in changed
    with keeping_a_way_in(row if is_guarded else None, actor=actor):
        _store_policies(organization, row, changed, actor, scheduled_at)
    return changed


def _store_policies(
    organization: Organization,
    row: Organization,
    changed: dict[str, list[Any]],
    actor: Actor,
    scheduled_at: datetime | None,
) -> None:
    written = [*changed]
    if "binding_policy" in changed:
        row.binding_policy_at = timezone.now()
        written.append("binding_policy_at")
    row.save(update_fields=written)
    if "session_hours" in changed:
        shorten_sessions(hours=row.session_hours, organization=row)
    for field in written:
        setattr(organization, field, getattr(row, field))
    record(
        Action.POLICIES_CHANGED,
        organization=row,
        actor=actor,
        target=row,
        changes={**changed, **({"scheduled_at": scheduled_at} if scheduled_at else {})},
    )
    policies_changed.send(
        sender=Organization,
        organization=row,
        before={field: before for field, (before, _after) in changed.items()},
        actor=actor,
    )
