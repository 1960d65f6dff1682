"""The sandbox's directories speak to the portal as real ones do, and it understands them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from django.test import Client

from accounts.models import DirectoryGroup, User
from provisioning.models import ProvisioningLogEntry, ScimToken
from provisioning.services import create_token
from sandbox import directory_feed, directory_pages
from sandbox.directories import PEOPLE, Step, directory_of
from sandbox.directory_pages import connect
from sandbox.places import ScimAccess, give_scim_tokens, scim_token
from sandbox.seed import connect_directories
from tests.factories import make_organization

pytestmark = pytest.mark.django_db


class TestLine:
    """The way to the portal through Django's test client."""

    __test__ = False

    def __init__(self, token: str, client: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}", "User-Agent": client})

    def call(self, method: str, path: str, body: Any = None) -> Step:
        content = b"" if body is None else json.dumps(body).encode()
        answer = self.client.generic(
            method, f"/scim/v2{path}", content, content_type="application/scim+json"
        )
        return Step(method, path, answer.status_code, answer.json() if answer.content else None)


@pytest.fixture(params=["acme", "globex"])
def directory(request, system_actor):
    organization = make_organization(request.param)
    token = create_token(organization=organization, name="Directory", actor=system_actor).text
    return directory_of(request.param, lambda client: TestLine(token, client))


@pytest.fixture
def tokens(folder):
    give_scim_tokens(
        {slug: ScimAccess("http://127.0.0.1:9/scim/v2", "lps_x") for slug in ("acme", "globex")}
    )
    yield
    (folder / "scim_tokens.json").unlink(missing_ok=True)


def test_a_cycle_is_understood_and_a_second_one_finds_everybody_there(directory):
    first = list(directory.cycle())
    second = list(directory.cycle())

    assert not [step for step in [*first, *second] if step.is_refused]
    people = User.objects.active()
    assert people.count() == PEOPLE
    assert {person.email for person in people} == {person.email for person in directory.staff}
    assert DirectoryGroup.objects.get().members.count() == PEOPLE
    assert [step.status for step in second].count(201) == 0


def test_the_log_knows_whose_words_they_are(directory):
    list(directory.cycle())

    heard = set(ProvisioningLogEntry.objects.filter(method="PATCH").values_list("dialect"))
    assert heard == {("okta" if directory.provider.slug == "acme" else "entra",)}


def test_a_tick_promotes_somebody(directory):
    list(directory.cycle())
    list(directory.tick(PEOPLE))

    assert User.objects.filter(title="Specialist").count() == 1


def test_a_refusal_is_shown_with_its_reason(directory):
    ScimToken.objects.all().delete()

    steps = list(directory.cycle())

    assert steps
    assert all(step.status == 401 for step in steps)
    assert "token" in steps[0].detail


def test_the_page_says_when_there_is_no_token_yet(sandbox):
    page = sandbox.get("/acme/directory")

    assert "no token yet" in page.content.decode()
    with pytest.raises(LookupError):
        connect("acme")


def test_the_page_runs_a_cycle(sandbox, tokens, monkeypatch):
    done = [Step("GET", "/Users", 200, {}), Step("POST", "/Users", 409, {"detail": "Taken."})]

    class Directory:
        def cycle(self):
            return iter(done)

    monkeypatch.setattr(directory_pages, "connect", lambda slug: Directory())

    page = sandbox.post("/acme/directory").content.decode()

    assert "2 calls, 1 refused" in page
    assert "409 Taken." in page


def test_the_page_says_when_the_portal_is_away(sandbox, tokens):
    page = sandbox.post("/acme/directory").content.decode()

    assert "The portal doesn’t answer" in page


def test_the_feed_tries_again_until_the_portal_is_there(tokens, monkeypatch, capsys):
    answers = [requests.ConnectionError(), [Step("GET", "/Users", 200, {})]]
    waited = []

    def task(directory):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(directory_feed.time, "sleep", waited.append)
    directory_feed._work("acme", task)

    assert waited == [directory_feed.SECONDS_BEFORE_TRYING_AGAIN]
    assert "acme: GET /Users 200" in capsys.readouterr().out


def test_seeding_again_keeps_a_token_that_is_taken_and_replaces_one_that_is_not(folder):
    for slug in ("acme", "globex"):
        make_organization(slug)
    connect_directories()
    first = scim_token("acme")
    connect_directories()
    assert scim_token("acme") == first

    ScimToken.objects.filter(organization__slug="acme").delete()
    connect_directories()

    assert scim_token("acme") != first
    assert ScimToken.objects.count() == 2
    (folder / "scim_tokens.json").unlink()
