"""One side of the directory comparison, in a process of its own, on PostgreSQL.

    python -m bench.scim_contestant {ours,stock} PEOPLE MEMBERS

PEOPLE are there and MEMBERS of them in one group. Timed is each call as a web server hands it to
the WSGI application, from the first byte to the end of the request, the database included; what
comes out is one JSON object: the median seconds of each call by the clock, those that Django and
PostgreSQL computed for it, and of ours the number of statements.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.browser import Answer, prepared

SETTINGS = {"ours": "learning_portal.settings", "stock": "bench.scim_stock.settings"}
# Each as it is served: the stock side as `startproject` serves it.
ENTRY = {"ours": "learning_portal.wsgi", "stock": "bench.scim_stock.wsgi"}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
# A call is repeated until it has taken so long in all, at least and at most so often.
SECONDS, LEAST, MOST = 1.5, 3, 200


def name_of(number: int) -> str:
    return f"person-{number:06}@bench.example"


def resource(number: int) -> dict[str, Any]:
    return {
        "schemas": [CORE],
        "userName": name_of(number),
        "externalId": f"x-{number}",
        "name": {"givenName": f"Ana {number}", "familyName": "Diaz"},
        "emails": [{"value": name_of(number), "type": "work", "primary": True}],
        "active": True,
    }


class Ours:
    """Rows written in bulk, as the services would have left them."""

    def __init__(self) -> None:
        from accounts.models import Organization
        from accounts.services import create_organization
        from audit.actors import Actor
        from licenses.services import create_pool
        from provisioning.services import configure_directory, create_token

        actor = Actor.system("bench")
        self.organization = Organization.objects.filter(slug="bench").first()
        if self.organization is None:
            self.organization = create_organization(slug="bench", name="Bench", actor=actor)
            create_pool(organization=self.organization, name="Main", seats=1_000, actor=actor)
        self.token = create_token(organization=self.organization, name="Bench", actor=actor).text
        configure_directory(
            organization=self.organization, changes={"brake_is_on": False}, actor=actor
        )
        self.actor = actor

    def fill(self, people: int, members: int) -> str:
        from accounts.models import DirectoryGroup, DirectoryGroupMembership, User
        from provisioning.documents import search_form, validate
        from provisioning.models import DirectoryRecord
        from provisioning.schema import USER
        from provisioning.services.people import _stored

        users, records = [], []
        for number in range(people):
            document = validate(resource(number), USER)
            stored = _stored(document)
            user = User(
                organization=self.organization,
                user_name=name_of(number),
                external_id=f"x-{number}",
                email=name_of(number),
                first_name=f"Ana {number}",
                last_name="Diaz",
                source=User.Source.SCIM,
            )
            users.append(user)
            records.append(
                DirectoryRecord(
                    user=user,
                    organization=self.organization,
                    document=stored,
                    search=search_form(stored, USER),
                )
            )
        User.objects.get_queryset().bulk_create(users, batch_size=2_000)
        DirectoryRecord.objects.bulk_create(records, batch_size=2_000)
        group = DirectoryGroup.objects.create(
            organization=self.organization, display_name="Everybody", source="scim"
        )
        DirectoryGroupMembership.objects.bulk_create(
            [DirectoryGroupMembership(group=group, user=user) for user in users[:members]],
            batch_size=5_000,
        )
        self.ids = [str(user.pk) for user in users]
        return str(group.pk)

    def settle(self, id: str) -> None:
        """A seat and a session, so that leaving has something to end."""
        from datetime import timedelta

        from django.utils import timezone

        from accounts.models import Session, User
        from licenses.services import Source, assign_license

        user = User.objects.get_queryset().select_related("organization").get(pk=id)
        assign_license(user=user, source=Source.SCIM, actor=self.actor)
        Session.objects.create(
            session_key=f"bench-{id}"[:40],
            session_data="",
            expire_date=timezone.now() + timedelta(hours=1),
            created_at=timezone.now(),
            user=user,
        )


class Stock:
    def __init__(self) -> None:
        from bench.scim_stock.models import Token

        Token.objects.get_or_create(text="token")
        self.token = "token"

    def fill(self, people: int, members: int) -> str:
        from bench.scim_stock.models import Group, User

        users = User.objects.bulk_create(
            [
                User(
                    username=name_of(number),
                    scim_username=name_of(number),
                    scim_external_id=f"x-{number}",
                    email=name_of(number),
                    first_name=f"Ana {number}",
                    last_name="Diaz",
                )
                for number in range(people)
            ],
            batch_size=2_000,
        )
        for user in users:
            user.scim_id = str(user.pk)
        User.objects.bulk_update(users, ["scim_id"], batch_size=2_000)
        group = Group.objects.create(name="Everybody")
        through = User.scim_memberships.through
        through.objects.bulk_create(
            [through(user=user, group=group) for user in users[:members]], batch_size=5_000
        )
        self.ids = [user.scim_id for user in users]
        return str(group.pk)

    def settle(self, id: str) -> None:
        pass


# A call that is ready to be sent, over and over a new one.
Prepare = Callable[[], Callable[[], Answer]]


def calls(
    side: Ours | Stock, people: int, group: str, run: Callable[..., Callable[[], Answer]], name: str
) -> Iterator[tuple[str, Prepare, int | None]]:
    """By name, what prepares one call after the other, and how many there can be."""
    fresh = iter(range(10_000_000, 20_000_000))
    everybody = iter(range(people))

    def add(number: int) -> Any:
        return run("POST", "/Users", resource(number))

    def members(kind: str, id: str) -> dict[str, Any]:
        return {
            "schemas": [PATCH],
            "Operations": [{"op": kind, "path": "members", "value": [{"value": id}]}],
        }

    outsiders = [add(next(fresh))().json()["id"] for _number in range(60)]
    coming, going = iter(outsiders), iter(outsiders)

    def leave() -> Any:
        id = side.ids[next(everybody)]
        operation = {"op": "replace", "path": "active", "value": False}
        return run("PATCH", f"/Users/{id}", {"schemas": [PATCH], "Operations": [operation]})

    middle = people // 2
    yield "create", lambda: add(next(fresh)), None
    yield "GET by id", lambda: run("GET", f"/Users/{side.ids[middle]}"), None
    for attribute, value in (("userName", name_of(middle)), ("externalId", f"x-{middle}")):
        query = "/Users?filter=" + quote(f'{attribute} eq "{value}"')
        found = run("GET", query)().json()["totalResults"]
        if found != 1:  # whoever finds nobody is quick
            raise SystemExit(f"{name}: {found} people for {query}")
        yield f"{attribute} eq", partial(run, "GET", query), None
    yield "list of 100, first", lambda: run("GET", "/Users?startIndex=1&count=100"), None
    deep = f"/Users?startIndex={max(people - 150, 1)}&count=100"
    yield "list of 100, deep", lambda: run("GET", deep), None
    if name == "ours":
        first = run("GET", "/Users?cursor&count=100")().json()["nextCursor"]
        yield "cursor page", lambda: run("GET", f"/Users?count=100&cursor={first}"), None
    yield (
        "PATCH add a member",
        lambda: run("PATCH", f"/Groups/{group}", members("add", next(coming))),
        len(outsiders),
    )
    yield (
        "PATCH remove a member",
        lambda: run("PATCH", f"/Groups/{group}", members("remove", next(going))),
        # Of those who came just now.
        LEAST,
    )
    yield (
        "group without members",
        lambda: run("GET", f"/Groups/{group}?excludedAttributes=members"),
        None,
    )
    for id in side.ids[:100]:
        side.settle(id)
    yield "deactivate", leave, 100


def timed(prepare: Prepare, most: int) -> Iterator[tuple[float, float]]:
    """Of each call the seconds by the clock, and those of our processor."""
    begun = time.perf_counter()
    for number in range(most):
        call = prepare()
        started, started_cpu = time.perf_counter(), time.process_time()
        answer = call()
        yield time.perf_counter() - started, time.process_time() - started_cpu
        if answer.status >= 400:
            raise SystemExit(f"refused: {answer.status} {answer.body[:300]!r}")
        if number + 1 >= LEAST and time.perf_counter() - begun > SECONDS:
            return


def computed_by_server() -> float:
    """Seconds that PostgreSQL has computed for our connections, while it runs on this machine.

    Whoever has the database read a whole table for each call should not look quick by waiting.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        statistics_of = [Path(f"/proc/{pid}/schedstat") for (pid,) in cursor.fetchall()]
    return sum(int(each.read_text().split()[0]) for each in statistics_of) / 1e9


def statements(call: Callable[[], Any]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        call()
    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not query["sql"].startswith(control) for query in seen)


def main() -> None:
    name, people, members = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[name]
    application = import_module(ENTRY[name]).application
    from django.core.management import call_command

    call_command("migrate", verbosity=0, run_syncdb=True)
    side: Ours | Stock = Ours() if name == "ours" else Stock()
    group = side.fill(people, members)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")  # as autovacuum leaves what has been there for a minute

    def run(method: str, path: str, body: Any = None) -> Callable[[], Answer]:
        return prepared(
            application,
            method,
            f"/scim/v2{path}",
            b"" if body is None else json.dumps(body).encode(),
            CONTENT_TYPE="application/scim+json",
            HTTP_ACCEPT="application/scim+json",
            HTTP_USER_AGENT="bench",
            HTTP_AUTHORIZATION=f"Bearer {side.token}",
        )

    figures: dict[str, dict[str, float]] = {}
    for title, prepare, most in calls(side, people, group, run, name):
        prepare()()  # what is done once is done
        counted = statements(prepare()) if name == "ours" else 0
        left = MOST if most is None else max(most - 2, 1)
        computed = computed_by_server()
        clock, processor = zip(*timed(prepare, left), strict=True)
        # What it takes to ask for it is a thousandth of it.
        by_server = (computed_by_server() - computed) / len(clock)
        figures[title] = {
            "seconds": statistics.median(clock),
            "cpu": statistics.median(processor) + by_server,
            "statements": counted,
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
