"""German pages: on a phone, in the dark, and longer than their English by a third."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import PHONE, Walker
from tests.browser.test_widths import SIDEWAYS

ADMIN = "ada.novak@acme.example"


@pytest.fixture
def german(new_walker: Callable[..., Walker]) -> Walker:
    return new_walker("de-DE")


def looks_right(walker: Walker) -> None:
    assert walker.page.locator("html").get_attribute("lang") == "de", walker.path
    walker.looks_right()
    walker.page.set_viewport_size(PHONE)
    assert walker.page.evaluate(SIDEWAYS) <= 0, walker.path
    # Two buttons that don't fit beside each other stand one below the other, none is cut off.
    cut = """[...document.querySelectorAll(".btn, h1, .status, nav a")].filter(
        (part) => part.checkVisibility() && part.scrollWidth > part.clientWidth + 1
            && getComputedStyle(part).overflow !== "visible").map((part) => part.textContent)"""
    assert walker.page.evaluate(cut) == [], walker.path


def test_the_doors_speak_as_the_browser_asks(german: Walker) -> None:
    for path in (
        "/login/",
        "/login/new/",
        "/o/acme/login/",
        "/o/acme/recover/",
        "/password/forgot/",
        "/password/forgot/sent/",
        "/connect/leave/",
        "/no/such/page/",
    ):
        german.open(path)
        looks_right(german)


def test_a_refusal_is_german_down_to_its_details(german: Walker) -> None:
    german.sign_in_at("acme", "ines.carvalho@acme.example")

    assert german.heading == "Ihr Konto ist deaktiviert"
    german.page.locator("details summary").click()
    looks_right(german)


def test_from_the_identity_provider_to_ones_own_account(german: Walker) -> None:
    german.sign_in_at("acme", "zoe.angstrom@acme.example")
    assert german.heading == "Ihr LinkedIn-Profil verbinden?"
    looks_right(german)
    german.press("Nicht jetzt")
    looks_right(german)

    for path in ("/account/", "/account/data/", "/account/email/", "/logout/"):
        german.open(path)
        looks_right(german)

    german.open("/account/")
    german.press("English")
    assert german.heading == "My account"
    assert german.page.get_by_role("button", name="English").get_attribute("aria-pressed") == "true"
    german.press("Sign out")
    assert german.heading == "You’re signed out"


def test_a_password_a_second_factor_and_passkeys(german: Walker) -> None:
    german.open("/login/?other=1")
    german.page.locator("input[name=email]").fill(ADMIN)
    german.press("Weiter")
    german.follow("Damit anmelden")
    german.page.locator("input:not([type=hidden]):not([type=password])").first.fill(ADMIN)
    looks_right(german)


def test_the_console_stays_english_and_says_so(walker: Walker) -> None:
    walker.sign_in_with_password(ADMIN)
    walker.open("/account/")
    walker.press("Deutsch")
    assert walker.heading == "Mein Konto"
    assert "Die Konsole ist auf Englisch." in walker.text()
    looks_right(walker)
    for path in ("/account/authenticator/", "/account/recovery-codes/", "/account/passkeys/"):
        walker.open(path)
        looks_right(walker)

    walker.open("/console/")
    assert walker.page.locator("html").get_attribute("lang") == "en"
    walker.open("/account/")
    walker.press("Wie der Browser")
    assert walker.heading == "My account"
