"""Organizations and *Activity*: staff's customers, everybody's history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import TextChoices
from django.test import Client
from django.urls import reverse

from accounts.change_words import VALUES, field_words
from accounts.errors import InvalidValue
from accounts.models import BindingPolicy, Organization, Session, User
from accounts.roles import Ability, Role
from accounts.services import set_policies, update_organization
from accounts.templatetags.activity import (
    change_sentence,
    changed_fields,
    event_icon,
    kept_facts,
)
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from audit.services import record
from licenses.policies import Source as LicenseSource
from profiles.models import Via

SignIn = Callable[..., Client]
ACTIVITY = "admin:audit_auditevent_changelist"


@pytest.fixture
def staff(client: Client, sign_in: SignIn, make_staff: Callable[..., User]) -> Client:
    return sign_in(client, make_staff())


@pytest.fixture
def console(client: Client, sign_in: SignIn, admin: User) -> Client:
    return sign_in(client, admin)


class TestOrganizations:
    def test_staff_add_a_customer_through_the_service(self, staff: Client) -> None:
        response = staff.post(
            reverse("admin:accounts_organization_add"),
            {"name": "Initech", "slug": "initech", "time_zone": "UTC"},
        )

        assert response.status_code == 302
        assert Organization.objects.get(slug="initech").name == "Initech"
        assert AuditEvent.objects.filter(action=Action.ORGANIZATION_CREATED).count() == 1

    def test_a_taken_short_name_is_said_on_the_form(
        self, staff: Client, acme: Organization
    ) -> None:
        response = staff.post(
            reverse("admin:accounts_organization_add"),
            {"name": "Other", "slug": "acme", "time_zone": "UTC"},
        )

        assert response.status_code == 200
        assert Organization.objects.count() == 1

    def test_the_short_name_never_changes(self, staff: Client, acme: Organization) -> None:
        staff.post(
            reverse("admin:accounts_organization_change", args=[acme.pk]),
            {"name": "Acme Robotics", "slug": "other", "time_zone": "UTC", "status": "active"},
        )

        acme.refresh_from_db()
        assert (acme.name, acme.slug) == ("Acme Robotics", "acme")

    def test_a_suspended_organization_s_people_may_nothing_at_their_next_request(
        self, acme: Organization, sign_in: SignIn, admin: User, actor: Actor
    ) -> None:
        browser = sign_in(Client(), admin)

        update_organization(
            organization=acme, values={"status": Organization.Status.SUSPENDED}, actor=actor
        )

        assert browser.get(reverse("admin:index")).status_code == 302

    def test_the_same_values_record_nothing(self, acme: Organization, actor: Actor) -> None:
        assert update_organization(organization=acme, values={"name": "Acme"}, actor=actor) == {}
        assert not AuditEvent.objects.exists()

    @pytest.mark.parametrize(
        "values", [{"time_zone": "Mars/Olympus"}, {"slug": "other"}, {"auto_assign": True}]
    )
    def test_what_is_no_detail_is_refused(
        self, acme: Organization, actor: Actor, values: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidValue):
            update_organization(organization=acme, values=values, actor=actor)

    def test_an_organization_s_administrator_has_no_such_page(
        self, console: Client, acme: Organization
    ) -> None:
        url = reverse("admin:accounts_organization_change", args=[acme.pk])

        assert console.get(url).status_code == 403
        assert console.post(url, {"status": "suspended"}).status_code == 403


class TestActivity:
    @pytest.fixture
    def event(self, acme: Organization, actor: Actor) -> AuditEvent:
        set_policies(organization=acme, changes={"session_hours": 24}, actor=actor)
        return AuditEvent.objects.get()

    def test_the_list_tells_what_on_what_and_who(self, console: Client, event: AuditEvent) -> None:
        page = console.get(reverse(ACTIVITY)).content.decode()

        assert "Policies changed" in page
        assert "Admin Test" in page

    def test_an_event_shows_before_and_after_and_its_reference(
        self, console: Client, event: AuditEvent
    ) -> None:
        url = reverse("admin:audit_auditevent_change", args=[event.public_id])

        page = console.get(url).content.decode()

        assert 'data-label="Before">12<' in page
        assert 'data-label="After">24<' in page

    def test_events_are_not_addressed_by_a_running_number(
        self, console: Client, event: AuditEvent
    ) -> None:
        url = reverse("admin:audit_auditevent_change", args=[event.pk])

        assert console.get(url).status_code == 302
        assert f"/{event.pk}/change/" not in console.get(reverse(ACTIVITY)).content.decode()

    @pytest.mark.parametrize(
        ("query", "number"),
        [
            ({"action__exact": "accounts.policies.changed"}, 1),
            ({"action__exact": "accounts.user.created"}, 0),
            ({"actor_kind__exact": "person"}, 1),
            ({"actor_kind__exact": "system"}, 0),
            ({"q": "Admin"}, 1),
            ({"q": "Nobody"}, 0),
            ({"created_at__gte": "2000-01-01T00:00:00Z"}, 1),
        ],
    )
    def test_filters_and_search(
        self, console: Client, event: AuditEvent, query: dict[str, str], number: int
    ) -> None:
        assert console.get(reverse(ACTIVITY), query).context["cl"].result_count == number

    def test_one_target_s_events_are_found_by_its_id(
        self, console: Client, event: AuditEvent
    ) -> None:
        page = console.get(reverse(ACTIVITY), {"target_id": event.target_id})

        assert page.context["cl"].result_count == 1

    def test_history_is_only_read(self, console: Client, event: AuditEvent) -> None:
        url = reverse("admin:audit_auditevent_change", args=[event.public_id])

        assert console.post(url, {"actor_name": "Somebody else"}).status_code == 403
        assert console.get(reverse("admin:audit_auditevent_add")).status_code == 403


class TestWords:
    def make(self, action: Action, changes: dict[str, Any]) -> AuditEvent:
        return AuditEvent(action=action, changes=changes)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"session_hours": [12, 24]}, "session hours: 12 → 24"),
            ({"auto_assign": [False, True]}, "automatically assign licenses: off → on"),
            (
                {"binding_policy": ["optional", "required"]},
                "LinkedIn profile: They may → They must",
            ),
            ({"role": ["learner", "curator"], "abilities": [[], []]}, "role: Learner → Curator"),
            ({"door": "password"}, "through: a password"),
            ({"reason": "Left the company"}, "reason: Left the company"),
            ({"some_new_field": "some_new_value"}, "some new field: some_new_value"),
            ({"title": ["", "Lead"]}, "title: nothing → Lead"),
            (
                {"abilities": [[], ["people", "sso"]]},
                "abilities: nothing → People and groups, Single sign-on",
            ),
            ({"reason": ""}, ""),
            ({"sessions": 2}, "sessions ended: 2"),
            (
                {"ends_at": [None, "2026-12-02T11:00:00Z"]},
                "ends at: nothing → Wed 2 Dec 2026, 11:00 UTC",
            ),
            ({"attributes": {"b": 1}}, 'attributes: {"b": 1}'),
            ({"attributes": ["emails", "title"]}, "attributes: emails, title"),
            ({"added": ["Ana", "Ben"], "removed": []}, "put in: Ana, Ben"),
            ({"added": [], "removed": ["Ana", "Ben"]}, "taken out: Ana, Ben"),
            (
                {"attributes": ["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]},
                "attributes: enterprise attributes",
            ),
        ],
    )
    def test_changes_in_a_few_words(self, changes: dict[str, Any], sentence: str) -> None:
        assert change_sentence(self.make(Action.USER_CHANGED, changes)) == sentence

    def test_long_changes_are_cut_in_the_sentence_and_whole_in_the_table(self) -> None:
        event = self.make(Action.USER_CHANGED, {"title": ["a" * 100, "b" * 100]})

        assert len(change_sentence(event)) == 80
        assert changed_fields(event) == [("title", "a" * 100, "b" * 100)]

    def test_facts_and_changes_are_told_apart(self) -> None:
        event = self.make(Action.USER_CREATED, {"source": "sso", "title": ["", "Lead"]})

        assert kept_facts(event) == [("by way of", "single sign-on")]
        assert changed_fields(event) == [("title", "nothing", "Lead")]

    @pytest.mark.parametrize(
        ("field", "choices"),
        [
            ("source", LicenseSource),
            ("source", User.Source),
            ("via", Via),
            ("door", Session.Door),
            ("role", Role),
            ("abilities", Ability),
            ("binding_policy", BindingPolicy),
        ],
        ids=lambda value: value if isinstance(value, str) else value.__qualname__,
    )
    def test_every_choice_that_events_keep_has_words(
        self, field: str, choices: type[TextChoices]
    ) -> None:
        assert {choice.value for choice in choices} <= set(VALUES[field])

    @pytest.mark.parametrize("action", Action)
    def test_every_action_has_a_sign(self, action: Action) -> None:
        assert event_icon(self.make(action, {})) != "list"


def test_text_of_other_people_is_escaped(
    console: Client, acme: Organization, make_user: Callable[..., User]
) -> None:
    mallory = make_user("mallory", first_name="<script>alert(1)</script>")
    record(
        Action.USER_CHANGED,
        organization=acme,
        actor=Actor.from_user(mallory),
        target=mallory,
        changes={"title": ["<b>", "<i>"]},
    )

    for url in (
        reverse(ACTIVITY),
        reverse("admin:index"),
        reverse("admin:accounts_user_changelist"),
        reverse("admin:accounts_user_change", args=[mallory.pk]),
        reverse("admin:accounts_user_history", args=[mallory.pk]),
    ):
        page = console.get(url).content.decode()
        assert "<script>alert(1)" not in page
        assert "<i>" not in page


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("idp_metadata_url", "metadata address"),
        ("entity_id", "entity ID"),
        ("request_binding", "how requests travel"),
        ("staged", "a change that waits"),
    ],
)
def test_what_changed_of_a_connection_is_in_the_words_of_its_page(field: str, words: str) -> None:
    assert field_words(field) == words
