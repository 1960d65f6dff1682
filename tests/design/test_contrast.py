"""Every pair of colors that meet, in both modes, by WCAG's own formula."""

from __future__ import annotations

import re
from itertools import product

import pytest

from tests.design import files

TEXT, CONTROL = 4.5, 3.0
PAPERS = ["paper", "surface", "well"]
STATES = ["ok", "warn", "bad", "info"]

_PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)")
_FALLBACK = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")


def tokens() -> dict[str, tuple[str, str]]:
    return {name: (light, dark) for name, light, dark in _PAIR.findall(files.css(files.TOKENS))}


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_is_right_at_its_ends():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


TEXT_PAIRS = [
    *product(["ink", "ink-2", "accent", "accent-hover"], PAPERS),
    *product(["ink", "accent", "ink-2"], ["accent-soft"]),
    *product(["on-accent"], ["accent", "accent-hover", "bad"]),
    *((state, f"{state}-soft") for state in STATES),
    *product(STATES, PAPERS),
    *(("ink", f"{state}-soft") for state in STATES),
    *(("ink-2", f"{state}-soft") for state in STATES),
]
CONTROL_PAIRS = [
    *product(["line-strong", "focus", "accent"], PAPERS),
    *product(["chart-1", "chart-2", "chart-3"], ["surface"]),
    # the knob of a switch on its track, off and on
    ("surface", "line-strong"),
    ("surface", "accent"),
]


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT_PAIRS)
def test_text_can_be_read(front, back, mode):
    colors = tokens()

    assert contrast(colors[front][mode], colors[back][mode]) >= TEXT


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), CONTROL_PAIRS)
def test_controls_and_drawings_can_be_seen(front, back, mode):
    colors = tokens()

    assert contrast(colors[front][mode], colors[back][mode]) >= CONTROL


def test_browsers_without_two_modes_get_every_color_of_the_light_one():
    fallback = files.css(files.TOKENS).partition("@supports not")[2]

    assert dict(_FALLBACK.findall(fallback)) == {
        name: light for name, (light, _dark) in tokens().items()
    }


def test_every_token_used_is_set():
    used, given = set(), set()
    for path in files.style_sheets():
        text = files.css(path)
        used |= set(re.findall(r"var\(--([\w-]+)\)", text))
        given |= set(re.findall(r"--([\w-]+):", text))

    assert used - given == set()
