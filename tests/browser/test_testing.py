"""An administrator tries a connection out, examines a response and shares a sign-in, by browser."""

from __future__ import annotations

import re

ADMIN = "ada.novak@acme.example"


def open_connection(walker) -> str:
    walker.sign_in_with_password(ADMIN)
    walker.open("/console/sso/samlconnection/")
    walker.page.locator("#result_list tbody th a").first.click()
    return re.sub(r"change/.*$", "", walker.path)


def test_there_and_back_and_still_the_same_person(walker):
    connection = open_connection(walker)
    walker.follow("Test sign-in")
    walker.looks_right()

    walker.press("Start the test")
    walker.page.locator("button[name=person]").first.click()
    walker.page.wait_for_url(f"{walker.demo.portal}/console/**/tests/**")

    assert walker.path.startswith(f"{connection}tests/")
    assert walker.heading == "Result of the test"
    assert "A sign-in would work" in walker.text()
    assert "Answers this request, in this browser" in walker.text()
    walker.looks_right()
    walker.open("/account/")
    assert ADMIN in walker.text()


def test_a_fault_is_shown_with_what_mends_it(walker):
    open_connection(walker)
    walker.follow("Test sign-in")
    walker.press("Start the test")
    walker.page.locator("select[name=fault]").select_option(index=1)
    walker.page.locator("button[name=person]").first.click()
    walker.page.wait_for_url(f"{walker.demo.portal}/console/**/tests/**")

    assert "Failed" in walker.text()
    assert "In Okta:" in walker.text()
    walker.looks_right()


def test_a_response_is_examined(walker):
    connection = open_connection(walker)
    walker.open(f"{connection}doctor/")
    walker.looks_right()

    walker.page.get_by_label("SAML response").fill("<a/>")
    walker.press("Examine")

    assert "Unreadable answer" in walker.text()
    walker.looks_right()


def test_a_shared_sign_in_is_read_by_somebody_without_an_account(new_walker):
    admin, guest = new_walker(), new_walker()
    admin.sign_in_with_password(ADMIN)
    admin.open("/console/sso/signintrace/?outcome__exact=refused")
    admin.page.locator("#result_list tbody th a").first.click()
    admin.follow("Share with IT")
    admin.press("Make a link")
    admin.looks_right()
    link = re.search(r"http\S+/sso/shared/[\w-]+", admin.text())
    assert link is not None

    guest.open(link[0].removeprefix(guest.demo.portal))

    assert "shared with you by an administrator" in guest.text()
    guest.looks_right()
