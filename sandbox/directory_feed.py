"""Both directories at work, as long as the demo runs: first everybody, then a change now and then.

    python -m sandbox.directory_feed

So the console has a feed that lives. Ending it at any moment leaves nothing half done: each call is
whole, and the next run asks the portal what is there.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import requests

from sandbox.directories import Directory, Step
from sandbox.directory_pages import connect
from sandbox.people import IDENTITY_PROVIDERS

SECONDS_BETWEEN_CHANGES = 30
SECONDS_BEFORE_TRYING_AGAIN = 5


def main() -> None:
    for slug in IDENTITY_PROVIDERS:
        _work(slug, Directory.cycle)
    for number in itertools.count():
        time.sleep(SECONDS_BETWEEN_CHANGES)
        slug = list(IDENTITY_PROVIDERS)[number % len(IDENTITY_PROVIDERS)]
        turn = number // len(IDENTITY_PROVIDERS)
        _work(slug, partial(Directory.tick, number=turn))


def _work(slug: str, task: Callable[[Directory], Iterator[Step]]) -> None:
    """Do it, however often it takes until the portal is there."""
    while True:
        try:
            for step in task(connect(slug)):
                print(f"{slug}: {step.method} {step.path} {step.status} {step.detail}", flush=True)
        except (LookupError, requests.RequestException) as error:
            print(f"{slug}: {error!r}; trying again", file=sys.stderr, flush=True)
            time.sleep(SECONDS_BEFORE_TRYING_AGAIN)
        else:
            return


if __name__ == "__main__":
    main()
