"""What changed policies do, and to how many people: shown before they are saved or scheduled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import BindingPolicy, Organization
from accounts.session_length import duration
from learning_portal.console.facts import OrganizationFacts


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed policy: before, after, and whom it touches."""

    label: str
    before: str
    after: str
    touched: int
    sentence: str


def differences(
    organization: Organization,
    wanted: dict[str, Any],
    facts: OrganizationFacts,
    *,
    at: datetime | None = None,
) -> list[Difference]:
    """What the wanted policies change, compared with what is stored now; `at` is when, if later."""
    changed = {name: new for name, new in wanted.items() if getattr(organization, name) != new}
    at = at or timezone.now()
    return [_difference(organization, name, changed, facts, at) for name in changed]


def _difference(
    organization: Organization,
    name: str,
    changed: dict[str, Any],
    facts: OrganizationFacts,
    at: datetime,
) -> Difference:
    before, new = getattr(organization, name), changed[name]
    match name, new:
        case "binding_policy", _any:
            days = changed.get("binding_grace_days", organization.binding_grace_days)
            touched, sentence = _binding_touches(
                BindingPolicy(before), BindingPolicy(new), facts, at + timedelta(days=days)
            )
            return Difference(
                _("LinkedIn profile"),
                str(BindingPolicy(before).label),
                str(BindingPolicy(new).label),
                touched,
                sentence,
            )
        case "binding_grace_days", _any:
            touched, sentence = _grace_touches(organization, new, changed, facts)
            return Difference(_("Days to connect"), _days(before), _days(new), touched, sentence)
        case "auto_assign", True:
            touched, sentence = 0, _("Nobody gets a seat now: the next first sign-ins do.")
        case "auto_assign", False:
            touched, sentence = 0, _("Nobody loses a seat. First sign-ins get none any more.")
        case "jit_enabled", True:
            touched, sentence = 0, _("New people get in through single sign-on.")
        case "jit_enabled", False:
            touched, sentence = 0, _("Nobody is shut out. New people have to be added first.")
        case _:
            return Difference(
                _("Session length"),
                duration(before),
                duration(new),
                0,
                _("Counts from the next sign-in. Nobody is signed out now."),
            )
    labels = {
        "auto_assign": _("Automatically assign licenses"),
        "jit_enabled": _("Create people at their first sign-in"),
    }
    on, off = _("On"), _("Off")
    return Difference(labels[name], on if before else off, on if new else off, touched, sentence)


def _days(days: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def what_requiring_does(number: int, until: datetime | None) -> str:
    """`until` is when the gate closes for those who are here."""
    if until is None or until <= timezone.now():
        return ngettext(
            "%(count)d person without a profile is asked at their next page.",
            "%(count)d people without a profile are asked at their next page.",
            number,
        ) % {"count": number}
    return ngettext(
        "%(count)d person without a profile has until %(day)s, then is asked at their next page. "
        "New people are asked at once.",
        "%(count)d people without a profile have until %(day)s, then are asked at their next page. "
        "New people are asked at once.",
        number,
    ) % {"count": number, "day": date_format(timezone.localtime(until), "j F Y")}


def _binding_touches(
    before: BindingPolicy, after: BindingPolicy, facts: OrganizationFacts, until: datetime
) -> tuple[int, str]:
    match after:
        case BindingPolicy.REQUIRED:
            number = facts.unbound_people
            return number, what_requiring_does(number, until)
        case BindingPolicy.OFF:
            number = facts.bound_people
            return number, ngettext(
                "%(count)d connection is put to sleep. It comes back with the policy within 90 "
                "days; after that it is forgotten.",
                "%(count)d connections are put to sleep. They come back with the policy within 90 "
                "days; after that they are forgotten.",
                number,
            ) % {"count": number}
        case _ if before is BindingPolicy.OFF:
            number = facts.bound_people
            return number, ngettext(
                "%(count)d connection wakes up.", "%(count)d connections wake up.", number
            ) % {"count": number}
        case _:
            return 0, _("Nobody has to do anything. The gate opens for those without a profile.")


def _grace_touches(
    organization: Organization, days: int, changed: dict[str, Any], facts: OrganizationFacts
) -> tuple[int, str]:
    """Days count for a requirement that holds already; otherwise for the next one."""
    since = organization.binding_policy_at
    is_required = organization.binding_policy == BindingPolicy.REQUIRED
    if "binding_policy" in changed or not is_required or since is None:
        return 0, _("Counts when a profile becomes required.")
    number = facts.unbound_people
    return number, what_requiring_does(number, since + timedelta(days=days))
