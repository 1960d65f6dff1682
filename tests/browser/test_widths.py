"""Between a phone and a wide screen nothing runs off the page, and words stay whole."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Walker

ADMIN = "ada.novak@acme.example"
WIDTHS = (1280, 1200, 1024, 910, 800, 720)
LISTS = (
    "/console/accounts/user/",
    "/console/licenses/licenseassignment/",
    "/console/audit/auditevent/",
    "/console/sso/signintrace/",
    "/console/provisioning/provisioninglogentry/",
)
# By how much anything inside the page has to be scrolled sideways.
SIDEWAYS = """Math.max(0, ...[document.documentElement, ...document.querySelectorAll("main *")]
    .filter((part) => part.matches(":root, .results, .scroll, .steps"))
    .map((part) => part.scrollWidth - part.clientWidth))"""
# Words of these that stand on two lines.
BROKEN = """(selector) => [...document.querySelectorAll(selector)].flatMap((part) => {
    const texts = [];
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode);
    return texts.flatMap((text) => [...text.data.matchAll(/[A-Za-z]{2,20}/g)].filter((word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1;
    }).map((word) => word[0]));
})"""


def sizes(walker: Walker, path: str):
    walker.open(path)
    for width in WIDTHS:
        walker.page.set_viewport_size({"width": width, "height": 900})
        yield width


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_as_wide_as_the_page(walker: Walker, path: str) -> None:
    walker.sign_in_with_password(ADMIN)

    for width in sizes(walker, path):
        assert walker.page.evaluate(SIDEWAYS) <= 0, width
        for chip in walker.page.locator(".chips summary").all():
            chip.click()
            walker.page.locator(".chips details[open] .menu").wait_for()
            # The browser says that it opened after the frame in which it did.
            walker.page.evaluate("new Promise(requestAnimationFrame)")
            assert walker.page.evaluate(SIDEWAYS) <= 0, width
            walker.page.keyboard.press("Escape")


def test_the_steps_of_a_set_up_are_all_in_sight(walker: Walker) -> None:
    walker.sign_in_with_password(ADMIN)
    walker.open("/console/sso/samlconnection/")
    walker.follow("Okta")
    walker.follow("Set up")

    for width in sizes(walker, walker.path):
        assert walker.page.evaluate(SIDEWAYS) <= 0, width


@pytest.mark.parametrize(
    ("path", "looked_up"),
    [("sso-entra", ".prose td:first-child"), ("sso-generic", ".prose td:first-child")],
)
def test_what_is_looked_up_in_a_guide_stays_whole(
    walker: Walker, path: str, looked_up: str
) -> None:
    walker.sign_in_with_password(ADMIN)

    for width in (*sizes(walker, f"/console/guides/{path}/"), 390):
        walker.page.set_viewport_size({"width": width, "height": 900})
        assert walker.page.evaluate(BROKEN, looked_up) == [], width


def test_addresses_break_between_their_parts(walker: Walker) -> None:
    walker.sign_in_with_password(ADMIN)
    walker.open("/console/sso/samlconnection/")
    walker.follow("Okta")
    walker.follow("Set up")
    walker.open(walker.path.replace("/basics/", "/identity-provider/"))

    for width in (1280, 390):
        walker.page.set_viewport_size({"width": width, "height": 900})
        # What is behind a details is a certificate, one word of 1,200 letters.
        shown = ".copy code:not(details code), .words code"
        assert walker.page.evaluate(BROKEN, shown) == [], width
