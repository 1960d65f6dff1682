"""Undoing what a directory removed, the deleted among them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, User
from accounts.roles import Ability, Role
from accounts.services import (
    change_members,
    change_role,
    create_group,
    deactivate_user,
    off_board,
    reactivate_user,
    restore_user,
)
from audit.actions import Action
from audit.actors import Actor, ActorKind
from audit.models import AuditEvent
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import assign_license
from licenses.standing import license_state
from provisioning.models import ScimConfiguration
from provisioning.services import configure_directory, removed_lately, undo_removals
from tests.provisioning.conftest import user

State = User.State


@pytest.fixture
def ana(directory) -> User:
    """Added by the directory."""
    answer = directory.create_user("ana@acme.example", externalId="7", title="Engineer")
    return User.objects.get_queryset().get(pk=answer.json()["id"])


def delete(directory: Any, person: User) -> None:
    assert directory.call("DELETE", f"/Users/{person.pk}").status_code == 204


def switch_off(directory: Any, person: User) -> None:
    body = user(person.user_name, active=False)
    assert directory.call("PUT", f"/Users/{person.pk}", body).status_code == 200


def state_of(person: User) -> str:
    return User.objects.get_queryset().get(pk=person.pk).state


def test_somebody_deleted_comes_back_under_the_same_id_as_the_directory_knew_them(
    directory, ana, actor
):
    before = directory.get(f"/Users/{ana.pk}").json()
    delete(directory, ana)
    assert directory.get(f"/Users/{ana.pk}").status_code == 404

    undone = undo_removals(organization=directory.organization, actor=actor)

    after = directory.get(f"/Users/{ana.pk}").json()
    assert (undone.back, undone.taken, undone.remaining) == (1, [], 0)
    assert state_of(ana) == State.ACTIVE
    assert {**after, "meta": None} == {**before, "meta": None}
    assert not removed_lately(directory.organization)


def test_it_is_kept_in_the_record_who_came_back_and_by_whom(directory, ana, actor):
    delete(directory, ana)

    undo_removals(organization=directory.organization, actor=actor)

    event = AuditEvent.objects.get(action=Action.USER_REACTIVATED)
    assert event.target_id == str(ana.pk)
    assert event.actor_name == actor.name
    assert event.changes == {"state": ["deleted", "active"]}
    assert AuditEvent.objects.get(action=Action.REMOVALS_UNDONE).changes == {"people": 1}


def test_sessions_stay_ended_and_the_seat_comes_through_the_gate(
    client, sign_in, directory, ana, actor, make_pool
):
    make_pool(seats=1)
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    sign_in(client, ana)
    delete(directory, ana)

    undo_removals(organization=directory.organization, actor=actor)

    assert not Session.objects.filter(user=ana).exists()
    assert license_state(ana) == LicenseState.ACTIVE
    assert LicenseAssignment.objects.filter(user=ana).count() == 2, "a new one, not the old"


def test_without_a_free_seat_they_wait(directory, ana, actor, make_pool, make_user):
    make_pool(seats=1)
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    delete(directory, ana)
    assign_license(user=make_user("ben"), source=Source.ADMIN, actor=actor)

    undo_removals(organization=directory.organization, actor=actor)

    assert license_state(ana) == LicenseState.WAITING


def test_groups_that_are_still_here_take_them_back(directory, ana, actor, acme):
    kept, gone = (create_group(organization=acme, display_name=n, actor=actor) for n in "ab")
    for group in (kept, gone):
        change_members(group=group, add=[ana], actor=actor)
    delete(directory, ana)
    gone.delete()
    moved = type(kept).objects.get(pk=kept.pk).updated_at

    undo_removals(organization=acme, actor=actor)

    assert [each.group_id for each in ana.memberships.all()] == [kept.pk]
    assert type(kept).objects.get(pk=kept.pk).updated_at > moved, "its version is another"
    event = AuditEvent.objects.get(action=Action.USER_REACTIVATED)
    assert event.changes["joined_groups"] == {str(kept.pk): "a"}


@pytest.mark.parametrize(
    "again", [{"user_name": "ANA@acme.example"}, {"user_name": "x", "externalId": "7"}]
)
def test_whose_name_or_id_is_somebody_elses_by_now_stays_deleted_and_is_named(
    directory, ana, actor, again
):
    delete(directory, ana)
    assert directory.create_user(**again).status_code == 201

    undone = undo_removals(organization=directory.organization, actor=actor)

    assert (undone.back, undone.taken) == (0, [ana])
    assert state_of(ana) == State.DELETED
    assert not AuditEvent.objects.filter(action=Action.REMOVALS_UNDONE).exists()


def test_the_same_name_in_another_organization_is_no_obstacle(
    directory, other_directory, ana, actor
):
    delete(directory, ana)
    other_directory.create_user("ana@acme.example", externalId="7")

    assert undo_removals(organization=directory.organization, actor=actor).back == 1


def test_of_two_of_one_name_the_one_deleted_last_comes_back(directory, ana, actor):
    delete(directory, ana)
    answer = directory.create_user("ana@acme.example", externalId="8")
    later = User.objects.get_queryset().get(pk=answer.json()["id"])
    delete(directory, later)

    undone = undo_removals(organization=directory.organization, actor=actor)

    assert (state_of(later), state_of(ana)) == (State.ACTIVE, State.DELETED)
    assert (undone.back, undone.taken) == (1, [ana])


def test_a_name_taken_between_the_look_and_the_change_leaves_them_deleted(
    directory, ana, actor, monkeypatch
):
    delete(directory, ana)
    looked = removed_lately(directory.organization)
    directory.create_user("ana@acme.example")
    monkeypatch.setattr("provisioning.services.brake.removed_lately", lambda organization: looked)

    undone = undo_removals(organization=directory.organization, actor=actor)

    assert (undone.back, undone.taken) == (0, [ana])


def test_deactivated_first_and_deleted_later_they_come_back_as_they_were_at_first(
    directory, ana, actor
):
    switch_off(directory, ana)
    delete(directory, ana)

    undo_removals(organization=directory.organization, actor=actor)

    assert state_of(ana) == State.ACTIVE


def test_whom_an_administrator_had_deactivated_comes_back_deactivated(
    directory, ana, actor, make_pool
):
    make_pool(seats=1)
    assign_license(user=ana, source=Source.ADMIN, actor=actor)
    deactivate_user(user=ana, actor=actor)
    delete(directory, ana)

    undo_removals(organization=directory.organization, actor=actor)

    assert state_of(ana) == State.DEACTIVATED
    assert license_state(ana) != LicenseState.ACTIVE
    assert not removed_lately(directory.organization)


def test_whoever_is_here_needs_no_restoring(ana, actor):
    assert restore_user(user=ana, actor=actor) is False
    assert not AuditEvent.objects.filter(action=Action.USER_REACTIVATED).exists()


def test_whoever_went_just_before_the_day_began_is_left_out(directory, ana, actor):
    delete(directory, ana)
    # The event is written a moment after the person's own time.
    User.objects.get_queryset().filter(pk=ana.pk).update(
        deactivated_at=timezone.now() - timedelta(hours=24, seconds=1)
    )

    assert not removed_lately(directory.organization)


def test_whom_somebody_else_removed_since_stays_so(directory, ana, actor):
    switch_off(directory, ana)
    reactivate_user(user=ana, actor=actor)
    deactivate_user(user=ana, actor=actor)

    assert not removed_lately(directory.organization)


def test_whoever_is_deleted_by_the_other_organization_is_not_ours(
    directory, other_directory, actor
):
    gus = other_directory.create_user("gus@globex.example").json()["id"]
    other_directory.call("DELETE", f"/Users/{gus}")

    assert not removed_lately(directory.organization)
    assert undo_removals(organization=directory.organization, actor=actor).back == 0


def test_deleting_counts_for_the_brake_and_all_of_it_can_be_undone(directory, make_user, actor):
    people = [make_user(f"p{number}", source=User.Source.SCIM) for number in range(10)]
    answers = [directory.call("DELETE", f"/Users/{each.pk}").status_code for each in people]

    assert answers == [204] * 5 + [503] * 5
    assert ScimConfiguration.objects.get(pk=directory.organization.pk).is_paused
    assert undo_removals(organization=directory.organization, actor=actor).back == 5
    assert User.objects.in_organization(directory.organization).active().count() == 11


def test_looking_costs_two_statements_however_many(directory, make_user):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            removed_lately(directory.organization)
        return len(seen)

    delete(directory, make_user("one"))
    first = cost()
    for number in range(4):
        delete(directory, make_user(f"p{number}"))

    assert first == cost() == 2


class TestRights:
    """A directory that switches an administrator off takes the role; undoing gives it back."""

    @pytest.fixture
    def admins(self, ana, make_user) -> Any:
        """Ana, who looks after licenses, and two who undo."""
        User.objects.get_queryset().filter(pk=ana.pk).update(
            role=Role.SUB_ADMIN, abilities=[Ability.LICENSES]
        )
        return {
            role: make_user(f"by-{role}", role=role, abilities=[Ability.DIRECTORY])
            for role in (Role.FULL_ADMIN, Role.SUB_ADMIN)
        }

    def rights_of(self, person: User) -> tuple[str, list[str]]:
        row = User.objects.get_queryset().get(pk=person.pk)
        return row.role, row.abilities

    @pytest.mark.parametrize("remove", [switch_off, delete])
    def test_go_with_the_account_and_stay_gone(self, directory, ana, admins, remove):
        remove(directory, ana)

        assert self.rights_of(ana) == (Role.LEARNER, [])
        event = AuditEvent.objects.filter(action=Action.USER_DEACTIVATED).latest("id")
        assert event.changes["role"] == [Role.SUB_ADMIN, Role.LEARNER]
        if remove is switch_off:
            directory.call("PUT", f"/Users/{ana.pk}", user(ana.user_name, active=True))
            assert (state_of(ana), self.rights_of(ana)) == (State.ACTIVE, (Role.LEARNER, []))

    @pytest.mark.parametrize("remove", [switch_off, delete])
    def test_come_back_with_whoever_is_brought_back(self, directory, ana, admins, remove):
        remove(directory, ana)

        undo_removals(
            organization=directory.organization, actor=Actor.from_user(admins[Role.FULL_ADMIN])
        )

        assert self.rights_of(ana) == (Role.SUB_ADMIN, [Ability.LICENSES])

    def test_switched_off_first_and_deleted_later_is_as_at_first(self, directory, ana, admins):
        switch_off(directory, ana)
        delete(directory, ana)

        undo_removals(organization=directory.organization, actor=Actor.system())

        assert self.rights_of(ana) == (Role.SUB_ADMIN, [Ability.LICENSES])

    def test_kept_by_an_administrator_go_once_the_directory_says_so_too(
        self, directory, ana, admins, actor
    ):
        deactivate_user(user=ana, actor=actor)
        assert self.rights_of(ana) == (Role.SUB_ADMIN, [Ability.LICENSES])

        switch_off(directory, ana)
        switch_off(directory, ana)

        assert self.rights_of(ana) == (Role.LEARNER, [])
        event = AuditEvent.objects.get(
            action=Action.USER_DEACTIVATED, actor_kind=ActorKind.DIRECTORY
        )
        assert event.changes == {
            "state": [State.DEACTIVATED, State.DEACTIVATED],
            "reason": "directory",
            "role": [Role.SUB_ADMIN, Role.LEARNER],
            "abilities": [[Ability.LICENSES], []],
        }
        directory.call("PUT", f"/Users/{ana.pk}", user(ana.user_name, active=True))
        assert (state_of(ana), self.rights_of(ana)) == (State.ACTIVE, (Role.LEARNER, []))

    @pytest.mark.parametrize(
        "change",
        [
            {"op": "replace", "path": "title", "value": "Lead"},
            {"op": "remove", "path": "active"},
            {"op": "replace", "value": {"title": "Lead"}},
            None,
        ],
    )
    def test_kept_by_an_administrator_stay_while_the_directory_says_nothing_of_it(
        self, directory, ana, admins, actor, change
    ):
        deactivate_user(user=ana, actor=actor)

        if change is None:
            answer = directory.call("PUT", f"/Users/{ana.pk}", user(ana.user_name, title="Lead"))
        else:
            answer = directory.patch(f"/Users/{ana.pk}", change)

        assert answer.status_code == 200
        assert self.rights_of(ana) == (Role.SUB_ADMIN, [Ability.LICENSES])

    def test_taking_somebody_over_switched_off_says_so_as_well(
        self, directory, ana, admins, actor, acme
    ):
        configure_directory(organization=acme, changes={"adopts_people": True}, actor=actor)
        deactivate_user(user=ana, actor=actor)

        answer = directory.create_user(ana.user_name, active=False)

        assert (answer.status_code, answer.json()["id"]) == (201, str(ana.pk))
        assert (state_of(ana), self.rights_of(ana)) == (State.DEACTIVATED, (Role.LEARNER, []))

    def test_of_whom_nothing_was_kept_taking_over_switched_off_takes_nothing(
        self, directory, admins, actor, acme, make_user
    ):
        ben = make_user("ben", organization=acme)
        configure_directory(organization=acme, changes={"adopts_people": True}, actor=actor)
        deactivate_user(user=ben, actor=actor)

        assert directory.create_user("ben", active=False).status_code == 201

        events = AuditEvent.objects.filter(action=Action.USER_DEACTIVATED)
        assert [event.actor_kind for event in events] == [ActorKind.PERSON]

    @pytest.mark.parametrize("value", [False, "False"])
    def test_a_patch_says_so_as_well(self, directory, ana, admins, actor, value):
        deactivate_user(user=ana, actor=actor)

        directory.patch(f"/Users/{ana.pk}", {"op": "replace", "path": "active", "value": value})

        assert self.rights_of(ana) == (Role.LEARNER, [])

    def test_whom_an_administrator_closed_undoing_does_not_open(
        self, directory, ana, admins, actor
    ):
        deactivate_user(user=ana, actor=actor)
        switch_off(directory, ana)

        undone = undo_removals(organization=directory.organization, actor=Actor.system())

        assert (undone.back, undone.remaining) == (0, 0)
        assert not removed_lately(directory.organization)
        assert state_of(ana) == State.DEACTIVATED
        assert self.rights_of(ana) == (Role.LEARNER, [])

    def test_deleted_after_that_they_come_back_closed_with_their_rights(
        self, directory, ana, admins, actor
    ):
        deactivate_user(user=ana, actor=actor)
        switch_off(directory, ana)
        delete(directory, ana)

        undo_removals(organization=directory.organization, actor=Actor.system())

        assert state_of(ana) == State.DEACTIVATED
        assert self.rights_of(ana) == (Role.SUB_ADMIN, [Ability.LICENSES])

    def test_whom_the_directory_closed_first_undoing_opens_again(
        self, directory, ana, admins, actor
    ):
        switch_off(directory, ana)
        change_role(user=ana, role=Role.FULL_ADMIN, actor=actor)
        switch_off(directory, ana)
        assert self.rights_of(ana) == (Role.LEARNER, [])

        undo_removals(organization=directory.organization, actor=Actor.system())

        assert state_of(ana) == State.ACTIVE
        assert self.rights_of(ana) == (Role.FULL_ADMIN, [])

    def test_whom_somebody_off_boarded_since_undoing_does_not_open(
        self, directory, ana, admins, actor
    ):
        switch_off(directory, ana)
        off_board(user=ana, actor=actor)
        off_board(user=ana, actor=actor)

        assert not removed_lately(directory.organization)
        undo_removals(organization=directory.organization, actor=Actor.system())

        assert (state_of(ana), self.rights_of(ana)) == (State.DEACTIVATED, (Role.LEARNER, []))
        events = AuditEvent.objects.filter(action=Action.USER_DEACTIVATED)
        assert [event.actor_kind for event in events.order_by("id")] == ["directory", "person"]

    def test_are_not_given_by_whoever_could_not_give_them(self, directory, ana, admins):
        switch_off(directory, ana)

        undone = undo_removals(
            organization=directory.organization, actor=Actor.from_user(admins[Role.SUB_ADMIN])
        )

        assert (undone.back, state_of(ana)) == (1, State.ACTIVE)
        assert self.rights_of(ana) == (Role.LEARNER, [])
