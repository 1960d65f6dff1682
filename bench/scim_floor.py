"""How many people a second two processes add, beside what PostgreSQL itself takes in.

    python -m bench.scim_floor

The floor is one row inserted and committed, by two connections that do nothing else. Ours is a
whole POST of a person with their record and event, by two processes on the same server, their calls
through Django's request handling.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "bench_scim_floor"
SECONDS = 5.0
AT_ONCE = 2


def url_of(database: str) -> str:
    server = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    return f"{server.rpartition('/')[0]}/{database}"


def inserted_and_committed() -> float:
    """Rows a second that PostgreSQL takes in on `AT_ONCE` connections, each in its own commit."""
    import psycopg

    with psycopg.connect(url_of(DATABASE), autocommit=True) as database:
        database.execute("CREATE TABLE floor (id bigserial PRIMARY KEY, document jsonb)")
    document = json.dumps({"userName": "ana@bench.example", "name": {"givenName": "Ana"}})
    counts = [0] * AT_ONCE
    begin = threading.Barrier(AT_ONCE)

    def insert(number: int) -> None:
        with psycopg.connect(url_of(DATABASE), autocommit=True) as database:
            begin.wait()
            ends = time.monotonic() + SECONDS
            while time.monotonic() < ends:
                database.execute("INSERT INTO floor (document) VALUES (%s)", [document])
                counts[number] += 1

    threads = [threading.Thread(target=insert, args=[number]) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def people_added() -> float:
    """People a second that two processes add to one organization."""
    creators = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.scim_floor", str(number)],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": url_of(DATABASE),
                "CACHE_URL": "locmemcache://",
                "DJANGO_SECRET_KEY": "only-for-benchmarks",
                "DJANGO_DEBUG": "False",
                "LOG_LEVEL": "ERROR",
                "PORTAL_BASE_URL": "http://127.0.0.1:8000",
                "SCIM_RATE_LIMIT": "1000000",  # counted, and never reached
                "PYTHONWARNINGS": "ignore",  # nobody collects static files for this
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(AT_ONCE)
    ]
    for creator in creators:  # each says when it is ready, and begins when it is told
        assert creator.stdout is not None
        creator.stdout.readline()
    outputs = []
    for creator in creators:
        assert creator.stdin is not None
        creator.stdin.write("go\n")
        creator.stdin.flush()
    for creator in creators:
        outputs.append(creator.communicate()[0])
    return sum(int(output.split()[-1]) for output in outputs) / SECONDS


def add_people(number: int) -> None:
    """One of the processes: adds people for `SECONDS` once somebody says so."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "learning_portal.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment

    import learning_portal.wsgi  # noqa: F401 - as it is served
    from bench.scim_contestant import Ours, resource

    setup_test_environment()
    with connection.cursor() as cursor:  # one after the other
        cursor.execute("SELECT pg_advisory_lock(1)")
        call_command("migrate", verbosity=0)
        side = Ours()
        cursor.execute("SELECT pg_advisory_unlock(1)")
    client = Client(headers={"Authorization": f"Bearer {side.token}"})

    def add(person: int) -> Any:
        content = json.dumps(resource(person)).encode()
        answer = client.generic(
            "POST", "/scim/v2/Users", content, content_type="application/scim+json"
        )
        if answer.status_code != 201:
            raise SystemExit(f"refused: {answer.status_code} {answer.content[:300]!r}")

    first = (number + 1) * 10_000_000
    for person in range(20):
        add(first + person)
    print("ready", flush=True)
    sys.stdin.readline()
    ends, added = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        add(first + 100 + added)
        added += 1
    print(added)


def main() -> None:
    if len(sys.argv) > 1:
        add_people(int(sys.argv[1]))
        return
    import psycopg

    try:
        with psycopg.connect(url_of("postgres"), autocommit=True, connect_timeout=2) as server:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            server.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError:
        print("\nPostgreSQL doesn't answer: adding people is not compared with its commits.")
        return
    floor, ours = inserted_and_committed(), people_added()
    print(f"\nAdding people, PostgreSQL, {AT_ONCE} at once.")
    print(f"a row inserted and committed  {floor:8.0f}/s")
    print(f"a person added over SCIM      {ours:8.0f}/s   {ours / floor:.2f} of it")


if __name__ == "__main__":
    main()
