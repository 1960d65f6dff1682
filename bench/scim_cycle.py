"""An initial cycle: 10,000 people and 50 groups, one call after the other, as a directory makes it.

    python -m bench.scim_cycle [PEOPLE]

First Entra ID's question whether somebody is there, then the POST; then the groups, 200 members
each, in PATCHes of a hundred. What counts is that no call fails, and that neither the time of a
call nor the memory of the process grows with the people who are there already.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any

DATABASE = "bench_scim_cycle"
GROUPS, MEMBERS, AT_ONCE = 50, 200, 100
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def memory() -> float:
    """The most this process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Cycle:
    """One directory, whose calls go to the WSGI application: Django's test client keeps something
    of each call."""

    def __init__(self) -> None:
        from django.test import RequestFactory

        from bench.scim_contestant import Ours
        from learning_portal.wsgi import application

        self.application = application
        self.requests = RequestFactory(headers={"Authorization": f"Bearer {Ours().token}"})
        self.calls, self.ids = 0, list[str]()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.calls += 1
        content = b"" if body is None else json.dumps(body).encode()
        request = self.requests.generic(
            method, f"/scim/v2{path}", content, content_type="application/scim+json"
        )
        statuses: list[str] = []
        answer: Any = self.application(request.environ, lambda status, *_: statuses.append(status))
        content = b"".join(answer)
        answer.close()
        if statuses[0] >= "400":
            raise SystemExit(f"refused: {statuses[0]} {content[:300]!r}")
        return json.loads(content) if content else None

    def add_person(self, number: int) -> None:
        from bench.scim_contestant import name_of, resource

        asked = self.call("GET", f'/Users?filter=userName eq "{name_of(number)}"')
        assert asked["totalResults"] == 0
        self.ids.append(self.call("POST", "/Users", resource(number))["id"])

    def add_group(self, number: int) -> None:
        named = {"schemas": [GROUP], "displayName": f"Group {number}"}
        group = self.call("POST", "/Groups", named)["id"]
        first = number * MEMBERS % len(self.ids)
        members = [{"value": id} for id in (self.ids * 2)[first : first + MEMBERS]]
        for start in range(0, MEMBERS, AT_ONCE):
            some = members[start : start + AT_ONCE]
            operation = {"op": "Add", "path": "members", "value": some}
            self.call("PATCH", f"/Groups/{group}", {"schemas": [PATCH], "Operations": [operation]})


def run(people: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import setup_test_environment

    setup_test_environment()
    call_command("migrate", verbosity=0)
    cycle = Cycle()
    print(f"\nAn initial cycle, PostgreSQL: {people:,} people, {GROUPS} groups of {MEMBERS}.")
    print(f"{'people':>8} {'ms a person':>12} {'MiB':>7}")
    step = max(people // 5, 1)
    for first in range(0, people, step):
        begun = time.perf_counter()
        for number in range(first, min(first + step, people)):
            cycle.add_person(number)
        took = (time.perf_counter() - begun) / (len(cycle.ids) - first)
        print(f"{len(cycle.ids):8,} {took * 1000:12.2f} {memory():7.0f}", flush=True)
    begun = time.perf_counter()
    for number in range(GROUPS):
        cycle.add_group(number)
    took = (time.perf_counter() - begun) / GROUPS
    print(f"{'groups':>8} {took * 1000:12.2f} {memory():7.0f}")
    print(f"{cycle.calls:,} calls, none failed.")


def main() -> None:
    import psycopg

    server = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=2) as database:
            database.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            database.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        print("\nPostgreSQL doesn't answer: no initial cycle.")
        return
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "learning_portal.settings",
        "DATABASE_URL": f"{server.rpartition('/')[0]}/{DATABASE}",
        "CACHE_URL": "locmemcache://",
        "DJANGO_SECRET_KEY": "only-for-benchmarks",
        "DJANGO_DEBUG": "False",
        "LOG_LEVEL": "ERROR",
        "PORTAL_BASE_URL": "http://127.0.0.1:8000",
        "SCIM_RATE_LIMIT": "0",
    }
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)


if __name__ == "__main__":
    main()
