"""*People*: the list, one person, and what is done to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import BindingPolicy, Organization, Session, User
from accounts.roles import Ability, Role
from accounts.services import change_members, create_group
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from licenses.models import LicenseAssignment
from licenses.policies import LicenseState, Source
from licenses.services import assign_license, revoke_license
from licenses.standing import license_state
from profiles.models import ProfileBinding

SignIn = Callable[..., Client]
LIST = "admin:accounts_user_changelist"


@pytest.fixture
def console(client: Client, sign_in: SignIn, admin: User) -> Client:
    """The browser of Acme's full admin."""
    return sign_in(client, admin)


def listed(response: Any) -> set[str]:
    return {person.user_name for person in response.context["cl"].result_list}


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def bind(user: User) -> ProfileBinding:
    return ProfileBinding.objects.create(
        organization=user.organization,
        user=user,
        subject=f"subject-{user.pk}",
        via="sso",
        consent_version="1",
        consented_at=user.created_at,
    )


def do(console: Client, verb: str, *people: User) -> Any:
    """Choose the people in the list, read the page that asks, press its button."""
    page = console.post(
        reverse(LIST),
        {"action": verb, "index": "0", "_selected_action": [str(each.pk) for each in people]},
    )
    assert page.status_code == 200, page.headers
    return console.post(page.context["action"], {"ids": page.context["ids"]})


class TestList:
    def test_state_and_license_are_two_columns(
        self, console: Client, make_user: Callable[..., User], make_pool: Any, actor: Actor
    ) -> None:
        make_pool(seats=1)
        ana = make_user("ana")
        assign_license(user=ana, source=Source.ADMIN, actor=actor)

        page = console.get(reverse(LIST), {"q": "ana"})

        text = page.content.decode()
        assert 'data-label="State"' in text
        assert 'data-label="License"' in text
        assert page.context["cl"].result_list[0].license_state == LicenseState.ACTIVE

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"q": "ana@acme"}, {"ana"}),
            ({"q": "Ben"}, {"ben"}),
            ({"license": "active"}, {"ana"}),
            ({"license": "waiting"}, set()),
            ({"profile": "active"}, {"ben"}),
            ({"state__exact": "deactivated"}, {"cid"}),
            ({"role__exact": "full_admin"}, {"admin"}),
            ({"source__exact": "scim"}, {"ben"}),
        ],
    )
    def test_filters_and_search_find_the_people_they_name(
        self,
        console: Client,
        make_user: Callable[..., User],
        make_pool: Any,
        actor: Actor,
        query: dict[str, str],
        expected: set[str],
    ) -> None:
        make_pool(seats=1)
        assign_license(user=make_user("ana"), source=Source.ADMIN, actor=actor)
        bind(make_user("ben", source=User.Source.SCIM))
        make_user("cid", state=User.State.DEACTIVATED)

        assert listed(console.get(reverse(LIST), query)) == expected

    def test_the_group_filter_finds_members(
        self,
        console: Client,
        make_user: Callable[..., User],
        acme: Organization,
        actor: Actor,
    ) -> None:
        ana = make_user("ana")
        make_user("ben")
        group = create_group(organization=acme, display_name="Research", actor=actor)
        change_members(group=group, add=[ana], actor=actor)

        assert listed(console.get(reverse(LIST), {"group": str(group.pk)})) == {"ana"}
        assert listed(console.get(reverse(LIST), {"group": "nonsense"})) == set()

    def test_another_organizations_group_finds_nobody(
        self, console: Client, make_user: Callable[..., User], globex: Organization, actor: Actor
    ) -> None:
        gus = make_user("gus", organization=globex)
        group = create_group(organization=globex, display_name="Theirs", actor=actor)
        change_members(group=group, add=[gus], actor=actor)

        page = console.get(reverse(LIST), {"group": str(group.pk)})

        assert "gus" not in listed(page)
        assert "Theirs" not in page.content.decode()

    def test_the_deleted_and_platform_staff_are_not_people_of_the_list(
        self,
        client: Client,
        sign_in: SignIn,
        make_staff: Callable[..., User],
        make_user: Callable[..., User],
    ) -> None:
        make_user("gone", state=User.State.DELETED)
        make_user("ana")
        sign_in(client, make_staff("root"))

        assert listed(client.get(reverse(LIST))) == {"ana"}

    def test_letters_of_a_password_hash_cannot_be_guessed_through_the_address(
        self, console: Client
    ) -> None:
        assert console.get(reverse(LIST), {"password__startswith": "m"}).status_code == 400


class TestAdding:
    def test_a_person_is_added_through_the_service(
        self, console: Client, acme: Organization
    ) -> None:
        response = console.post(
            reverse("admin:accounts_user_add"),
            {"user_name": "ana", "email": "Ana@Acme.example", "role": Role.LEARNER},
        )

        assert response.status_code == 302, response.context["errors"]
        ana = User.objects.get_queryset().get(user_name="ana")
        assert (ana.organization, ana.email, ana.source) == (
            acme,
            "ana@acme.example",
            User.Source.CONSOLE,
        )
        assert not ana.has_usable_password()
        assert AuditEvent.objects.get(action=Action.USER_CREATED).target_id == str(ana.pk)

    def test_a_name_that_is_taken_is_said_on_the_form(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        make_user("ana")

        response = console.post(
            reverse("admin:accounts_user_add"), {"user_name": "ANA", "role": Role.LEARNER}
        )

        assert response.status_code == 200
        assert "is called ANA already" in response.content.decode()

    def test_the_same_name_in_another_organization_is_no_obstacle(
        self, console: Client, make_user: Callable[..., User], globex: Organization
    ) -> None:
        make_user("ana", organization=globex)

        response = console.post(
            reverse("admin:accounts_user_add"), {"user_name": "ana", "role": Role.LEARNER}
        )

        assert response.status_code == 302


class TestRoles:
    def test_a_sub_admin_gets_the_abilities_chosen(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana")

        console.post(
            reverse("admin:accounts_user_change", args=[ana.pk]),
            {"email": ana.email, "role": Role.SUB_ADMIN, "abilities": [Ability.LICENSES]},
        )

        ana.refresh_from_db()
        assert (ana.role, ana.abilities) == (Role.SUB_ADMIN, [Ability.LICENSES])

    def test_a_sub_admin_without_any_ability_is_refused(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana")

        response = console.post(
            reverse("admin:accounts_user_change", args=[ana.pk]), {"role": Role.SUB_ADMIN}
        )

        assert "Choose at least one thing" in response.content.decode()
        ana.refresh_from_db()
        assert ana.role == Role.LEARNER

    def test_the_last_full_admin_keeps_the_role_and_is_told_why(
        self, console: Client, admin: User
    ) -> None:
        response = console.post(
            reverse("admin:accounts_user_change", args=[admin.pk]), {"role": Role.LEARNER}
        )

        assert "last full admin" in response.content.decode()
        admin.refresh_from_db()
        assert admin.role == Role.FULL_ADMIN

    def test_a_sub_admin_changes_no_administrator(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], admin: User
    ) -> None:
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE])
        sign_in(client, helper)
        url = reverse("admin:accounts_user_change", args=[admin.pk])

        response = client.post(url, {"email": "mine@evil.example", "role": Role.LEARNER})

        assert response.status_code == 403
        admin.refresh_from_db()
        assert (admin.role, admin.email) == (Role.FULL_ADMIN, "admin@acme.example")

    def test_a_sub_admin_makes_no_administrator(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User]
    ) -> None:
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE])
        ana = make_user("ana")
        sign_in(client, helper)

        client.post(reverse("admin:accounts_user_change", args=[ana.pk]), {"role": Role.FULL_ADMIN})

        ana.refresh_from_db()
        assert ana.role == Role.LEARNER


class TestProfile:
    def test_changes_are_recorded_with_before_and_after(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana", title="Engineer")

        console.post(
            reverse("admin:accounts_user_change", args=[ana.pk]),
            {
                "email": ana.email,
                "first_name": "Ana",
                "last_name": "Test",
                "title": "Lead",
                "role": Role.LEARNER,
            },
        )

        event = AuditEvent.objects.get(action=Action.USER_CHANGED)
        assert event.changes == {"title": ["Engineer", "Lead"]}

    def test_what_the_directory_keeps_is_read_only(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana", source=User.Source.SCIM, title="Engineer")
        url = reverse("admin:accounts_user_change", args=[ana.pk])

        page = console.get(url)
        console.post(url, {"title": "Lead", "role": Role.LEARNER})

        assert "Your directory keeps these" in page.content.decode()
        ana.refresh_from_db()
        assert ana.title == "Engineer"

    def test_whom_a_directory_looks_after_wears_its_badge_in_the_list(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        make_user("ana")
        before = console.get(reverse(LIST)).content.decode()
        make_user("ben", source=User.Source.SCIM)

        badge = '<span class="tag">IdP</span>'
        assert badge not in before
        assert console.get(reverse(LIST)).content.decode().count(badge) == 1

    def test_a_role_is_given_to_whom_a_directory_looks_after(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana", source=User.Source.SCIM)

        console.post(reverse("admin:accounts_user_change", args=[ana.pk]), {"role": Role.CURATOR})

        ana.refresh_from_db()
        assert ana.role == Role.CURATOR

    def test_nobody_s_password_is_set_for_them(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana")

        page = console.get(reverse("admin:accounts_user_change", args=[ana.pk])).content.decode()

        assert 'name="password' not in page
        assert console.get(f"/console/accounts/user/{ana.pk}/password/").status_code in {302, 404}

    def test_the_page_says_why_somebody_has_no_license(
        self, console: Client, make_user: Callable[..., User], make_pool: Any, actor: Actor
    ) -> None:
        make_pool(seats=1)
        ana = make_user("ana")
        assign_license(user=ana, source=Source.ADMIN, actor=actor)
        revoke_license(user=ana, actor=actor)

        page = console.get(reverse("admin:accounts_user_change", args=[ana.pk])).content.decode()

        assert "Taken away by administrator" in page
        assert "License revoked" in page


class TestVerbs:
    def test_deactivating_asks_first_and_changes_nothing_yet(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana")

        page = console.get(reverse("admin:accounts_user_do", args=[ana.pk, "deactivate"]))

        assert "Deactivate Ana Test?" in page.content.decode()
        assert "signed out now" in page.content.decode()
        ana.refresh_from_db()
        assert ana.state == User.State.ACTIVE

    def test_a_deactivated_person_is_signed_out_and_comes_back(
        self,
        console: Client,
        make_user: Callable[..., User],
        sign_in: SignIn,
    ) -> None:
        ana = make_user("ana")
        sign_in(Client(), ana)

        console.post(reverse("admin:accounts_user_do", args=[ana.pk, "deactivate"]))
        ana.refresh_from_db()
        assert ana.state == User.State.DEACTIVATED
        assert not Session.objects.filter(user=ana).exists()

        console.post(reverse("admin:accounts_user_do", args=[ana.pk, "reactivate"]))
        ana.refresh_from_db()
        assert ana.state == User.State.ACTIVE

    def test_many_are_deactivated_with_their_number_in_the_question(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        people = [make_user() for _number in range(3)]

        page = console.post(
            reverse(LIST),
            {
                "action": "deactivate",
                "index": "0",
                "_selected_action": [str(each.pk) for each in people],
            },
        )

        assert "Deactivate 3 people?" in page.content.decode()
        assert User.objects.active().filter(pk__in=[each.pk for each in people]).count() == 3
        response = console.post(page.context["action"], {"ids": page.context["ids"]})
        assert "Deactivated 3 people." in told(response)
        assert not User.objects.active().filter(pk__in=[each.pk for each in people]).exists()

    def test_administrators_do_not_deactivate_themselves(
        self, console: Client, admin: User, make_admin: Callable[..., User]
    ) -> None:
        make_admin("second")

        console.post(reverse("admin:accounts_user_do", args=[admin.pk, "deactivate"]))

        admin.refresh_from_db()
        assert admin.state == User.State.ACTIVE

    def test_nothing_is_claimed_where_the_last_full_admin_was_all_that_was_chosen(
        self, client: Client, sign_in: SignIn, make_staff: Callable[..., User], admin: User
    ) -> None:
        sign_in(client, make_staff())

        response = do(client, "deactivate", admin)

        assert (
            told(response) == f"{admin} is the last full admin. Give somebody else the role first."
        )

    def test_the_last_full_admin_is_not_deactivated_by_staff_and_the_rest_are(
        self,
        client: Client,
        sign_in: SignIn,
        make_staff: Callable[..., User],
        make_user: Callable[..., User],
        admin: User,
    ) -> None:
        ana = make_user("ana")
        sign_in(client, make_staff())

        response = do(client, "deactivate", admin, ana)

        assert f"{admin} is the last full admin. Give somebody else" in told(response)
        assert "Deactivated 1 person." in told(response)
        admin.refresh_from_db()
        ana.refresh_from_db()
        assert (admin.state, ana.state) == (User.State.ACTIVE, User.State.DEACTIVATED)

    def test_a_sub_admin_deactivates_no_administrator(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], admin: User
    ) -> None:
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE])
        sign_in(client, helper)

        client.post(reverse("admin:accounts_user_do", args=[admin.pk, "deactivate"]))
        client.post(
            reverse("admin:accounts_user_bulk", args=["deactivate"]), {"ids": str(admin.pk)}
        )

        admin.refresh_from_db()
        assert admin.state == User.State.ACTIVE

    def test_signing_out_everywhere_ends_every_session(
        self, console: Client, make_user: Callable[..., User], sign_in: SignIn
    ) -> None:
        ana = make_user("ana")
        sign_in(Client(), ana)
        sign_in(Client(), ana)

        console.post(reverse("admin:accounts_user_do", args=[ana.pk, "sign_out"]))

        assert not Session.objects.filter(user=ana).exists()
        assert AuditEvent.objects.get(action=Action.SESSIONS_REVOKED).changes == {"sessions": 2}

    def test_disconnecting_ends_the_binding(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana")
        binding = bind(ana)

        console.post(reverse("admin:accounts_user_do", args=[ana.pk, "disconnect_profile"]))

        binding.refresh_from_db()
        assert binding.end_reason == ProfileBinding.EndReason.ADMIN

    def test_an_unknown_verb_is_not_found(self, console: Client, admin: User) -> None:
        response = console.get(reverse("admin:accounts_user_do", args=[admin.pk, "erase"]))

        assert response.status_code == 404

    @pytest.mark.parametrize("ids", ["nonsense", ",".join(["0" * 32] * 1001)])
    def test_broken_or_endless_choices_are_refused(self, console: Client, ids: str) -> None:
        url = reverse("admin:accounts_user_bulk", args=["deactivate"])

        assert console.post(url, {"ids": ids}).status_code == 400

    def test_looking_never_acts(self, console: Client) -> None:
        url = reverse("admin:accounts_user_bulk", args=["deactivate"])

        assert console.get(url).status_code == 405


class TestLicenses:
    def test_assigning_in_bulk_takes_the_seats_there_are_and_lines_up_the_rest(
        self, console: Client, make_user: Callable[..., User], make_pool: Any
    ) -> None:
        pool = make_pool(seats=2)
        people = [make_user() for _number in range(3)]

        response = do(console, "assign_license", *people)

        pool.refresh_from_db()
        assert pool.seats_taken == 2
        assert "2 people have a license now." in told(response)
        assert LicenseAssignment.objects.waiting().count() == 1

    def test_revoked_by_an_administrator_then_allowed_again(
        self, console: Client, make_user: Callable[..., User], make_pool: Any, actor: Actor
    ) -> None:
        make_pool(seats=1)
        ana = make_user("ana")
        assign_license(user=ana, source=Source.ADMIN, actor=actor)

        do(console, "revoke_license", ana)
        assert license_state(ana) == LicenseState.REVOKED
        assert LicenseAssignment.objects.of(ana).withheld().exists()

        do(console, "allow_again", ana)
        assert not LicenseAssignment.objects.of(ana).withheld().exists()

    def test_a_sub_admin_for_licenses_assigns_but_does_not_deactivate(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], make_pool: Any
    ) -> None:
        make_pool(seats=1)
        ana = make_user("ana")
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.LICENSES])
        sign_in(client, helper)

        do(client, "assign_license", ana)
        refused = client.post(reverse("admin:accounts_user_do", args=[ana.pk, "deactivate"]))

        assert license_state(ana) == LicenseState.ACTIVE
        assert refused.status_code == 403
        ana.refresh_from_db()
        assert ana.state == User.State.ACTIVE

    def test_a_sub_admin_for_people_assigns_no_license(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], make_pool: Any
    ) -> None:
        make_pool(seats=1)
        ana = make_user("ana")
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.PEOPLE])
        sign_in(client, helper)

        refused = client.post(reverse("admin:accounts_user_do", args=[ana.pk, "assign_license"]))

        assert refused.status_code == 403
        assert license_state(ana) == LicenseState.NONE


class TestOtherOrganization:
    @pytest.mark.parametrize(
        "verb",
        ["deactivate", "reactivate", "assign_license", "revoke_license", "allow_again", "sign_out"],
    )
    def test_no_verb_reaches_a_foreign_person(
        self,
        console: Client,
        make_user: Callable[..., User],
        globex: Organization,
        make_pool: Any,
        sign_in: SignIn,
        verb: str,
    ) -> None:
        make_pool(seats=5, organization=globex)
        gus = make_user("gus", organization=globex)
        sign_in(Client(), gus)
        before = AuditEvent.objects.count()

        one = console.post(reverse("admin:accounts_user_do", args=[gus.pk, verb]))
        many = console.post(reverse("admin:accounts_user_bulk", args=[verb]), {"ids": str(gus.pk)})

        gus.refresh_from_db()
        assert gus.state == User.State.ACTIVE
        assert Session.objects.filter(user=gus).exists()
        assert license_state(gus) == LicenseState.NONE
        assert "Gus" not in told(one) + told(many)
        assert AuditEvent.objects.count() == before

    def test_staff_act_on_people_of_several_organizations_at_once(
        self,
        client: Client,
        sign_in: SignIn,
        make_staff: Callable[..., User],
        make_user: Callable[..., User],
        globex: Organization,
        make_pool: Any,
    ) -> None:
        make_pool(seats=5)
        make_pool(seats=5, organization=globex)
        ana, gus = make_user("ana"), make_user("gus", organization=globex)
        sign_in(client, make_staff())

        do(client, "assign_license", ana, gus)

        assert license_state(ana) == license_state(gus) == LicenseState.ACTIVE


def test_under_required_the_console_stays_open_to_an_unbound_administrator(
    console: Client, acme: Organization
) -> None:
    Organization.objects.filter(pk=acme.pk).update(binding_policy=BindingPolicy.REQUIRED)

    assert console.get(reverse(LIST)).status_code == 200


def test_no_filter_leads_to_people_who_are_never_listed(console: Client) -> None:
    filters = console.get("/console/accounts/user/").content.decode()

    assert "state__exact=deactivated" in filters
    assert "state__exact=deleted" not in filters
