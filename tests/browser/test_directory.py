"""An administrator who has never seen it connects a directory, and is asked when it goes wild."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import DESK, PHONE, Demo, Walker
from tests.waiting import eventually

ADMIN = "oscar.okafor@globex.example"
CORE_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

# States that a card's edge cuts off.
CUT_OFF = """[...document.querySelectorAll("main .status")].filter((state) =>
    state.getBoundingClientRect().right > state.closest(".card").getBoundingClientRect().right
).map((state) => state.innerText)"""


class Directory:
    """What the other side does with base URL and token."""

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.token = token
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(  # noqa: S310 - the demo, on this machine
            f"{self.base_url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/scim+json",
                "User-Agent": "Okta SCIM Client 1.0.0",
            },
        )
        try:
            with self.opener.open(request, timeout=30) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read())

    def add(self, name: str) -> str:
        status, person = self.call(
            "POST",
            "/Users",
            {
                "schemas": [CORE_USER],
                "userName": f"{name}@globex.example",
                "name": {"givenName": name.capitalize(), "familyName": "Novel"},
            },
        )
        assert status == 201, person
        return str(person["id"])

    def switch_off(self, person: str) -> int:
        operation = {"op": "replace", "value": {"active": False}}
        return self.call(
            "PATCH", f"/Users/{person}", {"schemas": [PATCH_OP], "Operations": [operation]}
        )[0]


@pytest.fixture
def admin(walker: Walker) -> Walker:
    walker.sign_in_with_password(ADMIN)
    return walker


@pytest.fixture
def connect(admin: Walker, demo: Demo) -> Callable[[str], Directory]:
    """From the overview to a token, by following what the pages say."""

    def follow_the_guide(product: str) -> Directory:
        admin.open("/console/")
        admin.follow("Directory sync")
        admin.page.locator("main a[href*='/guide/']").first.click()
        admin.page.locator(f"main .chips a[href$='/guide/{product}/']").click()
        base_url = admin.page.locator(".copy code").first.inner_text()
        admin.follow("New token")
        admin.press("Make token")
        admin.looks_right()
        token = re.findall(r"lps_[\w-]+", admin.text())
        assert len(token) == 1
        assert base_url == f"{demo.portal}/scim/v2"
        return Directory(base_url, token[0])

    return follow_the_guide


def shows(walker: Walker, words: str) -> Callable[[], bool]:
    """The log is written within a second or two."""

    def look() -> bool:
        walker.page.reload()
        return words in walker.text()

    return look


def test_a_directory_is_connected_from_the_screen_alone(
    admin: Walker, connect: Callable[[str], Directory]
) -> None:
    directory = connect("okta")
    status, listed = directory.call("GET", "/Users?filter=userName%20eq%20%22nobody%22&count=100")
    assert (status, listed["totalResults"]) == (200, 0)

    admin.open("/console/directory/guide/okta/")
    assert eventually(shows(admin, "Read only"))
    admin.looks_right()

    greta = directory.add("greta")
    assert directory.call("POST", "/Users", {"schemas": [CORE_USER], "userName": "greta"})[0] == 201
    again = {"schemas": [CORE_USER], "userName": "GRETA@globex.example"}
    assert directory.call("POST", "/Users", again)[0] == 409
    admin.open("/console/directory/")
    assert eventually(shows(admin, "Name already taken"))
    assert "Greta Novel" in admin.text()
    admin.looks_right()

    slip = {"op": "replace", "path": "flavor", "value": "mint"}
    message = {"schemas": [PATCH_OP], "Operations": [slip]}
    assert directory.call("PATCH", f"/Users/{greta}", message)[0] == 400
    assert eventually(shows(admin, "An attribute we don’t have"))
    admin.page.set_viewport_size(PHONE)
    assert admin.page.evaluate(CUT_OFF) == []
    admin.page.set_viewport_size(DESK)

    admin.page.locator("a[href*='cause=taken']").click()
    admin.looks_right()
    admin.page.locator("#result_list a").first.click()
    assert "What mends it:" in admin.text()
    admin.looks_right()


def test_calls_show_up_by_themselves_until_somebody_pauses_them(
    admin: Walker, connect: Callable[[str], Directory]
) -> None:
    directory = connect("okta")
    directory.add("gesine")
    admin.open("/console/directory/")
    assert eventually(shows(admin, "Gesine Novel"))
    admin.page.evaluate("window.wasHere = true")
    feed = admin.page.locator("[data-rows]")

    def has_come(name: str) -> Callable[[], bool]:
        def look() -> bool:
            # As when somebody comes back to the tab: it need not be waited for.
            admin.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            return name in feed.inner_text()

        return look

    directory.add("gudrun")
    assert eventually(has_come("Gudrun Novel"))
    assert "new call" in admin.page.locator(".live [role=status]").inner_text()
    assert feed.locator("table").get_attribute("role") == "table"
    assert admin.page.evaluate("window.wasHere"), "the page was not loaded again"
    admin.looks_right()

    admin.press("Pause")
    directory.add("gunda")
    admin.page.wait_for_timeout(2500)
    assert not has_come("Gunda Novel")()
    admin.press("Go on")
    assert eventually(has_come("Gunda Novel"))


def test_one_person_is_rechecked_the_map_read_and_the_self_test_run(
    admin: Walker, connect: Callable[[str], Directory]
) -> None:
    directory = connect("okta")
    directory.add("ilse")
    admin.open("/console/directory/")
    assert eventually(shows(admin, "Ilse Novel"))

    admin.follow("Attribute map")
    assert "user.login" in admin.text()
    admin.looks_right()

    admin.open("/console/directory/")
    admin.follow("Re-check one person")
    admin.looks_right()
    admin.page.get_by_label("Person", exact=True).fill("nobody of this name")
    admin.press("Search")
    assert "Nobody here is found" in admin.text()
    admin.looks_right()
    admin.page.get_by_label("Person", exact=True).fill("ilse")
    admin.press("Search")
    assert admin.heading == "Ilse Novel"
    assert "Nothing has to be done" in admin.text()
    admin.looks_right()

    admin.open("/console/directory/")
    admin.press("Run the self-test")
    assert "13 passed, 0 failed, 1 worth a look" in admin.text()
    admin.looks_right()
    admin.follow("Back to Directory sync")
    assert "13 passed, none failed" in admin.text()
    admin.page.wait_for_timeout(1500)
    admin.page.reload()
    assert "self-test-" not in admin.text(), "no call of it is in the log"


def test_a_directory_that_goes_wild_is_held_and_undone(
    admin: Walker, connect: Callable[[str], Directory]
) -> None:
    directory = connect("entra")
    people = [directory.add(name) for name in ("hanna", "hugo", "hedda")]
    admin.open("/console/directory/")
    admin.page.get_by_label("Share of people").fill("1")
    admin.page.get_by_label("And at least").fill("2")
    admin.press("Save settings")
    assert "Saved" in admin.text()

    assert [directory.switch_off(person) for person in people] == [200, 200, 503]
    admin.page.reload()
    assert " is paused: it was about" in admin.text()
    assert "Hugo Novel, Hanna Novel" in admin.text()
    admin.looks_right()

    admin.follow("Undo…")
    admin.looks_right()
    admin.press("Bring 2 people back")
    assert "2 people are back" in admin.text()
    admin.follow("Let it go on…")
    admin.looks_right()
    admin.press("Let it go on")
    assert " is paused: it was about" not in admin.text()
    assert [directory.switch_off(person) for person in people] == [200, 200, 200]
