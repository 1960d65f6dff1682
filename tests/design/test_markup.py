"""What no template and no style sheet may hold. The content policy would refuse most of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.design import files

FORBIDDEN_MARKUP = {
    "inline style sheet": r"<style\b",
    "inline script": r"<script(?![^>]*\bsrc=)",
    "style attribute": r"\sstyle\s*=",
    "event attribute": r"<[^>]*\son[a-z]+\s*=",
    "address with code or data in it": r"""["'(\s](?:data|javascript):[^\s"']""",
    "foreign part": r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//",
    "color": r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b(?![^<>]*</)",
}


@pytest.mark.parametrize("path", files.templates(), ids=files.name_of)
def test_template_keeps_to_the_content_policy(path):
    markup = files.markup(path)

    found = {
        what: match[0]
        for what, pattern in FORBIDDEN_MARKUP.items()
        if (match := re.search(pattern, markup))
    }

    assert found == {}


def test_the_patterns_find_what_they_are_for():
    examples = {
        "inline style sheet": "<style>p{}</style>",
        "inline script": "<script>1</script>",
        "style attribute": '<p style="x">',
        "event attribute": '<a class="b" onclick="x()">',
        "address with code or data in it": '<img src="data:image/png;base64,AA">',
        "foreign part": '<script src="//cdn.example/x.js"></script>',
        "color": '<rect fill="#0b5663"/>',
    }

    assert {what for what, text in examples.items() if re.search(FORBIDDEN_MARKUP[what], text)} == (
        set(FORBIDDEN_MARKUP)
    )


COLOR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|color)\(|(?<!-)\b(?:white|black)\b(?!-)"
)
PHYSICAL = re.compile(
    r"\b(?:margin|padding|border|inset)-(?:left|right|top|bottom)\b"
    r"|(?:^|[;{\s])(?:left|right|top|bottom)\s*:"
    r"|\b(?:float|clear|text-align)\s*:\s*(?:left|right)\b"
)


@pytest.mark.parametrize(
    "path", [sheet for sheet in files.style_sheets() if sheet != files.TOKENS], ids=files.name_of
)
def test_colors_are_set_in_the_tokens_alone(path):
    assert COLOR.findall(files.css(path)) == []


@pytest.mark.parametrize("path", files.style_sheets(), ids=files.name_of)
def test_style_sheets_name_no_side_so_that_right_to_left_works(path):
    assert PHYSICAL.findall(files.css(path)) == []


@pytest.mark.parametrize("path", files.style_sheets(), ids=files.name_of)
def test_style_sheets_fetch_nothing_from_elsewhere(path):
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", files.css(path))

    assert [address for address in addresses if not address.startswith("../admin/")] == []


def symbols() -> set[str]:
    return set(re.findall(r'<symbol id="([\w-]+)"', files.ICONS.read_text()))


def icons_in_templates() -> Iterator[tuple[str, str]]:
    for path in files.templates():
        markup = files.markup(path)
        for pattern in (
            r'_icon\.html" with (?:\w+="[^"]*" )*name="([^"]+)"',
            r'status_badge "[a-z]*" "([^"]+)"',
            r"icons\.svg(?:\" %})?#([\w-]+)",
        ):
            for name in re.findall(pattern, markup):
                yield files.name_of(path), name


def icons_in_code() -> Iterator[tuple[str, str]]:
    for app in files.APPS:
        for path in sorted((files.ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                yield from ((files.name_of(path), name) for name in _icons_of(node))


def _icons_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        place = {"status_badge": 1, "icon": 0}.get(node.func.id)
        if place is not None and len(node.args) > place:
            yield from _text(node.args[place])
    if isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "icon" for target in node.targets
    ):
        yield from _text(node.value)


def _text(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_icon_named_in_a_template_is_in_the_sprite():
    named = list(icons_in_templates())

    assert len(named) > 20
    assert [(where, name) for where, name in named if name not in symbols()] == []


def test_every_icon_named_in_code_is_in_the_sprite():
    named = list(icons_in_code())

    assert ("accounts/tenant_admin.py", "list") in named
    assert [(where, name) for where, name in named if name not in symbols()] == []


def test_sprite_holds_drawings_only():
    sprite = files.ICONS.read_text()

    assert re.findall(r"<(?:script|style|image|foreignObject|a)\b|\son\w+=|href=", sprite) == []


def test_script_is_comfort_only():
    """Nothing is written into a page as markup, and nothing is fetched."""
    script = (Path(files.STATIC) / "portal" / "portal.js").read_text()

    assert re.findall(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(", script) == []
