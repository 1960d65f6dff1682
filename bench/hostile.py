"""What refusing hostile messages costs: CPU and memory of one POST to the ACS each.

    python -m bench.hostile

The goal is less than 50 ms of CPU and 20 MB of memory, whatever comes.
"""

from __future__ import annotations

import base64
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.browser import Browser

ROUNDS = 7
KIB = 1024
HEAD = (
    '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"'
    ' xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0"'
    ' IssueInstant="2030-01-01T00:00:00Z">'
)
TAIL = "</p:Response>"


def messages() -> Iterator[tuple[str, bytes]]:
    """The worst of each kind that fits into what is read at all."""
    yield "no XML", os.urandom(200 * KIB)
    yield "larger than is read", b"<" * (2 * 1024 * KIB)
    yield "entities within entities", _entities()
    yield "200 KiB of text", f"{HEAD}{'x' * 200 * KIB}{TAIL}".encode()
    yield "4,900 elements", f"{HEAD}{'<b/>' * 4_900}{TAIL}".encode()
    yield "nested 4,900 deep", f"{HEAD}{'<b>' * 4_900}{'</b>' * 4_900}{TAIL}".encode()
    yield "4,900 assertions", f"{HEAD}{'<a:Assertion/>' * 4_900}{TAIL}".encode()
    yield "20,000 attributes", f"{HEAD}<b {_numbered(20_000, 'a')}/>{TAIL}".encode()
    yield "9,000 namespaces", f"{HEAD}<b {_numbered(9_000, 'xmlns:n')}/>{TAIL}".encode()
    yield "4,900 IDs", f"{HEAD}{_elements_with_ids(4_900)}{TAIL}".encode()
    yield "one unclosed tag of 200 KiB", f"{HEAD}<b {'a' * 200 * KIB}".encode()


def _entities() -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    return f'<!DOCTYPE r [<!ENTITY e0 "x">{levels}]>{HEAD}&e19;{TAIL}'.encode()


def _numbered(number: int, name: str) -> str:
    return " ".join(f'{name}{n}="u"' for n in range(number))


def _elements_with_ids(number: int) -> str:
    return "".join(f'<b ID="_{n}"/>' for n in range(2, number))


def resident(line: str) -> int:
    """Memory of this process as Linux counts it, in KiB: `VmRSS` now, `VmHWM` at its peak."""
    status = dict(text.split(":", 1) for text in Path("/proc/self/status").read_text().splitlines())
    return int(status[line].split()[0])


def cost(send: Callable[[], Any]) -> tuple[float, int]:
    """Milliseconds of CPU, and KiB by which the process was larger meanwhile."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak is forgotten; proc(5)
    before = resident("VmRSS")
    started = time.process_time()
    answer = send()
    spent = time.process_time() - started
    if answer.status not in (400, 403, 413):
        raise SystemExit(f"not refused: {answer.status}")
    return spent * 1000, resident("VmHWM") - before


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        from bench.sign_in import environment, make_keys

        make_keys(Path(name))
        os.environ |= environment(Path(name), f"sqlite:///{name}/ours.sqlite3")
        os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.settings"}
        from django.core.wsgi import get_wsgi_application

        application = get_wsgi_application()
        logging.disable(logging.WARNING)  # each refusal is told
        from django.core.management import call_command

        from bench.contestant import bench_connection

        call_command("migrate", verbosity=0)
        acs = f"/sso/{bench_connection().pk}/acs"
        browser = Browser(application)
        browser.prepared(acs, {"SAMLResponse": "eA=="})()  # templates are loaded once

        print("\nHostile messages, refused: one POST to the ACS. Median CPU, most memory.")
        for kind, message in messages():
            form = {"SAMLResponse": base64.b64encode(message).decode()}
            costs = [cost(browser.prepared(acs, form)) for _ in range(ROUNDS)]
            milliseconds = statistics.median(spent for spent, _ in costs)
            memory = max(grown for _, grown in costs) / KIB
            print(f"{kind:28} {milliseconds:8.1f} ms {memory:6.1f} MB", flush=True)


if __name__ == "__main__":
    main()
