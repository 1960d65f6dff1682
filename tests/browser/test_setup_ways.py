"""A connection is set up by the keyboard alone, and by a browser that runs no script."""

from __future__ import annotations

import re

from tests.browser.conftest import Walker
from tests.browser.keyboard import press_on, skip_to_main, type_into

ADMIN = "ada.novak@acme.example"
# Whom no other connection knows.
NEWCOMER = "Lena Hoffmann"
CARDS = "/console/sso/samlconnection/new/"


def arrive(walker: Walker, heading: str) -> None:
    assert walker.heading == heading
    skip_to_main(walker)


def test_the_keyboard_alone_sets_a_connection_up_and_switches_it_on(walker: Walker) -> None:
    page = walker.page
    walker.sign_in_with_password(ADMIN)
    walker.open(CARDS)
    arrive(walker, "Add SSO connection")
    press_on(walker, "link", "Any SAML 2.0 provider")
    arrive(walker, "Connect your identity provider")
    type_into(walker, "Name", "Typed")
    press_on(walker, "button", "Save and continue")

    arrive(walker, "Set up Typed")
    press_on(walker, "link", "Continue")
    arrive(walker, "Set up Typed")
    type_into(walker, "Metadata address", f"{walker.demo.sandbox}/globex/metadata")
    page.keyboard.press("Enter")
    page.get_by_text("Not saved yet").wait_for()
    arrive(walker, "Set up Typed")
    press_on(walker, "button", "Use it")
    page.get_by_text("The identity provider’s side").wait_for()
    for step in ("SSO settings", "Attributes", "Access rules"):
        page.locator("[aria-current=step]", has_text=step).wait_for()
        arrive(walker, "Set up Typed")
        press_on(walker, "button", "Save and continue")

    arrive(walker, "Test sign-in")
    press_on(walker, "button", "Start the test")
    press_on(walker, "button", NEWCOMER)
    page.wait_for_url(f"{walker.demo.portal}/**")
    page.get_by_text("A sign-in would work").wait_for()
    arrive(walker, "Result of the test")
    press_on(walker, "button", "Activate connection")
    arrive(walker, "Activate Typed")
    assert "People of your organization sign in through Typed." in walker.text()

    # The demo is everybody's.
    press_on(walker, "link", "Go to the connection")
    arrive(walker, "Typed")
    press_on(walker, "link", "Deactivate connection")
    skip_to_main(walker)
    press_on(walker, "button", "Deactivate connection")
    page.get_by_role("heading", name="Typed", exact=True, level=1).wait_for()
    assert "Inactive" in walker.text()


def test_without_scripts_a_connection_is_set_up_and_switched_on(plain: Walker) -> None:
    page = plain.page
    plain.sign_in_with_password(ADMIN)
    plain.open(CARDS)
    page.locator("main a.choice", has_text="Any SAML 2.0 provider").click()
    page.get_by_label("Name").fill("Without scripts")
    plain.press("Save and continue")
    assert page.get_by_role("button", name="Copy").count() == 0  # copied by hand
    plain.follow("Continue")
    page.get_by_label("Metadata address").fill(f"{plain.demo.sandbox}/globex/metadata")
    plain.press("Read it")
    # By a header of the page, not by a script.
    page.get_by_text("Not saved yet").wait_for()
    plain.press("Use it")
    plain.press("Save and continue")
    page.get_by_label("Names, one a line").fill("kst = Sales")
    plain.press("Preview")
    assert "Kept as an attribute of your own" in plain.text()
    plain.press("Save and continue")
    plain.press("Save and continue")

    plain.press("Start the test")
    page.get_by_role("button", name=NEWCOMER).click()
    page.get_by_role("button", name=re.compile("Continue to")).click()  # a script's press elsewhere
    page.wait_for_url(f"{plain.demo.portal}/**")
    assert "A sign-in would work" in plain.text()
    plain.press("Activate connection")
    assert "What comes next" in plain.text()

    plain.follow("Go to the connection")
    plain.follow("Deactivate connection")
    plain.press("Deactivate connection")
    assert "Inactive" in plain.text()
