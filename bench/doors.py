"""Whether a door's time tells who is known: the same POSTs for people who are there and who aren't.

    python -m bench.doors

What a door says is the same for both, which tests hold it to; how long it takes can only be
measured. Of each kind the median of many, in turns and in a random order.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.browser import Browser

PEOPLE = 40
# Who asks: somebody with a password, somebody without, and nobody.
KINDS = ("password", "no password", "unknown")
SLUG = "acme"


@dataclass(frozen=True)
class Door:
    """A form, and what is typed into it beside the address."""

    name: str
    path: str
    field: str
    others: dict[str, str]


DOORS = (
    Door("e-mail first", "/login/", "email", {}),
    Door("password", f"/o/{SLUG}/login/?password=1", "name", {"password": "not this one"}),
    Door("forgotten password", "/password/forgot/", "email", {}),
)


def address(kind: str, number: int) -> str:
    return f"{kind.replace(' ', '-')}.{number}@{SLUG}.example"


def fill() -> None:
    from accounts.models import User
    from accounts.services import create_organization, create_user
    from audit.actors import Actor

    actor = Actor.system("bench")
    organization = create_organization(
        slug=SLUG, name="Acme", contact_email=f"it@{SLUG}.example", actor=actor
    )
    for kind in KINDS[:2]:
        for number in range(PEOPLE):
            create_user(
                organization=organization,
                user_name=address(kind, number),
                email=address(kind, number),
                first_name="Ana",
                last_name="Bench",
                source=User.Source.CONSOLE,
                password=None if kind == "no password" else "correct horse battery staple",
                actor=actor,
            )


def seconds(browser: Browser, door: Door, typed: str) -> float:
    """CPU of one POST of the form, by somebody who has just opened it."""
    browser.get(door.path)
    send = browser.prepared(
        door.path,
        {door.field: typed, "csrfmiddlewaretoken": browser.cookie("csrf"), **door.others},
    )
    started = time.process_time()
    answer = send()
    spent = time.process_time() - started
    if answer.status not in (200, 302):
        raise SystemExit(f"{door.name}: {answer.status}")
    return spent


def medians(new_browser: Callable[[], Browser], door: Door) -> dict[str, float]:
    spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(PEOPLE):
        for kind in random.sample(KINDS, len(KINDS)):
            spent[kind].append(seconds(new_browser(), door, address(kind, number)))
    return {kind: statistics.median(values) for kind, values in spent.items()}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "DATABASE_URL": f"sqlite:///{folder}/doors.sqlite3",
            "DJANGO_SECRET_KEY": "only-for-benchmarks",
            "DJANGO_DEBUG": "False",
            "PORTAL_BASE_URL": "http://127.0.0.1:8000",
            # One address knocks all day.
            "SIGN_IN_RATE_LIMIT": "0",
        }
        from django.core.wsgi import get_wsgi_application

        application = get_wsgi_application()
        logging.disable(logging.WARNING)  # each refusal is told
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        fill()

        print("\nOne POST of each door's form, by who is asked about. Median CPU, ms.")
        print(f"{'':20} " + " ".join(f"{kind:>12}" for kind in KINDS) + f" {'apart':>8}")
        for door in DOORS:
            seconds(Browser(application), door, address("unknown", 0))  # templates are loaded once
            found = medians(lambda: Browser(application), door)
            apart = max(found.values()) / min(found.values()) - 1
            cells = " ".join(f"{found[kind] * 1000:12.2f}" for kind in KINDS)
            print(f"{door.name:20} {cells} {apart:8.1%}", flush=True)


if __name__ == "__main__":
    main()
