"""*Attributes*: which of an identity provider's attributes fills which field, tried out beside.

What is previewed is the administrator's own last test, else names they paste. Nobody else's values
are shown, or kept: see docs/decisions/0011.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.widgets import VERBATIM
from sso.attributes import MAX_CUSTOM_ATTRIBUTES, USUAL_NAMES, destinations
from sso.console.pages import Visit
from sso.console.setup import go_on, save, step_page
from sso.console.testing import FIELDS
from sso.console.words import spoken_refusal
from sso.errors import SsoError
from sso.models import SignInTest

STEP = "sso_attributes"
Attributes = Mapping[str, tuple[str, ...]]
MAX_PASTED = 20_000
# What names on the list of a browser are for.
SEEN_NAMES = "seen-names"


class MapForm(forms.Form):
    """One text for each field. Only what the person changed is saved, against what was shown."""

    def __init__(self, *args: Any, attribute_map: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in USUAL_NAMES:
            self.fields[name] = forms.CharField(
                label=str(FIELDS[name]),
                required=False,
                max_length=255,
                initial=attribute_map.get(name, ""),
                show_hidden_initial=True,
                widget=forms.TextInput(attrs={**VERBATIM, "list": SEEN_NAMES}),
            )

    def merged(self, attribute_map: Mapping[str, str]) -> dict[str, str]:
        """The map with what this form changed. A field left empty goes by the usual names."""
        merged = dict(attribute_map)
        for name in self.changed_data:
            if text := self.cleaned_data[name].strip():
                merged[name] = text
            else:
                merged.pop(name, None)
        return merged


class PastedForm(forms.Form):
    names = forms.CharField(
        label=gettext_lazy("Names, one a line"),
        required=False,
        max_length=MAX_PASTED,
        help_text=gettext_lazy("With a value where you like: department = Sales."),
        widget=forms.Textarea(attrs={**VERBATIM, "rows": 6, "class": "code"}),
    )

    def attributes(self) -> Attributes:
        found: dict[str, tuple[str, ...]] = {}
        for line in self.cleaned_data["names"].splitlines():
            name, _equals, value = (part.strip() for part in line.partition("="))
            if name:
                # Without a value something stands for one: an empty attribute fills nothing.
                found[name] = (*found.get(name, ()), value or "…")
        return found


@dataclass(frozen=True, slots=True)
class MapRow:
    """A field: what an administrator named for it, and what fills it in the preview."""

    input: BoundField
    usual_names: str
    filled_by: str
    value: str


@dataclass(frozen=True, slots=True)
class Landing:
    """An attribute of the preview and what becomes of it."""

    name: str
    values: tuple[str, ...]
    becomes: tuple[str | Promise, ...]


def show(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    connection = visit.connection
    sent = request.POST if request.method == "POST" else None
    form = MapForm(sent, attribute_map=connection.attribute_map)
    pasted = PastedForm(sent)
    attribute_map = connection.attribute_map
    if sent is not None and form.is_valid() and pasted.is_valid():
        attribute_map = form.merged(attribute_map)
        if "_preview" not in sent:
            try:
                return save(visit, {"attribute_map": attribute_map}) or go_on(visit, STEP)
            except SsoError as refusal:
                form.add_error(None, spoken_refusal(refusal))
    test = visit.remembered_test
    attributes = _previewed(test, pasted)
    becomes = destinations(attributes, attribute_map)
    return step_page(
        visit,
        STEP,
        "attributes.html",
        form=form,
        pasted=pasted,
        test=test,
        is_pasted=bool(pasted.is_bound and pasted.is_valid() and pasted.attributes()),
        rows=list(_rows(form, attributes, becomes)),
        landings=[
            Landing(name, values, tuple(FIELDS[field] for field in becomes[name]))
            for name, values in attributes.items()
        ],
        seen_names=SEEN_NAMES,
        most_custom=MAX_CUSTOM_ATTRIBUTES,
    )


def _previewed(test: SignInTest | None, pasted: PastedForm) -> Attributes:
    """What was pasted; else what the administrator's own last test brought."""
    if pasted.is_bound and pasted.is_valid() and (attributes := pasted.attributes()):
        return attributes
    return test.attributes() if test else {}


def _rows(
    form: MapForm, attributes: Attributes, becomes: Mapping[str, list[str]]
) -> Iterator[MapRow]:
    filled = {field: name for name, fields in becomes.items() for field in fields}
    for name in USUAL_NAMES:
        attribute = filled.get(name, "")
        values = attributes.get(attribute, ())
        shown = values[:1] if name != "groups" else values[:3]
        more = ", …" if name == "groups" and len(values) > len(shown) else ""
        usual = ", ".join(_spoken(USUAL_NAMES[name]))
        yield MapRow(form[name], usual, attribute, ", ".join(shown) + more)


def _spoken(names: tuple[str, ...]) -> list[str]:
    """The usual names that people would type; the numbers of X.500 are understood as well."""
    return [name for name in names if not name.startswith("urn:")]
