"""Platform staff's console. Its pages are an administrator's, with one column more."""

from __future__ import annotations

from tests.browser.conftest import ON_A_PHONE, Walker
from tests.browser.everything import look_at_everything

STAFF = "staff@portal.example"


def test_every_page_of_platform_staff_is_accessible_and_strict(walker: Walker) -> None:
    walker.sign_in_with_password(STAFF)

    # Where one column more has the least room. `test_console.py` has looked at the rest.
    assert "/console/accounts/organization/" in look_at_everything(walker, ON_A_PHONE)
