"""A pause after too many attempts counts down, and opens its button by itself."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from playwright.sync_api import expect

from accounts.limit_pages import rate_limited
from accounts.rate_limit import RateLimited

HERE = "/login/new/"


@pytest.fixture
def paused(rf):
    """The page of a pause of so many seconds, as the portal writes it."""

    def page(seconds):
        request = rf.get(HERE)
        request.user = AnonymousUser()
        return rate_limited(request, RateLimited(seconds)).content.decode()

    return page


def show(walker, page):
    """The demo counts no attempts, so the page comes from here, and its files from the demo."""
    walker.page.route(
        f"{walker.demo.portal}{HERE}",
        lambda route: route.fulfill(content_type="text/html", body=page),
    )
    walker.open(HERE)


def test_the_button_opens_when_the_time_is_up(walker, paused):
    show(walker, paused(3))
    button = walker.page.get_by_role("button", name="Try again")
    words = walker.page.locator("[data-countdown]")

    expect(button).to_be_disabled()
    expect(words).to_have_text("Try again in 2 seconds.")
    expect(words).to_have_text("Try again in 1 second.")
    expect(button).to_be_enabled()
    expect(words).to_have_text("You can try again now.")
    expect(walker.page.get_by_role("status").first).to_have_text("You can try again now.")
    button.click()
    walker.page.wait_for_url(f"{walker.demo.portal}/login/?")


def test_the_page_can_be_read_in_every_mode_and_on_a_phone(walker, paused):
    show(walker, paused(600))

    walker.looks_right()


def test_without_a_script_it_is_a_sentence_and_a_button(plain, paused):
    show(plain, paused(40))

    assert "Try again in 40 seconds." in plain.text()
    expect(plain.page.get_by_role("button", name="Try again")).to_be_enabled()
