"""Second factor and passkeys as somebody meets them, with an authenticator that Chromium plays."""

from __future__ import annotations

import re
from collections.abc import Callable

from accounts import totp
from tests.browser.conftest import Walker
from tests.factors import secret_typed

ADMIN = "ada.novak@acme.example"
# Whose authenticator no other test asks for.
COLLEAGUE = "ben.osei@quarry.example"


def give_authenticator(walker: Walker, *, is_willing: bool = True) -> None:
    """A device that keeps passkeys and knows its owner by the finger."""
    session = walker.page.context.new_cdp_session(walker.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": is_willing,
                "automaticPresenceSimulation": True,
            }
        },
    )


def sign_out(walker: Walker) -> None:
    walker.open("/logout/")
    walker.page.locator("main").get_by_role("button", name="Sign out").click()


def test_a_passkey_is_registered_used_renamed_and_removed(walker: Walker) -> None:
    give_authenticator(walker)
    walker.sign_in_with_password(ADMIN)
    walker.open("/account/passkeys/")
    walker.looks_right()
    walker.page.get_by_label("Name", exact=True).fill("Desk")
    walker.press("Register a passkey")
    walker.page.get_by_text("The passkey is registered").wait_for()
    assert "Desk" in walker.text()
    walker.looks_right()

    # The device has one for this account already.
    walker.press("Register a passkey")
    walker.page.get_by_text("has a passkey for this account already").wait_for()

    sign_out(walker)
    walker.open("/login/?other=1&next=/console/")
    walker.press("Sign in with a passkey")
    walker.page.wait_for_url(f"{walker.demo.portal}/console/")
    assert walker.heading == "Overview"

    walker.open("/account/passkeys/")
    walker.page.get_by_text("Rename").first.click()
    walker.page.get_by_label("New name").fill("Front desk")
    walker.press("Save")
    assert "It is called Front desk now" in walker.text()
    walker.page.get_by_role("link", name=re.compile("^Remove")).click()
    assert walker.heading == "Remove Front desk?"
    walker.press("Remove passkey")
    assert "You have none yet" in walker.text()

    sign_out(walker)
    walker.open("/login/?other=1")
    walker.press("Sign in with a passkey")
    walker.page.get_by_text("if it was removed").wait_for()
    assert walker.heading == "Not signed in"
    walker.looks_right()


def test_who_is_not_recognized_is_told_so_and_stays_at_the_door(walker: Walker) -> None:
    give_authenticator(walker, is_willing=False)
    walker.open("/login/?other=1")

    walker.press("Sign in with a passkey")

    walker.page.get_by_text("No passkey was used").wait_for()
    assert walker.heading == "Sign in"
    assert walker.page.get_by_role("button", name="Sign in with a passkey").is_enabled()


def test_an_app_is_set_up_and_its_codes_are_asked_for(
    walker: Walker, new_walker: Callable[[], Walker]
) -> None:
    walker.sign_in_with_password(COLLEAGUE)
    walker.open("/account/authenticator/")
    walker.looks_right()
    key = walker.page.locator(".copy code").inner_text()
    secret = secret_typed(key)
    walker.page.get_by_label("Code from your app").fill(
        totp.code_at(secret, totp.current_step() - 1)
    )
    walker.press("Confirm")
    assert walker.heading == "Your recovery codes"
    walker.looks_right()
    first = walker.page.locator(".copy code").inner_text().split()[0]

    other = new_walker()
    other.open("/o/quarry/login/?password=1&next=/account/")
    other.page.locator("input[name=name]").fill(COLLEAGUE)
    other.page.locator("input[type=password]").fill(other.demo.password)
    other.press("Sign in")
    assert other.heading == "Second step"
    other.looks_right()
    other.follow("Use a recovery code")
    other.page.get_by_label("Recovery code").fill(first.lower())
    other.press("Sign in")
    assert "9 are left" in other.text()


def test_without_scripts_there_is_no_button_and_everything_else_works(plain: Walker) -> None:
    plain.open("/login/?other=1")
    assert plain.page.get_by_role("button", name="Sign in with a passkey").count() == 0

    plain.sign_in_with_password(ADMIN)

    plain.open("/account/passkeys/")
    assert "This needs JavaScript" in plain.text()
    plain.open("/account/authenticator/")
    assert plain.page.locator("svg.qr").is_visible()
