"""The whole demo with one command: portal and sandbox, seeded, until Ctrl-C.

Everything it writes is in one folder, `var/`. Starting again keeps what is there.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from sandbox.small_companies import SMALL_CUSTOMERS

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
START_SECONDS = 60
STOP_SECONDS = 8
PR_SET_PDEATHSIG = 1
# What the demo sets, and what would lead it astray if the shell has set it for another purpose.
OURS = (
    "DJANGO_",
    "PORTAL_",
    "SANDBOX_",
    "LINKEDIN_",
    "DATABASE_",
    "CACHE_URL",
    "EMAIL_",
    "BIND",
    "DNS_",
)


class Stopped(Exception):
    """The demo can't go on; the text says why. Empty where somebody just pressed Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    demo = Demo(
        options.dir.resolve(),
        options.port,
        options.sandbox_port,
        host=options.host,
        is_quiet=options.quiet,
    )
    if options.manage is not None:
        return demo.manage(options.manage)
    try:
        demo.run()
    except Stopped as reason:
        if text := str(reason):
            print(f"\n{text}", file=sys.stderr, flush=True)
            return 1
    finally:
        # From here on nothing interrupts: whatever was started, ends.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        demo.stop()
    print("\nStopped. The data is kept; `make demo` goes on with it.", flush=True)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument(
        "--sandbox-port", type=int, default=int(os.environ.get("SANDBOX_PORT", "8001"))
    )
    parser.add_argument(
        "--host",
        choices=["127.0.0.1", "localhost"],
        default=os.environ.get("PORTAL_HOST", "127.0.0.1"),
        help="what it is called on this machine; passkeys need a name",
    )
    parser.add_argument(
        "--quiet",
        action="store_true",
        help="the companies' directories speak only when their pages are asked to",
    )
    parser.add_argument("--dir", type=Path, default=ROOT / "var", help="where the data lives")
    parser.add_argument(
        "--manage",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command of manage.py against the demo's data, and nothing else",
    )
    return parser.parse_args(arguments)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


class Demo:
    def __init__(
        self,
        folder: Path,
        port: int,
        sandbox_port: int,
        *,
        host: str = "127.0.0.1",
        is_quiet: bool = False,
    ) -> None:
        self.folder = folder
        self.is_quiet = is_quiet
        self.port, self.sandbox_port = port, sandbox_port
        self.portal_url = f"http://{host}:{port}"
        self.sandbox_url = f"http://{host}:{sandbox_port}"
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> None:
        for port in (self.port, self.sandbox_port):
            _refuse_taken(port)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.environment = self._environment()
        self._serve(
            "sandbox",
            # One process: it remembers codes in its memory.
            *("--workers", "1", "--threads", "8", "--worker-class", "gthread"),
            *("--bind", f"127.0.0.1:{self.sandbox_port}"),
            *("--graceful-timeout", "2", "--no-control-socket"),
            "sandbox.wsgi:application",
        )
        print("Preparing database and data", flush=True)
        seeded = self._prepare()
        print("Starting", flush=True)
        self._serve(
            "portal",
            *("--config", "python:learning_portal.gunicorn_conf"),
            "learning_portal.wsgi:application",
        )
        self._wait_until_up()
        self._start("worker", "django", "run_worker")
        if not self.is_quiet:
            self._start("directories", "sandbox.directory_feed")
        print(self._welcome(seeded), flush=True)
        while True:
            self._refuse_dead()
            time.sleep(0.3)

    def manage(self, command: Sequence[str]) -> int:
        """A command of manage.py with the demo's settings, whether the demo runs or not."""
        if not (self.folder / "demo.sqlite3").exists():
            print(f"There is no demo in {self.folder} yet: start it once.", file=sys.stderr)
            return 1
        run = subprocess.run(  # noqa: S603 - whoever types it owns the data
            [PYTHON, "manage.py", *command], cwd=ROOT, env=self._environment(), check=False
        )
        return run.returncode

    def stop(self) -> None:
        """End what was started, with everything that it started."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, deadline - time.monotonic()))
            # Each child leads a process group of its own; whoever is left in it, goes now.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def _environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
        issuer = f"{self.sandbox_url}/linkedin/oauth"
        return inherited | {
            **_secrets(self.folder / "demo.env"),
            "DJANGO_SETTINGS_MODULE": "learning_portal.settings",
            "DJANGO_DEBUG": "False",
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "DATABASE_URL": f"sqlite:///{self.folder / 'demo.sqlite3'}",
            "CACHE_URL": "locmemcache://",
            "EMAIL_URL": "sandboxmail://",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "1",
            "GRACEFUL_TIMEOUT": "2",
            "PORTAL_BASE_URL": self.portal_url,
            "PORTAL_SANDBOX": "True",
            # The sandbox is on this machine, which metadata is not read from otherwise.
            "METADATA_ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SANDBOX_BASE_URL": self.sandbox_url,
            # The sandbox plays DNS too, over UDP.
            "DNS_NAMESERVERS": f"127.0.0.1:{self.sandbox_port}",
            "SANDBOX_DIR": str(self.folder / "sandbox"),
            "LINKEDIN_CLIENT_ID": "sandbox-portal",
            "LINKEDIN_ISSUER": issuer,
            "LINKEDIN_AUTHORIZATION_URL": f"{issuer}/v2/authorization",
            "LINKEDIN_TOKEN_URL": f"{issuer}/v2/accessToken",
            "LINKEDIN_USERINFO_URL": f"{self.sandbox_url}/linkedin/v2/userinfo",
            "LINKEDIN_JWKS_URL": f"{issuer}/openid/jwks",
            "PYTHONUNBUFFERED": "1",
        }

    def _prepare(self) -> dict[str, Any]:
        """Migrate, collect, seed; answers what there is to sign in with."""
        child = subprocess.Popen(  # noqa: S603 - our own words
            [PYTHON, "-m", "sandbox.prepare"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self.children["preparation"] = child
        printed, _errors = child.communicate()
        if child.returncode:
            raise Stopped("The preparation failed; what it said stands above.")
        del self.children["preparation"]
        seeded: dict[str, Any] = json.loads(printed)
        return seeded

    def _serve(self, name: str, *arguments: str) -> None:
        self._start(name, "gunicorn", *arguments)

    def _start(self, name: str, module: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = subprocess.Popen(  # noqa: S603 - our own words
                [PYTHON, "-m", module, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        for url in (self.sandbox_url, self.portal_url):
            while not _answers(f"{url}/healthz"):
                self._refuse_dead()
                if time.monotonic() > deadline:
                    raise Stopped(f"{url} doesn’t answer; see the logs in {self.folder}.")
                time.sleep(0.1)

    def _refuse_dead(self) -> None:
        for name, child in self.children.items():
            if child.poll() is not None:
                log = self.folder / f"{name}.log"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise Stopped(f"The {name} ended by itself. The end of {log}:\n\n{tail}")

    def _welcome(self, seeded: Mapping[str, Any]) -> str:
        rows = [("Who", "Where", "How")]
        for slug in seeded["organizations"]:
            door = f"{self.portal_url}/o/{slug}/login/"
            admin = seeded["administrators"][slug]
            rows += [
                (f"People of {slug}", door, "pick a person at their identity provider"),
                # Their domains lead to the identity provider; this address asks for the password.
                (
                    f"Administrator of {slug}",
                    f"{door}?password=1&next=/console/",
                    f"{admin}, the password, a code",
                ),
            ]
        for customer in SMALL_CUSTOMERS:
            door = f"{self.portal_url}/o/{customer.slug}/login/"
            rows += [
                (f"People of {customer.slug}", door, "an invitation first: see the mail"),
                (
                    f"Administrator of {customer.slug}",
                    f"{door}?password=1&next=/console/",
                    f"{customer.administrator}, the password, a code",
                ),
            ]
        rows += [
            (
                "Platform staff",
                f"{self.portal_url}/login/?next=/console/",
                f"{seeded['staff']}, the password, a code",
            ),
            ("Identity providers, LinkedIn", f"{self.sandbox_url}/", "the sandbox: no sign-in"),
            ("Everybody’s mail", f"{self.sandbox_url}/mail/", "the sandbox: no sign-in"),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        lines.insert(1, "  ".join("─" * width for width in widths))
        table = "\n".join(lines)
        return (
            f"\nThe portal is at {self.portal_url}/\n\n{table}\n\n"
            f'Password of all of them: "{seeded["password"]}"\n'
            f"Codes of their authenticators: {self.sandbox_url}/authenticator/\n"
            f"Logs: {self.folder}/*.log\nCtrl-C ends everything.\n"
        )


def _end_with_parent() -> None:
    """Let the kernel end this child should the demo be killed without a chance to do it (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        # As gunicorn binds: an address in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Stopped(
                f"Port {port} is in use, perhaps by a demo in another window. End that one, or "
                "choose others: make demo PORT=8010 SANDBOX_PORT=8011"
            ) from error


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _secrets(path: Path) -> Mapping[str, str]:
    """The demo's own secrets, made once, read by their owner alone."""
    if not path.exists():
        text = "".join(
            f"{name}={secrets.token_urlsafe(48)}\n"
            for name in ("DJANGO_SECRET_KEY", "LINKEDIN_CLIENT_SECRET")
        )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    lines = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, equals, value in lines if equals}


if __name__ == "__main__":
    sys.exit(main())
