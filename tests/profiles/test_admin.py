"""Connected profiles in the console."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Ability, Role
from accounts.verb_admin import as_action
from audit.actions import Action
from profiles.models import ProfileBinding
from profiles.standing import current_binding
from profiles.verbs import DISCONNECT
from tests.profiles.conftest import events

LIST = "/console/profiles/profilebinding/"


def choose(console, *bindings):
    """Choose them in the list; answers the page that asks."""
    return console.post(
        LIST,
        {"action": "disconnect_profile", "_selected_action": [str(b.pk) for b in bindings]},
        follow=True,
    )


def disconnect(console, *bindings):
    """Choose them, and press the button of the page that asks."""
    page = choose(console, *bindings)
    return console.post(page.context["action"], {"ids": page.context["ids"]}, follow=True)


def text_of(response) -> str:
    return response.content.decode()


def test_the_list_shows_the_organizations_own_profiles_alone(console, ana, bind, make_user, globex):
    bind(ana, name="Ana on LinkedIn")
    bind(make_user("eve", organization=globex), name="Eve on LinkedIn")

    page = text_of(console.get(LIST))

    assert "Ana on LinkedIn" in page
    assert "Eve on LinkedIn" not in page


def test_a_profile_of_another_organization_is_not_there(console, bind, make_user, globex):
    theirs = bind(make_user("eve", organization=globex), name="Eve on LinkedIn")

    response = console.get(f"{LIST}{theirs.pk}/change/")

    assert response["Location"] == "/console/"


def test_linkedins_id_of_a_profile_is_not_shown(console, ana, bind):
    binding = bind(ana, subject="the-secret-subject")

    assert "the-secret-subject" not in text_of(console.get(LIST))
    assert "the-secret-subject" not in text_of(console.get(f"{LIST}{binding.pk}/change/"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "suspended", "policy_off_at": timezone.now()}, "The profile policy is off"),
        ({"state": "suspended", "dormant_at": timezone.now()}, "The person is deactivated"),
        (
            {"state": "revoked", "ended_at": timezone.now(), "end_reason": "learner"},
            "Disconnected by the person",
        ),
    ],
)
def test_a_profile_that_is_not_active_says_why(console, ana, bind, fields, words):
    binding = bind(ana, **fields)

    assert words in text_of(console.get(f"{LIST}{binding.pk}/change/"))


def test_a_list_of_many_costs_what_a_list_of_one_costs(console, bind, make_user):
    bind(make_user("first"))
    with CaptureQueriesContext(connection) as for_one:
        console.get(LIST)
    for number in range(6):
        bind(make_user(f"person-{number}"))

    with CaptureQueriesContext(connection) as for_many:
        console.get(LIST)

    assert len(for_many) == len(for_one)


def test_nothing_is_added_changed_or_deleted_by_hand(console, ana, bind):
    binding = bind(ana)

    assert console.get(f"{LIST}add/").status_code == 403
    assert console.post(f"{LIST}{binding.pk}/change/", {"name": "x"}).status_code == 403
    assert console.post(f"{LIST}{binding.pk}/delete/", {"post": "yes"}).status_code == 403


def test_disconnecting_asks_first_and_says_what_stays(console, ana, bind):
    page = text_of(choose(console, bind(ana)))

    assert "Disconnect the LinkedIn profile of Ana Test?" in page
    assert "told by mail" in page
    assert current_binding(ana) is not None


def test_disconnecting_where_it_is_required_says_that_people_are_held(console, required, ana, bind):
    assert "can’t learn until they connect" in text_of(choose(console, bind(ana)))


def test_disconnecting_ends_the_chosen_and_no_others(console, bind, make_user):
    ana, ben, eve = (make_user(name) for name in ("ana", "ben", "eve"))
    chosen = [bind(ana), bind(ben)]
    bind(eve)

    page = text_of(disconnect(console, *chosen))

    assert "Disconnected 2 profiles." in page
    assert current_binding(ana) is current_binding(ben) is None
    assert current_binding(eve) is not None
    assert ProfileBinding.objects.get(user=ana).end_reason == "admin"
    assert len(events(Action.PROFILE_UNBOUND)) == 2


def test_a_suspended_profile_can_be_disconnected(console, ana, bind):
    binding = bind(ana, state="suspended", dormant_at=timezone.now())

    disconnect(console, binding)

    assert current_binding(ana) is None


def test_another_organizations_profile_cannot_be_disconnected(console, bind, make_user, globex):
    eve = make_user("eve", organization=globex)

    choose(console, bind(eve))
    console.post(f"{LIST}bulk/disconnect_profile/", {"ids": str(eve.pk)})

    assert current_binding(eve) is not None
    assert events(Action.PROFILE_UNBOUND) == []


def test_disconnecting_what_has_ended_says_so(console, ana, bind):
    ended = bind(ana, state="revoked", ended_at=timezone.now(), end_reason="learner")

    page = choose(console, ended)

    assert "This changes nothing for whom you chose." in text_of(page)


def test_more_than_a_request_can_carry_is_refused(console, bind, make_user, monkeypatch):
    few = replace(DISCONNECT, at_once=1)
    monkeypatch.setattr("profiles.admin.ProfileBindingAdmin.actions", [as_action(few)])
    bindings = [bind(make_user("ana")), bind(make_user("ben"))]

    page = text_of(choose(console, *bindings))

    assert "Choose at most 1 people at a time." in page
    assert ProfileBinding.objects.active().count() == 2


@pytest.mark.parametrize(
    ("role", "abilities", "status"),
    [
        (Role.SUB_ADMIN, [Ability.PEOPLE], 200),
        (Role.SUB_ADMIN, [Ability.SSO, Ability.POLICIES], 403),
        (Role.LEARNER, [], 302),
    ],
)
def test_profiles_are_for_those_who_look_after_people(
    client, make_user, sign_in, ana, bind, role, abilities, status
):
    bind(ana)
    sign_in(client, make_user("eve", role=role, abilities=abilities))

    assert client.get(LIST).status_code == status
    client.post(f"{LIST}bulk/disconnect_profile/", {"ids": str(ana.pk)})
    assert (current_binding(ana) is None) is (status == 200)


def test_a_profiles_history_is_what_happened_to_the_persons_profiles(console, ana, bind):
    binding = bind(ana)
    disconnect(console, binding)

    page = text_of(console.get(f"{LIST}{binding.pk}/history/"))

    assert "Profile disconnected" in page
