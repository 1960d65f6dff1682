"""Where somebody may be sent after a sign-in: paths of this portal."""

import pytest

from accounts.sign_in import LONGEST_PATH, allowed_path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/account/",
        "/courses/7?lesson=4#notes",
        "/search?q=a%20b&next=https%3A%2F%2Fevil.example%2F",
        "/kurse/f%C3%BCr-alle",
        "/" + "a" * (LONGEST_PATH - 1),
    ],
)
def test_paths_of_this_portal_are_kept(path):
    assert allowed_path(path) == path


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "account/",
        "https://evil.example/",
        "http:///evil.example",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "/ok\\..\\evil",
        "javascript:alert(1)",
        " /account/",
        "/account/\r\nSet-Cookie: a=b",
        "/\t/evil.example/",
        "\t//evil.example/",
        "/\u2028/evil.example",
        "/a\x00b",
        "/" + "a" * LONGEST_PATH,
    ],
)
def test_everything_else_becomes_the_home_page(wanted):
    assert allowed_path(wanted) == "/"
    assert allowed_path(wanted, default="") == ""
