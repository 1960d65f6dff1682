"""A connection is set up against the demo's identity provider, through the pages alone."""

from __future__ import annotations

from tests.browser.conftest import Walker

ADMIN = "ada.novak@acme.example"
NEWCOMER = "lena.hoffmann@globex.example"


def go_on(walker: Walker, button: str = "Save and continue") -> None:
    walker.press(button)
    walker.looks_right()


def test_a_connection_is_set_up_tested_and_switched_on(walker: Walker) -> None:
    walker.sign_in_with_password(ADMIN)
    walker.open("/console/sso/samlconnection/")
    walker.page.locator("a[href$='/samlconnection/add/']").first.click()
    assert walker.heading == "Add SSO connection"
    walker.looks_right()

    walker.page.locator("main a.choice", has_text="Any SAML 2.0 provider").click()
    walker.page.get_by_label("Name").fill("Walked to")
    walker.looks_right()
    go_on(walker)
    assert walker.heading == "Set up Walked to"
    acs_url = walker.page.locator("main .copy code").first.inner_text()
    assert acs_url.startswith(f"{walker.demo.portal}/sso/")

    walker.follow("Continue")
    walker.looks_right()
    walker.page.get_by_label("Metadata address").fill(f"{walker.demo.sandbox}/globex/metadata")
    walker.press("Read it")
    # The page in between looks again by itself.
    walker.page.get_by_text("Not saved yet").wait_for()
    assert f"{walker.demo.sandbox}/globex/sso" in walker.text()
    walker.looks_right()
    go_on(walker, "Use it")
    assert "The identity provider’s side" in walker.text()

    go_on(walker)
    walker.page.get_by_label("Names, one a line").fill("kst = Sales")
    walker.page.get_by_label("Department").fill("kst")
    go_on(walker, "Preview")
    # What was asked for is in sight, not at the end of a page that begins anew.
    assert walker.page.url.endswith("#preview")
    go_on(walker)
    blocked = walker.page.get_by_role("group", name="Block list, rule 1")
    blocked.get_by_label("Attribute").fill("department")
    blocked.get_by_label("Values").fill("Nobody at all")
    go_on(walker, "Whom does it leave out?")
    assert "Nobody more would be left out" in walker.text()

    walker.press("Save and continue")
    walker.press("Start the test")
    # Somebody whom no other connection knows.
    walker.page.locator(f"button[name=person][value='{NEWCOMER}']").click()
    walker.page.wait_for_url(f"{walker.demo.portal}/**")
    assert "A sign-in would work" in walker.text()
    assert "Access rules" in walker.text()
    walker.looks_right()

    walker.press("Activate connection")
    assert "People of your organization sign in through Walked to." in walker.text()
    assert "What comes next" in walker.text()
    walker.looks_right()
    walker.follow("Go to the connection")
    # The demo is everybody's.
    walker.follow("Deactivate connection")
    walker.page.locator("main form button[type=submit]").first.click()
    assert "Inactive" in walker.text()
