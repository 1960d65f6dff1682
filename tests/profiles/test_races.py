"""Two things at the same moment, on real commits."""

from __future__ import annotations

import threading
import time

import pytest

from accounts.models import BindingPolicy, User
from accounts.services import deactivate_user, set_policies
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from profiles.authorization import Holder, claim_authorization, start_authorization
from profiles.errors import ProfilesInUse
from profiles.forgetting import forget_profiles
from profiles.models import AuthorizationRequest, ProfileBinding, Provider, Via
from profiles.services import agree_anew, bind_profile
from tests.at_once import at_once, refusals
from tests.factories import make_organization, make_user

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

ROUNDS = 4


def bind(user, subject="member-1"):
    bind_profile(
        user=user,
        provider=Provider.LINKEDIN,
        subject=subject,
        name="Somebody",
        consent_version="1",
        via=Via.SSO,
        actor=Actor.from_user(user),
    )


def test_of_colleagues_who_bind_one_profile_at_once_one_gets_it():
    for number in range(ROUNDS):
        acme = make_organization(f"acme-{number}")
        people = [make_user(f"person-{index}", organization=acme) for index in range(4)]

        raised = at_once(*[lambda user=user: bind(user) for user in people])

        assert refusals(raised) == ["ProfileBoundToColleague"] * 3
        assert ProfileBinding.objects.current().in_organization(acme).count() == 1


def test_of_two_profiles_a_person_binds_at_once_one_stays():
    for number in range(ROUNDS):
        user = make_user("ana", organization=make_organization(f"acme-{number}"))

        raised = at_once(lambda user=user: bind(user, "a"), lambda user=user: bind(user, "b"))

        assert refusals(raised) == ["AlreadyBound"]


def test_a_state_that_comes_back_twice_at_once_is_claimed_once():
    ana = make_user("ana", organization=make_organization("acme"))
    for _round in range(ROUNDS):
        holder = Holder("session", ana.pk)
        state = start_authorization(
            holder=holder, trip=AuthorizationRequest(via=Via.SSO, consent_version="1")
        )

        def claim(holder=holder, state=state):
            claim_authorization(holder=holder, state=state)

        assert refusals(at_once(claim, claim, claim)) == ["AuthorizationRefused"] * 2


@pytest.fixture
def bind_slowly(monkeypatch):
    """Binds with a pause between the look and the insert; what else happens, happens then."""
    looked = threading.Event()
    save = ProfileBinding.save

    def save_later(binding, **kwargs):
        looked.set()
        time.sleep(0.4)
        save(binding, **kwargs)

    def bind_with(user, meanwhile):
        def other():
            assert looked.wait(timeout=10)
            meanwhile()

        return at_once(lambda: bind(user), other)

    monkeypatch.setattr(ProfileBinding, "save", save_later)
    return bind_with


def test_a_policy_that_is_switched_off_meanwhile_suspends_the_new_binding(bind_slowly):
    acme = make_organization("acme")
    ana = make_user("ana", organization=acme)

    raised = bind_slowly(
        ana,
        lambda: set_policies(
            organization=acme,
            changes={"binding_policy": BindingPolicy.OFF},
            actor=Actor.system("race"),
        ),
    )

    assert not refusals(raised)
    assert ProfileBinding.objects.get().state == "suspended"


def test_an_account_that_is_closed_meanwhile_takes_the_new_binding_along(bind_slowly):
    ana = make_user("ana", organization=make_organization("acme"))
    same = User.objects.get_queryset().select_related("organization").get(pk=ana.pk)

    raised = bind_slowly(ana, lambda: deactivate_user(user=same, actor=Actor.system("race")))

    assert not refusals(raised)
    assert ProfileBinding.objects.get().state == "suspended"


def test_profiles_that_are_forgotten_as_the_policy_returns_are_kept_or_gone_as_a_whole():
    for number in range(ROUNDS):
        acme = make_organization(f"acme-{number}")
        people = [make_user(f"person-{index}", organization=acme) for index in range(3)]
        for index, user in enumerate(people):
            bind(user, f"member-{index}")
        to_off = {"binding_policy": BindingPolicy.OFF}
        set_policies(organization=acme, changes=to_off, actor=Actor.system("race"))

        forgotten, _changed = at_once(
            lambda acme=acme: forget_profiles(organization=acme, actor=Actor.system("race")),
            lambda acme=acme: set_policies(
                organization=acme,
                changes={"binding_policy": BindingPolicy.OPTIONAL},
                actor=Actor.system("race"),
            ),
        )

        rows = ProfileBinding.objects.in_organization(acme)
        states = sorted(rows.values_list("state", "subject"))
        if forgotten == 3:
            assert states == [("revoked", "")] * 3
        else:
            assert isinstance(forgotten, ProfilesInUse)
            assert states == [("active", f"member-{index}") for index in range(3)]


def test_of_two_who_forget_at_once_one_does():
    acme = make_organization("acme")
    bind(make_user("ana", organization=acme))
    to_off = {"binding_policy": BindingPolicy.OFF}
    set_policies(organization=acme, changes=to_off, actor=Actor.system("race"))

    answers = at_once(*[lambda: forget_profiles(organization=acme, actor=Actor.system("race"))] * 4)

    assert sorted(answers) == [0, 0, 0, 1]
    assert AuditEvent.objects.filter(action=Action.PROFILE_FORGOTTEN).count() == 1


def test_whoever_agrees_twice_at_once_agrees_once():
    for number in range(ROUNDS):
        ana = make_user("ana", organization=make_organization(f"acme-{number}"))
        bind(ana)

        def agree(ana=ana):
            return agree_anew(user=ana, version="2", actor=Actor.from_user(ana))

        assert sorted(at_once(agree, agree, agree)) == [False, False, True]
