"""What shut everybody out once, each way in being the last one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.jobs import tell_of_event
from accounts.models import PolicyChange, User
from accounts.services import change_user, reset_second_factor
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from sso.models import SamlIdentity
from tests.factories import PASSWORD
from tests.lock_out.house import (
    KEYED,
    KNOWN,
    NEVER_IN,
    PASSWORDED,
    PROFILED,
    House,
    Switch,
    demote,
    deprovision,
    disconnect,
    drop_passkeys,
    on,
    reset_factor,
    switch,
)

EARLIER = datetime(2020, 1, 1, tzinfo=UTC)


def test_a_passkey_is_not_reset_by_a_colleague(build: Any) -> None:
    house = build((KEYED, NEVER_IN), sso=False)

    assert switch(house, on(KEYED, reset_factor)) == "NobodyGetsIn"
    assert house.gets_in()
    house.make_codes()
    assert switch(house, on(KEYED, reset_factor)) == "done"


def test_staff_reset_it_for_somebody_who_lost_it(build: Any) -> None:
    house = build((KEYED, NEVER_IN), sso=False)

    assert reset_second_factor(user=house.person(KEYED), actor=Actor.from_user(house.staff))


def test_a_passkey_stays_where_the_connection_was_changed_since(build: Any) -> None:
    """The person is known there, and single sign-on opens nothing to them any more."""
    house = build((KEYED, NEVER_IN))
    house.by_connection(house.okta, Client(), house.person(KEYED))
    assert switch(house, House.let_nobody_through_okta) == "done"

    assert switch(house, on(KEYED, drop_passkeys)) == "NobodyGetsIn"
    assert house.gets_in()


@pytest.mark.parametrize("act", [House.forbid_profiles, House.open_okta])
def test_profiles_stay_a_way_in(build: Any, act: Switch) -> None:
    """The policy closes that door, and so does the first connection."""
    house = build((PROFILED, NEVER_IN), sso=False)

    assert switch(house, act) in {"NobodyGetsIn", "ClosesOtherDoors"}
    assert house.gets_in()
    house.make_codes()
    assert switch(house, act) == "done"


def test_a_scheduled_change_that_would_do_it_is_canceled_and_told(
    build: Any, mailoutbox: list[Any]
) -> None:
    house = build((PROFILED, NEVER_IN), sso=False)

    switch(house, House.forbid_profiles_later)

    assert house.gets_in()
    change = PolicyChange.objects.get()
    assert (change.applied_at, change.canceled_at is None) == (None, False)
    event = AuditEvent.objects.get(action=Action.POLICIES_UNSCHEDULED)
    assert event.changes["reason"] == "lock_out"
    tell_of_event.call(str(event.public_id))
    assert "was not made" in mailoutbox[0].subject
    assert "have stayed as they were" in mailoutbox[0].body


def test_a_colleague_s_profile_is_not_disconnected(build: Any) -> None:
    house = build((PROFILED, NEVER_IN), sso=False)

    assert switch(house, on(PROFILED, disconnect)) == "NobodyGetsIn"
    assert house.gets_in()


def test_a_profile_lets_the_others_go(build: Any) -> None:
    """Where nobody has single sign-on and everybody comes in by a profile."""
    house = build((PROFILED, NEVER_IN), sso=False)

    assert switch(house, on(NEVER_IN, demote)) == "done"
    assert house.gets_in()


def test_a_directory_leaves_the_last_one_who_gets_in(build: Any) -> None:
    house = build((KNOWN, NEVER_IN))

    assert switch(house, on(KNOWN, deprovision)) == "LastFullAdminWhoGetsIn"
    assert switch(house, on(NEVER_IN, deprovision)) == "done"


def test_a_test_opens_nothing_to_somebody_known_elsewhere(build: Any) -> None:
    """Who came through Okta after a test of Entra ID is in conflict there."""
    house = build((NEVER_IN, KNOWN))
    SamlIdentity.objects.all().delete()
    house.test_entra()
    house.use_okta()

    assert switch(house, House.close_okta) == "NoWayBackIn"
    assert house.gets_in()


def test_a_key_is_not_retired_before_somebody_came_in_without_it(build: Any) -> None:
    """The provider encrypts for the former one until it is given the other certificate."""
    house = build((KNOWN, NEVER_IN))
    house.encrypt()
    house.next_key()
    assert switch(house, House.promote_key) == "done"

    assert switch(house, House.retire_key) == "KeyInUse"
    assert house.gets_in()
    house.okta.connection.refresh_from_db()
    house.encrypt()
    house.use_okta()
    assert switch(house, House.retire_key) == "done"
    assert house.gets_in()


def test_a_claim_is_not_confirmed_over_the_last_name_that_opens(build: Any) -> None:
    house = build((KNOWN, NEVER_IN))
    house.full_admins = lambda: [house.person(KNOWN)]

    assert switch(house, House.confirm_somebody_else) == "NobodyGetsIn"
    assert house.gets_in()


def test_nobody_takes_a_user_name_s_place_at_the_door(build: Any) -> None:
    """Colleagues whose address is somebody's user name don't keep the password from them."""
    house = build((PASSWORDED,), sso=False)
    for name in (KNOWN, KEYED):
        person = house.person(name)
        person.set_password(f"another {PASSWORD}")
        person.save()
        User.objects.filter(pk=person.pk).update(email="boss@acme.example", created_at=EARLIER)
    change_user(
        user=house.person(PASSWORDED),
        values={"user_name": "boss@acme.example"},
        actor=house.actor,
    )

    assert house.gets_in()
