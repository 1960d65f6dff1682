"""How long a session through a connection lasts, and what shortens one that has begun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Session, User
from accounts.services import set_policies, shorten_sessions
from sso.content import content_of
from sso.errors import InvalidOption
from sso.models import StagedChange
from sso.services import apply_staged_change, change_connection, stage_change
from tests.sso.conftest import is_signed_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANA = "ana@acme.example"


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _no_profiles(acme, globex):
    for organization in (acme, globex):
        organization.binding_policy = "off"
        organization.save()


def hours_of(user_name=ANA, **where):
    session = Session.objects.get(user__user_name=user_name, **where)
    return (session.expire_date - session.created_at) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("connection", "policy", "idp", "expected"),
    [
        (None, 12, None, 12),
        (3, 12, None, 3),
        (100, 12, None, 12),
        (3, 12, 1, 1),
        (3, 12, 100, 3),
        (180 * 24, 180 * 24, None, 180 * 24),
    ],
)
def test_the_soonest_of_connection_policy_and_identity_provider_counts(
    acme, at_acme, system_actor, connection, policy, idp, expected
):
    set_policies(organization=acme, changes={"session_hours": policy}, actor=system_actor)
    change_connection(
        connection=at_acme.connection, changes={"session_hours": connection}, actor=system_actor
    )
    ends = {"session_not_on_or_after": NOON + timedelta(hours=idp)} if idp else {}

    at_acme.sign_in(ANA, **ends)

    assert hours_of() == expected


@pytest.mark.parametrize("hours", [0, 180 * 24 + 1])
def test_a_length_out_of_bounds_is_refused(at_acme, system_actor, hours):
    with pytest.raises(InvalidOption):
        change_connection(
            connection=at_acme.connection, changes={"session_hours": hours}, actor=system_actor
        )


def test_a_shorter_length_ends_sessions_that_have_begun(
    acme, at_acme, make_journey, at_globex, system_actor, at_noon
):
    other = make_journey(acme, name="Entra")
    at_acme.sign_in(ANA)
    other.sign_in("ben@acme.example")
    at_globex.sign_in(ANA)

    at_noon.move_to(NOON + timedelta(hours=2))
    change_connection(
        connection=at_acme.connection, changes={"session_hours": 1}, actor=system_actor
    )

    assert not is_signed_in(at_acme.client)
    assert is_signed_in(other.client)
    assert is_signed_in(at_globex.client)


def test_a_shorter_policy_ends_sessions_of_the_organization_alone(
    acme, at_acme, at_globex, system_actor, at_noon
):
    at_acme.sign_in(ANA)
    at_globex.sign_in(ANA)

    at_noon.move_to(NOON + timedelta(hours=2))
    set_policies(organization=acme, changes={"session_hours": 1}, actor=system_actor)

    assert not is_signed_in(at_acme.client)
    assert is_signed_in(at_globex.client)


def test_a_longer_length_counts_from_the_next_sign_in_on(at_acme, system_actor):
    for hours in (1, 4):
        change_connection(
            connection=at_acme.connection, changes={"session_hours": hours}, actor=system_actor
        )
        if hours == 1:
            at_acme.sign_in(ANA)

    assert hours_of() == 1


def test_what_a_session_keeps_later_does_not_bring_the_old_end_back(at_acme, system_actor):
    at_acme.sign_in(ANA)
    change_connection(
        connection=at_acme.connection, changes={"session_hours": 1}, actor=system_actor
    )

    session = at_acme.client.session
    session["seen"] = True
    session.save()

    assert hours_of() == 1
    assert at_acme.client.session["seen"]


def test_a_staged_change_shortens_when_it_is_applied(at_acme, system_actor):
    at_acme.sign_in(ANA)
    staged = stage_change(
        connection=at_acme.connection,
        content=content_of(at_acme.connection) | {"session_hours": 2},
        source=StagedChange.Source.CONSOLE,
        actor=system_actor,
    )
    assert hours_of() == 12

    apply_staged_change(staged=staged, actor=system_actor)

    assert hours_of() == 2


def test_shortening_leaves_strangers_and_shorter_sessions_alone(acme, make_user, sign_in):
    sign_in(Client(), make_user("ana"))
    stranger = Client().session
    stranger["note"] = 1
    stranger.save()

    assert shorten_sessions(hours=1000, organization=acme) == 0
    assert shorten_sessions(hours=1, organization=acme) == 1
    assert User.objects.count() == 1
