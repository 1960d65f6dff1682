"""What `make test` runs: each check in turn, then a table. Names as arguments choose some of them.

A check that can't run here says why in one line; where CI is set, that is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from packages import ALL

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
CHROMIUM = Path("/usr/bin/chromium")

# What the second database need not see: tests that touch none, those of SCIM's outside, whose SQL
# `tests/provisioning` holds to account on both, and those of pages that only show what the tests of
# their apps have had on both. Races it sees all.
ONCE = ("architecture", "design", "provisioning/conformance", "sandbox", "sso/saml", "tooling")
TWICE = "not browser and (races or not pages)"

IN_CI = os.environ.get("CI", "").lower() not in {"", "0", "false"}
DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
CACHE_URL = os.environ.get("TEST_CACHE_URL", "redis://127.0.0.1:6379/1")

# Whatever the developer's shell or .env says, the checks say the same everywhere.
PLAIN = {
    "DJANGO_SECRET_KEY": "only-for-checks",
    "DJANGO_DEBUG": "False",
    "PORTAL_BASE_URL": "http://127.0.0.1:8000",
    "PORTAL_SANDBOX": "False",
    "DATABASE_URL": "sqlite://:memory:",
    "CACHE_URL": "locmemcache://",
    # Compiling what a process imports takes it two seconds, and some sixty processes start: the
    # first one's work serves the others, also where containers tell Python to leave none behind.
    "PYTHONDONTWRITEBYTECODE": "",
}
PRODUCTION = PLAIN | {
    "DJANGO_SECRET_KEY": "Only for checks: " + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "PORTAL_BASE_URL": "https://learning.example",
    "DATABASE_URL": "postgres://portal@127.0.0.1:5432/portal",
    "CACHE_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.example:587",
    "LINKEDIN_CLIENT_ID": "client",
    "LINKEDIN_CLIENT_SECRET": "secret",
    "WEB_CONCURRENCY": "2",
}


def always() -> str:
    return ""


@dataclass(frozen=True)
class Step:
    name: str
    what: str
    commands: list[list[str]]
    environment: dict[str, str] = field(default_factory=lambda: PLAIN)
    # Why it can't run on this machine; empty where it can.
    obstacle: Callable[[], str] = always
    # Reads and keeps one processor busy: two such run at once.
    is_static: bool = False


def manage(*arguments: str) -> list[str]:
    return [PYTHON, "manage.py", *arguments]


def pytest(*arguments: str) -> list[str]:
    return [PYTHON, "-m", "pytest", "-q", *arguments]


def covered(*command: str) -> list[list[str]]:
    """The command, measured in the processes it starts too, and what is asked of the measure."""
    coverage = [PYTHON, "-m", "coverage"]
    return [
        [*coverage, "erase"],
        [*coverage, "run", *command],
        [*coverage, "combine", "--quiet"],
        [PYTHON, ".ci/coverage_floors.py"],
    ]


def templates() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*.html"))


def steps() -> list[Step]:
    return [
        Step("lint", "ruff check", [[f"{BIN}/ruff", "check", "."]], is_static=True),
        Step(
            "format",
            "ruff format",
            [[f"{BIN}/ruff", "format", "--check", "--quiet", "."]],
            is_static=True,
        ),
        Step(
            "templates",
            "djade, djlint",
            [
                [f"{BIN}/djade", "--target-version", "5.2", "--check", *templates()],
                [f"{BIN}/djlint", "--lint", "--quiet", "templates"],
            ],
            is_static=True,
        ),
        Step(
            "catalogs",
            "German is complete",
            [[PYTHON, ".ci/catalogs.py", "--check"]],
            is_static=True,
        ),
        Step("types", "mypy --strict", [[f"{BIN}/mypy", *ALL]], is_static=True),
        Step("layers", "import-linter", [[f"{BIN}/lint-imports", "--no-logo"]], is_static=True),
        Step(
            "migrations",
            "none is missing",
            [manage("makemigrations", "--check", "--dry-run")],
            is_static=True,
        ),
        Step(
            "deploy",
            "check --deploy",
            [manage("check", "--deploy", "--fail-level", "WARNING")],
            environment=PRODUCTION,
            is_static=True,
        ),
        Step(
            "tests",
            "pytest on SQLite, coverage",
            covered("-m", "pytest", "-q", "-n", "2", "-m", "not browser"),
        ),
        Step(
            "postgresql",
            "pytest on PostgreSQL and Redis",
            [
                pytest(
                    *("-n", "2", "-m", TWICE),
                    *(f"--ignore=tests/{name}" for name in ONCE),
                )
            ],
            environment=PLAIN | {"DATABASE_URL": own_database(), "CACHE_URL": CACHE_URL},
            obstacle=servers_missing,
        ),
        Step(
            "browser",
            "pytest with chromium",
            # Each process has a demo of its own; what one file does to it, the next one finds.
            [pytest("-n", "2", "--dist", "loadfile", "-m", "browser")],
            environment=PLAIN | {"DJANGO_ALLOW_ASYNC_UNSAFE": "1"},
            obstacle=lambda: "" if CHROMIUM.exists() else f"there is no {CHROMIUM}",
        ),
    ]


def own_database() -> str:
    """The server of TEST_DATABASE_URL with a name of this run, so that two runs don't meet."""
    return urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/portal_{os.getpid()}"))


def servers_missing() -> str:
    probes = {
        DATABASE_URL: "import psycopg; psycopg.connect(sys.argv[1], connect_timeout=2).close()",
        CACHE_URL: "import redis; redis.from_url(sys.argv[1], socket_connect_timeout=2).ping()",
    }
    for url, probe in probes.items():
        answer = subprocess.run(  # noqa: S603 - our own words
            [PYTHON, "-c", f"import sys; {probe}", url], capture_output=True, check=False
        )
        if answer.returncode:
            return f"nothing usable answers at {without_password(url)}"
    return ""


def without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}"


def run(step: Step) -> tuple[str, float]:
    """What came of it, and the seconds it took. Static steps tell everything at their end."""
    started = time.monotonic()
    title = f"\n── {step.name}: {step.what}"
    if reason := step.obstacle():
        print(f"{title}\nnot run: {reason}", flush=True)
        return ("FAILED" if IN_CI else "not run"), 0.0
    passed, said = True, [title]
    if not step.is_static:
        print(said.pop(), flush=True)
    for command in step.commands:
        done = subprocess.run(  # noqa: S603 - our own words
            command,
            cwd=ROOT,
            env=os.environ | step.environment,
            check=False,
            text=True,
            **({"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if step.is_static else {}),
        )
        passed &= done.returncode == 0
        said.append((done.stdout or "").rstrip())
    if step.is_static:
        print("\n".join(filter(None, said)), flush=True)
    return ("passed" if passed else "FAILED"), time.monotonic() - started


def main(chosen: list[str]) -> int:
    everything = steps()
    if unknown := set(chosen) - {step.name for step in everything}:
        print(f"No check is called {min(unknown)}: {', '.join(step.name for step in everything)}")
        return 2
    wanted = [step for step in everything if not chosen or step.name in chosen]
    static = [step for step in wanted if step.is_static]
    results: list[tuple[Step, str, float]] = []
    started, stopped = time.monotonic(), False
    try:
        with ThreadPoolExecutor(2) as two:
            results += (
                (step, *came) for step, came in zip(static, two.map(run, static), strict=True)
            )
        results += ((step, *run(step)) for step in wanted if not step.is_static)
    except KeyboardInterrupt:
        stopped = True

    print("\n── Summary")
    for step, result, seconds in results:
        print(f"{step.name:<12}{step.what:<34}{result:<9}{seconds:6.1f} s")
    print(f"{'':<46}{'':<9}{time.monotonic() - started:6.1f} s")
    if stopped:
        print("Stopped.")
        return 130
    return int(any(result == "FAILED" for _, result, _ in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
