"""Bar charts of a few weeks, drawn by the server. Values in, drawing out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format

WIDTH, HEIGHT = 300, 100
# The part of a day's place that its bar fills.
FILL = 0.8
# Classes of the style sheet: normal, failed.
NORMAL, FAILED = "c1", "c2"


@dataclass(frozen=True, slots=True)
class Series:
    label: str
    css: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Bar:
    css: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`caption` is the finding in a sentence; `name` is the drawing in words."""

    id: str
    title: str
    caption: str
    name: str
    bars: list[Bar]
    limit_y: str | None
    limit_label: str
    scale: list[int]
    days: list[str]
    series: list[Series]
    table: list[tuple[str, list[int]]]


def bar_chart(
    *,
    id: str,
    title: str,
    caption: str,
    name: str,
    days: Sequence[date],
    series: Sequence[Series],
    limit: int | None = None,
    limit_label: str = "",
) -> Chart:
    """One bar a day, the series stacked from the ground up in reverse order of naming."""
    totals = [sum(values) for values in zip(*(each.values for each in series), strict=True)]
    top = round_up(max([*totals, limit or 0, 1]))
    return Chart(
        id=id,
        title=title,
        caption=caption,
        name=name,
        bars=_bars(series, top, len(days)),
        limit_y=None if limit is None else _number(HEIGHT - HEIGHT * limit / top),
        limit_label=limit_label,
        scale=[top, top // 2, 0],
        days=_labels(days),
        series=list(series),
        table=[
            (_day(day), [each.values[index] for each in series])
            for index, day in reversed(list(enumerate(days)))
        ],
    )


def _bars(series: Sequence[Series], top: int, places: int) -> list[Bar]:
    step = WIDTH / places
    bars = []
    for index in range(places):
        ground = float(HEIGHT)
        for each in reversed(series):
            height = HEIGHT * each.values[index] / top
            ground -= height
            if height:
                x = index * step + step * (1 - FILL) / 2
                bars.append(
                    Bar(
                        each.css,
                        _number(x),
                        _number(ground),
                        _number(step * FILL),
                        _number(height),
                    )
                )
    return bars


def round_up(value: int) -> int:
    """The next even, round number: 2, 4, 10, 20, 40 …, so that half of it is whole."""
    if value <= 2:
        return 2
    magnitude: int = 10 ** int(math.log10(value))
    for factor in (1, 2, 4, 6, 8, 10):
        top = factor * magnitude
        if top >= value and top % 2 == 0:
            return top
    return 20 * magnitude


def _labels(days: Sequence[date], count: int = 5) -> list[str]:
    last = len(days) - 1
    return [_day(days[round(last * index / (count - 1))]) for index in range(count)]


def _day(day: date) -> str:
    return date_format(day, "j M")


def _number(value: float) -> str:
    """As SVG wants it, whatever the language's decimal sign."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
