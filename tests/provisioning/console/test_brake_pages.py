"""*Let it go on* and *Undo*: what they say before, and what they do."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import Role
from accounts.services import (
    change_members,
    create_group,
    create_user,
    deactivate_user,
    reactivate_user,
    take_from_closed,
)
from accounts.templatetags.activity import kept_facts
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import assign_license, revoke_license
from licenses.standing import license_state
from provisioning.console import brake
from provisioning.models import ScimConfiguration
from provisioning.services import pause_directory, removed_lately, undo_removals
from tests.provisioning.console.conftest import make_token, text_of, told

RESUME, UNDO = "/console/directory/resume/", "/console/directory/undo/"


@pytest.fixture
def directory(acme: Organization) -> Actor:
    token = make_token(acme)
    return Actor.directory(str(token.pk), token.name)


@pytest.fixture
def gone(directory: Actor, make_user: Any) -> list[User]:
    """Three whom the directory deactivated."""
    people = [make_user(name) for name in ("ana", "ben", "eva")]
    for person in people:
        deactivate_user(user=person, actor=directory)
    return people


@pytest.fixture
def paused(acme: Organization, gone: list[User], directory: Actor) -> ScimConfiguration:
    ScimConfiguration.objects.update(window_removed=3)
    configuration = ScimConfiguration.objects.get(pk=acme.pk)
    pause_directory(configuration=configuration, actor=directory)
    return configuration


class TestResume:
    def test_it_says_first_what_will_happen(
        self, console: Client, paused: ScimConfiguration
    ) -> None:
        page = text_of(console.get(RESUME))

        assert "The 3 people it removed stay removed." in page
        assert "Bring 3 people back" in page
        paused.refresh_from_db()
        assert paused.is_paused

    def test_who_came_back_is_not_among_the_removed(
        self, console: Client, paused: ScimConfiguration, gone: list[User]
    ) -> None:
        for person in gone:
            reactivate_user(user=person, actor=Actor.system("tests"))

        assert "Everybody it removed is back already." in text_of(console.get(RESUME))

    def test_nor_is_whom_somebody_here_had_closed_before(
        self, console: Client, paused: ScimConfiguration, directory: Actor, make_user: Any
    ) -> None:
        kim = make_user("kim", role=Role.SUB_ADMIN)
        deactivate_user(user=kim, actor=Actor.system("tests"))
        take_from_closed(user=kim, actor=directory, reason="directory")

        screen = console.get("/console/directory/")

        assert len(screen.context["last_removed"]) == 3
        assert "The 3 people it removed stay removed." in text_of(console.get(RESUME))

    def test_the_button_lets_it_go_on(self, console: Client, paused: ScimConfiguration) -> None:
        answer = console.post(RESUME)

        paused.refresh_from_db()
        assert not paused.is_paused
        assert "goes on" in told(answer)
        assert AuditEvent.objects.filter(action=Action.DIRECTORY_RESUMED).exists()

    def test_a_colleague_who_was_faster_is_said(self, console: Client, directory: Actor) -> None:
        assert "not paused any more" in told(console.get(RESUME))

    def test_another_organization_s_pause_is_not_ours(
        self, console: Client, acme: Organization, globex: Organization
    ) -> None:
        ScimConfiguration.objects.create(organization=globex, paused_at=timezone.now())

        console.post(RESUME)

        assert ScimConfiguration.objects.get(pk=globex.pk).is_paused


class TestUndo:
    def test_it_names_whom_it_brings_back(self, console: Client, paused: ScimConfiguration) -> None:
        page = text_of(console.get(UNDO))

        assert "Bring 3 people back" in page
        assert all(f"{name} Test" in page for name in ("Ana", "Ben", "Eva"))
        assert "The directory stays paused" in page

    def test_the_button_brings_them_back(self, console: Client, gone: list[User]) -> None:
        answer = console.post(UNDO)

        assert "3 people are back" in told(answer)
        assert {each.state for each in User.objects.active()} == {User.State.ACTIVE}
        assert User.objects.active().filter(pk__in=[each.pk for each in gone]).count() == 3
        assert AuditEvent.objects.get(action=Action.REMOVALS_UNDONE).changes == {"people": 3}

    def test_many_come_back_in_parts(
        self, console: Client, gone: list[User], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(brake, "AT_ONCE", 2)

        first = console.post(UNDO)
        second = console.post(UNDO)

        assert first.headers["Location"] == UNDO
        assert second.headers["Location"] == "/console/directory/"
        assert not removed_lately(gone[0].organization)

    def test_nobody_to_bring_back_is_said(self, console: Client, acme: Organization) -> None:
        assert "removed nobody" in text_of(console.get(UNDO))

    def test_whom_an_administrator_deactivated_stays_so(
        self, console: Client, actor: Actor, make_user: Any
    ) -> None:
        mara = make_user("mara")
        deactivate_user(user=mara, actor=actor)

        console.post(UNDO)

        mara.refresh_from_db()
        assert mara.state == User.State.DEACTIVATED

    def test_people_of_another_organization_stay_as_they_are(
        self, console: Client, acme: Organization, globex: Organization, make_user: Any
    ) -> None:
        gus = make_user("gus", organization=globex)
        deactivate_user(user=gus, actor=Actor.directory("x", "Okta"))

        page = text_of(console.get(UNDO))
        console.post(UNDO)

        gus.refresh_from_db()
        assert "Gus Test" not in page
        assert gus.state == User.State.DEACTIVATED


class TestUndoOfDeletions:
    @pytest.fixture
    def deleted(self, gone: list[User], directory: Actor) -> list[User]:
        """Of the three, Ana and Ben were deleted; Ben's name is somebody else's by now."""
        for person in gone[:2]:
            deactivate_user(user=person, actor=directory, state=User.State.DELETED)
        create_user(
            organization=gone[0].organization,
            user_name=gone[1].user_name,
            source=User.Source.CONSOLE,
            actor=directory,
        )
        return gone[:2]

    def test_the_page_tells_who_can_come_back_and_who_cannot(
        self, console: Client, deleted: list[User]
    ) -> None:
        page = text_of(console.get(UNDO))
        back, _, stays = page.partition('id="taken"')

        assert "Bring 2 people back" in page
        assert "1 of them was deleted" in page
        assert "Ana Test" in back
        assert "Ben Test" not in back
        assert "1 person stays deleted" in page
        assert "Ben Test" in stays

    def test_the_button_says_by_name_who_stays_deleted(
        self, console: Client, deleted: list[User]
    ) -> None:
        said = told(console.post(UNDO))

        assert "2 people are back" in said
        assert f"Ben Test ({deleted[1].user_name})" in said

    def test_whoever_was_off_before_comes_back_off_and_that_is_said(
        self, console: Client, directory: Actor, actor: Actor, make_user: Any
    ) -> None:
        mara = make_user("mara")
        deactivate_user(user=mara, actor=actor)
        deactivate_user(user=mara, actor=directory, state=User.State.DELETED)

        assert "1 of them was deactivated before" in text_of(console.get(UNDO))

    def test_of_many_who_stay_some_are_named(
        self, console: Client, deleted: list[User], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(brake, "NAMED", 0)

        assert "and 1 more" in told(console.post(UNDO))

    def test_activity_shows_the_groups_by_name(
        self, console: Client, acme: Organization, directory: Actor, make_user: Any, actor: Actor
    ) -> None:
        mara = make_user("mara")
        group = create_group(organization=acme, display_name="Engineering", actor=actor)
        change_members(group=group, add=[mara], actor=actor)
        deactivate_user(user=mara, actor=directory, state=User.State.DELETED)

        event = AuditEvent.objects.get(action=Action.USER_DEACTIVATED)

        assert ("left the groups", "Engineering") in kept_facts(event)


class TestLicensesComeBack:
    def test_whoever_lost_one_gets_one_again(
        self, acme: Organization, directory: Actor, actor: Actor, make_user: Any, make_pool: Any
    ) -> None:
        make_pool(seats=2)
        ana, ben = make_user("ana"), make_user("ben")
        assign_license(user=ana, source=Source.ADMIN, actor=actor)
        for person in (ana, ben):
            deactivate_user(user=person, actor=directory)

        assert undo_removals(organization=acme, actor=actor).back == 2

        assert license_state(ana) == LicenseState.ACTIVE
        assert license_state(ben) == LicenseState.NONE, "had none before"

    def test_when_the_seat_is_somebody_else_s_by_now_they_wait(
        self, acme: Organization, directory: Actor, actor: Actor, make_user: Any, make_pool: Any
    ) -> None:
        make_pool(seats=1)
        ana = make_user("ana")
        assign_license(user=ana, source=Source.ADMIN, actor=actor)
        deactivate_user(user=ana, actor=directory)
        assign_license(user=make_user("ben"), source=Source.ADMIN, actor=actor)

        undo_removals(organization=acme, actor=actor)

        assert license_state(ana) == LicenseState.WAITING

    def test_whose_license_an_administrator_took_gets_none(
        self, acme: Organization, directory: Actor, actor: Actor, make_user: Any, make_pool: Any
    ) -> None:
        make_pool(seats=1)
        ana = make_user("ana")
        assign_license(user=ana, source=Source.ADMIN, actor=actor)
        revoke_license(user=ana, actor=actor)
        deactivate_user(user=ana, actor=directory)

        undo_removals(organization=acme, actor=actor)

        assert not LicenseAssignment.objects.filter(user=ana, ended_at=None).exists()
