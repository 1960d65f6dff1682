from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from profiles.authorization import Holder, claim_authorization, start_authorization
from profiles.errors import AuthorizationRefused
from profiles.models import AuthorizationRequest, Via


def start(user, session_key="session-a", **fields):
    return start_authorization(
        holder=Holder(session_key, user.pk),
        trip=AuthorizationRequest(via=Via.SSO, consent_version="1", **fields),
    )


def claim(user, state, session_key="session-a"):
    return claim_authorization(holder=Holder(session_key, user.pk), state=state)


def test_a_state_is_claimed_by_whom_it_was_made_for(ana):
    trip = claim(ana, start(ana, next_path="/courses/1"))

    assert trip.user_id == ana.pk
    assert trip.next_path == "/courses/1"


def test_a_state_works_once(ana):
    state = start(ana)
    claim(ana, state)

    with pytest.raises(AuthorizationRefused):
        claim(ana, state)


def test_a_state_works_in_its_own_session_only(ana):
    state = start(ana, session_key="session-a")

    with pytest.raises(AuthorizationRefused):
        claim(ana, state, session_key="session-b")


def test_a_state_works_for_its_own_person_only(ana, make_user, globex):
    state = start(ana)

    with pytest.raises(AuthorizationRefused):
        claim(make_user("ben"), state)
    with pytest.raises(AuthorizationRefused):
        claim(make_user("ana", organization=globex), state)


def test_a_state_lasts_ten_minutes(ana):
    state = start(ana)
    with (
        time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)),
        pytest.raises(AuthorizationRefused),
    ):
        claim(ana, state)
    with time_machine.travel(timezone.now() + timedelta(minutes=9, seconds=50)):
        assert claim(ana, state)


@pytest.mark.parametrize("state", ["", "unknown", "\x00", "ä" * 5000])
def test_an_unknown_state_is_refused(ana, state):
    start(ana)

    with pytest.raises(AuthorizationRefused):
        claim(ana, state)


def test_neither_state_nor_session_key_is_stored(ana):
    state = start(ana, session_key="a-very-secret-session-key")

    row = AuthorizationRequest.objects.values().get()
    assert state not in map(str, row.values())
    assert "a-very-secret-session-key" not in map(str, row.values())


def test_yesterdays_trips_are_swept_when_a_new_one_starts(ana):
    with time_machine.travel(timezone.now() - timedelta(days=1, minutes=1)):
        start(ana)

    start(ana)

    assert AuthorizationRequest.objects.count() == 1
