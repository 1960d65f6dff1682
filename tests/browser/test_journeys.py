"""The main job, walked by a browser: from the sign-in page to the home page, for both customers."""

from __future__ import annotations

import pytest


def test_a_new_person_at_acme_signs_in_gets_a_seat_and_may_decline(new_walker):
    walker = new_walker()
    walker.open("/o/acme/login/")
    assert "Acme Robotics" in walker.heading
    assert "Acme Robotics’ Okta" in walker.text() or "Acme Robotics’s Okta" in walker.text()
    walker.looks_right()

    walker.sign_in_at("acme", "jonas.weber@acme.example")
    assert walker.heading == "Connect your LinkedIn profile?"
    walker.looks_right()

    walker.press("Not now")
    assert walker.path == "/"
    assert "Jonas" in walker.heading
    assert "LinkedIn profile isn’t connected" in walker.text()
    walker.looks_right()

    later = new_walker()
    later.sign_in_at("acme", "jonas.weber@acme.example")
    assert later.path == "/"


def test_a_person_at_acme_connects_a_profile_and_disconnects_it(walker):
    walker.sign_in_at("acme", "priya.raman@acme.example")
    walker.press("Connect profile")
    walker.allow_at_linkedin("Priya Raman")
    assert walker.path == "/"
    assert "isn’t connected" not in walker.text()

    walker.open("/account/")
    assert "Priya Raman" in walker.text()
    walker.looks_right()
    # In the list of ways in, and beside the profile.
    walker.page.locator("a[href^='/connect/disconnect/']").first.click()
    walker.page.wait_for_url("**/connect/disconnect/**")
    walker.looks_right()
    walker.page.locator("main form button.btn-danger, main form button.btn-primary").first.click()
    walker.open("/account/")
    assert walker.page.locator("a[href^='/connect/disconnect/']").count() == 0


def test_globex_demands_a_profile_and_its_third_newcomer_waits(new_walker):
    lena = new_walker()
    lena.sign_in_at("globex", "lena.hoffmann@globex.example")
    assert lena.heading == "Connect your LinkedIn profile"
    assert lena.page.get_by_role("button", name="Not now").count() == 0
    lena.looks_right()
    for path in ("/", "/account/"):
        lena.open(path)
        assert lena.path.startswith(("/connect/", "/account/"))
    lena.open("/")
    assert lena.path.startswith("/connect/")
    lena.press("Connect profile")
    lena.allow_at_linkedin("Lena Hoffmann")
    lena.open("/")
    assert lena.path == "/"

    marco = new_walker()
    marco.sign_in_at("globex", "marco.rossi@globex.example")
    marco.press("Connect profile")
    marco.page.get_by_role("button", name="Lena Hoffmann").click()
    marco.press("Allow")
    marco.page.wait_for_url(f"{marco.demo.portal}/**")
    assert "Lena" not in marco.text()  # the colleague is not named
    marco.looks_right()

    yuki = new_walker()
    yuki.sign_in_at("globex", "yuki.tanaka@globex.example")
    assert yuki.path == "/waiting/"
    yuki.looks_right()

    admin = new_walker()
    admin.sign_in_with_password("oscar.okafor@globex.example")
    admin.open("/console/licenses/licenseassignment/?q=marco")
    assert "Marco Rossi" in admin.text()


@pytest.mark.parametrize(
    ("person", "says"),
    [
        ("ines.carvalho@acme.example", "Your account is deactivated"),
        ("tom.becker@acme.example", "We need to confirm who you are"),
    ],
)
def test_somebody_who_may_not_come_in_reads_why(walker, person, says):
    walker.sign_in_at("acme", person)

    assert walker.heading == says
    walker.looks_right()
    walker.open("/")
    assert "/login/" in walker.path


def test_every_fault_of_the_identity_provider_is_a_page_and_no_session(walker):
    walker.open("/o/acme/login/")
    walker.page.locator("main a.btn-primary").click()
    faults = walker.page.locator("select[name=fault] option").evaluate_all(
        "options => options.map(option => option.value).filter(Boolean)"
    )
    assert len(faults) > 8
    for fault in faults:
        walker.sign_in_at("acme", "mara.lindqvist@acme.example", fault=fault)
        assert walker.page.locator(".status.bad").count() == 1, fault
        assert walker.page.locator(".copy code").inner_text().count("-") == 1, fault
        walker.open("/")
        assert "/login/" in walker.path, fault


def test_the_administrator_finds_an_attempt_by_its_reference(new_walker):
    learner = new_walker()
    learner.sign_in_at("acme", "ines.carvalho@acme.example")
    reference = learner.page.locator(".copy code").inner_text()

    admin = new_walker()
    admin.sign_in_with_password("ada.novak@acme.example")
    admin.open(f"/console/sso/signintrace/?q={reference}")
    admin.follow(reference)
    assert "Deactivated person" in admin.text()


def test_a_deep_link_survives_the_sign_in(walker):
    walker.open("/account/")
    assert "next=" in walker.page.url
    walker.page.get_by_label("Work e-mail").fill("mara.lindqvist@acme.example")
    walker.press("Continue")
    walker.page.locator("main a.btn-primary").click()
    walker.page.locator("button[name=person][value='mara.lindqvist@acme.example']").click()
    walker.page.wait_for_url(f"{walker.demo.portal}/**")
    if walker.path.startswith("/connect/"):
        walker.press("Not now")
    assert walker.path == "/account/"


def test_signing_out_ends_the_session(walker):
    walker.sign_in_at("acme", "mara.lindqvist@acme.example")
    walker.open("/account/")
    walker.press("Sign out")
    walker.page.wait_for_url("**/logout/**")
    walker.looks_right()

    walker.open("/account/")
    assert "/login/" in walker.path
