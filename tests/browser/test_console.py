"""The administrator's way through the console, and a close look at each of its pages."""

from __future__ import annotations

from tests.browser.everything import look_at_everything

ADMIN = "ada.novak@acme.example"


def test_every_page_an_administrator_reaches_is_accessible_and_strict(walker):
    walker.sign_in_with_password(ADMIN)

    seen = look_at_everything(walker)

    for needed in (
        "/console/accounts/user/",
        "/console/accounts/user/…/change/",
        "/console/sso/samlconnection/…/change/",
        "/console/sso/signintrace/…/change/",
        "/console/licenses/licensepool/",
    ):
        assert needed in seen


def test_an_administrator_switches_policies_after_seeing_whom_it_touches(walker):
    walker.sign_in_with_password(ADMIN)
    walker.open("/console/")
    walker.follow("Policies")
    before = walker.page.get_by_label("Automatically assign licenses").is_checked()

    walker.page.get_by_label("Automatically assign licenses").click()
    walker.press("Save")
    if walker.page.get_by_role("button", name="Save", exact=True).count():
        walker.press("Save")
    walker.open("/console/")
    walker.follow("Policies")

    assert walker.page.get_by_label("Automatically assign licenses").is_checked() is not before
    walker.page.get_by_label("Automatically assign licenses").click()
    walker.press("Save")


def test_the_sign_in_pages_are_accessible_and_strict(walker):
    for path in (
        "/login/",
        "/login/?other=1",
        "/o/acme/login/",
        "/o/acme/login/?password=1",
        "/o/nobody/login/",
        "/logout/",
        "/no/such/page/",
    ):
        walker.open(path)
        walker.looks_right()


def test_a_browser_is_sent_less_than_its_budget(walker):
    """60 KB on the first visit and 15 KB of HTML a page, as they travel (ui budget)."""
    sizes: dict[str, int] = {}
    session = walker.page.context.new_cdp_session(walker.page)
    session.send("Network.enable")
    urls: dict[str, str] = {}
    session.on("Network.responseReceived", lambda e: urls.update({e["requestId"]: e["type"]}))
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.update({e["requestId"]: int(e["encodedDataLength"])}),
    )

    walker.sign_in_with_password(ADMIN)
    walker.open("/console/accounts/user/")
    walker.page.wait_for_load_state("networkidle")

    html = [size for request, size in sizes.items() if urls.get(request) == "Document"]
    assert max(html) <= 15_000
    assert sum(sizes.values()) - sum(html[:-1]) <= 60_000
