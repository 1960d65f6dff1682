"""Directory calls beside stock django-scim2, on PostgreSQL, in one run.

    python -m bench.scim [PEOPLE …]        default: 1000 10000 100000

Times are those of one call in process, database included: by the clock, and of the processors,
those that the server's connections had among them. What counts is the ratio. Statements are ours,
without BEGIN and COMMIT; one of each is the token's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATABASES = {"ours": "bench_scim_ours", "stock": "bench_scim_stock"}
SIZES = (1_000, 10_000, 100_000)
# By the clock, and of the processors Django and PostgreSQL ran on: a busy machine lengthens the
# first above all.
KINDS = ("seconds", "cpu")


def databases() -> dict[str, str] | None:
    """Fresh databases on the server of TEST_DATABASE_URL, or None where none answers."""
    import psycopg

    url = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=2) as server:
            for name in DATABASES.values():
                server.execute(f"DROP DATABASE IF EXISTS {name}")
                server.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError:
        return None
    base = url.rpartition("/")[0]
    return {side: f"{base}/{name}" for side, name in DATABASES.items()}


def run(side: str, people: int, database: str) -> dict[str, dict[str, float]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.scim_contestant", side, str(people), str(people - 100)],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": database,
            "CACHE_URL": "locmemcache://",
            "DJANGO_SECRET_KEY": "only-for-benchmarks",
            "DJANGO_DEBUG": "False",
            "LOG_LEVEL": "ERROR",
            "PORTAL_BASE_URL": "http://127.0.0.1:8000",
            "SCIM_RATE_LIMIT": "1000000",  # counted, and never reached
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{side}, {people}: {done.stderr.strip()[-2000:]}")
    figures: dict[str, dict[str, float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def main() -> None:
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    for people in sizes:
        fresh = databases()
        if fresh is None:
            print("\nPostgreSQL doesn't answer: the directory is not compared.")
            return
        print(f"\nDirectory, PostgreSQL, {people:,} people, {people - 100:,} members. Medians, ms.")
        print(f"{'':24} {'wall':>29} {'CPU':>29} {'statements':>11}")
        print(
            f"{'':24} {'ours':>9} {'stock':>8} {'ratio':>10} {'ours':>9} {'stock':>8} {'ratio':>10}"
        )
        ours, stock = (run(side, people, fresh[side]) for side in DATABASES)
        for title, figure in ours.items():
            cells = [compared(figure[kind], stock.get(title, {}).get(kind)) for kind in KINDS]
            print(f"{title:24} {' '.join(cells)} {figure['statements']:11.0f}", flush=True)


def compared(mine: float, theirs: float | None) -> str:
    if not theirs:
        return f"{mine * 1000:9.2f} {'–':>8} {'–':>10}"
    return f"{mine * 1000:9.2f} {theirs * 1000:8.1f} {theirs / mine:8.1f} ×"


if __name__ == "__main__":
    main()
