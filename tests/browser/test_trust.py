"""An administrator keeps a connection alive: versions and the way back, metadata, keys."""

from __future__ import annotations

import re

import pytest

ADMIN = "ada.novak@acme.example"


@pytest.fixture
def at_connection(walker):
    walker.sign_in_with_password(ADMIN)
    walker.open("/console/sso/samlconnection/")
    walker.page.locator("#result_list tbody a").first.click()
    return walker


def test_what_was_changed_is_found_among_the_versions_and_taken_back(at_connection):
    walker = at_connection
    connection = walker.path
    walker.page.get_by_text("Answers", exact=True).click()
    skew = walker.page.get_by_label("Clock skew, in seconds")
    before = skew.input_value()
    skew.fill("120")
    walker.press("Save")
    walker.open(connection)
    walker.follow("Versions")
    versions = walker.path
    walker.looks_right()

    walker.page.get_by_role("link", name=re.compile("^Version")).nth(1).click()
    walker.looks_right()
    walker.press("Prepare going back")
    assert "Clock skew" in walker.text()
    walker.looks_right()
    walker.press("Apply")

    walker.open(connection)
    assert walker.page.locator("#id_clock_skew_seconds").input_value() == before
    walker.open(versions)
    assert "Staged change applied" in walker.text()


def test_metadata_is_read_by_the_demo_s_worker(at_connection):
    walker = at_connection
    connection = walker.path
    for _ in range(30):
        if "Read every day" in walker.text():
            break
        walker.page.wait_for_timeout(1000)
        walker.open(connection)
    assert "Read every day" in walker.text()

    walker.press("Read it now")
    assert "being read" in walker.text()
    walker.looks_right()


def test_the_next_key_is_made_promoted_taken_back_and_forgotten(at_connection):
    walker = at_connection
    walker.follow("Our keys")
    walker.looks_right()
    walker.press("Make the next key")
    walker.looks_right()

    walker.press("Promote the next key")
    assert "Check this first" in walker.text()
    walker.looks_right()
    walker.page.get_by_label("The identity provider has this certificate").check()
    walker.press("Promote the next key")
    assert "The keys have changed places" in walker.text()
    walker.looks_right()

    walker.page.get_by_label("The identity provider has this certificate").check()
    walker.press("Sign with the former key again")
    walker.page.get_by_label("The identity provider has the other certificate").check()
    walker.press("Forget this key")
    assert "Make the next key" in walker.text()


def test_an_identity_provider_exchanges_its_key_and_nobody_notices(new_walker):
    admin, learner = new_walker(), new_walker()
    demo = admin.demo
    admin.sign_in_with_password("oscar.okafor@globex.example")
    admin.open("/console/sso/samlconnection/")
    admin.page.locator("#result_list tbody a").first.click()
    connection = admin.path

    def at_the_provider(button):
        admin.page.goto(f"{demo.sandbox}/globex/")
        admin.press(button)
        admin.looks_right()

    at_the_provider("Publish the next certificate")
    following = admin.page.locator("li", has_text="is published beside it").locator(".mono")
    fingerprint = following.inner_text()
    admin.open(connection)
    admin.press("Read it now")
    for _ in range(30):
        if fingerprint in admin.text():
            break
        admin.page.wait_for_timeout(1000)
        admin.open(connection)
    assert fingerprint in admin.text()

    at_the_provider("Sign with the next key")
    learner.sign_in_at("globex", "oscar.okafor@globex.example")
    learner.open("/account/")
    assert "oscar.okafor@globex.example" in learner.text()
    at_the_provider("Withdraw the former certificate")
