"""A profile becomes required: who gets time, who is told, and when the gate closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.errors import InvalidValue
from accounts.models import Organization, Session, User
from accounts.services import deactivate_user, set_policies
from audit.actors import Actor
from profiles.jobs import tell_of_gate, tell_of_gates
from profiles.models import GateNotice, ProfileBinding
from profiles.policies import BindingStep
from profiles.services import unbind_profile
from profiles.standing import account_context, binding_step, grace_until
from tests.factories import PASSWORD

BANNER = "Connect your LinkedIn profile by"


def require(organization, actor, **changes):
    set_policies(
        organization=organization,
        changes={"binding_policy": "required", **changes},
        actor=actor,
    )


@pytest.fixture
def ana(make_user, acme, actor):
    """Here when the profile becomes required, with a way in that stays without one."""
    ana = make_user("ana", password=PASSWORD)
    ana.organization = acme
    require(acme, actor)
    return ana


def is_gated(response) -> bool:
    return response.status_code == 303 and response["Location"].startswith("/connect/")


def pages(browser):
    return {path: browser.get(path) for path in ("/", "/account/")}


def test_whoever_is_here_goes_in_past_a_banner_with_the_date(browser, acme):
    for path, response in pages(browser).items():
        assert response.status_code == 200, path
        assert BANNER in response.content.decode(), path
        assert response.content.decode().count("<h1") == 1


def test_the_banner_says_the_day_as_the_organization_counts_days(acme, browser):
    # Eleven at night in UTC is tomorrow in Auckland.
    late = timezone.now().replace(hour=23, minute=0)
    Organization.objects.filter(pk=acme.pk).update(
        time_zone="Pacific/Auckland", binding_policy_at=late, binding_grace_days=1
    )
    User.objects.get_queryset().update(created_at=late)

    tomorrow = late + timedelta(days=2)
    shown = f"{BANNER} {tomorrow.day} {tomorrow:%B} {tomorrow.year}"
    assert shown in browser.get("/").content.decode()


def test_the_gate_closes_at_the_moment_the_grace_ends(acme, ana, browser):
    ends = grace_until(ana)

    with time_machine.travel(ends - timedelta(seconds=1), tick=False):
        browser = sign_in_again(ana)
        assert not is_gated(browser.get("/"))
        assert binding_step(ana, by_sso=True) is BindingStep.REMIND
    with time_machine.travel(ends, tick=False):
        assert is_gated(browser.get("/"))
        assert binding_step(ana, by_sso=True) is BindingStep.DEMAND


def sign_in_again(user):
    from tests.factories import sign_in

    return sign_in(Client(), user)


def test_whoever_joins_after_the_change_meets_the_gate_at_once(ana, acme, make_user):
    assert is_gated(sign_in_again(make_user("newcomer")).get("/"))


def test_whoever_is_connected_sees_no_banner(ana, browser, bind):
    bind(ana)

    for response in pages(browser).values():
        assert BANNER not in response.content.decode()


def test_another_organization_has_no_banner(ana, make_user, globex):
    twin = sign_in_again(make_user("ana", organization=globex))

    assert BANNER not in twin.get("/").content.decode()


def test_a_program_is_answered_until_the_grace_ends(ana, browser):
    assert browser.get("/api/v1/me").status_code == 200


def test_the_page_to_connect_offers_not_now_and_says_until_when(ana, browser, provider):
    page = browser.get("/connect/?next=/account/").content.decode()

    assert "You have until" in page
    assert '<a class="btn" href="/account/">Not now</a>' in page
    assert BANNER not in page


@pytest.mark.parametrize("days", [0, 1, 30])
def test_days_set_while_the_grace_runs_count_at_once(ana, acme, actor, days):
    set_policies(organization=acme, changes={"binding_grace_days": days}, actor=actor)

    wanted = acme.binding_policy_at + timedelta(days=days) if days else None
    assert grace_until(ana) == wanted


def test_a_requirement_that_comes_back_brings_a_new_grace(ana, acme, actor):
    first = grace_until(ana)
    set_policies(organization=acme, changes={"binding_policy": "optional"}, actor=actor)
    assert grace_until(ana) is None

    require(acme, actor)

    assert grace_until(ana) > first


@pytest.mark.parametrize("days", [-1, 91])
def test_no_grace_is_longer_than_ninety_days_or_shorter_than_none(acme, actor, days):
    with pytest.raises(InvalidValue):
        require(acme, actor, binding_grace_days=days)
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.filter(pk=acme.pk).update(binding_grace_days=days)


def test_disconnecting_in_the_grace_signs_nobody_out(ana, acme, browser, bind):
    bind(ana)

    page = browser.get("/connect/disconnect/").content.decode()
    response = browser.post("/connect/disconnect/")

    assert "signed out" not in page
    assert response["Location"] == "/account/"
    assert Session.objects.filter(user=ana).exists()


def test_disconnecting_after_the_grace_signs_out(ana, acme, bind, actor):
    set_policies(organization=acme, changes={"binding_grace_days": 0}, actor=actor)
    bind(ana)
    sign_in_again(ana)

    unbind_profile(user=ana, actor=Actor.from_user(ana), reason=ProfileBinding.EndReason.LEARNER)

    assert not Session.objects.filter(user=ana).exists()


def test_my_account_says_until_when(ana, browser):
    panel = account_context(ana)

    assert (panel.signs_out, panel.grace_ends) == (False, grace_until(ana))
    assert "You have until" in browser.get("/account/").content.decode()


def test_the_banner_costs_a_statement_while_the_grace_runs_and_none_otherwise(
    ana, acme, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert grace_until(ana)
    with time_machine.travel(grace_until(ana)), django_assert_num_queries(0):
        assert grace_until(ana) is None


# The mail


def work_off():
    """What workers would do; answers what came of each mail."""
    waiting = DBTaskResult.objects.filter(task_path="profiles.jobs.tell_of_gate")
    return [tell_of_gate.call(*row.args_kwargs["args"]) for row in waiting]


@pytest.fixture
def last_days(ana, acme):
    with time_machine.travel(grace_until(ana) - timedelta(days=2)):
        yield


def test_whoever_has_no_profile_gets_one_mail_in_the_last_days(
    last_days, ana, admin, make_user, bind, mailoutbox
):
    bind(ana)

    assert tell_of_gates.call() == 1
    assert tell_of_gates.call() == 0
    assert work_off() == ["told"]

    (mail,) = mailoutbox  # the administrator's
    assert mail.to == [admin.email]
    assert "http://127.0.0.1:8000/connect/" in mail.body
    assert "You get this mail because Acme requires" in mail.body


def test_nobody_is_told_before_the_last_days(ana):
    assert tell_of_gates.call() == 0


def test_newcomers_and_people_without_an_address_are_told_nothing(last_days, ana, admin, make_user):
    make_user("newcomer")
    User.objects.get_queryset().filter(pk=ana.pk).update(email="")

    assert tell_of_gates.call() == 1
    assert GateNotice.objects.get().user == admin


def test_whoever_connected_or_left_since_gets_no_mail(
    last_days, ana, admin, bind, actor, make_admin, mailoutbox
):
    tell_of_gates.call()
    bind(ana)
    make_admin("other")
    deactivate_user(user=admin, actor=actor)

    assert work_off() == ["nobody to write to"] * 2
    assert mailoutbox == []


@pytest.mark.parametrize("fields", [{"status": "suspended"}, {"binding_policy": "optional"}])
def test_an_organization_that_requires_nothing_now_tells_nobody(last_days, acme, fields):
    Organization.objects.filter(pk=acme.pk).update(**fields)

    assert tell_of_gates.call() == 0


def test_a_policy_that_changed_while_the_job_ran_tells_nobody(last_days, acme, monkeypatch):
    Organization.objects.filter(pk=acme.pk).update(binding_policy="off")
    monkeypatch.setattr("profiles.telling.organizations_to_tell", lambda: [acme])

    assert tell_of_gates.call() == 0


def test_a_run_that_was_killed_goes_on_where_it_was(last_days, ana, admin, make_user, monkeypatch):
    monkeypatch.setattr("profiles.telling.BATCH", 1)
    enqueued = []

    def die(user):
        enqueued.append(user)
        if len(enqueued) == 2:
            raise RuntimeError

    monkeypatch.setattr("profiles.jobs.tell", die)
    with pytest.raises(Exception, match="1"):
        tell_of_gates.call()
    assert GateNotice.objects.count() == 1
    monkeypatch.undo()

    assert tell_of_gates.call() == 1
    assert GateNotice.objects.count() == 2
