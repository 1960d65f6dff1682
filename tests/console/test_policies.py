"""*Policies*: who may look, what is shown before it is saved, what is saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts import doors
from accounts.doors import Door
from accounts.errors import InvalidValue, NobodyGetsIn
from accounts.models import BindingPolicy, Organization, PolicyChange, User
from accounts.roles import Ability, Role
from accounts.services import schedule_policies
from audit.actions import Action
from audit.models import AuditEvent
from learning_portal.console.policy_differences import duration
from licenses.models import LicenseAssignment
from profiles.errors import ProfilesInUse
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
        assert "2 people without a profile have until" in page
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
        self, console: Client, make_pool: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_pool(seats=40)
        okta = Door(name="Okta", url="/sso/okta/login", host="acme.okta.example")
        monkeypatch.setattr(doors, "_sources", [lambda organization: [okta]])

        assert "The next 40 first sign-ins get a seat" in console.get(URL).content.decode()

    def test_without_single_sign_on_the_switches_speak_of_joining(
        self, console: Client, make_pool: Any
    ) -> None:
        make_pool(seats=40)

        page = console.get(URL).content.decode()

        assert "On: whoever joins takes a seat. The next 40 people get one" in page
        assert "may join by the activation link" in page
        assert "After this, people sign in again." in page
        assert "SSO sign-in" not in page
        assert "identity provider lets through" not in page

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
        assert "have until" in page.content.decode()
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

    @pytest.mark.parametrize(
        ("refusal", "words"),
        [
            (InvalidValue("session_hours", "Shortened a moment ago."), "Shortened a moment ago."),
            (NobodyGetsIn(), str(NobodyGetsIn())),
        ],
    )
    def test_what_the_service_refuses_is_said_and_changes_nothing(
        self,
        console: Client,
        acme: Organization,
        monkeypatch: pytest.MonkeyPatch,
        refusal: Exception,
        words: str,
    ) -> None:
        def refuse(**_arguments: Any) -> None:
            raise refusal

        monkeypatch.setattr("learning_portal.console.policies.set_policies", refuse)

        response = change(console, session_hours=24)

        assert told(response) == words
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


class TestGrace:
    def test_required_from_the_next_page_on_where_no_days_are_given(
        self, console: Client, acme: Organization
    ) -> None:
        page = change(console, binding_policy=BindingPolicy.REQUIRED, binding_grace_days="0")

        assert "1 person without a profile is asked at their next page." in page.content.decode()
        confirm(console, page)
        acme.refresh_from_db()
        assert (acme.binding_policy, acme.binding_grace_days) == (BindingPolicy.REQUIRED, 0)

    @pytest.mark.parametrize("days", ["-1", "91", "", "soon"])
    def test_days_beyond_the_limits_are_refused(
        self, console: Client, acme: Organization, days: str
    ) -> None:
        page = change(console, binding_grace_days=days)

        assert page.context["form"].errors["binding_grace_days"]
        acme.refresh_from_db()
        assert acme.binding_grace_days == 14

    def test_other_days_touch_nobody_where_nothing_is_required(
        self, console: Client, acme: Organization
    ) -> None:
        response = change(console, binding_grace_days="30")

        assert "Days to connect: 14 days → 30 days" in told(response)

    def test_other_days_for_a_grace_that_runs_say_whom_they_touch_and_until_when(
        self, console: Client, acme: Organization
    ) -> None:
        confirm(console, change(console, binding_policy=BindingPolicy.REQUIRED))

        page = change(console, binding_grace_days="30")

        day = date_format(timezone.now() + timedelta(days=30), "j F Y")
        assert "Touches 1 person" in page.content.decode()
        assert f"has until {day}" in page.content.decode()

    def test_a_requirement_older_than_the_grace_says_that_people_are_asked_now(
        self, console: Client, acme: Organization
    ) -> None:
        Organization.objects.filter(pk=acme.pk).update(binding_policy=BindingPolicy.REQUIRED)

        assert "1 person without a profile is asked at their" in console.get(URL).content.decode()
        assert "Days to connect" in told(change(console, binding_grace_days="30"))


class TestScheduling:
    DAY = timedelta(days=10)

    def schedule(self, console: Client, after: timedelta = DAY, **wanted: Any) -> Any:
        page = change(console, button="_preview", **(wanted or {"binding_policy": "required"}))
        form = page.context["form"]
        sent = {}
        for field in form:
            sent[field.html_name] = str(field.value())
            sent[field.html_initial_name] = form.data[field.html_initial_name]
        due = timezone.now() + after
        sent |= {"due_at_0": f"{due:%Y-%m-%d}", "due_at_1": f"{due:%H:%M}"}
        return console.post(URL, {**sent, "_schedule": "1"})

    def test_a_change_waits_on_the_page_with_its_day_whom_it_touches_and_who_chose_it(
        self, console: Client, acme: Organization, admin: User
    ) -> None:
        response = self.schedule(console)

        assert "Nothing changes before." in told(response)
        acme.refresh_from_db()
        assert acme.binding_policy == BindingPolicy.OPTIONAL
        page = console.get(URL).content.decode()
        assert f"Scheduled by {admin.display_name}" in page
        assert "Touches 1 person as of today" in page
        until = date_format(timezone.now() + self.DAY + timedelta(days=14), "j F Y")
        assert f"has until {until}" in page

    def test_it_is_canceled_on_the_page(self, console: Client, acme: Organization) -> None:
        self.schedule(console)
        cancel = console.get(URL).context["cancel_url"]

        assert "Canceled." in told(console.post(cancel))
        assert "no longer waits" in told(console.post(cancel))
        assert "A change waits" not in console.get(URL).content.decode()
        assert console.get(cancel).status_code == 405

    def test_while_one_waits_no_other_is_offered(self, console: Client) -> None:
        self.schedule(console)

        page = change(console, button="_preview", session_hours=24).content.decode()

        assert 'name="_schedule"' not in page
        assert "Another change waits" in page

    @pytest.mark.parametrize("after", [-DAY, timedelta(days=400)])
    def test_a_day_that_does_not_do_is_refused_and_the_changes_are_kept(
        self, console: Client, after: timedelta
    ) -> None:
        page = self.schedule(console, after)

        assert "Choose a moment to come" in page.content.decode()
        assert page.context["form"].wanted() == {"binding_policy": "required"}
        assert not PolicyChange.objects.exists()

    def test_two_who_schedule_from_the_same_page_are_told(
        self, console: Client, acme: Organization, actor: Any
    ) -> None:
        schedule_policies(
            organization=acme,
            changes={"session_hours": 24},
            due_at=timezone.now() + self.DAY,
            actor=actor,
        )

        page = self.schedule(console)

        assert PolicyChange.objects.get().changes == {"session_hours": 24}
        assert "Another change waits" in page.content.decode()

    def test_a_change_that_would_change_nothing_any_more_says_so(
        self, console: Client, acme: Organization
    ) -> None:
        self.schedule(console, session_hours=24)
        Organization.objects.filter(pk=acme.pk).update(session_hours=24)

        assert "it will change nothing" in console.get(URL).content.decode()

    def test_without_the_ability_it_is_read_and_not_canceled(
        self, console: Client, sign_in: SignIn, make_user: Callable[..., User]
    ) -> None:
        self.schedule(console)
        cancel = console.get(URL).context["cancel_url"]
        helper = sign_in(Client(), make_user("helper", role=Role.SUB_ADMIN, abilities=["people"]))

        page = helper.get(URL).content.decode()

        assert "A change waits for its day" in page
        assert "Cancel this change" not in page
        assert helper.post(cancel).status_code == 403
        assert PolicyChange.objects.waiting().exists()

    def test_another_organizations_change_is_neither_seen_nor_canceled(
        self, console: Client, globex: Organization, actor: Any
    ) -> None:
        other = schedule_policies(
            organization=globex,
            changes={"session_hours": 24},
            due_at=timezone.now() + self.DAY,
            actor=actor,
        )
        assert other

        assert "A change waits" not in console.get(URL).content.decode()
        console.post(reverse("admin:policies_cancel", args=[other.pk]))
        assert PolicyChange.objects.waiting().exists()


class TestForgetting:
    PAGE = "/console/policies/forget/"

    @pytest.fixture
    def off(self, console: Client, acme: Organization, make_user: Callable[..., User]) -> User:
        ana = make_user("ana")
        bind(ana)
        confirm(console, change(console, binding_policy=BindingPolicy.OFF))
        return ana

    def test_the_page_says_what_is_kept_and_until_when(self, console: Client, off: User) -> None:
        page = console.get(URL).content.decode()

        day = date_format(timezone.now() + timedelta(days=90), "j F Y")
        assert "1 profile is kept asleep" in page
        assert f"Forgotten on {day}" in page

    def test_it_takes_the_name_typed(self, console: Client, off: User) -> None:
        page = console.post(self.PAGE, {"typed_name": "no"}).content.decode()

        assert "Type the name: Acme." in page
        assert off.profile_bindings.get().subject
        assert "1 profile forgotten." in told(console.post(self.PAGE, {"typed_name": "acme"}))
        assert off.profile_bindings.get().subject == ""
        assert "kept asleep" not in console.get(URL).content.decode()

    def test_with_nothing_kept_there_is_nothing_to_forget(
        self, console: Client, make_user: Callable[..., User]
    ) -> None:
        bind(make_user("ana"))

        response = console.post(self.PAGE, {"typed_name": "Acme"})

        assert "Nothing is kept" in told(response)
        assert ProfileBinding.objects.get().subject

    def test_a_policy_that_came_back_meanwhile_keeps_everything(
        self, console: Client, off: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**_arguments: Any) -> None:
            raise ProfilesInUse

        monkeypatch.setattr("learning_portal.console.policies_forget.forget_profiles", refuse)

        assert "in use" in told(console.post(self.PAGE, {"typed_name": "Acme"}))

    def test_what_was_switched_off_before_the_day_was_kept_names_no_day(
        self, console: Client, off: User, acme: Organization
    ) -> None:
        Organization.objects.filter(pk=acme.pk).update(binding_policy_at=None)

        assert "90 days after the policy was switched off" in console.get(URL).content.decode()

    def test_without_the_ability_it_is_refused(
        self, sign_in: SignIn, make_user: Callable[..., User], off: User
    ) -> None:
        helper = sign_in(Client(), make_user("helper", role=Role.SUB_ADMIN, abilities=["people"]))

        assert helper.post(self.PAGE, {"typed_name": "Acme"}).status_code == 403
        assert "Forget them now" not in helper.get(URL).content.decode()
        assert off.profile_bindings.get().subject


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
