"""The page about causes says what the code says."""

import re
from pathlib import Path

import pytest

from sso.causes import Cause, words_for

PAGE = Path("docs/reference/sign-in-causes.md").read_text()
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", PAGE, re.M)}


def test_every_cause_is_on_the_page_and_no_other():
    assert set(ROWS) == set(Cause.values)


@pytest.mark.parametrize("cause", list(Cause))
def test_the_page_gives_the_advice_that_the_console_gives(cause):
    advice = words_for(cause, idp="the identity provider").administrator

    assert ROWS[cause.value] == (str(cause.label), advice)
