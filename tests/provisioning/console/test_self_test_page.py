"""*Self-test* in the console: what it says before, and the list that comes of it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organization, User
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from provisioning.models import ScimConfiguration
from provisioning.self_test import run_self_test
from provisioning.services import pause_directory
from tests.provisioning.console.conftest import make_call, make_token, text_of

URL = "/console/directory/self-test/"


def test_looking_runs_nothing(console: Client, acme: Organization) -> None:
    make_token(acme)

    with CaptureQueriesContext(connection) as seen:
        page = text_of(console.get(URL))

    assert "Run the self-test" in page
    assert "rolled back at once" in page
    assert not AuditEvent.objects.filter(action=Action.DIRECTORY_TESTED).exists()
    assert len(seen) <= 10


def test_the_button_shows_the_list(console: Client, acme: Organization) -> None:
    make_call(acme, dialect="entra")
    people = User.objects.in_organization(acme).count()

    page = text_of(console.post(URL))

    assert "13 passed, 0 failed, 1 worth a look" in page
    assert "in the words of Microsoft Entra ID" in page
    assert page.count('class="check ok"') == 13
    assert "Run again" in page
    assert User.objects.in_organization(acme).count() == people


def test_each_red_line_says_what_mends_it(
    console: Client, acme: Organization, actor: Actor
) -> None:
    make_token(acme)
    pause_directory(configuration=ScimConfiguration.objects.get(pk=acme.pk), actor=actor)

    page = text_of(console.post(URL))

    failed = page.split('class="check bad"')[1:]
    assert len(failed) == 2
    assert all("What mends it:" in line.partition("</li>")[0] for line in failed)


def test_the_last_run_is_told_and_only_our_own(
    console: Client, acme: Organization, globex: Organization, actor: Actor
) -> None:
    make_token(globex)
    make_token(acme)
    run_self_test(organization=globex, dialect="", actor=Actor.system())
    assert "13 passed" not in text_of(console.get(URL))
    assert "13 passed" not in text_of(console.get("/console/directory/"))

    run_self_test(organization=acme, dialect="", actor=actor)

    for page in (URL, "/console/directory/"):
        assert "13 passed, none failed, 1 worth a look" in text_of(console.get(page))


def test_staff_test_the_organization_they_named(
    staff_console: Client, acme: Organization, globex: Organization
) -> None:
    make_token(globex)

    assert "passed" in text_of(staff_console.post(f"{URL}?organization=globex"))

    events = AuditEvent.objects.filter(action=Action.DIRECTORY_TESTED)
    assert [event.organization for event in events] == [globex]


@pytest.mark.parametrize("has_token", [True, False])
def test_the_directory_s_page_leads_here_once_there_is_a_token(
    console: Client, acme: Organization, has_token: bool
) -> None:
    if has_token:
        make_token(acme)

    assert (f'href="{URL}"' in text_of(console.get("/console/directory/"))) == has_token
