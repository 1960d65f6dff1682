"""The shape of access rules: `{"allow": [{"attribute": …, "values": […]}], "block": […]}`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Every sign-in reads them.
MOST_RULES = 20
MOST_VALUES = 100
LONGEST = 255
LISTS = ("allow", "block")


def validate_access_rules(stored: Any) -> None:
    """Raises `ValidationError` for what `AccessRules` could not be made of, or is too much."""
    if not isinstance(stored, dict) or not set(stored) <= set(LISTS):
        raise ValidationError(_("Access rules are an allow list and a block list."))
    rules = [rule for name in LISTS for rule in _list(stored.get(name, []))]
    if len(rules) > MOST_RULES:
        raise ValidationError(_("Up to %(count)d rules.") % {"count": MOST_RULES})
    for rule in rules:
        _validate_rule(rule)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValidationError(_("Access rules are an allow list and a block list."))
    return value


def _validate_rule(rule: Any) -> None:
    if not isinstance(rule, dict) or set(rule) != {"attribute", "values"}:
        raise ValidationError(_("A rule is an attribute and its values."))
    texts = [rule["attribute"], *_list(rule["values"])]
    if len(texts) < 2 or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValidationError(_("A rule needs an attribute and at least one value."))
    if len(texts) > MOST_VALUES + 1:
        raise ValidationError(_("Up to %(count)d values in a rule.") % {"count": MOST_VALUES})
    if any(len(text) > LONGEST for text in texts):
        raise ValidationError(_("Up to %(count)d characters each.") % {"count": LONGEST})
