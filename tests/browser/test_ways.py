"""Other ways through: the keyboard alone, and a browser that runs no script."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PHONE, Walker
from tests.browser.keyboard import press_on


def test_the_keyboard_alone_signs_in_and_connects_a_profile(walker: Walker) -> None:
    keyboard = walker.page.keyboard
    walker.open("/")
    keyboard.type("zoe.angstrom@acme.example")  # the one field has the focus
    keyboard.press("Enter")
    walker.page.wait_for_url("**/o/acme/login/**")

    keyboard.press("Tab")
    assert walker.page.locator(":focus").inner_text() == "Skip to main content"
    press_on(walker, "link", "Continue to Okta")
    press_on(walker, "button", "Mara Lindqvist")
    walker.page.wait_for_url(f"{walker.demo.portal}/**")
    walker.open("/connect/")
    press_on(walker, "button", "Connect profile")
    press_on(walker, "button", "Mara Lindqvist")
    press_on(walker, "button", "Allow")
    walker.page.wait_for_url(f"{walker.demo.portal}/**")

    assert "Your LinkedIn profile is connected" in walker.text()


def test_without_scripts_a_learner_signs_in(plain: Walker) -> None:
    plain.open("/login/")
    plain.page.get_by_label("Work e-mail").fill("ada.novak@acme.example")
    plain.press("Continue")
    plain.follow("Continue to Okta")
    plain.page.get_by_role("button", name="Ada Novak").click()
    plain.page.get_by_role("button", name="Continue to").click()  # a script presses it otherwise
    plain.page.wait_for_url(f"{plain.demo.portal}/**")

    plain.open("/account/")
    assert "ada.novak@acme.example" in plain.text()


def test_without_scripts_an_administrator_does_everything(plain: Walker) -> None:
    page = plain.page
    plain.sign_in_with_password("ada.novak@acme.example")

    # Policies: what would happen, read before it is saved; then left alone.
    plain.open("/console/policies/")
    page.get_by_role("radio", name="They must").check()
    plain.press("Save")
    assert "They must" in page.locator("table.data").inner_text()
    plain.press("Keep editing")
    assert page.get_by_role("radio", name="They must").is_checked()

    # A license taken in Licenses and given back in People: chosen, asked, done.
    plain.open("/console/licenses/licenseassignment/?q=amir")
    person = page.locator("#result_list tbody th small").first.inner_text()
    page.locator(".action-select").first.check()
    assert page.locator(".counters").is_hidden()  # nobody counts
    assert page.locator("#action-toggle").is_hidden()
    page.locator("select[name=action]").select_option("revoke_license")
    plain.press("Apply")
    plain.press("Revoke license")
    assert "Revoked 1 license." in plain.text()
    plain.open(f"/console/accounts/user/?q={person}")
    page.locator(".action-select").check()
    page.locator("select[name=action]").select_option("assign_license")
    plain.press("Apply")
    plain.press("Assign license")
    assert "1 person has a license now." in plain.text()

    # A token for the directory, to be copied by hand.
    plain.open("/console/directory/")
    plain.follow("New token")
    page.get_by_label("Name").fill("Without scripts")
    plain.press("Make token")
    assert page.locator("#made ~ .field code").first.inner_text().startswith("lps_")
    assert page.get_by_role("button", name="Copy").count() == 0


def test_a_long_name_fits_the_header_of_a_phone(walker: Walker) -> None:
    walker.sign_in_with_password("staff@portal.example")
    walker.page.set_viewport_size(PHONE)
    walker.open("/console/")

    name = walker.page.locator("#branding .org")
    assert name.inner_text() == "All organizations"
    assert name.evaluate("one => one.scrollWidth <= one.clientWidth")


@pytest.mark.parametrize("path", ["/console/accounts/user/", "/console/directory/guide/entra/"])
def test_the_widest_tables_fit_the_page_of_a_laptop(walker: Walker, path: str) -> None:
    walker.sign_in_with_password("ada.novak@acme.example")
    walker.open(path)

    table = walker.page.locator(":is(.results, .scroll):has(> table)").first
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") <= 0
