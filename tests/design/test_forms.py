"""The shared field template: what belongs together is tied together."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.utils import timezone

from accounts.widgets import Moment, RadioCards, Switch

CHOICES = [("required", "They must"), ("optional", "They may")]


class Everything(forms.Form):
    email = forms.EmailField(help_text="The one your company gave you.")
    note = forms.CharField(required=False, widget=forms.Textarea)
    role = forms.ChoiceField(choices=CHOICES)
    profile = forms.ChoiceField(
        choices=CHOICES,
        help_text="Who connects.",
        widget=RadioCards(descriptions={"required": "508 <people>"}),
    )
    seats = forms.BooleanField(
        required=False, help_text="At once.", widget=Switch(if_on="On: yes", if_off="Off: no")
    )
    remember = forms.BooleanField()
    group = forms.ChoiceField(required=False, choices=[("", "None"), *CHOICES])
    topics = forms.MultipleChoiceField(
        required=False, choices=CHOICES, widget=forms.CheckboxSelectMultiple
    )
    starts_at = forms.SplitDateTimeField(required=False, widget=Moment)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, attribute: str) -> list[str]:
        return [value for _tag, attrs in self.tags if (value := attrs.get(attribute))]

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for _tag, attrs in self.tags if attrs.get("name") == name]


@pytest.fixture(params=[None, {}, {"email": "x", "seats": "on"}], ids=["fresh", "empty", "wrong"])
def page(request: pytest.FixtureRequest) -> Page:
    return Page(str(Everything(request.param)))


def test_every_reference_points_at_something_on_the_page(page):
    ids = page.all("id")
    references = [
        one
        for attribute in ("for", "aria-describedby", "aria-labelledby")
        for value in page.all(attribute)
        for one in value.split()
    ]

    assert len(ids) == len(set(ids))
    assert set(references) <= set(ids)
    assert references


def test_every_control_has_a_label(page):
    labelled = set(page.all("for"))
    controls = [
        attrs["id"]
        for tag, attrs in page.tags
        if tag in {"input", "select", "textarea"} and attrs.get("type") != "hidden"
    ]

    assert set(controls) <= labelled


def test_a_mistake_is_tied_to_its_control_and_keeps_the_help():
    (email,) = Page(str(Everything({"email": "x"}))).named("email")

    assert email["aria-invalid"] == "true"
    assert email["aria-describedby"] == "id_email_helptext id_email_error"


def test_fields_that_may_stay_empty_say_so():
    form = Everything()

    assert "<small>optional</small>" in form["note"].as_field_group()
    assert "<small>optional</small>" not in form["email"].as_field_group()
    # a switch and a choice are never "optional": off and none are answers
    for name in ("seats", "group", "topics"):
        assert "<small>optional</small>" not in form[name].as_field_group(), name


def test_mistakes_of_the_whole_form_come_first():
    form = Everything({})
    form.add_error(None, "Two settings contradict each other.")

    assert str(form).index("Two settings contradict") < str(form).index("id_email")


def test_a_switch_says_what_on_and_off_mean_and_is_a_switch():
    html = Everything()["seats"].as_field_group()
    (control,) = Page(html).named("seats")

    assert control["role"] == "switch"
    assert control["aria-describedby"] == "id_seats_helptext id_seats_sentence"
    assert '<span class="if-on">On: yes</span><span class="if-off">Off: no</span>' in html


def test_a_switch_without_sentences_refers_to_none():
    class Bare(forms.Form):
        on = forms.BooleanField(required=False, widget=Switch())

    html = str(Bare())

    assert "aria-describedby" not in html
    assert "if-on" not in html


def test_a_card_is_named_by_its_title_and_described_by_its_sentence():
    html = Everything()["profile"].as_field_group()
    first, second = Page(html).named("profile")

    assert first["aria-labelledby"] == "id_profile_0_label"
    assert first["aria-describedby"] == "id_profile_0_sentence"
    assert "508 &lt;people&gt;" in html
    assert "aria-describedby" not in second


def test_a_moment_is_picked_with_the_browser_s_own_pickers_in_a_zone_that_is_named():
    stored = datetime(2026, 11, 25, 22, 30, 15, tzinfo=UTC)
    with timezone.override(ZoneInfo("Europe/Stockholm")):
        html = str(Everything(initial={"starts_at": stored})["starts_at"])

    (date,), (time,) = Page(html).named("starts_at_0"), Page(html).named("starts_at_1")
    assert (date["type"], date["value"]) == ("date", "2026-11-25")
    # To the second: opening and saving the form changes nothing.
    assert (time["type"], time["value"]) == ("time", "23:30:15")
    assert "Stockholm time" in html


def test_sentences_can_be_set_by_a_form_that_knows_more():
    form = Everything()
    form.fields["profile"].widget.descriptions = {"optional": "794 are connected."}

    assert "794 are connected." in str(form)
    assert "794" not in str(Everything())
