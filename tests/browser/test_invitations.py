"""Somebody is invited in the console, reads the mail, makes an account and is at home."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Walker

MARA = "mara.ek@partner.example"
PASSWORD = "a long walk by the sea"


def link_in_mail(walker: Walker, to: str, subject: str) -> str:
    """The portal's address in the newest mail to somebody, once the worker has sent it."""
    page = walker.page
    mail = page.locator("a.person", has_text=to).filter(has_text=subject)
    for _look in range(60):
        page.goto(f"{walker.demo.sandbox}/mail/")
        if mail.count():
            break
        page.wait_for_timeout(1000)
    mail.first.click()
    address = page.locator(f".letter a[href^='{walker.demo.portal}']").first.get_attribute("href")
    assert address is not None
    return address.removeprefix(walker.demo.portal)


def test_an_invitation_leads_to_an_account_and_home(
    new_walker: Callable[[], Walker],
) -> None:
    admin = new_walker()
    admin.sign_in_at("acme", "ada.novak@acme.example")
    admin.open("/console/invitations/")
    assert admin.heading == "Invitations"
    admin.looks_right()
    admin.page.get_by_role("textbox", name="People").fill(
        f"Mara Ek <{MARA}>\nada.novak@acme.example\nnonsense"
    )
    admin.press("Check them")
    admin.looks_right()
    admin.press("Invite 1 person")
    admin.page.get_by_role("heading", name="People were invited").wait_for(timeout=60_000)
    admin.looks_right()
    admin.follow("See who is invited")
    assert MARA in admin.text()

    mara = new_walker()
    mara.open(link_in_mail(mara, MARA, "Your invitation"))
    assert mara.path == "/invitation/"  # without the secret
    assert "m•••@partner.example" in mara.text()
    mara.looks_right()
    mara.press("Open the invitation")
    assert mara.heading == "How you’ll sign in"
    mara.looks_right()
    mara.page.locator("main a[href='/invitation/account/']").click()
    assert mara.heading == "Create your account"
    mara.page.get_by_label("Password").fill("short")
    mara.press("Create account")
    assert "at least 12 characters" in mara.text()
    mara.looks_right()
    mara.page.get_by_label("Password").fill(PASSWORD)
    mara.press("Create account")

    assert mara.path == "/"
    assert "Mara" in mara.heading
    mara.open("/account/")
    assert "Proved" in mara.text()
    mara.looks_right()

    # The link is used up; the password may be forgotten.
    other = new_walker()
    other.open(link_in_mail(other, MARA, "Your invitation"))
    assert other.heading == "This invitation was used"
    other.looks_right()
    other.open("/password/forgot/")
    other.looks_right()
    other.page.get_by_label("Work e-mail").fill(MARA)
    other.press("Send the link")
    assert other.heading == "Look into your mail"
    other.looks_right()
    other.open(link_in_mail(other, MARA, "Choose another password"))
    assert other.path == "/password/reset/"
    other.looks_right()
    other.page.get_by_label("Password").fill("another walk by the sea")
    other.press("Change password")
    assert other.path == "/o/acme/login/"
