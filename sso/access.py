"""Who may sign in through a connection, by what the identity provider or the portal says of them.

The decision is `sso.policies.decide_access`; here is what it is fed with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from sso.access_rules import LISTS
from sso.attributes import USUAL_NAMES, attributes_called
from sso.policies import AccessDecision, AccessRule, AccessVerdict, decide_access
from sso.saml import Check, CheckName, VerifiedAssertion
from sso.saml.values import printable

# The columns of a person that the fields of the attribute map are stored in.
COLUMNS: Mapping[str, str] = {
    "email": "email",
    "first_name": "first_name",
    "last_name": "last_name",
    "department": "department",
    "title": "title",
    "manager_name": "manager_name",
    "location": "location",
    "stable_id": "external_id",
}

Said = Callable[[str], Iterable[str]]


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The two lists of a connection. False where neither has a rule."""

    allow: tuple[AccessRule, ...] = ()
    block: tuple[AccessRule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.allow or self.block)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> AccessRules:
        return cls(
            *(
                tuple(
                    AccessRule(rule["attribute"], tuple(rule["values"]))
                    for rule in stored.get(name, [])
                )
                for name in LISTS
            )
        )

    def stored(self) -> dict[str, Any]:
        """As a connection keeps them: a list without a rule is left out."""
        return {
            name: [{"attribute": rule.attribute, "values": [*rule.values]} for rule in rules]
            for name, rules in (("allow", self.allow), ("block", self.block))
            if rules
        }

    def decide(self, said: Said) -> AccessDecision:
        return decide_access(allow=self.allow, block=self.block, said=said)


def field_of(name: str) -> str:
    """What a rule keeps of a name: the field of the attribute map that goes by it, else itself."""
    wanted = name.strip()
    folded = wanted.lower()
    for field, usual in USUAL_NAMES.items():
        if folded == field or folded in usual:
            return field
    return wanted


def spoken(attribute: str) -> str:
    """A rule's attribute as people write it."""
    return USUAL_NAMES[attribute][0] if attribute in USUAL_NAMES else attribute


def said_in(attributes: Mapping[str, tuple[str, ...]], attribute_map: Mapping[str, str]) -> Said:
    """What an answer says. Whole lists, and of several attributes that go by a name all of them:
    somebody who is blocked doesn't come in by a second attribute or a long list of groups."""
    return lambda name: [
        value
        for key in attributes_called(attributes, name, attribute_map)
        for value in attributes[key]
    ]


def stored_of(person: Mapping[str, Any]) -> Said:
    """What the portal has of somebody: the columns of `COLUMNS` and the attributes kept besides."""
    kept = person.get("attributes") or {}

    def said(name: str) -> Iterable[str]:
        if name in COLUMNS:
            return [value] if (value := person.get(COLUMNS[name])) else []
        return [text for key in attributes_called(kept, name, {}) for text in _texts(kept[key])]

    return said


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def check_access(rules: AccessRules, said: Said) -> Check:
    """The line of the checklist. Names attributes and rules, never a value."""
    decision = rules.decide(said)
    match decision.verdict:
        case AccessVerdict.BLOCKED:
            attribute = spoken(rules.block[decision.number - 1].attribute)
            seen = _("block list, rule %(number)d: %(attribute)s") % {
                "number": decision.number,
                "attribute": attribute,
            }
            return Check(CheckName.ACCESS, False, printable(seen), _("no rule of the block list"))
        case AccessVerdict.NOT_ALLOWED:
            names = dict.fromkeys(rule.attribute for rule in rules.allow)
            missing = [spoken(name) for name in names if not list(said(name))]
            seen = (
                _("not sent: %(names)s") % {"names": ", ".join(missing)}
                if missing
                else _("other values")
            )
            wanted = _("allow list: %(names)s") % {"names": ", ".join(map(spoken, names))}
            return Check(CheckName.ACCESS, False, printable(seen), printable(wanted))
        case AccessVerdict.ALLOWED:
            return Check(CheckName.ACCESS, True, _("allowed"), _("allowed"))


def access_check(
    stored: Mapping[str, Any], assertion: VerifiedAssertion, attribute_map: Mapping[str, str]
) -> Check | None:
    """The check of an answer against a connection's rules; None where there are none."""
    rules = AccessRules.of(stored)
    if not rules:
        return None
    return check_access(rules, said_in(assertion.attributes, attribute_map))
