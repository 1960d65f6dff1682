"""Single logout and set-up links, walked by a browser."""

from __future__ import annotations

ADA = "ada.novak@acme.example"
PRIYA = "priya.raman@acme.example"


def connection_page(walker):
    walker.open("/console/sso/samlconnection/")
    walker.follow("Okta")


def test_signing_out_on_either_side_ends_both(new_walker):
    admin = new_walker()
    admin.sign_in_with_password(ADA)
    connection_page(admin)
    admin.page.locator("#id_single_logout").check()
    admin.page.locator("[name=_save]").click()

    here = new_walker()
    here.sign_in_at("acme", PRIYA)
    here.open("/account/")
    here.press("Sign out")
    here.page.wait_for_url(f"{here.demo.portal}/sso/*/signed-out*")
    assert here.heading == "You’re signed out"
    assert "Here, and at Acme Robotics’ Okta." in here.text()
    here.looks_right()

    here.sign_in_at("acme", PRIYA)
    there = new_walker()
    there.page.goto(f"{there.demo.sandbox}/acme/")
    there.follow("Sign somebody out of the learning portal")
    there.page.get_by_role("link", name=PRIYA).click()
    there.page.wait_for_url(f"{there.demo.sandbox}/acme/slo*")
    assert there.heading == "Signed out"
    here.open("/account/")
    assert "/login/" in here.path
    assert admin.complaints == here.complaints == there.complaints == []


def test_it_sets_a_connection_up_without_an_account(new_walker):
    admin = new_walker()
    admin.sign_in_with_password(ADA)
    admin.open("/console/setup-links/")
    admin.looks_right()
    admin.page.get_by_label("For whom").fill("Pat, network team")
    admin.page.get_by_label("Single sign-on and directory sync").check()
    admin.page.get_by_label("Connection").select_option("new")
    admin.press("Make link")
    assert admin.heading == "Your new set-up link"
    admin.looks_right()
    link = admin.page.locator("code", has_text="/setup/open/").first.inner_text().strip()

    pat = new_walker()
    pat.open(link.removeprefix(pat.demo.portal))
    pat.looks_right()
    pat.press("Open it in this browser")
    assert pat.path == "/setup/"
    pat.looks_right()
    for path in (
        "/setup/connection/basics/",
        "/setup/connection/identity-provider/",
        "/setup/connection/sso/",
        "/setup/connection/attributes/",
        "/setup/directory/guide/okta/",
        "/setup/directory/tokens/new/",
    ):
        pat.open(path)
        assert pat.path == path
        pat.looks_right()

    other = new_walker()
    other.open(link.removeprefix(other.demo.portal))
    assert other.heading == "This link is open in another browser"
    other.looks_right()
    assert admin.complaints == pat.complaints == other.complaints == []
