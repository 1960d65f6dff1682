"""*Policies*: who may look, what is shown before it is saved, what is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.errors import InvalidValue
from accounts.models import BindingPolicy, Organization, User
from accounts.roles import Ability, Role
from audit.actions import Action
from audit.models import AuditEvent
from learning_portal.console.policies import duration
from licenses.models import LicenseAssignment
from profiles.models import ProfileBinding

SignIn = Callable[..., Client]
URL = "/console/policies/"


@pytest.fixture
def console(client: Client, sign_in: SignIn, admin: User) -> Client:
    return sign_in(client, admin)


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def shown(page: Any) -> dict[str, Any]:
    """What a browser would send if nothing were touched: values and hidden initial values."""
    sent: dict[str, Any] = {}
    for field in page.context["form"]:
        value = field.value()
        if value not in (None, False):
            sent[field.html_name] = "on" if value is True else value
        sent[field.html_initial_name] = value
    return sent


def change(console: Client, button: str = "_save", url: str = URL, **wanted: Any) -> Any:
    sent = shown(console.get(url))
    for name, value in wanted.items():
        if value is False:
            sent.pop(name, None)
        else:
            sent[name] = "on" if value is True else value
    return console.post(url, {**sent, button: "1"})


def confirm(console: Client, page: Any, button: str = "_confirm") -> Any:
    """Press a button on the page of differences, which carries the form along."""
    form = page.context["form"]
    sent = {}
    for field in form:
        sent[field.html_name] = str(field.value())
        sent[field.html_initial_name] = form.data[field.html_initial_name]
    return console.post(URL, {**sent, button: "1"})


def bind(user: User) -> None:
    ProfileBinding.objects.create(
        organization=user.organization,
        user=user,
        subject=f"subject-{user.pk}",
        via="sso",
        consent_version="1",
        consented_at=user.created_at,
    )


class TestLooking:
    def test_the_cards_count_the_people_each_choice_touches(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        bind(make_user("ana"))
        make_user("ben")
        make_user("gone", state=User.State.DEACTIVATED)

        page = console.get(URL).content.decode()

        # Ben and the administrator have no profile.
        assert "2 people without a profile are asked at their next page." in page
        assert "1 of 3 are connected" in page
        assert "1 connection is put to sleep" in page

    def test_view_as_learner_has_its_columns_in_the_order_of_the_cards(
        self, console: Client
    ) -> None:
        page = console.get(URL)

        cards = [
            str(label) for _value, label in page.context["form"].fields["binding_policy"].choices
        ]
        assert [column.label for column in page.context["matrix"].columns] == cards

    def test_the_switch_says_how_many_first_sign_ins_get_a_seat(
        self, console: Client, make_pool: Any
    ) -> None:
        make_pool(seats=40)

        assert "The next 40 first sign-ins get a seat" in console.get(URL).content.decode()

    def test_people_of_another_organization_are_not_counted(
        self, console: Client, make_user: Callable[..., User], globex: Organization, make_pool: Any
    ) -> None:
        bind(make_user("gus", organization=globex))
        make_pool(seats=99, organization=globex)

        page = console.get(URL).content.decode()

        assert "0 of 1 are connected" in page
        assert "The next 99" not in page
        assert "no seat is free" in page

    def test_without_the_ability_the_page_is_read_only(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], acme: Organization
    ) -> None:
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.LICENSES])
        sign_in(client, helper)

        page = client.get(URL)
        refused = client.post(URL, {"binding_policy": "off", "_confirm": "1"})

        assert page.status_code == 200
        assert 'name="_save"' not in page.content.decode()
        assert refused.status_code == 403
        acme.refresh_from_db()
        assert acme.binding_policy == BindingPolicy.OPTIONAL

    def test_with_the_ability_alone_a_sub_admin_changes_policies(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], acme: Organization
    ) -> None:
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.POLICIES])
        sign_in(client, helper)

        change(client, session_hours=24)

        acme.refresh_from_db()
        assert acme.session_hours == 24

    def test_staff_name_the_organization_and_no_other_is_touched(
        self,
        client: Client,
        sign_in: SignIn,
        make_staff: Callable[..., User],
        acme: Organization,
        globex: Organization,
    ) -> None:
        sign_in(client, make_staff())

        assert client.get(URL).status_code == 404
        change(client, url=f"{URL}?organization=globex", session_hours=24)

        acme.refresh_from_db()
        globex.refresh_from_db()
        assert (acme.session_hours, globex.session_hours) == (12, 24)

    def test_an_administrator_cannot_name_another_organization(
        self, console: Client, globex: Organization
    ) -> None:
        change(console, url=f"{URL}?organization=globex", session_hours=24)

        globex.refresh_from_db()
        assert globex.session_hours == 12


class TestSaving:
    def test_a_harmless_change_is_saved_and_named(
        self, console: Client, acme: Organization
    ) -> None:
        response = change(console, session_hours=24)

        assert "Session length: 12 hours → 1 day" in told(response)
        event = AuditEvent.objects.get(action=Action.POLICIES_CHANGED)
        assert event.changes == {"session_hours": [12, 24]}

    def test_what_touches_people_is_shown_before_it_is_saved(
        self, console: Client, acme: Organization, make_user: Callable[..., User]
    ) -> None:
        make_user("ana")

        page = change(console, binding_policy=BindingPolicy.REQUIRED)

        assert "Touches 2 people" in page.content.decode()
        acme.refresh_from_db()
        assert acme.binding_policy == BindingPolicy.OPTIONAL
        response = confirm(console, page)
        acme.refresh_from_db()
        assert acme.binding_policy == BindingPolicy.REQUIRED
        assert "They may → They must" in told(response)

    def test_switching_profiles_off_says_how_many_connections_sleep(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        ana = make_user("ana")
        bind(ana)

        page = change(console, binding_policy=BindingPolicy.OFF)
        confirm(console, page)

        assert "1 connection is put to sleep" in page.content.decode()
        assert ana.profile_bindings.get().state == ProfileBinding.State.SUSPENDED

    def test_a_profile_asleep_counts_as_connected_when_the_policy_returns(
        self, console: Client, acme: Organization, make_user: Callable[..., User]
    ) -> None:
        bind(make_user("ana"))
        confirm(console, change(console, binding_policy=BindingPolicy.OFF))

        page = change(console, binding_policy=BindingPolicy.OPTIONAL)

        assert "1 connection wakes up" in page.content.decode()

    @pytest.mark.parametrize(
        ("stored", "wanted", "sentence"),
        [
            ({"auto_assign": False}, {"auto_assign": True}, "the next first sign-ins do"),
            ({"auto_assign": True}, {"auto_assign": False}, "Nobody loses a seat."),
            ({"jit_enabled": False}, {"jit_enabled": True}, "New people get in through"),
            ({"jit_enabled": True}, {"jit_enabled": False}, "Nobody is shut out."),
            (
                {"binding_policy": BindingPolicy.REQUIRED},
                {"binding_policy": BindingPolicy.OPTIONAL},
                "The gate opens for those without a profile.",
            ),
        ],
    )
    def test_each_change_says_what_it_does_to_people(
        self,
        console: Client,
        acme: Organization,
        stored: dict[str, Any],
        wanted: dict[str, Any],
        sentence: str,
    ) -> None:
        Organization.objects.filter(pk=acme.pk).update(**stored)

        page = change(console, button="_preview", **wanted)

        assert sentence in page.content.decode()

    def test_what_the_service_refuses_is_said_and_changes_nothing(
        self, console: Client, acme: Organization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**_arguments: Any) -> None:
            raise InvalidValue("session_hours", "Somebody else has just shortened it.")

        monkeypatch.setattr("learning_portal.console.policies.set_policies", refuse)

        response = change(console, session_hours=24)

        assert told(response) == "Somebody else has just shortened it."
        acme.refresh_from_db()
        assert acme.session_hours == 12

    def test_seeing_the_difference_saves_nothing_even_if_harmless(
        self, console: Client, acme: Organization
    ) -> None:
        page = change(console, button="_preview", session_hours=24)

        assert "12 hours" in page.content.decode()
        assert "1 day" in page.content.decode()
        acme.refresh_from_db()
        assert acme.session_hours == 12

    def test_keep_editing_brings_the_form_back_as_it_was(
        self, console: Client, acme: Organization
    ) -> None:
        page = change(console, button="_preview", session_hours=24, jit_enabled=False)

        back = confirm(console, page, button="_back")

        form = back.context["form"]
        assert str(form["session_hours"].value()) == "24"
        assert not form["jit_enabled"].value()
        acme.refresh_from_db()
        assert (acme.session_hours, acme.jit_enabled) == (12, True)

    def test_nothing_changed_saves_nothing(self, console: Client) -> None:
        response = change(console)

        assert "Nothing to save" in told(response)
        assert not AuditEvent.objects.filter(action=Action.POLICIES_CHANGED).exists()

    def test_two_administrators_on_one_page_undo_nothing_of_each_other(
        self, console: Client, acme: Organization
    ) -> None:
        seen_by_both = shown(console.get(URL))
        change(console, session_hours=24)

        console.post(URL, {**seen_by_both, "jit_enabled": "", "_save": "1"})

        acme.refresh_from_db()
        assert (acme.session_hours, acme.jit_enabled) == (24, False)

    @pytest.mark.parametrize("hours", ["0", "4321", "soon", ""])
    def test_a_length_that_is_not_offered_is_refused(
        self, console: Client, acme: Organization, hours: str
    ) -> None:
        page = change(console, session_hours=hours)

        assert page.status_code == 200
        assert page.context["form"].errors["session_hours"]
        acme.refresh_from_db()
        assert acme.session_hours == 12

    def test_a_length_set_elsewhere_stays_a_choice(
        self, console: Client, acme: Organization
    ) -> None:
        Organization.objects.filter(pk=acme.pk).update(session_hours=5)

        assert "5 hours" in console.get(URL).content.decode()


class TestAutoAssign:
    def test_switching_on_offers_to_assign_to_everybody_without_a_license(
        self, console: Client, make_user: Callable[..., User], make_pool: Any
    ) -> None:
        make_pool(seats=5)
        make_user("ana")

        response = change(console, auto_assign=True)

        assert response.headers["Location"] == reverse("admin:policies_assign")
        page = console.get(response.headers["Location"]).content.decode()
        assert "2 active people have no license" in page
        assert "Assign 2 licenses" in page

    def test_nobody_gets_a_seat_by_the_switch_alone(
        self, console: Client, make_user: Callable[..., User], make_pool: Any
    ) -> None:
        make_pool(seats=5)
        make_user("ana")

        change(console, auto_assign=True)

        assert not LicenseAssignment.objects.exists()

    def test_assigning_gives_the_seats_there_are_and_the_rest_wait(
        self, console: Client, make_user: Callable[..., User], make_pool: Any
    ) -> None:
        pool = make_pool(seats=1)
        make_user("ana")

        response = console.post(reverse("admin:policies_assign"))

        pool.refresh_from_db()
        assert pool.seats_taken == 1
        assert LicenseAssignment.objects.waiting().count() == 1
        assert "1 person has a license now." in told(response)

    def test_assigning_stays_in_the_organization(
        self, console: Client, make_user: Callable[..., User], make_pool: Any, globex: Organization
    ) -> None:
        make_pool(seats=5)
        make_pool(seats=5, organization=globex)
        make_user("gus", organization=globex)

        console.post(reverse("admin:policies_assign"))

        assert not LicenseAssignment.objects.in_organization(globex).exists()

    def test_assigning_takes_both_abilities(
        self, client: Client, sign_in: SignIn, make_user: Callable[..., User], make_pool: Any
    ) -> None:
        make_pool(seats=5)
        helper = make_user("helper", role=Role.SUB_ADMIN, abilities=[Ability.POLICIES])
        sign_in(client, helper)

        saved = change(client, auto_assign=True)

        # Saved, and not sent to a page that would refuse them.
        assert saved.headers["Location"] == URL
        assert client.post(reverse("admin:policies_assign")).status_code == 403
        assert not LicenseAssignment.objects.exists()

    def test_without_a_free_seat_the_button_says_why_it_is_off(self, console: Client) -> None:
        page = console.get(reverse("admin:policies_assign")).content.decode()

        assert "disabled" in page
        assert "No seat is free" in page

    def test_with_nobody_left_there_is_nothing_to_offer(
        self, console: Client, make_pool: Any
    ) -> None:
        make_pool(seats=5)
        console.post(reverse("admin:policies_assign"))

        assert console.get(reverse("admin:policies_assign")).headers["Location"] == URL


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "1 hour"), (12, "12 hours"), (24, "1 day"), (4320, "180 days")]
)
def test_lengths_are_said_in_words(hours: int, words: str) -> None:
    assert duration(hours) == words
