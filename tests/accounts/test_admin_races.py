"""Two admins retire each other in the same moment. One of them stays."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.roles import Role
from accounts.services import change_role, deactivate_user
from audit.actors import Actor
from tests.at_once import at_once, refusals
from tests.factories import PASSWORD, make_organization, make_user

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def demote(user):
    change_role(user=user, role=Role.LEARNER, actor=Actor.system("race"))


def close(user):
    deactivate_user(user=user, actor=Actor.system("race"))


@pytest.mark.parametrize(("first", "second"), [(demote, demote), (close, close), (demote, close)])
def test_two_admins_who_retire_each_other_at_once_leave_one(first, second):
    for round_number in range(5):
        acme = make_organization(f"acme-{round_number}")
        one = make_user("one", organization=acme, role=Role.FULL_ADMIN, password=PASSWORD)
        two = make_user("two", organization=acme, role=Role.FULL_ADMIN, password=PASSWORD)

        raised = at_once(lambda one=one: first(one), lambda two=two: second(two))

        assert refusals(raised) == ["LastFullAdmin"]
        assert User.objects.in_organization(acme).full_admins().count() == 1


def test_three_of_four_admins_may_go_at_once_and_the_fourth_may_not():
    acme = make_organization("acme")
    admins = [
        make_user(f"admin{number}", organization=acme, role=Role.FULL_ADMIN, password=PASSWORD)
        for number in range(4)
    ]

    raised = at_once(*[lambda admin=admin: close(admin) for admin in admins])

    assert refusals(raised) == ["LastFullAdmin"]
    assert User.objects.in_organization(acme).full_admins().count() == 1
