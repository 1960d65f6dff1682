"""Bars, scales and tables: values in, drawing out."""

from __future__ import annotations

import datetime

import pytest
from django.utils import translation

from learning_portal.console.charts import Chart, Series, bar_chart, round_up

DAYS = [datetime.date(2026, 11, day) for day in range(1, 6)]


def chart(*series: Series, limit: int | None = None) -> Chart:
    return bar_chart(id="x", title="X", caption="", name="", days=DAYS, series=series, limit=limit)


@pytest.mark.parametrize(
    ("value", "top"),
    [
        (0, 2),
        (1, 2),
        (2, 2),
        (3, 4),
        (7, 8),
        (9, 10),
        (10, 10),
        (11, 20),
        (55, 60),
        (101, 200),
        (999, 1000),
        (1400, 2000),
    ],
)
def test_scales_end_in_round_even_numbers(value: int, top: int) -> None:
    assert round_up(value) == top


def test_the_tallest_bar_fills_its_scale() -> None:
    drawn = chart(Series("Used", "c1", [0, 1, 2, 3, 4]))

    assert drawn.scale == [4, 2, 0]
    assert [bar.height for bar in drawn.bars] == ["25", "50", "75", "100"]


def test_series_stand_on_each_other_and_the_last_one_on_the_ground() -> None:
    drawn = chart(
        Series("Signed in", "c1", [3, 0, 0, 0, 0]), Series("Failed", "c2", [1, 0, 0, 0, 0])
    )

    ground, above = drawn.bars
    assert (ground.css, ground.y, ground.height) == ("c2", "75", "25")
    assert (above.css, above.y, above.height) == ("c1", "0", "75")


def test_a_limit_stays_inside_the_drawing() -> None:
    drawn = chart(Series("Used", "c1", [1, 1, 1, 1, 1]), limit=200)

    assert drawn.limit_y == "0"


def test_the_table_tells_every_value_newest_first() -> None:
    drawn = chart(Series("Used", "c1", [1, 2, 3, 4, 5]))

    assert drawn.table[0] == ("5 Nov", [5])
    assert len(drawn.table) == 5


def test_numbers_of_the_drawing_use_a_point_in_every_language() -> None:
    with translation.override("de"):
        drawn = chart(Series("Used", "c1", [1, 2, 3, 1, 1]))

    assert not any("," in bar.x + bar.y + bar.height for bar in drawn.bars)


def test_empty_days_draw_nothing() -> None:
    assert chart(Series("Used", "c1", [0, 0, 0, 0, 0])).bars == []
