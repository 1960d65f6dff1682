"""*Access rules*: an allow list and a block list, and how many people they would leave out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.widgets import VERBATIM
from sso.access import AccessRules, field_of, spoken
from sso.access_rules import LISTS, LONGEST, MOST_RULES, MOST_VALUES
from sso.attributes import USUAL_NAMES
from sso.console.pages import Visit
from sso.console.setup import go_on, save, step_page
from sso.console.words import spoken_refusal
from sso.errors import SsoError
from sso.left_out import LeftOut, left_out
from sso.policies import AccessRule

STEP = "sso_access"
KNOWN_NAMES = "known-names"


class RuleForm(forms.Form):
    """One rule; both fields empty for none."""

    attribute = forms.CharField(
        label=gettext_lazy("Attribute"),
        required=False,
        max_length=LONGEST,
        widget=forms.TextInput(attrs={**VERBATIM, "list": KNOWN_NAMES}),
    )
    values = forms.CharField(
        label=gettext_lazy("Values, one a line"),
        required=False,
        widget=forms.Textarea(attrs={**VERBATIM, "rows": 2}),
    )

    def clean_values(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.cleaned_data["values"].splitlines())
        values = tuple(dict.fromkeys(filter(None, lines)))
        if len(values) > MOST_VALUES:
            raise forms.ValidationError(_("Up to %(count)d values.") % {"count": MOST_VALUES})
        if any(len(value) > LONGEST for value in values):
            raise forms.ValidationError(_("Up to %(count)d characters each.") % {"count": LONGEST})
        return values

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned["attribute"].strip()) != bool(cleaned["values"]):
            missing = "values" if cleaned["attribute"].strip() else "attribute"
            self.add_error(missing, _("A rule needs both: an attribute and its values."))
        return cleaned

    @property
    def rule(self) -> AccessRule | None:
        values = self.cleaned_data["values"]
        return AccessRule(field_of(self.cleaned_data["attribute"]), values) if values else None


class Lists:
    """Both lists as forms: a row for each rule, and an empty one to add the next."""

    def __init__(self, rules: AccessRules, sent: QueryDict | None = None) -> None:
        self.forms: dict[str, list[RuleForm]] = {
            name: _sent(name, sent) if sent is not None else _stored(name, getattr(rules, name))
            for name in LISTS
        }

    def is_valid(self) -> bool:
        # Each is asked, so that each says what is wrong.
        answers = [form.is_valid() for rows in self.forms.values() for form in rows]
        return all(answers)

    @property
    def rules(self) -> AccessRules:
        return AccessRules(**{name: tuple(_rules(rows)) for name, rows in self.forms.items()})


def _stored(name: str, rules: Iterable[AccessRule]) -> list[RuleForm]:
    rows = [
        {"attribute": spoken(rule.attribute), "values": "\n".join(rule.values)} for rule in rules
    ]
    return [
        RuleForm(initial=row, prefix=f"{name}-{number}") for number, row in enumerate([*rows, {}])
    ]


def _sent(name: str, sent: QueryDict) -> list[RuleForm]:
    prefixes = (f"{name}-{number}" for number in range(MOST_RULES + 1))
    return [RuleForm(sent, prefix=prefix) for prefix in prefixes if f"{prefix}-attribute" in sent]


def _rules(rows: Iterable[RuleForm]) -> Iterable[AccessRule]:
    return (rule for form in rows if (rule := form.rule))


def show(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    visit = Visit.of(request, connection_id)
    if request.method == "POST":
        return _changed(visit, request.POST)
    return _page(visit, Lists(AccessRules.of(visit.connection.access_rules)))


def _changed(visit: Visit, sent: QueryDict) -> HttpResponse:
    stored = AccessRules.of(visit.connection.access_rules)
    if sent.get("shown") != _digest(stored):
        messages.error(
            visit.request, _("Somebody changed the rules meanwhile. These are the ones that count.")
        )
        return visit.to(STEP)
    lists = Lists(stored, sent)
    if not lists.is_valid():
        return _page(visit, lists)
    rules = lists.rules
    reach = left_out(visit.connection, rules, reader=visit.user)
    is_confirmed = sent.get("confirmed") == _digest(rules)
    if "_preview" in sent or (reach.newly and not is_confirmed):
        return _page(visit, lists, reach=reach, confirms=_digest(rules))
    try:
        waits = save(visit, {"access_rules": rules.stored()})
    except SsoError as refusal:
        messages.error(visit.request, spoken_refusal(refusal))
        return _page(visit, lists)
    if waits is None and rules != stored:
        messages.success(visit.request, _("Saved. The rules count from the next sign-in on."))
    return waits or go_on(visit, STEP)


def _digest(rules: AccessRules) -> str:
    return hashlib.sha256(json.dumps(rules.stored(), sort_keys=True).encode()).hexdigest()


def _page(
    visit: Visit, lists: Lists, *, reach: LeftOut | None = None, confirms: str = ""
) -> HttpResponse:
    connection = visit.connection
    stored = AccessRules.of(connection.access_rules)
    has_errors = any(form.errors for rows in lists.forms.values() for form in rows)
    # What is sent again has a fresh empty row too, where the last was used.
    for name, rows in lists.forms.items():
        if rows and rows[-1].is_bound and rows[-1]["attribute"].value() and len(rows) <= MOST_RULES:
            rows.append(RuleForm(prefix=f"{name}-{len(rows)}"))
    return step_page(
        visit,
        STEP,
        "access.html",
        allow_rows=lists.forms["allow"],
        block_rows=lists.forms["block"],
        has_errors=has_errors,
        reach=reach,
        confirms=confirms,
        shown=_digest(stored),
        known=_known(visit),
        known_names=KNOWN_NAMES,
        has_rules=bool(stored),
    )


def _known(visit: Visit) -> list[str]:
    """Names to choose from: the fields', and what the administrator's own last test brought."""
    test = visit.remembered_test
    names: Mapping[str, Any] = test.attributes() if test else {}
    return [*dict.fromkeys([*map(spoken, USUAL_NAMES), *map(spoken, map(field_of, names))])]
