"""What a role may do."""

import pytest

from accounts.roles import (
    ORGANIZATION_ROLES,
    Ability,
    Role,
    is_able,
    may_enter_console,
    may_grant,
)


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.LEARNER, False),
        (Role.CURATOR, False),
        (Role.SUB_ADMIN, True),
        (Role.FULL_ADMIN, True),
        (Role.STAFF, True),
        ("unknown", False),
    ],
)
def test_administrators_alone_enter_the_console(role, may):
    assert may_enter_console(role) is may


@pytest.mark.parametrize("ability", Ability)
def test_full_admins_and_staff_may_everything_and_learners_nothing(ability):
    for role in (Role.FULL_ADMIN, Role.STAFF):
        assert is_able(role, [], ability)
    for role in (Role.LEARNER, Role.CURATOR):
        assert not is_able(role, list(Ability), ability)


def test_a_sub_admin_may_what_was_chosen():
    chosen = [Ability.PEOPLE, Ability.LICENSES]

    assert [ability for ability in Ability if is_able(Role.SUB_ADMIN, chosen, ability)] == chosen


@pytest.mark.parametrize(
    ("granter", "grantable"),
    [
        (Role.STAFF, set(ORGANIZATION_ROLES)),
        (Role.FULL_ADMIN, set(ORGANIZATION_ROLES)),
        (Role.SUB_ADMIN, {Role.LEARNER, Role.CURATOR}),
        (Role.CURATOR, set()),
        (Role.LEARNER, set()),
    ],
)
def test_who_may_give_which_role(granter, grantable):
    assert {role for role in Role if may_grant(granter, role)} == grantable


def test_nobody_makes_platform_staff_by_giving_a_role():
    assert not [granter for granter in Role if may_grant(granter, Role.STAFF)]


def test_abilities_of_a_closed_account_are_gone(make_admin):
    admin = make_admin("mara")
    assert admin.is_able(Ability.PEOPLE)
    assert admin.has_module_perms("accounts")

    admin.state = "deactivated"

    assert not admin.is_able(Ability.PEOPLE)
    assert not admin.has_module_perms("accounts")
    assert not admin.has_perm("accounts.change_user")
