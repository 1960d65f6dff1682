"""Whom *Adopt existing people* would hand over: who is listed, and with which warnings."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from provisioning.models import ScimConfiguration
from tests.provisioning.console.conftest import text_of

URL = "/console/directory/people/"


def listed(page: Any) -> set[str]:
    return {person.user_name for person in page.context["people"]}


def test_those_are_listed_whom_no_directory_looks_after(
    console: Client, globex: Organization, make_user: Any
) -> None:
    make_user("ana")
    make_user("ben", source=User.Source.SCIM)
    make_user("eva", state=User.State.DELETED)
    make_user("gus", organization=globex)

    page = console.get(URL)

    assert listed(page) == {"admin", "ana"}
    assert "What happens to 2 people" in text_of(page)


def test_what_stands_in_the_way_of_a_match_is_marked(console: Client, make_user: Any) -> None:
    make_user("Fits@acme.example", email="fits@acme.example")
    make_user("other-name", email="other@acme.example")
    make_user("one@acme.example", email="shared@acme.example")
    make_user("two@acme.example", email="shared@acme.example")
    make_user("no-mail", email="")

    page = console.get(URL)
    by_name = {person.user_name: person for person in page.context["people"]}

    assert {name for name, each in by_name.items() if each.is_named_otherwise} == {
        "admin",
        "other-name",
        "one@acme.example",
        "two@acme.example",
    }
    assert {name for name, each in by_name.items() if each.shares_email} == {
        "one@acme.example",
        "two@acme.example",
    }
    assert "4 have a user name that is not their e-mail address" in text_of(page)


def test_the_same_e_mail_elsewhere_is_no_collision(
    console: Client, globex: Organization, make_user: Any
) -> None:
    make_user("ana", email="ana@shared.example")
    make_user("ana", email="ana@shared.example", organization=globex)

    assert not any(person.shares_email for person in console.get(URL).context["people"])


def test_administrators_and_deactivated_people_are_counted(console: Client, make_user: Any) -> None:
    make_user("ana", state=User.State.DEACTIVATED)

    page = text_of(console.get(URL))

    assert "1 is deactivated" in page
    assert "1 is an administrator" in page


def test_it_says_whether_the_switch_is_on(console: Client, acme: Organization) -> None:
    before = text_of(console.get(URL))
    ScimConfiguration.objects.create(organization=acme, adopts_people=True)

    assert "The switch is off." in before
    assert "The switch is on." in text_of(console.get(URL))


def test_when_the_directory_has_everybody_it_says_so(
    console: Client, admin: User, acme: Organization
) -> None:
    User.objects.filter(pk=admin.pk).update(source=User.Source.SCIM)

    page = text_of(console.get(URL))

    assert "looks after everybody" in page
    assert "0 people" not in page
    assert "Back to Directory sync" in page


def test_pages_cost_the_same_whatever_the_number(console: Client, make_user: Any) -> None:
    costs = []
    for number in (5, 60):
        while User.objects.get_queryset().count() < number:
            make_user()
        with CaptureQueriesContext(connection) as asked:
            page = console.get(URL)
        costs.append(len(asked))

    assert costs[0] == costs[1] <= 7
    assert "Page 1 of 2" in text_of(page)
    assert len(listed(console.get(URL, {"page": "2"}))) == 10
    assert console.get(URL, {"page": "x"}).status_code == 200
