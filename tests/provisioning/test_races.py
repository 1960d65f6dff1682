"""Many calls at once: real threads, real commits, and a process killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import DirectoryGroup, DirectoryGroupMembership, User
from audit.actions import Action
from audit.models import AuditEvent
from provisioning.models import DirectoryRecord, ScimConfiguration
from provisioning.services import configure_directory
from tests.provisioning.conftest import PATCH_OP, Directory, user

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]


def race(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """The answers of calls made at once, a thread each."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        ready.wait(timeout=30)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(calls)) as threads:
        return list(threads.map(run, calls))


def test_of_many_who_add_one_name_in_any_form_one_succeeds(directory):
    name = "Ångström@acme.example"
    forms = [
        form(spelled)
        for spelled in (
            name,
            unicodedata.normalize("NFD", name),
            unicodedata.normalize("NFKC", name),
            name.replace("Å", "\N{ANGSTROM SIGN}"),
        )
        for form in (str, str.lower, str.upper, str.title)
    ]

    def add(spelled: str) -> Callable[[], Any]:
        return lambda: directory.create_user(spelled)

    for turn in range(3):
        answers = race([add(f"{turn}{spelled}") for spelled in forms])

        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 15}
        refused = [answer.json() for answer in answers if answer.status_code == 409]
        assert {error["scimType"] for error in refused} == {"uniqueness"}
    assert User.objects.count() == DirectoryRecord.objects.count() == 3


def test_members_changed_at_once_are_all_kept(directory):
    people = [directory.create_user(f"p{number}").json()["id"] for number in range(16)]
    group = directory.create_group("Everybody", *people[:8]).json()["id"]

    def add(person: str) -> Callable[[], Any]:
        operation = {"op": "add", "path": "members", "value": [{"value": person}]}
        return lambda: directory.patch(f"/Groups/{group}", operation)

    def remove(person: str) -> Callable[[], Any]:
        operation = {"op": "remove", "path": f'members[value eq "{person}"]'}
        return lambda: directory.patch(f"/Groups/{group}", operation)

    answers = race([*map(add, people[8:]), *map(remove, people[:8])])

    assert {answer.status_code for answer in answers} == {204}
    members = DirectoryGroup.objects.get().members.values_list("pk", flat=True)
    assert {str(member) for member in members} == set(people[8:])


def test_of_many_who_change_one_version_one_succeeds(directory):
    ana = directory.create_user("ana").json()
    version = ana["meta"]["version"]

    def rename(number: int) -> Callable[[], Any]:
        operation = {"op": "replace", "path": "title", "value": f"Title {number}"}
        return lambda: directory.patch(f"/Users/{ana['id']}", operation, **{"If-Match": version})

    answers = race([rename(number) for number in range(8)])

    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 7}


def test_the_brake_lets_exactly_so_many_pass_however_many_come_at_once(directory, system_actor):
    people = [directory.create_user(f"p{number}").json() for number in range(12)]
    configure_directory(
        organization=directory.organization, changes={"brake_minimum": 3}, actor=system_actor
    )

    def leave(person: dict[str, Any]) -> Callable[[], Any]:
        body = user(person["userName"], active=False)
        return lambda: directory.call("PUT", f"/Users/{person['id']}", body)

    answers = race([leave(person) for person in people])

    assert Counter(answer.status_code for answer in answers) == {200: 3, 503: 9}
    assert User.objects.active().count() == 9
    assert ScimConfiguration.objects.get().is_paused
    assert AuditEvent.objects.filter(action=Action.DIRECTORY_PAUSED).count() == 1


def test_people_leave_while_groups_change_and_nobody_waits_forever(directory, system_actor):
    configure_directory(
        organization=directory.organization, changes={"brake_is_on": False}, actor=system_actor
    )
    people = [directory.create_user(f"p{number}").json()["id"] for number in range(8)]
    groups = [directory.create_group(name, *people).json()["id"] for name in "ABC"]

    def leave(person: str) -> Callable[[], Any]:
        return lambda: directory.call("DELETE", f"/Users/{person}")

    def rename(group: str) -> Callable[[], Any]:
        operation = {"op": "replace", "path": "displayName", "value": "New"}
        return lambda: directory.patch(f"/Groups/{group}", operation)

    answers = race([*map(leave, people), *map(rename, groups)])

    assert {answer.status_code for answer in answers} == {204}
    assert not DirectoryGroupMembership.objects.exists()


# ---------------------------------------------------------------------- killed


class Server:
    """The production server with two workers, on the database of this test."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                f"--bind=127.0.0.1:{self.port}",
                "--workers=2",
                "--threads=4",
                "learning_portal.wsgi:application",
            ],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": database_url(), "SCIM_RATE_LIMIT": "0"},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> None:
        for _attempt in range(300):
            try:
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
                    connection.request("GET", "/healthz")
                    connection.getresponse().read()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def workers(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    host = f"{database['HOST'] or '127.0.0.1'}:{database['PORT'] or 5432}"
    secret = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    return f"postgres://{database['USER']}{secret}@{host}/{database['NAME']}"


def post(server: Server, directory: Directory, path: str, body: Any, method: str = "POST") -> Any:
    """Status and body of a call, or None where the connection broke: nothing was acknowledged."""
    call = HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {
        "Authorization": f"Bearer {directory.token}",
        "Content-Type": "application/scim+json",
        # So that the answer's end is the connection's, however it ends.
        "Connection": "close",
    }
    with closing(call):
        try:
            call.request(method, f"/scim/v2{path}", json.dumps(body), headers)
            with call.getresponse() as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except (OSError, HTTPException, ValueError):
            return None


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline, "the server answers no more"
        time.sleep(0.02)


def test_a_worker_killed_while_it_writes_loses_nothing_it_acknowledged_and_doubles_nothing(
    directory,
):
    group = directory.create_group("Everybody").json()["id"]
    server = Server()
    acknowledged: list[str] = []
    stop = threading.Event()

    def write(number: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            name = f"writer-{number}-{turn}"
            answer = post(server, directory, "/Users", user(name))
            if answer is None:  # what a directory does: ask again
                answer = post(server, directory, "/Users", user(name))
            if answer is None:
                continue
            assert answer[0] in {201, 409}, answer
            acknowledged.append(name)
            if answer[0] == 201:
                member = [{"value": answer[1]["id"]}]
                operation = {"op": "add", "path": "members", "value": member}
                body = {"schemas": [PATCH_OP], "Operations": [operation]}
                post(server, directory, f"/Groups/{group}", body, "PATCH")

    try:
        server.wait()
        with ThreadPoolExecutor(max_workers=4) as threads:
            writers = [threads.submit(write, number) for number in range(4)]
            try:
                for kills in range(1, 4):
                    wait_for(lambda kills=kills: len(acknowledged) >= 4 * kills)
                    os.kill(server.workers()[0], signal.SIGKILL)
                wait_for(lambda: len(acknowledged) >= 16)
            finally:
                stop.set()
            for writer in writers:
                writer.result()
    finally:
        server.stop()

    names = Counter(User.objects.values_list("user_name", flat=True))
    assert set(acknowledged) <= names.keys()
    assert set(names.values()) == {1}
    # Whoever is there is there whole.
    added = AuditEvent.objects.filter(action=Action.USER_CREATED)
    assert added.count() == DirectoryRecord.objects.count() == len(names)
    assert settings.SCIM_LOG_IS_DEFERRED is False
