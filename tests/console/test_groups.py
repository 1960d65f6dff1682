"""Groups: made by hand here, or owned by the directory and only read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.errors import GroupIsDirectoryOwned, InvalidValue, PeopleNotFound
from accounts.models import DirectoryGroup, DirectoryGroupMembership, Organization, User
from accounts.services import change_members, create_group, find_people, rename_group
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent

SignIn = Callable[..., Client]
ADD = "admin:accounts_directorygroup_add"
CHANGE = "admin:accounts_directorygroup_change"


@pytest.fixture
def console(client: Client, sign_in: SignIn, admin: User) -> Client:
    return sign_in(client, admin)


@pytest.fixture
def research(acme: Organization, actor: Actor) -> DirectoryGroup:
    return create_group(organization=acme, display_name="Research", actor=actor)


@pytest.fixture
def from_okta(acme: Organization) -> DirectoryGroup:
    return DirectoryGroup.objects.create(
        organization=acme, display_name="Okta people", source=DirectoryGroup.Source.SCIM
    )


def members(group: DirectoryGroup) -> set[str]:
    return set(group.members.values_list("user_name", flat=True))


class TestServices:
    def test_people_join_once_and_it_is_recorded_once(
        self, research: DirectoryGroup, make_user: Callable[..., User], actor: Actor
    ) -> None:
        ana = make_user("ana")

        for _time in range(2):
            change_members(group=research, add=[ana], actor=actor)

        assert DirectoryGroupMembership.objects.count() == 1
        event = AuditEvent.objects.get(action=Action.GROUP_MEMBERS_CHANGED)
        assert event.changes == {"added": ["Ana Test"], "removed": []}

    def test_taking_out_somebody_who_is_not_in_records_nothing(
        self, research: DirectoryGroup, make_user: Callable[..., User], actor: Actor
    ) -> None:
        change_members(group=research, remove=[make_user("ana")], actor=actor)

        assert not AuditEvent.objects.filter(action=Action.GROUP_MEMBERS_CHANGED).exists()

    def test_nobody_of_another_organization_joins(
        self,
        research: DirectoryGroup,
        make_user: Callable[..., User],
        globex: Organization,
        actor: Actor,
    ) -> None:
        with pytest.raises(PeopleNotFound):
            change_members(group=research, add=[make_user("gus", organization=globex)], actor=actor)

        assert members(research) == set()

    def test_the_directory_s_groups_are_not_changed_here(
        self, from_okta: DirectoryGroup, make_user: Callable[..., User], actor: Actor
    ) -> None:
        with pytest.raises(GroupIsDirectoryOwned):
            change_members(group=from_okta, add=[make_user("ana")], actor=actor)
        with pytest.raises(GroupIsDirectoryOwned):
            rename_group(group=from_okta, display_name="Ours", actor=actor)

    def test_a_new_name_is_compared_ignoring_case_from_then_on(
        self, research: DirectoryGroup, actor: Actor
    ) -> None:
        rename_group(group=research, display_name=" Straße ", actor=actor)

        research.refresh_from_db()
        assert (research.display_name, research.display_name_key) == ("Straße", "strasse")

    def test_the_same_name_records_nothing(self, research: DirectoryGroup, actor: Actor) -> None:
        rename_group(group=research, display_name="Research", actor=actor)

        assert not AuditEvent.objects.filter(action=Action.GROUP_CHANGED).exists()

    # The letter unfolds into eighteen for comparison.
    @pytest.mark.parametrize("name", ["  ", "\ufdfa" * 200])
    def test_a_name_is_needed_that_can_be_compared(
        self, acme: Organization, actor: Actor, name: str
    ) -> None:
        with pytest.raises(InvalidValue):
            create_group(organization=acme, display_name=name, actor=actor)

    def test_people_are_found_by_user_name_and_by_address(
        self, acme: Organization, make_user: Callable[..., User]
    ) -> None:
        ana, ben = make_user("ana"), make_user("ben")

        found = find_people(organization=acme, names=["ANA", " ben@acme.example ", "", "ana"])

        assert found == [ana, ben]

    def test_names_that_fit_nobody_or_two_are_all_named(
        self, acme: Organization, globex: Organization, make_user: Callable[..., User]
    ) -> None:
        make_user("ana", email="shared@acme.example")
        make_user("ben", email="shared@acme.example")
        make_user("gus", organization=globex)

        with pytest.raises(PeopleNotFound) as refusal:
            find_people(organization=acme, names=["shared@acme.example", "gus", "ana"])

        assert refusal.value.names == ["shared@acme.example", "gus"]


class TestPage:
    def test_a_group_is_made_with_its_people(
        self, console: Client, acme: Organization, make_user: Callable[..., User]
    ) -> None:
        make_user("ana")
        make_user("ben")

        console.post(
            reverse(ADD),
            {"display_name": "Research", "add_people": "ana\r\nben@acme.example\r\n"},
        )

        group = DirectoryGroup.objects.get()
        assert (group.organization, members(group)) == (acme, {"ana", "ben"})

    def test_an_unknown_name_is_said_and_nothing_is_made(self, console: Client) -> None:
        response = console.post(reverse(ADD), {"display_name": "Research", "add_people": "nobody"})

        assert "is called: nobody" in response.content.decode()
        assert not DirectoryGroup.objects.exists()

    def test_ticked_people_are_taken_out(
        self,
        console: Client,
        research: DirectoryGroup,
        make_user: Callable[..., User],
        actor: Actor,
    ) -> None:
        ana, ben = make_user("ana"), make_user("ben")
        change_members(group=research, add=[ana, ben], actor=actor)

        console.post(
            reverse(CHANGE, args=[research.pk]),
            {"display_name": "Research", "remove_people": [str(ben.pk)]},
        )

        assert members(research) == {"ana"}

    def test_a_directory_s_group_is_shown_and_not_changed(
        self, console: Client, from_okta: DirectoryGroup
    ) -> None:
        url = reverse(CHANGE, args=[from_okta.pk])

        page = console.get(url)
        refused = console.post(url, {"display_name": "Ours"})

        assert "IdP" in page.content.decode()
        assert refused.status_code == 403
        from_okta.refresh_from_db()
        assert from_okta.display_name == "Okta people"
