"""Inputs that say what a choice does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise

Text = str | Promise


# What is copied to the letter: no helper of the browser may change it.
VERBATIM: Mapping[str, str] = {
    "autocomplete": "off",
    "autocapitalize": "none",
    "spellcheck": "false",
}


class RadioCards(forms.RadioSelect):
    """Two to four choices that need a sentence each: `descriptions` by value.

    A form that knows more (how many people a choice touches) sets `descriptions` when it starts.
    """

    template_name = "widgets/radio_cards.html"

    def __init__(
        self, attrs: dict[str, Any] | None = None, descriptions: Mapping[str, Text] | None = None
    ) -> None:
        super().__init__(attrs)
        self.descriptions: Mapping[str, Text] = descriptions or {}

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        option["description"] = self.descriptions.get(str(option["value"]), "")
        if option["description"] and "id" in option["attrs"]:
            # The whole card is the label; its name is the first line, the sentence describes.
            option["attrs"]["aria-labelledby"] = f"{option['attrs']['id']}_label"
            option["attrs"]["aria-describedby"] = f"{option['attrs']['id']}_sentence"
        return option


class Moment(forms.SplitDateTimeWidget):
    """Date and time with the browser's own pickers, and the zone they are meant in."""

    template_name = "widgets/moment.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            attrs,
            date_format="%Y-%m-%d",
            # With seconds, lest opening and saving a form takes them away.
            time_format="%H:%M:%S",
            date_attrs={"type": "date"},
            time_attrs={"type": "time"},
        )

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["zone"] = zone_words()
        return context


def zone_words() -> str:
    """The current time zone by its place, as in "Stockholm"."""
    return timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")


class Switch(forms.CheckboxInput):
    """A setting that is on or off, with a sentence for each: what happens now.

    The field template shows the sentence that fits and follows the switch without a script.
    """

    template_name = "widgets/switch.html"

    def __init__(
        self, attrs: dict[str, Any] | None = None, if_on: Text = "", if_off: Text = ""
    ) -> None:
        super().__init__(attrs)
        self.if_on = if_on
        self.if_off = if_off

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        final = context["widget"]["attrs"]
        if (self.if_on or self.if_off) and "id" in final:
            ids = [final.get("aria-describedby", ""), f"{final['id']}_sentence"]
            final["aria-describedby"] = " ".join(filter(None, ids))
        return context
