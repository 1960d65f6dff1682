"""A walk with the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator

from tests.browser.conftest import Walker

# More stops than any of these pages has.
ENOUGH = 60


def tab_to(walker: Walker, wanted: Locator) -> None:
    """Go on with Tab until `wanted` has the focus, and see it there."""
    for _stop in range(ENOUGH):
        if wanted.evaluate("one => one === document.activeElement"):
            assert wanted.evaluate("one => one.matches(':focus-visible')")
            assert wanted.evaluate("one => getComputedStyle(one).outlineStyle") != "none"
            return
        walker.page.keyboard.press("Tab")
    pytest.fail(f"{walker.page.url}: Tab does not come to {wanted}")


def press_on(walker: Walker, role: str, name: str) -> None:
    tab_to(walker, walker.page.get_by_role(role, name=name).first)  # type: ignore[arg-type]
    walker.page.keyboard.press("Enter")
    walker.page.wait_for_load_state()


def skip_to_main(walker: Walker) -> None:
    """By the first stop of a page that has just come."""
    walker.page.wait_for_load_state()
    if "#" in walker.page.url:
        return  # a form takes the part of the page it was sent from along: Tab goes on from there
    walker.page.keyboard.press("Tab")
    assert walker.page.locator(":focus").inner_text() == "Skip to main content"
    walker.page.keyboard.press("Enter")


def type_into(walker: Walker, label: str, text: str) -> None:
    """In place of what stands there."""
    tab_to(walker, walker.page.get_by_label(label, exact=True).first)
    walker.page.keyboard.press("Control+A")
    walker.page.keyboard.type(text)
