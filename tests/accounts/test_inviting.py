"""Many people invited at once: what was pasted, who is new, how many there may be."""

from __future__ import annotations

from types import SimpleNamespace
from uuid import uuid4

import pytest

from accounts.errors import TooManyInvitations, UserNameTaken
from accounts.jobs import invite_people
from accounts.models import Invitation, User
from accounts.pasted import people_in
from accounts.roles import Ability, Role
from accounts.services import (
    invitations,
    invitations_left,
    invite,
    invite_pasted,
    inviting,
    plan_invitations,
    start_inviting,
)
from audit.actors import Actor
from jobs.models import Progress

MARA = "mara@acme.example"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mara@acme.example", [(MARA, "", "")]),
        (" MARA@Acme.example ,", [(MARA, "", "")]),
        ("Mara Lind <mara@acme.example>", [(MARA, "Mara", "Lind")]),
        ('"Mara van Lind" <mara@acme.example>', [(MARA, "Mara", "van Lind")]),
        ("mara@acme.example, Mara, Lind", [(MARA, "Mara", "Lind")]),
        ("Mara\tLind\tmara@acme.example", [(MARA, "Mara", "Lind")]),
        ("mara@acme.example Mara Lind", [(MARA, "Mara", "Lind")]),
        ("mara@acme.example Mara", [(MARA, "Mara", "")]),
        (
            "a@acme.example, b@acme.example",
            [("a@acme.example", "", ""), ("b@acme.example", "", "")],
        ),
        ("a@acme.example b@acme.example", [("a@acme.example", "", ""), ("b@acme.example", "", "")]),
        ("a@acme.example;b@acme.example", [("a@acme.example", "", ""), ("b@acme.example", "", "")]),
        (
            "a@acme.example\r\nb@acme.example",
            [("a@acme.example", "", ""), ("b@acme.example", "", "")],
        ),
        ("\n \n;,;\n", []),
        ("Mara", [("", "Mara", "")]),
        ("mara@acme", [("", "", "")]),
        ("a@acme.example Mara b@acme.example", [("", "Mara", "")]),
        ("one two three mara@acme.example", [("", "one", "two")]),
        ("x" * 250 + "@acme.example", [("", "", "")]),
    ],
)
def test_what_is_pasted_is_read_as_it_is_meant(text, found):
    assert [(each.email, each.first_name, each.last_name) for each in people_in(text)] == found


@pytest.mark.parametrize("text", ["mara@acme.example", "mara@acme.example, Mara, Lind"])
def test_what_was_read_can_be_pasted_again(text):
    (first,) = people_in(text)
    (second,) = people_in(first.line)

    assert first.line == text
    assert (second.email, second.last_name) == (first.email, first.last_name)


def test_the_plan_counts_who_is_new(acme, make_user):
    make_user("ana", email="ana@acme.example")
    make_user("ben@acme.example", email="", state=User.State.DEACTIVATED)
    no_name = f"a@{'ﷺ' * 15}.example"  # an address, and too long to be compared
    text = f"{MARA}\nMARA@acme.example\nana@acme.example; BEN@acme.example\nnonsense\n{no_name}"

    plan = plan_invitations(organization=acme, text=text)

    assert [each.email for each in plan.new] == [MARA]
    assert [each.email for each in plan.known] == ["ana@acme.example", "ben@acme.example"]
    assert [each.text for each in plan.invalid] == ["nonsense", no_name]
    assert plan.repeated == 1
    assert not plan.is_too_long
    assert not Invitation.objects.exists()


def test_whoever_is_at_another_organization_or_was_deleted_is_new(acme, globex, make_user):
    make_user("zoe", organization=globex, email=MARA)
    make_user(MARA, email=MARA, state=User.State.DELETED)

    assert len(plan_invitations(organization=acme, text=MARA).new) == 1


def test_many_are_looked_up_some_at_a_time(acme, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(inviting, "BATCH", 2)
    monkeypatch.setattr(inviting, "AT_ONCE", 4)

    with django_assert_num_queries(3):
        plan = plan_invitations(
            organization=acme, text="\n".join(f"p{number}@acme.example" for number in range(5))
        )
    assert plan.is_too_long


def run(task_args):
    context = SimpleNamespace(task_result=SimpleNamespace(id=str(uuid4())))
    return invite_people.func(context, *task_args), context.task_result.id


def test_a_worker_invites_them_one_by_one(acme, admin, make_user):
    make_user("ana", email="ana@acme.example")
    rows = [[MARA, "Mara", "Lind"], ["ana@acme.example", "", ""]]

    came, task = run((str(acme.pk), str(admin.pk), rows))

    assert came == {"invited": 1, "known": 1}
    mara = User.objects.in_organization(acme).get(email=MARA)
    assert (mara.state, mara.display_name, mara.role) == ("invited", "Mara Lind", "learner")
    assert Invitation.objects.get(user=mara).made_by == "Admin Test"
    assert Progress.objects.get(task_id=task).done == 2
    # A worker that was killed begins anew.
    assert run((str(acme.pk), str(admin.pk), rows))[0] == {"invited": 0, "known": 2}


@pytest.mark.parametrize(
    ("fields", "may"),
    [
        ({"role": Role.LEARNER}, False),
        ({"role": Role.SUB_ADMIN, "abilities": [Ability.LICENSES]}, False),
        ({"role": Role.SUB_ADMIN, "abilities": [Ability.PEOPLE]}, True),
        ({"role": Role.FULL_ADMIN, "state": "deactivated"}, False),
    ],
)
def test_whoever_may_not_any_more_invites_nobody(acme, make_user, fields, may):
    by = make_user("by", **fields)

    run((str(acme.pk), str(by.pk), [[MARA, "", ""]]))

    assert Invitation.objects.exists() == may


def test_it_is_started_for_no_more_than_there_may_be(acme, admin, monkeypatch):
    people = list(people_in("a@acme.example b@acme.example"))
    assert start_inviting(organization=acme, people=people, actor_id=admin.pk)

    monkeypatch.setattr(invitations, "INVITATIONS_A_DAY", 1)
    with pytest.raises(TooManyInvitations):
        start_inviting(organization=acme, people=people, actor_id=admin.pk)


def test_an_organization_sends_so_many_a_day(acme, globex, make_user, actor, monkeypatch):
    monkeypatch.setattr(invitations, "INVITATIONS_A_DAY", 1)
    invite(user=make_user("ana"), actor=actor)

    assert (invitations_left(acme), invitations_left(globex)) == (0, 1)
    with pytest.raises(TooManyInvitations):
        invite(user=make_user("ben"), actor=actor)
    with pytest.raises(TooManyInvitations):
        invite_pasted(organization=acme, row=[MARA, "", ""], actor=actor)
    invite(user=make_user("zoe", organization=globex), actor=Actor.system("x"))


def test_who_came_by_another_door_meanwhile_is_known(acme, actor, monkeypatch):
    def taken(**_fields):
        raise UserNameTaken(MARA)

    monkeypatch.setattr(inviting, "invite_newcomer", taken)

    assert not invite_pasted(organization=acme, row=[MARA, "", ""], actor=actor)
