from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from accounts.templatetags.console import cells, in_words
from accounts.templatetags.portal import ago, full_time, icon, relative_time, status_badge

# A Monday afternoon.
NOW = datetime(2026, 11, 23, 15, 42, tzinfo=UTC)
STOCKHOLM = zoneinfo.ZoneInfo("Europe/Stockholm")


def render(text: str, **context: object) -> str:
    return Template("{% load portal %}" + text).render(Context(context))


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=15), "15 h ago"),
        (timedelta(hours=16), "yesterday"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=2), "Saturday"),
        (timedelta(days=6), "Tuesday"),
        (timedelta(days=7), "16 Nov 2026"),
        (timedelta(days=400), "19 Oct 2025"),
        (-timedelta(seconds=30), "in a moment"),
        (-timedelta(minutes=5), "in 5 min"),
        (-timedelta(hours=3), "in 3 h"),
        (-timedelta(days=1), "tomorrow"),
        (-timedelta(days=6), "in 6 days"),
        (-timedelta(days=99), "in 99 days"),
        (-timedelta(days=100), "3 Mar 2027"),
    ],
)
def test_times_are_told_as_people_tell_them(passed, words):
    assert relative_time(NOW - passed, now=NOW) == words


def test_days_are_days_of_the_readers_zone():
    late_in_utc = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)

    with timezone.override(STOCKHOLM):
        assert relative_time(late_in_utc, now=NOW) == "16 h ago"
    with timezone.override(UTC):
        assert relative_time(late_in_utc, now=NOW) == "yesterday"


@time_machine.travel(NOW, tick=False)
def test_ago_gives_the_full_local_time_and_its_zone_as_title():
    with timezone.override(STOCKHOLM):
        html = ago(NOW - timedelta(minutes=4))

    assert html == (
        '<time datetime="2026-11-23T16:38:00+01:00" title="Mon 23 Nov 2026, 16:38 Stockholm">'
        "4 min ago</time>"
    )


def test_zones_are_named_by_their_city():
    with timezone.override(zoneinfo.ZoneInfo("America/New_York")):
        assert full_time(NOW).endswith(" New York")


def test_a_time_that_never_was_is_never_or_what_the_page_says():
    assert ago(None) == "Never"
    assert render("{% ago when %}", when=None) == "Never"
    assert render('{% ago when "Not yet" %}', when=None) == "Not yet"
    assert render('{% ago when "" %}', when=None) == ""


def test_status_is_icon_and_word_and_escapes_it():
    html = status_badge("warn", "clock", "Waiting <b>")

    assert html.startswith('<span class="status warn"><svg class="i" aria-hidden="true">')
    assert html.endswith("Waiting &lt;b&gt;</span>")
    assert icon("clock") in html


def test_a_kind_of_status_that_has_no_color_is_refused():
    with pytest.raises(ValueError, match="error"):
        status_badge("error", "x", "Failed")


def test_several_values_are_copied_at_once_one_a_line():
    html = render('{% copy_field values|one_a_line "recovery codes" %}', values=["A-1", "B-2"])

    assert "<code>A-1\nB-2</code>" in html
    assert html.count("data-copy ") == 1


def test_copy_field_shows_the_value_without_a_script_and_names_it():
    html = render('{% copy_field value "ACS address" %}', value="https://x.example/?a=1&b=2")

    assert "<code>https://x.example/?a=1&amp;b=2</code>" in html
    assert 'aria-label="Copy the ACS address"' in html
    assert " hidden data-copy " in html


def test_yes_and_no_pictures_become_words():
    yes = '<img src="/static/admin/img/icon-yes.svg" alt="True">'
    no = '<img src="/static/admin/img/icon-no.svg" alt="False">'
    unknown = '<img src="/static/admin/img/icon-unknown.svg" alt="None">'

    assert "<img" not in in_words(yes + no + unknown)
    assert in_words(yes).endswith("Yes</span>")
    assert in_words(no).endswith("No</span>")
    assert in_words(unknown).endswith("Unknown</span>")


def test_pictures_of_others_stay():
    assert in_words('<img src="/me.png" alt="">') == '<img src="/me.png" alt="">'


def test_cells_carry_the_heading_that_phones_show():
    headers = [{"text": "person"}, {"text": 'a "quoted" name'}]

    row = list(cells(['<th class="x"><a href="/">Ana</a></th>', "<td>1</td>"], headers))

    assert row == [
        '<th role="rowheader" data-label="Person" class="x"><a href="/">Ana</a></th>',
        '<td role="cell" data-label="A &quot;quoted&quot; name">1</td>',
    ]


def test_controls_in_a_list_are_named_by_their_heading():
    (cell,) = cells(['<td><input type="number" name="form-0-seats"></td>'], [{"text": "seats"}])

    assert '<input aria-label="Seats" type="number"' in cell


def test_a_tick_to_choose_a_row_keeps_its_own_name():
    tick = '<td class="action-checkbox"><input type="checkbox" aria-label="Select this"></td>'

    (cell,) = cells([tick], [{"text": '<input type="checkbox" id="action-toggle">'}])

    assert cell.count("aria-label") == 1
    assert "data-label" not in cell
