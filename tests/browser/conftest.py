"""The demo as somebody runs it, and a browser to walk through it with."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, sync_playwright

from sandbox.authenticator import codes_of

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).resolve().parents[2]
AXE = Axe()
# Only violations come back: to write out all that passed takes three times as long as the look.
LOOK = """(only) => axe.run({
    resultTypes: ["violations"], runOnly: only,
}).then(({violations}) => ({violations}))"""
EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# All that other colors can spoil.
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
# A color scheme, a screen, and what is looked for there.
Look: TypeAlias = tuple[str, dict[str, int], dict[str, Any]]
AT_A_DESK: Look = ("light", DESK, EVERYTHING)
IN_THE_DARK: Look = ("dark", DESK, COLORS)
ON_A_PHONE: Look = ("light", PHONE, EVERYTHING)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Demo:
    portal: str
    sandbox: str
    database: Path
    password: str = "try the learning portal"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Portal and sandbox with their demo data, freshly made.

    One after the other where tests run in parallel: each collects the static files anew.
    """
    turn = (tmp_path_factory.getbasetemp().parent / "demo.lock").open("w")
    fcntl.flock(turn, fcntl.LOCK_EX)
    folder = tmp_path_factory.mktemp("demo")
    ports = _free_port(), _free_port()
    process = subprocess.Popen(
        [
            # Without the directories' own doings, which nobody here waits for.
            *(sys.executable, "-m", "sandbox.demo", "--quiet", "--dir", str(folder)),
            *("--port", str(ports[0]), "--sandbox-port", str(ports[1])),
            # By its name: browsers keep no passkeys for an address of numbers.
            *("--host", "localhost"),
        ],
        cwd=ROOT,
        # The same people sign in from the same address again and again.
        env=os.environ | {"SIGN_IN_RATE_LIMIT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if "Ctrl-C ends everything" in line:
            break
    else:
        pytest.fail(f"the demo did not start: {''.join(said)}")
    turn.close()
    yield Demo(*(f"http://localhost:{port}" for port in ports), database=folder / "demo.sqlite3")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright runs a loop in this thread
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


@dataclass
class Walker:
    """One browser of one person, who notices what the console of the browser complains about."""

    page: Page
    demo: Demo
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        # A refused sign-in is a 403 page, and Chromium calls every such status an error.
        is_status = message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not is_status:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> None:
        response = self.page.goto(f"{self.demo.portal}{path}")
        assert response is not None
        assert response.status < 500, path

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.demo.portal)

    @property
    def heading(self) -> str:
        # After a click the next page may be on its way.
        self.page.wait_for_load_state()
        headings = self.page.locator("h1")
        headings.first.wait_for()
        assert headings.count() == 1, f"{self.page.url} has {headings.count()} h1"
        return headings.inner_text()

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def looks_right(self, *looks: Look) -> None:
        """No axe violation and nothing wider than the screen: light, dark, and on a phone."""
        looks = looks or (AT_A_DESK, IN_THE_DARK, ON_A_PHONE)
        try:
            self._look(looks)
        except Error:
            # It was the page on which a button was pressed, and it went in the middle of the look.
            self.page.wait_for_load_state()
            self._look(looks)

    def _look(self, looks: Sequence[Look]) -> None:
        heard = len(self.complaints)
        self.page.evaluate(AXE.axe_script)
        for scheme, size, rules in looks:
            self.page.emulate_media(color_scheme=scheme)
            self.page.set_viewport_size(size)
            found = AxeResults(self.page.evaluate(LOOK, rules))
            assert found.violations_count == 0, (
                f"{self.page.url} ({scheme}, {size['width']} px)\n{found.generate_report()}"
            )
            overflow = self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"{self.page.url} is {overflow} px too wide at {size['width']}"
        # The page had its say when it opened; what was refused since are axe's own styles.
        self.page.wait_for_timeout(50)
        del self.complaints[heard:]
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(DESK)

    # ------------------------------------------------------------------ whole ways

    def sign_in_at(self, slug: str, person: str, *, fault: str = "") -> None:
        """Through the organization's own page and its identity provider, as `person`."""
        self.open(f"/o/{slug}/login/")
        self.page.locator("main a.btn-primary").click()
        if fault:
            self.page.locator("select[name=fault]").select_option(fault)
        self.page.locator(f"button[name=person][value='{person}']").click()
        self.page.wait_for_url(f"{self.demo.portal}/**")

    def sign_in_with_password(self, email: str) -> None:
        self.open("/login/?other=1")
        self.page.get_by_label("Work e-mail").fill(email)
        self.press("Continue")
        password = self.page.locator("input[type=password]")
        other_way = self.page.get_by_role("link", name="Sign in with it", exact=True)
        password.or_(other_way).first.wait_for()  # the next page may be on its way
        if password.count() == 0:
            self.follow("Sign in with it")
            self.page.locator("input:not([type=hidden]):not([type=password])").first.fill(email)
        self.page.locator("input[type=password]").fill(self.demo.password)
        with self.page.expect_navigation():
            self.press("Sign in")
        self.prove_second_factor(email)

    def prove_second_factor(self, email: str) -> None:
        """The code of the demo's authenticator, as often as tests need one: a code works once, and
        here half a minute is many sign-ins."""
        self.page.wait_for_load_state()
        if self.path.startswith("/login/second-factor/"):
            with sqlite3.connect(self.demo.database) as database:
                database.execute("UPDATE accounts_authenticator SET last_step = 0")
            database.close()
            self.page.get_by_label("Code from your app").fill(codes_of(email)["now"])
            with self.page.expect_navigation():
                self.press("Sign in")
            assert not self.path.startswith("/login/second-factor/"), self.text()

    def allow_at_linkedin(self, member: str) -> None:
        self.page.get_by_role("button", name=member).click()
        self.press("Allow")
        self.page.wait_for_url(f"{self.demo.portal}/**")


@pytest.fixture
def new_walker(browser: Browser, demo: Demo) -> Iterator[Callable[..., Walker]]:
    """Browsers that share nothing. At the end none of them may have complained."""
    walkers: list[Walker] = []

    def make(locale: str = "en-GB") -> Walker:
        context = browser.new_context(
            viewport=DESK,
            locale=locale,
            # A color half way through its change has no contrast to measure.
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)
        walkers.append(Walker(context.new_page(), demo))
        return walkers[-1]

    yield make
    complaints = [complaint for walker in walkers for complaint in walker.complaints]
    for walker in walkers:
        walker.page.context.close()
    assert not complaints


@pytest.fixture
def walker(new_walker: Callable[..., Walker]) -> Walker:
    return new_walker()


@pytest.fixture
def plain(browser: Browser, demo: Demo) -> Iterator[Walker]:
    """A browser that runs no script."""
    context = browser.new_context(viewport=DESK, locale="en-GB", java_script_enabled=False)
    context.set_default_timeout(30_000)
    yield Walker(context.new_page(), demo)
    context.close()
