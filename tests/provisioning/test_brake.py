"""The safety net under mass removal."""

from __future__ import annotations

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from provisioning.models import ScimConfiguration
from provisioning.services import configure_directory, resume_directory, undo_removals
from provisioning.services.brake import removed_lately
from tests.provisioning.conftest import user


@pytest.fixture
def people(directory, make_user):
    """Thirty people, of whom six may go within an hour."""
    return [make_user(f"p{number}", source=User.Source.SCIM) for number in range(30)]


def remove(directory, person, method="PUT"):
    body = user(person.user_name, active=False) if method == "PUT" else None
    return directory.call(method, f"/Users/{person.pk}", body).status_code


def active(organization) -> int:
    return User.objects.in_organization(organization).active().count()


def configuration(directory) -> ScimConfiguration:
    return ScimConfiguration.objects.get(organization=directory.organization)


def test_a_directory_that_removes_too_many_is_paused_and_everybody_else_stays(directory, people):
    answers = [remove(directory, person) for person in people[:8]]

    assert answers == [200] * 6 + [503] * 2
    assert active(directory.organization) == 24
    assert configuration(directory).is_paused
    paused = AuditEvent.objects.get(action=Action.DIRECTORY_PAUSED)
    assert paused.organization == directory.organization


def test_while_paused_nothing_is_written_but_everything_can_be_read(directory, people):
    for person in people[:7]:
        remove(directory, person)

    refused = directory.create_user("new")

    assert refused.status_code == 503
    assert int(refused["Retry-After"]) > 0
    assert directory.get("/Users?count=0").json()["totalResults"] == 30


def test_deleting_counts_like_switching_off_and_who_is_gone_already_counts_once(directory, people):
    for person in people[:5]:
        assert remove(directory, person) == 200
        assert remove(directory, person, "DELETE") == 204
    assert remove(directory, people[5], "DELETE") == 204

    assert remove(directory, people[6], "DELETE") == 503


def test_a_few_may_always_go(directory, make_user):
    few = [make_user(f"p{number}") for number in range(6)]

    assert [remove(directory, person) for person in few] == [200] * 5 + [503]


def test_the_next_hour_counts_anew(directory, people):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for person in people[:6]:
            remove(directory, person)
        clock.shift(3601)

        # A fifth of the twenty-four who are left is four; at least five may go.
        assert [remove(directory, person) for person in people[6:12]] == [200] * 5 + [503]


def test_switched_off_the_brake_holds_nobody(directory, people, system_actor):
    configure_directory(
        organization=directory.organization, changes={"brake_is_on": False}, actor=system_actor
    )

    assert [remove(directory, person) for person in people] == [200] * 30


def test_a_directory_that_may_go_on_goes_on(directory, people, actor):
    for person in people[:7]:
        remove(directory, person)

    resume_directory(configuration=configuration(directory), actor=actor)

    assert [remove(directory, person) for person in people[6:30]] == [200] * 24


def test_removals_of_a_day_can_be_undone(directory, people, actor):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        remove(directory, people[0])
        clock.shift(25 * 3600)
        for person in people[1:4]:
            remove(directory, person)

        listed = [each.user.pk for each in removed_lately(directory.organization)]
        assert listed == [p.pk for p in people[3:0:-1]]
        assert undo_removals(organization=directory.organization, actor=actor).back == 3

    assert active(directory.organization) == 30  # one is gone, and the admin is there


def test_nobody_of_another_organization_comes_back(directory, other_directory, people, globex):
    remove(directory, people[0])

    assert undo_removals(organization=globex, actor=Actor.system()).back == 0


def test_the_first_removal_of_an_hour_counts_people_and_the_others_count_nothing(directory, people):
    def counted(person) -> bool:
        with CaptureQueriesContext(connection) as seen:
            assert remove(directory, person) == 200
        return any("COUNT(" in query["sql"] for query in seen)

    assert [counted(person) for person in people[:3]] == [True, False, False]


def test_a_stricter_brake_holds_in_the_hour_that_has_begun(directory, people, system_actor):
    for person in people[:2]:
        remove(directory, person)
    configure_directory(
        organization=directory.organization,
        changes={"brake_percent": 1, "brake_minimum": 3},
        actor=system_actor,
    )

    assert [remove(directory, person) for person in people[2:5]] == [200, 503, 503]
