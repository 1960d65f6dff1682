"""Workers and administrators at the same moment, on real commits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import PolicyChange
from accounts.services import apply_scheduled, cancel_scheduled, schedule_policies
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from tests.at_once import at_once, refusals
from tests.factories import make_organization

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

ROUNDS = 4
ACTOR = Actor.system("race")


def due_change(slug: str) -> PolicyChange:
    now = timezone.now()
    return PolicyChange.objects.create(
        organization=make_organization(slug),
        changes={"binding_policy": "required"},
        due_at=now - timedelta(seconds=1),
        actor_kind=ACTOR.kind,
        actor_name=ACTOR.name,
    )


def made(change: PolicyChange) -> int:
    return AuditEvent.objects.filter(
        organization=change.organization_id, action=Action.POLICIES_CHANGED
    ).count()


def test_of_several_workers_one_makes_the_change():
    for number in range(ROUNDS):
        change = due_change(f"acme-{number}")

        answers = at_once(*[lambda change=change: apply_scheduled(change)] * 4)

        assert sorted(answers) == [False, False, False, True]
        assert made(change) == 1


def test_what_is_canceled_as_it_is_made_is_one_or_the_other():
    for number in range(ROUNDS):
        change = due_change(f"acme-{number}")

        applied, canceled = at_once(
            lambda change=change: apply_scheduled(change),
            lambda change=change: cancel_scheduled(
                organization=change.organization, change_id=change.pk, actor=ACTOR
            ),
        )

        change.refresh_from_db()
        assert {applied, canceled} == {True, False}
        assert made(change) == applied
        assert (change.applied_at is not None, change.canceled_at is not None) == (
            applied,
            canceled,
        )


def test_of_two_administrators_who_schedule_at_once_one_does():
    for number in range(ROUNDS):
        acme = make_organization(f"acme-{number}")

        def schedule(policy, acme=acme):
            schedule_policies(
                organization=acme,
                changes={"binding_policy": policy},
                due_at=timezone.now() + timedelta(days=1),
                actor=ACTOR,
            )

        raised = at_once(lambda s=schedule: s("required"), lambda s=schedule: s("off"))

        assert refusals(raised) == ["ChangeWaits"]
