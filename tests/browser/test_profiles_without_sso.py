"""Customers without single sign-on: the first time by invitation, later by the sign-in page."""

from __future__ import annotations

import sqlite3

import pytest

from tests.browser.test_passkeys import give_authenticator


def open_invitation(walker, name):
    """From the mail to the page that offers the ways, as `name` does."""
    walker.page.goto(f"{walker.demo.sandbox}/mail/")
    # A worker writes it.
    for _try in range(40):
        row = walker.page.locator("a.person").filter(has_text=name)
        if row.count():
            break
        walker.page.wait_for_timeout(500)
        walker.page.reload()
    row.first.click()
    walker.page.locator(f"a[href^='{walker.demo.portal}/invitation/']").first.click()
    walker.page.wait_for_url(f"{walker.demo.portal}/**")
    walker.page.locator("main button.btn-primary").click()
    walker.page.wait_for_load_state()


def sign_out(walker):
    walker.open("/account/")
    walker.press("Sign out")


def test_required_first_by_invitation_and_linkedin_then_by_linkedin(new_walker):
    ola = new_walker()
    open_invitation(ola, "ola.berg@tidewater.example")
    ola.looks_right()
    assert ola.page.get_by_role("link", name="Create your account").count() == 0
    ola.follow("Connect your LinkedIn account")
    assert ola.heading == "Connect your LinkedIn account"
    ola.looks_right()
    ola.press("Connect your LinkedIn account")
    ola.allow_at_linkedin("Ola Berg")
    assert ola.path == "/"
    assert "Ola" in ola.heading
    ola.open("/account/")
    assert "LinkedIn" in ola.text()
    ola.looks_right()

    # The demo has one version of the words: as if she had agreed to an older one.
    with sqlite3.connect(ola.demo.database) as database:
        database.execute(
            "UPDATE profiles_profilebinding SET consent_version = '0' WHERE name = 'Ola Berg'"
        )
    database.close()
    ola.open("/")
    assert ola.heading == "The words about your LinkedIn profile have changed"
    ola.looks_right()
    ola.press("Agree")
    assert ola.path == "/"
    assert "stays connected" in ola.text()
    sign_out(ola)

    ola.open("/o/tidewater/login/")
    assert ola.heading == "Welcome back"
    assert ola.page.locator("input[type=password]").count() == 0
    ola.looks_right()
    ola.press("Sign in with LinkedIn")
    ola.allow_at_linkedin("Ola Berg")
    assert ola.path == "/"


def test_optional_either_way_and_later_either_door(new_walker):
    kim = new_walker()
    open_invitation(kim, "kim.sato@lantern.example")
    assert "Continue without LinkedIn" in kim.text()
    kim.looks_right()
    kim.follow("Connect your LinkedIn account")
    kim.press("Connect your LinkedIn account")
    kim.allow_at_linkedin("Kim Sato")
    assert kim.path == "/"

    # Who has left disconnects without an account.
    pavel, email = new_walker(), "pavel.novotny@lantern.example"
    pavel.open("/o/lantern/login/")
    pavel.page.get_by_label("E-mail or user name").fill(email)
    pavel.page.locator("input[type=password]").fill(pavel.demo.password)
    with pavel.page.expect_navigation():
        pavel.press("Sign in")
    pavel.prove_second_factor(email)
    pavel.open("/console/accounts/user/?q=kim")
    pavel.page.locator("#result_list tbody a").first.click()
    pavel.follow("Off-board")
    pavel.press("Off-board")
    assert "Off-boarded 1 person" in pavel.text()
    kim.open("/connect/leave/")
    assert kim.heading == "I don’t work here anymore"
    kim.looks_right()
    kim.press("Go to LinkedIn")
    kim.allow_at_linkedin("Kim Sato")
    assert kim.page.get_by_role("checkbox", name="Lantern Press").is_checked()
    kim.looks_right()
    kim.press("Disconnect")
    assert kim.heading == "Your profile is disconnected"
    kim.looks_right()

    eva = new_walker()
    open_invitation(eva, "eva.brandt@lantern.example")
    eva.follow("Continue without LinkedIn")
    eva.page.locator("input[type=password]").first.fill("a long walk by the sea")
    eva.looks_right()
    eva.press("Create account")
    eva.open("/")
    assert eva.path == "/"
    sign_out(eva)
    eva.open("/o/lantern/login/")
    assert eva.page.locator("input[type=password]").count() == 1
    assert eva.page.get_by_role("button", name="Sign in with LinkedIn").count() == 1
    eva.looks_right()


def test_off_there_is_no_linkedin_and_a_passkey_is_a_way(new_walker):
    rui = new_walker()
    give_authenticator(rui)
    open_invitation(rui, "rui.costa@quarry.example")
    seen = [rui.page.content()]
    rui.follow("Use a passkey instead of a password")
    rui.looks_right()
    seen.append(rui.page.content())
    rui.press("Create account with a passkey")
    rui.page.wait_for_url(f"{rui.demo.portal}/")
    for path in ("/", "/account/"):
        rui.open(path)
        seen.append(rui.page.content())
    sign_out(rui)
    rui.open("/o/quarry/login/")
    rui.looks_right()
    seen.append(rui.page.content())
    rui.press("Sign in with a passkey")
    rui.page.wait_for_url(f"{rui.demo.portal}/")
    assert not [page for page in seen if "linkedin" in page.lower()]


def test_a_profile_of_two_organizations_chooses_on_everybody_s_page(walker):
    walker.open("/login/?other=1")
    walker.looks_right()
    walker.press("Sign in with LinkedIn")
    walker.allow_at_linkedin("Noor Aziz")
    assert walker.heading == "Choose an account"
    walker.looks_right()
    walker.page.get_by_label("Lantern Press").check()
    walker.press("Continue")
    walker.open("/account/")
    assert "Lantern Press" in walker.text()


@pytest.mark.parametrize(("member", "heading"), [("Mara Lindqvist", "We don’t know this profile")])
def test_a_profile_that_opens_nothing_says_what_to_do(walker, member, heading):
    walker.open("/o/tidewater/login/")
    walker.press("Sign in with LinkedIn")
    walker.allow_at_linkedin(member)
    assert walker.heading == heading
    walker.looks_right()
    walker.follow("Back to the sign-in page")
    assert walker.path == "/o/tidewater/login/"


def test_canceling_and_trouble_lead_back(walker):
    walker.open("/o/lantern/login/")
    walker.press("Sign in with LinkedIn")
    walker.page.locator("button[name=cancel]").click()
    walker.page.wait_for_url(f"{walker.demo.portal}/**")
    assert "You canceled at LinkedIn." in walker.text()

    walker.press("Sign in with LinkedIn")
    walker.page.get_by_role("button", name="Noor Aziz").click()
    walker.page.locator("select[name=fault]").select_option("down")
    walker.press("Allow")
    walker.page.wait_for_url(f"{walker.demo.portal}/**")
    assert walker.heading == "LinkedIn doesn’t answer"
    walker.looks_right()


def test_it_works_without_a_script(plain):
    plain.open("/o/lantern/login/")
    plain.press("Sign in with LinkedIn")
    plain.allow_at_linkedin("Noor Aziz")
    plain.open("/account/")
    assert "Lantern Press" in plain.text()
