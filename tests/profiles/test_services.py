"""Connecting, disconnecting, and what others ask about it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.mail import MailNotSent
from accounts.models import BindingPolicy, Session, User
from accounts.services import deactivate_user
from audit.actions import Action
from audit.actors import Actor
from profiles.errors import AlreadyBound, BindingNotAllowed, ProfileBoundToColleague
from profiles.jobs import tell_disconnected
from profiles.models import OfferAnswer, ProfileBinding, Provider, Via
from profiles.policies import BindingStep
from profiles.services import answer_offer, bind_profile, unbind_profile
from profiles.standing import account_context, binding_step, current_binding, with_binding_state
from tests.profiles.conftest import events

EndReason = ProfileBinding.EndReason


def bind_to(user, subject="member-1", **fields):
    return bind_profile(
        user=user,
        provider=Provider.LINKEDIN,
        subject=subject,
        name="Somebody",
        consent_version="1",
        via=Via.SSO,
        actor=Actor.from_user(user),
        **fields,
    )


def test_binding_leaves_a_row_and_an_event_with_the_consent(ana):
    binding = bind_to(ana)

    assert current_binding(ana) == binding
    assert binding.organization == ana.organization
    event = events(Action.PROFILE_BOUND)[0]
    assert event.target_id == str(ana.pk)
    assert event.changes["consent_version"] == "1"
    assert "member-1" not in str(event.changes)


def test_binding_the_same_profile_twice_is_binding_it_once(ana):
    first = bind_to(ana)
    again = bind_to(ana)

    assert again == first
    assert len(events(Action.PROFILE_BOUND)) == 1


def test_a_second_profile_is_refused_until_the_first_is_disconnected(ana):
    bind_to(ana, "member-1")

    with pytest.raises(AlreadyBound):
        bind_to(ana, "member-2")


def test_a_colleagues_profile_is_refused_without_naming_the_colleague(ana, make_user):
    ben = make_user("ben")
    bind_to(ben)

    with pytest.raises(ProfileBoundToColleague) as refusal:
        bind_to(ana)

    assert "ben" not in str(refusal.value).lower()
    event = events(Action.PROFILE_REFUSED)[0]
    assert event.target_id == str(ana.pk)
    assert "ben" not in str(event.changes).lower()
    assert str(ben.pk) not in str(event.changes)


def test_a_profile_bound_in_another_organization_is_not_a_colleagues(ana, make_user, globex):
    bind_to(make_user("ana", organization=globex))

    assert bind_to(ana).user == ana


def test_a_profile_of_a_deactivated_colleague_is_still_theirs(ana, make_user, actor):
    ben = make_user("ben")
    bind_to(ben)
    deactivate_user(user=ben, actor=actor)

    with pytest.raises(ProfileBoundToColleague):
        bind_to(ana)


def test_a_profile_of_a_deleted_account_is_free(ana, make_user, actor):
    ben = make_user("ben")
    bind_to(ben)
    deactivate_user(user=ben, actor=actor, state=User.State.DELETED)

    assert bind_to(ana).user == ana


@pytest.mark.parametrize("state", [User.State.DEACTIVATED, User.State.INVITED])
def test_an_account_that_may_not_act_is_never_bound(make_user, state):
    with pytest.raises(BindingNotAllowed):
        bind_to(make_user("ana", state=state))


def test_an_account_closed_since_it_was_loaded_is_never_bound(ana):
    User.objects.get_queryset().filter(pk=ana.pk).update(
        state=User.State.DEACTIVATED, deactivated_at=timezone.now()
    )

    with pytest.raises(BindingNotAllowed):
        bind_to(ana)


def test_nobody_is_bound_where_the_policy_is_off(ana, acme, set_policy):
    stale = User.objects.get_queryset().select_related("organization").get(pk=ana.pk)
    set_policy(acme, BindingPolicy.OFF)

    with pytest.raises(BindingNotAllowed):
        bind_to(stale)


def test_platform_staff_are_never_bound(make_staff):
    with pytest.raises(BindingNotAllowed):
        bind_to(make_staff())


def test_a_fault_that_is_no_colleague_is_not_called_one(ana):
    with pytest.raises(IntegrityError):
        bind_to(ana, subject="")

    assert events(Action.PROFILE_REFUSED) == []


def test_nobody_is_bound_because_the_e_mail_matches(make_user):
    make_user("mara", email="mara@home.example")
    ana = make_user("ana")

    assert bind_to(ana, "member-1").user == ana


def test_unbinding_ends_the_binding_and_keeps_its_row(ana):
    bind_to(ana)

    assert unbind_profile(user=ana, actor=Actor.from_user(ana), reason=EndReason.LEARNER)

    row = ProfileBinding.objects.get()
    assert (row.state, row.end_reason) == ("revoked", "learner")
    assert row.ended_at is not None
    assert current_binding(ana) is None
    assert events(Action.PROFILE_UNBOUND)[0].changes == {"reason": "learner"}


def test_unbinding_nothing_changes_and_records_nothing(ana):
    assert not unbind_profile(user=ana, actor=Actor.from_user(ana), reason=EndReason.LEARNER)
    assert events(Action.PROFILE_UNBOUND) == []
    assert not OfferAnswer.objects.exists()


def test_unbinding_leaves_the_same_persons_other_organization_alone(ana, make_user, globex):
    twin = make_user("ana", organization=globex)
    bind_to(ana)
    bind_to(twin)

    unbind_profile(user=ana, actor=Actor.from_user(ana), reason=EndReason.LEARNER)

    assert current_binding(twin) is not None


def test_a_profile_can_be_connected_again_after_it_was_disconnected(ana):
    bind_to(ana)
    unbind_profile(user=ana, actor=Actor.from_user(ana), reason=EndReason.LEARNER)

    assert bind_to(ana).state == "active"


def test_whoever_disconnected_is_not_offered_to_connect_at_the_next_sign_in(ana):
    bind_to(ana)
    unbind_profile(user=ana, actor=Actor.from_user(ana), reason=EndReason.LEARNER)

    assert binding_step(ana, by_sso=True) is BindingStep.NONE


@pytest.mark.parametrize(
    ("policy", "ends"), [(BindingPolicy.REQUIRED, True), (BindingPolicy.OPTIONAL, False)]
)
def test_disconnecting_signs_out_only_where_a_profile_is_required(
    client, ana, acme, sign_in, set_policy, policy, ends
):
    set_policy(acme, policy)
    sign_in(client, ana)
    bind_to(ana)

    unbind_profile(user=ana, actor=Actor.from_user(ana), reason=EndReason.LEARNER)

    assert Session.objects.filter(user=ana).exists() is not ends


def work_off():
    """What workers would do about profiles; answers what came of each job."""
    waiting = DBTaskResult.objects.filter(task_path="profiles.jobs.tell_disconnected")
    return [tell_disconnected.call(*row.args_kwargs["args"]) for row in waiting]


def test_a_profile_an_administrator_disconnected_is_told_by_mail_that_no_request_waits_for(
    ana, actor, mailoutbox, django_capture_on_commit_callbacks
):
    bind_to(ana)

    with django_capture_on_commit_callbacks(execute=True):
        unbind_profile(user=ana, actor=actor, reason=EndReason.ADMIN)
        unbind_profile(user=ana, actor=actor, reason=EndReason.ADMIN)
    assert mailoutbox == []
    assert work_off() == ["told"]

    (mail,) = mailoutbox
    assert mail.to == [ana.email]
    assert "http://127.0.0.1:8000/connect/" in mail.body
    assert "it@acme.example" in mail.body


def test_whoever_has_no_address_is_told_nothing(ana, actor):
    bind_to(ana)
    ana.email = ""

    assert unbind_profile(user=ana, actor=actor, reason=EndReason.ADMIN)

    assert work_off() == []


def test_a_mail_about_a_disconnected_profile_offers_no_way_back_where_the_policy_is_off(
    ana, acme, actor, mailoutbox, set_policy
):
    bind_to(ana)
    set_policy(acme, BindingPolicy.OFF)
    unbind_profile(user=ana, actor=actor, reason=EndReason.ADMIN)

    work_off()

    assert "/connect/" not in mailoutbox[0].body


def test_a_mail_server_that_is_down_does_not_hide_that_the_profile_was_disconnected(
    ana, actor, monkeypatch
):
    def fail(*args, **kwargs):
        raise MailNotSent

    bind_to(ana)
    monkeypatch.setattr("profiles.notices.send_mail_to", fail)

    unbind_profile(user=ana, actor=actor, reason=EndReason.ADMIN)
    with pytest.raises(MailNotSent):
        work_off()

    assert current_binding(ana) is None


def test_who_has_no_address_any_more_is_told_nothing(ana, actor, mailoutbox):
    bind_to(ana)
    unbind_profile(user=ana, actor=actor, reason=EndReason.ADMIN)
    User.objects.filter(pk=ana.pk).update(email="")

    assert work_off() == ["nobody to write to"]
    assert tell_disconnected.call(str(uuid4())) == "nobody to write to"
    assert mailoutbox == []


def test_a_person_disconnecting_themselves_gets_no_mail(
    ana, mailoutbox, django_capture_on_commit_callbacks
):
    bind_to(ana)

    with django_capture_on_commit_callbacks(execute=True):
        unbind_profile(user=ana, actor=Actor.from_user(ana), reason=EndReason.LEARNER)

    assert mailoutbox == []


# The step of a sign-in


def test_an_unbound_person_is_offered_where_it_is_optional(ana):
    assert binding_step(ana, by_sso=True) is BindingStep.OFFER


def test_a_profile_is_demanded_where_it_is_required(ana, required):
    ana.organization = required

    assert binding_step(ana, by_sso=True) is BindingStep.DEMAND


def test_a_bound_person_is_asked_nothing(ana, required, bind):
    bind(ana)
    ana.organization = required

    assert binding_step(ana, by_sso=True) is BindingStep.NONE


def test_a_suspended_binding_does_not_satisfy_a_requirement(ana, required, bind):
    bind(ana, state="suspended", dormant_at=timezone.now())
    ana.organization = required

    assert binding_step(ana, by_sso=True) is BindingStep.DEMAND


def test_the_other_organizations_binding_does_not_satisfy_a_requirement(
    ana, required, bind, make_user, globex
):
    bind(make_user("ana", organization=globex), subject="member-1")
    ana.organization = required

    assert binding_step(ana, by_sso=True) is BindingStep.DEMAND


def test_not_now_asks_again_after_thirty_days(ana):
    answer_offer(user=ana, ask_again=True, actor=Actor.from_user(ana))

    assert binding_step(ana, by_sso=True) is BindingStep.NONE
    with time_machine.travel(timezone.now() + timedelta(days=29, hours=23)):
        assert binding_step(ana, by_sso=True) is BindingStep.NONE
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1)):
        assert binding_step(ana, by_sso=True) is BindingStep.OFFER
    assert events(Action.OFFER_ANSWERED)[0].changes == {"answer": "later"}


def test_an_answer_that_is_repeated_is_no_news(ana):
    for ask_again in (True, True, False, False, True):
        answer_offer(user=ana, ask_again=ask_again, actor=Actor.from_user(ana))

    answers = [event.changes["answer"] for event in events(Action.OFFER_ANSWERED)]
    assert sorted(answers) == ["later", "later", "never"]


def test_dont_ask_again_is_for_good(ana):
    answer_offer(user=ana, ask_again=True, actor=Actor.from_user(ana))
    answer_offer(user=ana, ask_again=False, actor=Actor.from_user(ana))

    with time_machine.travel(timezone.now() + timedelta(days=3650)):
        assert binding_step(ana, by_sso=True) is BindingStep.NONE


@pytest.mark.parametrize("policy", [BindingPolicy.REQUIRED, BindingPolicy.OFF])
def test_there_is_no_answer_to_an_offer_that_was_not_made(ana, acme, set_policy, policy):
    set_policy(acme, policy)
    ana.organization = acme

    with pytest.raises(BindingNotAllowed):
        answer_offer(user=ana, ask_again=False, actor=Actor.from_user(ana))


def test_nothing_is_offered_without_linkedin_credentials(ana, settings):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""

    assert binding_step(ana, by_sso=True) is BindingStep.NONE


def test_a_requirement_does_not_vanish_with_linkedin_credentials(ana, required, settings):
    settings.LINKEDIN_CLIENT_ID = settings.LINKEDIN_CLIENT_SECRET = ""
    ana.organization = required

    assert binding_step(ana, by_sso=True) is BindingStep.DEMAND


@pytest.mark.parametrize(
    ("policy", "statements"),
    [(BindingPolicy.REQUIRED, 1), (BindingPolicy.OPTIONAL, 1), (BindingPolicy.OFF, 0)],
)
def test_the_step_costs_one_statement_and_none_where_the_policy_is_off(
    ana, acme, set_policy, django_assert_num_queries, policy, statements
):
    set_policy(acme, policy)
    ana.organization = acme

    with django_assert_num_queries(statements):
        binding_step(ana, by_sso=True)


def test_platform_staff_are_asked_nothing(make_staff, django_assert_num_queries):
    staff = make_staff()

    with django_assert_num_queries(0):
        assert binding_step(staff, by_sso=True) is BindingStep.NONE


# For other pages


def test_each_person_of_a_list_comes_with_the_state_of_their_binding(
    make_user, bind, django_assert_num_queries
):
    bound, dormant, ended, never = (make_user(name) for name in ("a", "b", "c", "d"))
    bind(bound)
    bind(dormant, state="suspended", dormant_at=timezone.now())
    bind(ended, state="revoked", ended_at=timezone.now(), end_reason="admin")

    with django_assert_num_queries(1):
        states = {user.pk: user.binding_state for user in with_binding_state(User.objects.active())}

    assert states == {
        bound.pk: "active",
        dormant.pk: "suspended",
        ended.pk: "none",
        never.pk: "none",
    }


def test_the_panel_costs_one_statement_and_none_where_the_policy_is_off(
    ana, acme, set_policy, bind, django_assert_num_queries
):
    bind(ana)
    with django_assert_num_queries(1):
        assert account_context(ana).binding.user_id == ana.pk
    set_policy(acme, BindingPolicy.OFF)
    ana.organization = acme
    with django_assert_num_queries(0):
        assert account_context(ana) is None


def test_staff_have_no_panel(make_staff):
    assert account_context(make_staff()) is None
