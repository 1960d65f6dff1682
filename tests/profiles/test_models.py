from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.utils import timezone

from profiles.models import ProfileBinding

State = ProfileBinding.State
EndReason = ProfileBinding.EndReason


def test_two_accounts_of_one_organization_never_hold_one_profile(make_user, bind):
    bind(make_user("ana"), subject="member-1")

    with pytest.raises(IntegrityError):
        bind(make_user("ben"), subject="member-1")


def test_one_profile_is_bound_in_two_organizations(make_user, bind, globex):
    bind(make_user("ana"), subject="member-1")
    bind(make_user("ana", organization=globex), subject="member-1")

    assert ProfileBinding.objects.active().filter(subject="member-1").count() == 2


def test_a_suspended_binding_still_holds_its_profile(make_user, bind):
    bind(
        make_user("ana"),
        subject="member-1",
        state=State.SUSPENDED,
        dormant_at=timezone.now(),
    )

    with pytest.raises(IntegrityError):
        bind(make_user("ben"), subject="member-1")


def test_an_ended_binding_gives_its_profile_free(make_user, bind):
    ended = {"state": State.REVOKED, "ended_at": timezone.now(), "end_reason": EndReason.LEARNER}
    bind(make_user("ana"), subject="member-1", **ended)

    assert bind(make_user("ben"), subject="member-1").state == State.ACTIVE


def test_nobody_has_two_current_profiles(ana, bind):
    bind(ana, subject="member-1")

    with pytest.raises(IntegrityError):
        bind(ana, subject="member-2")


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": ""},
        {"consent_version": ""},
        {"state": "suspended"},
        {"state": "active", "dormant_at": timezone.now()},
        {"state": "active", "policy_off_at": timezone.now()},
        {"state": "revoked"},
        {"state": "revoked", "ended_at": timezone.now()},
        {"state": "active", "end_reason": "learner"},
        {"state": "suspended", "dormant_at": timezone.now(), "ended_at": timezone.now()},
        {"state": "paused"},
    ],
    ids=lambda fields: ",".join(f"{name}" for name in fields),
)
def test_the_database_refuses_a_binding_that_contradicts_itself(ana, bind, fields):
    with pytest.raises(IntegrityError):
        bind(ana, **fields)


def test_a_binding_is_called_by_the_name_on_the_profile(ana, bind):
    assert str(bind(ana, name="Ana on LinkedIn")) == "Ana on LinkedIn"


def test_a_binding_without_a_name_is_called_something():
    assert str(ProfileBinding(name="")) == "A profile without a name"
